// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/tea.h>

#include <userspace/common/cli.h>

#include "assembler.h"
#include "lexer.h"
#include "symbol.h"

#define NEST_MAX	64
#define NEAREST_MAX	20
#define VALUE_MIN	(-0x80000000LL)
#define VALUE_MAX	0x7FFFFFFFLL

/* Header directives that were seen, to report one that is given twice */
#define SEEN_VERSION	1
#define SEEN_RETURN	2
#define SEEN_ARGUMENTS	4

/**
 * struct assembly - an assembler at work
 * @source: what is assembled
 * @report: receives errors and warnings
 * @symbols: labels and constants
 * @code: receives the code
 * @header: receives the header
 * @map: receives the lines of instructions, or null
 * @line: number of the current line
 * @size: bytes of code so far; may exceed TEA_CODE_MAX, what is beyond is
 *	counted and dropped
 * @second: second pass. The first one finds the labels and reports what is
 *	wrong in form, the second knows all values and reports what is wrong in
 *	them.
 * @seen: SEEN_ bits
 * @undefined: undefined symbols so far
 * @next: end of @token
 * @end: end of the line
 * @token: current word
 * @broken: the statement has an error of form
 */
struct assembly {
	const struct source *source;
	struct report *report;
	struct symbols symbols;
	unsigned char *code;
	unsigned char *header;
	struct tea_map *map;
	unsigned int line;
	size_t size;
	bool second;
	unsigned int seen;
	unsigned int undefined;
	const char *next;
	const char *end;
	struct token token;
	bool broken;
};

static void token_advance(struct assembly *a)
{
	a->next = lexer_next(a->next, a->end, &a->token);
}

static bool at_sign(const struct assembly *a, char sign)
{
	return a->token.kind == TOKEN_SIGN && a->token.value == sign;
}

/*
 * Only the first error of form in a statement is reported, as the rest follows
 * from it.
 */
static void form_error(struct assembly *a, const char *expected)
{
	const struct token *token = &a->token;

	if (!a->broken && !a->second) {
		if (token->kind == TOKEN_BAD)
			report_add(a->report, false, token->text, "%s",
				   token->problem);
		else if (token->kind == TOKEN_END)
			report_add(a->report, false, token->text,
				   "expected %s", expected);
		else
			report_add(a->report, false, token->text,
				   "expected %s, found '%.*s'", expected,
				   (int)token->size, token->text);
	}
	a->broken = true;
}

static void emit_byte(struct assembly *a, const char *at, long long value)
{
	if (a->size < TEA_CODE_MAX)
		a->code[a->size] = (unsigned char)value;
	else if (a->size == TEA_CODE_MAX && !a->second)
		report_add(a->report, false, at,
			   "the code grows beyond %d bytes here", TEA_CODE_MAX);
	a->size++;
}

static void emit_short(struct assembly *a, const char *at, long long value)
{
	emit_byte(a, at, value >> 8);
	emit_byte(a, at, value);
}

/* Errors in values, and warnings, belong to the second pass. */
static long long in_range(struct assembly *a, const char *at, long long value,
			  long long min, long long max)
{
	if (a->second && !a->broken && (value < min || value > max))
		report_add(a->report, false, at,
			   "%lld is not from %lld to %lld", value, min, max);
	return value;
}

static long long symbol_value(struct assembly *a)
{
	const struct token *token = &a->token;
	const struct symbol *symbol;
	const struct symbol *near = NULL;
	char *name;

	symbol = symbols_find(&a->symbols, token->text, token->size);
	if (symbol && symbol->known)
		return symbol->value;
	if (!a->second || a->broken)
		return 0;
	if (symbol) {
		report_add(a->report, false, token->text,
			   "'%.*s' is used before its .equ", (int)token->size,
			   token->text);
		return 0;
	}
	name = strndup(token->text, token->size);
	if (name && a->undefined++ < NEAREST_MAX)
		near = symbols_nearest(&a->symbols, name);
	free(name);
	if (near)
		report_add(a->report, false, token->text,
			   "'%.*s' is not defined, did you mean '%.*s'?",
			   (int)token->size, token->text, (int)near->size,
			   near->name);
	else
		report_add(a->report, false, token->text,
			   "'%.*s' is not defined", (int)token->size,
			   token->text);
	return 0;
}

static long long parse_sum(struct assembly *a, unsigned int nested);

static long long parse_term(struct assembly *a, unsigned int nested)
{
	const struct token *token = &a->token;
	bool negative = false;
	long long value = 0;

	for (; at_sign(a, '-') || at_sign(a, '+'); token_advance(a))
		negative ^= at_sign(a, '-');

	if (token->kind == TOKEN_NUMBER) {
		value = token->value;
	} else if (token->kind == TOKEN_NAME) {
		value = symbol_value(a);
	} else if (token->kind == TOKEN_DIRECTIVE && token->size == 1) {
		value = (long long)a->size;
	} else if (at_sign(a, '(') && nested < NEST_MAX) {
		token_advance(a);
		value = parse_sum(a, nested + 1);
		if (!at_sign(a, ')')) {
			form_error(a, "')'");
			return 0;
		}
	} else {
		form_error(a, at_sign(a, '(') ? "fewer parentheses"
					      : "a number or a name");
		return 0;
	}
	token_advance(a);
	return negative ? -value : value;
}

static long long parse_sum(struct assembly *a, unsigned int nested)
{
	long long value = parse_term(a, nested);

	while (!a->broken && (at_sign(a, '+') || at_sign(a, '-'))) {
		bool minus = at_sign(a, '-');
		long long right;

		token_advance(a);
		right = parse_term(a, nested);
		value += minus ? -right : right;
	}
	return value;
}

static long long parse_expression(struct assembly *a, long long min, long long max)
{
	const char *at = a->token.text;

	return in_range(a, at, parse_sum(a, 0), min, max);
}

static void symbol_define(struct assembly *a, const struct token *name,
			  long long value, bool known)
{
	struct symbol *old;

	old = symbols_find(&a->symbols, name->text, name->size);
	if (old) {
		report_add(a->report, false, name->text,
			   "'%.*s' is defined twice, first in line %zu",
			   (int)name->size, name->text,
			   report_line(a->source, old->name));
		return;
	}
	symbols_add(&a->symbols, (struct symbol){
		.name = name->text,
		.size = name->size,
		.value = value,
		.known = known,
	});
}

static void do_equ(struct assembly *a, const char *at)
{
	struct token name = a->token;
	struct symbol *symbol;
	long long value;

	(void)at;
	if (name.kind != TOKEN_NAME) {
		form_error(a, "a name");
		return;
	}
	token_advance(a);
	if (!at_sign(a, ',')) {
		form_error(a, "','");
		return;
	}
	token_advance(a);
	value = parse_expression(a, VALUE_MIN, VALUE_MAX);
	if (!a->second) {
		symbol_define(a, &name, 0, false);
		return;
	}
	symbol = symbols_find(&a->symbols, name.text, name.size);
	if (symbol && symbol->name == name.text) {
		symbol->value = value;
		symbol->known = true;
	}
}

static void do_list(struct assembly *a, const char *at, bool shorts)
{
	for (;;) {
		long long value;

		value = shorts ? parse_expression(a, -0x8000, 0xFFFF)
			       : parse_expression(a, -0x80, 0xFF);
		if (shorts)
			emit_short(a, at, value);
		else
			emit_byte(a, at, value);
		if (a->broken || !at_sign(a, ','))
			return;
		token_advance(a);
	}
}

static void do_byte(struct assembly *a, const char *at)
{
	do_list(a, at, false);
}

static void do_word(struct assembly *a, const char *at)
{
	do_list(a, at, true);
}

static void do_ascii(struct assembly *a, const char *at)
{
	for (;;) {
		const char *text = a->token.text + 1;
		const char *end = a->token.text + a->token.size - 1;
		int character;

		if (a->token.kind != TOKEN_STRING) {
			form_error(a, "text in double quotes");
			return;
		}
		while ((character = lexer_unquote(&text, end)) >= 0)
			emit_byte(a, at, character);
		token_advance(a);
		if (!at_sign(a, ','))
			return;
		token_advance(a);
	}
}

static void seen_once(struct assembly *a, const char *at, unsigned int what)
{
	if (a->second && (a->seen & what))
		report_add(a->report, false, at, "given twice");
	a->seen |= what;
}

static void never_starts(struct assembly *a, const char *at, bool wrong,
			 const char *rule)
{
	if (a->second && !a->broken && wrong)
		report_add(a->report, true, at,
			   "the program will not start: %s", rule);
}

static void do_version(struct assembly *a, const char *at)
{
	long long major, minor;

	seen_once(a, at, SEEN_VERSION);
	major = parse_expression(a, 0, 255);
	if (!at_sign(a, ',')) {
		form_error(a, "','");
		return;
	}
	token_advance(a);
	minor = parse_expression(a, 0, 255);
	a->header[TEA_HEADER_MAJOR] = (unsigned char)major;
	a->header[TEA_HEADER_MINOR] = (unsigned char)minor;
	never_starts(a, at,
		     major != TEA_VERSION_MAJOR || minor != TEA_VERSION_MINOR,
		     "the version is not 0.9");
}

static void do_return(struct assembly *a, const char *at)
{
	long long size;

	seen_once(a, at, SEEN_RETURN);
	size = parse_expression(a, 0, 255);
	a->header[TEA_HEADER_RETURN] = (unsigned char)size;
	never_starts(a, at, size > TEA_RETURN_MAX && size <= 255,
		     "it returns more than 2 bytes");
}

static void do_arguments(struct assembly *a, const char *at)
{
	seen_once(a, at, SEEN_ARGUMENTS);
	a->header[TEA_HEADER_ARGUMENTS] =
		(unsigned char)parse_expression(a, 0, TEA_ARGUMENTS_MAX);
}

struct directive {
	const char *name;
	void (*run)(struct assembly *a, const char *at);
};

static const struct directive directives[] = {
	{ ".arguments", do_arguments },
	{ ".ascii", do_ascii },
	{ ".byte", do_byte },
	{ ".equ", do_equ },
	{ ".return", do_return },
	{ ".version", do_version },
	{ ".word", do_word },
};

#define DIRECTIVES	ARRAY_SIZE(directives)

/* An unknown mnemonic or directive */
static void report_unknown(struct assembly *a, const char *what,
			   const char *const *names, size_t count)
{
	char *word = strndup(a->token.text, a->token.size);
	const char *near = word ? cli_nearest(word, names, count) : NULL;

	if (!a->second && near)
		report_add(a->report, false, a->token.text,
			   "unknown %s '%s', did you mean '%s'?", what, word,
			   near);
	else if (!a->second)
		report_add(a->report, false, a->token.text, "unknown %s '%s'",
			   what, word ?: "");
	free(word);
	a->broken = true;
}

static void parse_directive(struct assembly *a)
{
	const char *names[DIRECTIVES];
	const char *at = a->token.text;
	size_t i;

	for (i = 0; i < DIRECTIVES; i++) {
		names[i] = directives[i].name;
		if (strlen(names[i]) == a->token.size &&
		    !memcmp(names[i], at, a->token.size)) {
			token_advance(a);
			directives[i].run(a, at);
			return;
		}
	}
	report_unknown(a, "directive", names, DIRECTIVES);
}

static void parse_operand(struct assembly *a, const char *at, unsigned int opcode)
{
	switch (tea_opcode_operand(opcode)) {
	case TEA_OPERAND_NONE:
		break;
	case TEA_OPERAND_BYTE:
		emit_byte(a, at, parse_expression(a, -0x80, 0xFF));
		break;
	case TEA_OPERAND_DEPTH:
	case TEA_OPERAND_COUNT:
		emit_byte(a, at, parse_expression(a, 0, 0xFF));
		break;
	case TEA_OPERAND_SHORT:
		emit_short(a, at, parse_expression(a, -0x8000, 0xFFFF));
		break;
	case TEA_OPERAND_PORT:
	case TEA_OPERAND_ADDRESS:
	case TEA_OPERAND_TARGET:
		emit_short(a, at, parse_expression(a, 0, 0xFFFF));
		break;
	}
}

/* A failure is ignored: the object file matters more than a complete map. */
static void note_line(struct assembly *a)
{
	int file;

	if (!a->map || !a->second || a->size >= TEA_CODE_MAX)
		return;
	file = tea_map_add_file(a->map, a->source->path);
	if (file >= 0)
		tea_map_add_line(a->map, (unsigned int)a->size,
				 (unsigned int)file, a->line);
}

static void parse_instruction(struct assembly *a)
{
	const char *names[TEA_OP_COUNT];
	const char *at = a->token.text;
	unsigned int opcode;

	for (opcode = 0; opcode < TEA_OP_COUNT; opcode++) {
		names[opcode] = tea_opcode_name(opcode);
		if (strlen(names[opcode]) == a->token.size &&
		    !memcmp(names[opcode], at, a->token.size)) {
			note_line(a);
			emit_byte(a, at, opcode);
			token_advance(a);
			parse_operand(a, at, opcode);
			return;
		}
	}
	report_unknown(a, "instruction", names, TEA_OP_COUNT);
}

/* Reads "name:" and leaves anything else alone. */
static bool parse_label(struct assembly *a)
{
	struct token name = a->token;
	const char *next = a->next;

	if (name.kind != TOKEN_NAME)
		return false;
	token_advance(a);
	if (at_sign(a, ':')) {
		if (!a->second)
			symbol_define(a, &name, (long long)a->size, true);
		token_advance(a);
		return true;
	}
	a->token = name;
	a->next = next;
	return false;
}

static void parse_statement(struct assembly *a)
{
	a->broken = false;
	token_advance(a);
	while (parse_label(a))
		;
	if (a->token.kind == TOKEN_END)
		return;
	if (a->token.kind == TOKEN_DIRECTIVE)
		parse_directive(a);
	else if (a->token.kind == TOKEN_NAME)
		parse_instruction(a);
	else
		form_error(a, "a label, an instruction or a directive");
	if (!a->broken && a->token.kind != TOKEN_END)
		form_error(a, "the end of the line");
}

static void assembler_pass(struct assembly *a, bool second)
{
	const char *at = a->source->text;
	const char *end = at + a->source->size;

	a->second = second;
	a->size = 0;
	a->seen = 0;
	a->line = 0;
	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));

		a->next = at;
		a->end = line_end ?: end;
		a->line++;
		parse_statement(a);
		at = a->end + 1;
	}
}

size_t assembler_run(const struct source *source, struct report *report,
		     unsigned char *file)
{
	return assembler_run_mapped(source, report, file, NULL);
}

size_t assembler_run_mapped(const struct source *source, struct report *report,
			    unsigned char *file, struct tea_map *map)
{
	struct assembly a = {
		.map = map,
		.source = source,
		.report = report,
		.header = file,
		.code = file + TEA_HEADER_SIZE,
	};
	size_t size;

	report->source = source;
	file[TEA_HEADER_SIGNATURE] = TEA_SIGNATURE_0;
	file[TEA_HEADER_SIGNATURE + 1] = TEA_SIGNATURE_1;
	file[TEA_HEADER_MAJOR] = TEA_VERSION_MAJOR;
	file[TEA_HEADER_MINOR] = TEA_VERSION_MINOR;
	file[TEA_HEADER_RETURN] = 0;
	file[TEA_HEADER_ARGUMENTS] = 0;
	assembler_pass(&a, false);
	assembler_pass(&a, true);
	symbols_free(&a.symbols);

	size = TEA_HEADER_SIZE + a.size;
	if (size < TEA_FILE_MIN && !report->errors)
		report_add(report, false, source->text + source->size,
			   "the code ends after %zu bytes, an object file needs at least %d",
			   a.size, TEA_FILE_MIN - TEA_HEADER_SIZE);
	return size;
}
