// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <uapi/vmcs.h>
#include <uapi/vmx.h>
#include <uapi/vmx_caps.h>
#include <uapi/vmx_check.h>
#include <userspace/common/cli.h>

#include "vmcs_dump.h"

struct named {
	const char *name;
	uint32_t kind;
	uint32_t number;
};

#define ROW_FIELD(name, encoding, text) { #name, TEAVMX_FACT_FIELD, encoding },
#define ROW_MSR(name, number, text) { "IA32_VMX_" #name, TEAVMX_FACT_MSR, number },
#define ROW_WORD(name, number, text) { #name, TEAVMX_FACT_WORD, number },

static const struct named names[] = {
	VMCS_FIELDS(ROW_FIELD)
	/* The only MSR whose name does not begin with IA32_VMX_ */
	{ "IA32_FEATURE_CONTROL", TEAVMX_FACT_MSR, VMX_MSR_FEATURE_CONTROL },
	VMX_MSR_TABLE(ROW_MSR)
	VMX_CHECK_WORDS(ROW_WORD)
};

static_assert(ARRAY_SIZE(names) <= TEAVMX_FACTS_MAX,
	      "all facts that have a name fit into a snapshot");

static const char *name_of(const struct teavmx_fact *fact)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].kind == fact->kind &&
		    names[i].number == fact->number)
			return names[i].name;
	return NULL;
}

const char *vmcs_dump_fact_name(const struct teavmx_fact *fact, char *buffer,
				size_t size)
{
	const char *name = name_of(fact);

	if (name)
		return name;
	snprintf(buffer, size, "0x%x", fact->number);
	return buffer;
}

bool vmcs_dump_find(const char *name, struct teavmx_fact *fact)
{
	static const char prefix[] = "VMCS_FIELD_";
	unsigned long long encoding;
	size_t i;

	if (!strncasecmp(name, prefix, sizeof(prefix) - 1))
		name += sizeof(prefix) - 1;
	if (!cli_number(name, 0, UINT32_MAX, &encoding)) {
		fact->kind = TEAVMX_FACT_FIELD;
		fact->number = (uint32_t)encoding;
		return vmcs_field_name((uint32_t)encoding);
	}
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcasecmp(names[i].name, name)) {
			fact->kind = names[i].kind;
			fact->number = names[i].number;
			return true;
		}
	fact->kind = TEAVMX_FACT_FIELD;
	return vmcs_dump_find_alias(name, &fact->number);
}

static const char *nearest_name(const char *name)
{
	const char *candidates[ARRAY_SIZE(names)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		candidates[i] = names[i].name;
	return cli_nearest(name, candidates, ARRAY_SIZE(names));
}

struct vmcs_dump *vmcs_dump_begin(struct vmcs_dumps *dumps, const char *format,
				  unsigned int line)
{
	struct vmcs_dump *dump;

	if (dumps->count == VMCS_DUMPS_MAX) {
		dumps->full = true;
		vmcs_dump_note(dumps, line,
			       "more than %u dumps in one file: this one is not read",
			       VMCS_DUMPS_MAX);
		return NULL;
	}
	if (dumps->count)
		vmcs_dump_note(dumps, line, "another dump begins here");
	dump = &dumps->list[dumps->count++];
	dump->format = format;
	dump->line = line;
	return dump;
}

void vmcs_dump_note(struct vmcs_dumps *dumps, unsigned int line,
		    const char *format, ...)
{
	struct vmcs_note *note;
	va_list arguments;
	char *c;

	if (dumps->note_count++ >= VMCS_NOTES_MAX)
		return;
	note = &dumps->notes[dumps->note_count - 1];
	note->line = line;
	va_start(arguments, format);
	vsnprintf(note->text, sizeof(note->text), format, arguments);
	va_end(arguments);
	/* It may quote the file, which must not control a terminal. */
	for (c = note->text; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
}

/* Bits 14:13 of an encoding, SDM "VMCS Component Encoding" */
static unsigned int width_of(const struct teavmx_fact *fact)
{
	static const unsigned int bits[] = { 16, 64, 32, 64 };

	return fact->kind == TEAVMX_FACT_FIELD ? bits[fact->number >> 13 & 3] :
						 64;
}

void vmcs_dump_set(struct vmcs_dumps *dumps, struct vmcs_dump *dump,
		   unsigned int line, const struct teavmx_fact *fact)
{
	unsigned int bits = width_of(fact);
	char name[32];

	if (!name_of(fact))
		vmcs_dump_note(dumps, line, "no %s has the number 0x%x",
			       fact->kind == TEAVMX_FACT_MSR ?
			       "capability MSR" : "VMCS field", fact->number);
	else if (bits < 64 && fact->value >> bits)
		vmcs_dump_note(dumps, line,
			       "%s: 0x%llx is too large for a field of %u bits",
			       vmcs_dump_fact_name(fact, name, sizeof(name)),
			       (unsigned long long)fact->value, bits);
	else
		teavmx_snapshot_set(&dump->snapshot, fact->kind, fact->number,
				    fact->value);
}

void vmcs_dump_outcome(struct teavmx_snapshot *snapshot)
{
	uint64_t reason;

	if (!teavmx_snapshot_get(snapshot, TEAVMX_FACT_FIELD,
				 VMCS_FIELD_EXIT_REASON, &reason) ||
	    !(reason & VMX_EXIT_FLAG(ENTRY_FAILURE)))
		return;
	snapshot->outcome = TEAVMX_OUTCOME_EXIT;
	snapshot->outcome_number = (uint32_t)reason;
}

bool vmcs_line_next(const char **text, size_t *size, struct vmcs_line *line)
{
	const char *end;
	size_t length, i;

	if (!*size)
		return false;
	end = memchr(*text, '\n', *size);
	length = end ? (size_t)(end - *text) : *size;
	for (i = 0; i < length && i < VMCS_LINE_MAX - 1; i++)
		line->text[i] = isprint((unsigned char)(*text)[i]) ?
				(*text)[i] : ' ';
	line->text[i] = 0;
	line->number++;
	line->ended = end;
	if (end)
		length++;
	*text += length;
	*size -= length;
	return true;
}

#define SEPARATORS	" =:,"

/* Headings that teavmx vmcs prints between the fields */
static bool is_title(const char *text)
{
	static const char *const titles[] = { "controls", "exit information",
					      "guest state", "host state" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(titles); i++)
		if (!strcmp(text, titles[i]))
			return true;
	return false;
}

static void note_unknown(struct vmcs_dumps *dumps, unsigned int line,
			 const char *name)
{
	const char *nearest = NULL;

	/*
	 * A note that is not shown needs no nearest name, whose search takes
	 * long.
	 */
	if (dumps->note_count < VMCS_NOTES_MAX)
		nearest = nearest_name(name);
	if (nearest)
		vmcs_dump_note(dumps, line,
			       "no VMCS field is called '%.40s', did you mean '%s'?",
			       name, nearest);
	else
		vmcs_dump_note(dumps, line, "no VMCS field is called '%.40s'",
			       name);
}

/* Return: the dump that the fact belongs to */
static struct vmcs_dump *list_dump(struct vmcs_dumps *dumps,
				   const struct teavmx_fact *fact,
				   unsigned int line)
{
	struct vmcs_dump *last = dumps->count ? &dumps->list[dumps->count - 1] :
						NULL;
	uint64_t before;

	/*
	 * A field that was there already begins a second dump. If there was no
	 * room for it, the other fields of it are not those of the last dump.
	 */
	if (last && !dumps->full &&
	    !teavmx_snapshot_get(&last->snapshot, fact->kind, fact->number,
				 &before))
		return last;
	return vmcs_dump_begin(dumps, "list", line);
}

/*
 * The meaning of a value may follow it, with numbers, as teavmx vmcs prints it, but no
 * other field with its value.
 */
static void note_second(struct vmcs_dumps *dumps, unsigned int line, char *rest)
{
	struct teavmx_fact fact;
	char *word;

	while ((word = strtok_r(rest, SEPARATORS, &rest)))
		if (isdigit((unsigned char)rest[strspn(rest, SEPARATORS)]) &&
		    vmcs_dump_find(word, &fact))
			vmcs_dump_note(dumps, line,
				       "%.40s: a second field in a line is not read",
				       word);
}

static void list_line(struct vmcs_dumps *dumps, struct vmcs_line *line)
{
	unsigned long long value;
	struct teavmx_fact fact;
	struct vmcs_dump *dump;
	char *rest = line->text;
	char *name, *digits;

	rest[strcspn(rest, "#")] = 0;
	if (is_title(rest))
		return;
	name = strtok_r(rest, SEPARATORS, &rest);
	if (!name)
		return;
	digits = strtok_r(rest, SEPARATORS, &rest);
	if (!vmcs_dump_find(name, &fact)) {
		note_unknown(dumps, line->number, name);
		return;
	}
	if (!digits || cli_number(digits, 0, UINT64_MAX, &value)) {
		vmcs_dump_note(dumps, line->number,
			       digits ? "%s: '%.40s' is no number of at most 64 bits" :
					"%s: the value is missing",
			       name, digits);
		return;
	}
	if (!line->ended)
		vmcs_dump_note(dumps, line->number,
			       "%s: the file ends in this line, its value may be cut off",
			       name);
	note_second(dumps, line->number, rest);
	fact.value = value;
	dump = list_dump(dumps, &fact, line->number);
	if (dump)
		vmcs_dump_set(dumps, dump, line->number, &fact);
}

static void dumps_list(const char *text, size_t size, struct vmcs_dumps *dumps)
{
	struct vmcs_line line = { 0 };
	size_t i;

	while (vmcs_line_next(&text, &size, &line))
		list_line(dumps, &line);
	for (i = 0; i < dumps->count; i++)
		vmcs_dump_outcome(&dumps->list[i].snapshot);
}

static bool contains(const char *text, size_t size, const char *words)
{
	return memmem(text, size, words, strlen(words));
}

void vmcs_dumps_read(const char *text, size_t size, struct vmcs_dumps *dumps)
{
	size_t i = 0;

	while (i < size && isspace((unsigned char)text[i]))
		i++;
	if (contains(text, size, "*** Guest State ***") ||
	    contains(text, size, "*** Host State ***") ||
	    contains(text, size, "*** Control State ***"))
		vmcs_dumps_kvm(text, size, dumps);
	else if (i < size && (text[i] == '{' || text[i] == '['))
		vmcs_dumps_json(text, size, dumps);
	else
		dumps_list(text, size, dumps);
}
