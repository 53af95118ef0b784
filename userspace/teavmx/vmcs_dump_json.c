// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <uapi/vmcs.h>
#include <uapi/vmx.h>
#include <userspace/common/cli.h>

#include "vmcs_dump.h"

/* JSON of teavmx: dumps of a VMCS, and capability MSRs */

/**
 * struct reader - position in a text of JSON documents
 * @dumps: receives dumps and notes
 * @line: the line that the document begins in
 * @caps: only capability MSRs are wanted, for the one dump
 */
struct reader {
	struct vmcs_dumps *dumps;
	unsigned int line;
	bool caps;
};

/* Values of up to 64 bits are strings in the JSON of teavmx, others can write numbers. */
static bool json_number(const json_t *json, uint64_t *value)
{
	unsigned long long number;

	if (json_is_integer(json) && json_integer_value(json) >= 0) {
		*value = (uint64_t)json_integer_value(json);
		return true;
	}
	if (!json_is_string(json) ||
	    cli_number(json_string_value(json), 0, UINT64_MAX, &number))
		return false;
	*value = number;
	return true;
}

/* A field by its encoding or name, an MSR by its number or name */
static bool json_fact(const json_t *json, uint32_t kind,
		      struct teavmx_fact *fact)
{
	const json_t *number = json_object_get(json,
					       kind == TEAVMX_FACT_MSR ?
					       "number" : "encoding");
	const char *name = json_string_value(json_object_get(json, "name"));
	uint64_t value;

	fact->kind = kind;
	if (number) {
		if (!json_number(number, &value) || value > UINT32_MAX)
			return false;
		fact->number = (uint32_t)value;
		return true;
	}
	return name && vmcs_dump_find(name, fact) && fact->kind == kind;
}

static void read_fact(struct reader *reader, struct vmcs_dump *dump,
		      const json_t *json, uint32_t kind, size_t index)
{
	const char *what = kind == TEAVMX_FACT_MSR ? "msrs" : "fields";
	struct teavmx_fact fact;
	char name[32];

	if (!json_fact(json, kind, &fact)) {
		vmcs_dump_note(reader->dumps, reader->line,
			       "%s[%zu] has no number and no known name", what,
			       index);
		return;
	}
	if (!json_number(json_object_get(json, "value"), &fact.value)) {
		vmcs_dump_note(reader->dumps, reader->line,
			       "%s: the value is missing, or no number of at most 64 bits",
			       vmcs_dump_fact_name(&fact, name, sizeof(name)));
		return;
	}
	vmcs_dump_set(reader->dumps, dump, reader->line, &fact);
}

static void read_facts(struct reader *reader, struct vmcs_dump *dump,
		       const json_t *array, uint32_t kind)
{
	const json_t *json;
	size_t i;

	json_array_foreach(array, i, json)
		read_fact(reader, dump, json, kind, i);
}

static void read_words(struct reader *reader, struct vmcs_dump *dump,
		       json_t *object)
{
	struct teavmx_fact fact;
	const char *name;
	json_t *json;

	json_object_foreach(object, name, json) {
		if (!vmcs_dump_find(name, &fact) ||
		    fact.kind != TEAVMX_FACT_WORD ||
		    !json_number(json, &fact.value)) {
			vmcs_dump_note(reader->dumps, reader->line,
				       "words: '%.40s' is not known, or has no number",
				       name);
			continue;
		}
		vmcs_dump_set(reader->dumps, dump, reader->line, &fact);
	}
}

/* The outcome is in the record, or else in the VMCS itself. */
static void read_outcome(struct reader *reader,
			 struct teavmx_snapshot *snapshot, const json_t *json)
{
	const json_t *error = json_object_get(json, "instruction_error");
	uint64_t number = 0;

	if (error && !json_is_null(error) &&
	    (!json_number(error, &number) || number > UINT32_MAX)) {
		vmcs_dump_note(reader->dumps, reader->line,
			       "instruction_error is no number of at most 32 bits");
		number = 0;
	}
	if (number) {
		snapshot->outcome = TEAVMX_OUTCOME_VMFAIL;
		snapshot->outcome_number = (uint32_t)number;
		return;
	}
	vmcs_dump_outcome(snapshot);
}

static void read_dump(struct reader *reader, json_t *object)
{
	struct vmcs_dump *dump = vmcs_dump_begin(reader->dumps, "json",
						 reader->line);

	if (!dump)
		return;
	read_facts(reader, dump, json_object_get(object, "fields"),
		   TEAVMX_FACT_FIELD);
	read_facts(reader, dump, json_object_get(object, "msrs"),
		   TEAVMX_FACT_MSR);
	read_words(reader, dump, json_object_get(object, "words"));
	read_outcome(reader, &dump->snapshot, object);
}

/* Return: true when the MSRs of two CPUs are the same */
static bool same_msrs(const json_t *a, const json_t *b)
{
	return json_equal(json_object_get(a, "msrs"),
			  json_object_get(b, "msrs"));
}

static void read_caps(struct reader *reader, json_t *object)
{
	const json_t *cpus = json_object_get(object, "cpus");
	struct vmcs_dump *dump = &reader->dumps->list[0];
	const json_t *first = NULL;
	const json_t *cpu;
	size_t i;

	json_array_foreach(cpus, i, cpu) {
		if (!json_array_size(json_object_get(cpu, "msrs")))
			continue;
		if (!first)
			first = cpu;
		else if (!same_msrs(first, cpu))
			vmcs_dump_note(reader->dumps, reader->line,
				       "CPU %lld has other capabilities than the first CPU, which are used",
				       (long long)json_integer_value(json_object_get(cpu, "cpu")));
	}
	if (!first || reader->dumps->count)
		return;
	reader->dumps->count = 1;
	dump->format = "json";
	dump->line = reader->line;
	read_facts(reader, dump, json_object_get(first, "msrs"),
		   TEAVMX_FACT_MSR);
	read_words(reader, dump, json_object_get(object, "words"));
}

/* A dump can be a part of a record, or a document a list of them. */
static void read_value(struct reader *reader, json_t *json)
{
	const char *name;
	json_t *part;
	size_t i;

	if (reader->caps && json_object_get(json, "cpus")) {
		read_caps(reader, json);
	} else if (!reader->caps &&
		   json_is_array(json_object_get(json, "fields"))) {
		read_dump(reader, json);
	} else if (json_is_object(json)) {
		json_object_foreach(json, name, part)
			read_value(reader, part);
	} else {
		json_array_foreach(json, i, part)
			read_value(reader, part);
	}
}

#define DEPTH_MAX	32

/**
 * struct nesting - brackets that are open in a text of JSON
 * @depth: how many
 * @closers: what closes each of them, the outermost one first
 */
struct nesting {
	size_t depth;
	char closers[DEPTH_MAX];
};

/*
 * A document that ends in the middle: up to the last object or array that is
 * whole. Return: bytes of it, with the brackets that are open there.
 */
static size_t whole_part(const char *text, size_t size, struct nesting *open)
{
	struct nesting now = { 0 };
	bool quoted = false;
	size_t whole = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		if (quoted) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				quoted = false;
			continue;
		}
		if (text[i] == '"') {
			quoted = true;
		} else if (text[i] == '{' || text[i] == '[') {
			if (now.depth == DEPTH_MAX)
				break;
			now.closers[now.depth++] = text[i] == '{' ? '}' : ']';
		} else if (now.depth &&
			   text[i] == now.closers[now.depth - 1]) {
			now.depth--;
			whole = i + 1;
			*open = now;
		}
	}
	return whole;
}

static void read_part(struct reader *reader, const char *text, size_t size)
{
	struct nesting open = { 0 };
	json_error_t error;
	char *closed;
	json_t *json;

	size = whole_part(text, size, &open);
	closed = size ? malloc(size + open.depth) : NULL;
	if (!closed)
		return;
	memcpy(closed, text, size);
	while (open.depth)
		closed[size++] = open.closers[--open.depth];
	json = json_loadb(closed, size, JSON_DISABLE_EOF_CHECK, &error);
	if (json)
		read_value(reader, json);
	json_decref(json);
	free(closed);
}

static unsigned int count_lines(const char *text, size_t size)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < size; i++)
		count += text[i] == '\n';
	return count;
}

/* Return: bytes of the document, and of what is not read after an error */
static size_t read_document(struct reader *reader, const char *text,
			    size_t size)
{
	json_error_t error;
	json_t *json = json_loadb(text, size, JSON_DISABLE_EOF_CHECK, &error);
	size_t end = (size_t)error.position;
	const char *next;

	if (json) {
		read_value(reader, json);
		json_decref(json);
		return end;
	}
	if (end > size)
		end = size;
	vmcs_dump_note(reader->dumps,
		       reader->line + (unsigned int)error.line - 1,
		       "%s; what is whole before it is read", error.text);
	read_part(reader, text, end);
	next = memmem(text + end, size - end, "\n{", 2);
	return next ? (size_t)(next - text) + 1 : size;
}

static void read_documents(struct reader *reader, const char *text, size_t size)
{
	size_t used;

	while (size) {
		used = isspace((unsigned char)*text) ? 1 : 0;
		if (!used)
			used = read_document(reader, text, size);
		if (!used)
			return;
		reader->line += count_lines(text, used);
		text += used;
		size -= used;
	}
}

/**
 * vmcs_dumps_json() - read JSON documents, one after the other
 * @text: the documents
 * @size: bytes of them
 * @dumps: receives the dumps that are in them
 */
void vmcs_dumps_json(const char *text, size_t size, struct vmcs_dumps *dumps)
{
	struct reader reader = { dumps, 1, false };

	read_documents(&reader, text, size);
}

void vmcs_dumps_caps(const char *text, size_t size, struct vmcs_dumps *dumps)
{
	struct reader reader = { dumps, 1, true };

	read_documents(&reader, text, size);
}
