// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>
#include <userspace/tea/cc/fold.h>
#include <userspace/tea/cc/token.h>

#include "expression.h"
#include "variable.h"

#define NAMES_MAX	256
#define DEPTH_MAX	200

/**
 * struct evaluation - an expression being computed
 * @view: the program
 * @frame: the frame whose variables it names
 * @at: rest of the text
 * @depth: expressions within each other
 * @unknown: a value is not known or not needed, so that any value will do and only
 *	form and names are checked
 * @result: receives variable, whole and error
 */
struct evaluation {
	const struct view *view;
	const struct frame *frame;
	const char *at;
	unsigned int depth;
	bool unknown;
	struct expression *result;
};

/* The first error is the one that is reported; the value does not matter then. */
static long long expression_fail(struct evaluation *e, const char *format, ...)
{
	va_list arguments;

	if (e->result->error[0])
		return 0;
	va_start(arguments, format);
	vsnprintf(e->result->error, EXPRESSION_ERROR, format, arguments);
	va_end(arguments);
	return 0;
}

static void skip_spaces(struct evaluation *e)
{
	e->at += strspn(e->at, " \t");
}

static bool take_sign(struct evaluation *e, const char *sign)
{
	skip_spaces(e);
	if (strncmp(e->at, sign, strlen(sign)))
		return false;
	e->at += strlen(sign);
	return true;
}

static long long read_binary(struct evaluation *e, unsigned int level);

static long long expression_number(struct evaluation *e)
{
	char word[32];
	size_t size = 0;
	unsigned long long value;

	while (isalnum((unsigned char)e->at[size]))
		size++;
	snprintf(word, sizeof(word), "%.*s", (int)size, e->at);
	if (size >= sizeof(word) || cli_number(word, 0, LLONG_MAX, &value))
		return expression_fail(e, "'%.*s' is no number", (int)size,
				       e->at);
	e->at += size;
	return (long long)value;
}

static long long expression_character(struct evaluation *e)
{
	static const char escapes[] = "n\nt\tr\r0\0\\\\''\"\"";
	const char *at = e->at + 1;
	long long value = (unsigned char)*at;
	size_t i;

	if (*at == '\\') {
		at++;
		for (i = 0; i + 1 < sizeof(escapes) && escapes[i] != *at; i += 2)
			;
		if (!*at || i + 1 >= sizeof(escapes))
			return expression_fail(e, "an escape that is unknown");
		value = escapes[i + 1];
	}
	if (!*at || at[1] != '\'')
		return expression_fail(e, "expected one character between ''");
	e->at = at + 2;
	return value;
}

static long long unknown_name(struct evaluation *e, const char *name)
{
	const struct tea_map *map = &e->view->program->map;
	const char *names[NAMES_MAX];
	const char *nearest;
	size_t count = 0;
	size_t i;

	if (!map->variable_count)
		return expression_fail(e, "there is no debug map with variables (tea cc -g)");
	for (i = 0; i < map->variable_count && count < NAMES_MAX; i++)
		if (tea_map_in_scope(&map->variables[i], e->frame->code))
			names[count++] = map->variables[i].name;
	nearest = cli_nearest(name, names, count);
	if (nearest)
		return expression_fail(e, "there is no variable '%s' here, did you mean '%s'?",
				       name, nearest);
	return expression_fail(e, "there is no variable '%s' here", name);
}

/* A part of an expression must have a value. */
static long long scalar_value(struct evaluation *e, long long value)
{
	if (e->result->whole)
		expression_fail(e, "'%s' is an array: its elements have values",
				e->result->variable->name);
	e->result->whole = false;
	e->result->variable = NULL;
	return value;
}

static long long expression_element(struct evaluation *e,
				    const struct tea_map_variable *variable)
{
	unsigned int count = variable_count(e->view, e->frame, variable);
	long long index = 0;
	long long value = 0;

	if (take_sign(e, "[")) {
		index = scalar_value(e, read_binary(e, 0));
		if (!take_sign(e, "]"))
			return expression_fail(e, "expected ']'");
		if (!variable->count && variable->type != TEA_MAP_STRING)
			return expression_fail(e, "'%s' is no array",
					       variable->name);
		/* The size of a string is known only while the program runs. */
		if (variable->type == TEA_MAP_STRING)
			e->unknown |= !e->view->stack;
		if (!e->unknown && (index < 0 || index >= count))
			return expression_fail(e, "'%s' has no element %lld",
					       variable->name, index);
	} else if (variable->count || variable->type == TEA_MAP_STRING) {
		e->result->whole = true;
		e->result->variable = variable;
		return 0;
	}
	e->unknown |= !e->view->stack;
	if (!variable_value(e->view, e->frame, variable,
			    (unsigned long long)index, &value) && !e->unknown)
		return expression_fail(e, "'%s' is not on the stack at this moment",
				       variable->name);
	e->result->variable = variable;
	e->result->index = (unsigned int)index;
	return value;
}

static long long expression_variable(struct evaluation *e)
{
	const struct tea_map_variable *variable;
	char name[TEA_MAP_NAME_MAX + 1];
	size_t size = 0;

	while (isalnum((unsigned char)e->at[size]) || e->at[size] == '_')
		size++;
	snprintf(name, sizeof(name), "%.*s", (int)size, e->at);
	variable = tea_map_find_variable(&e->view->program->map,
					 e->frame->code, name);
	if (!variable)
		return unknown_name(e, name);
	e->at += size;
	return expression_element(e, variable);
}

static long long expression_primary(struct evaluation *e)
{
	long long value;

	if (take_sign(e, "(")) {
		value = read_binary(e, 0);
		if (!take_sign(e, ")"))
			return expression_fail(e, "expected ')'");
		return value;
	}
	if (isdigit((unsigned char)*e->at))
		return expression_number(e);
	if (*e->at == '\'')
		return expression_character(e);
	if (isalpha((unsigned char)*e->at) || *e->at == '_')
		return expression_variable(e);
	return *e->at ? expression_fail(e, "expected a value, found '%s'", e->at) :
			expression_fail(e, "expected a value at the end");
}

static long long expression_unary(struct evaluation *e)
{
	static const char signs[] = "-+!~";
	long long value;
	int sign;

	skip_spaces(e);
	if (e->result->error[0] || ++e->depth > DEPTH_MAX)
		return expression_fail(e, "the expression is too long");
	sign = *e->at;
	if (sign && strchr(signs, sign)) {
		e->at++;
		value = fold_unary(sign, scalar_value(e, expression_unary(e)));
	} else {
		value = expression_primary(e);
	}
	e->depth--;
	return value;
}

/* Returns the next sign, which may be no operator, and its size in @size. */
static int next_sign(struct evaluation *e, size_t *size)
{
	int sign;

	skip_spaces(e);
	sign = (unsigned char)*e->at;
	*size = 1;
	if (sign && e->at[1]) {
		int longer = SIGN_2(sign, (unsigned char)e->at[1]);

		if (fold_precedence(longer)) {
			*size = 2;
			return longer;
		}
	}
	return sign;
}

/* Reads the right operand, which is not computed if the left one decides. */
static long long expression_right(struct evaluation *e, int sign,
				  long long left)
{
	bool ignored = (sign == SIGN_AND && !left) || (sign == SIGN_OR && left);
	bool unknown = e->unknown;
	long long right;

	e->unknown |= ignored;
	right = scalar_value(e, read_binary(e, fold_precedence(sign)));
	if (ignored)
		e->unknown = unknown;
	return right;
}

static long long read_binary(struct evaluation *e, unsigned int level)
{
	long long value = expression_unary(e);
	long long right;
	size_t size;
	int sign;

	while (!e->result->error[0]) {
		sign = next_sign(e, &size);
		if (fold_precedence(sign) <= level)
			break;
		value = scalar_value(e, value);
		e->at += size;
		right = expression_right(e, sign, value);
		if (!fold_binary(sign, value, right, &value) && !e->unknown)
			expression_fail(e, "a division by zero");
	}
	return value;
}

int expression_read(const struct view *view, const struct frame *frame,
		    const char *text, struct expression *expression)
{
	struct evaluation e = {
		.view = view,
		.frame = frame,
		.at = text,
		.result = expression,
	};

	*expression = (struct expression){ 0 };
	expression->value = read_binary(&e, 0);
	skip_spaces(&e);
	if (*e.at == '=')
		expression_fail(&e, "an expression changes nothing, 'set %s' does",
				text);
	else if (*e.at)
		expression_fail(&e, "expected an operator, found '%s'", e.at);
	return expression->error[0] ? -1 : 0;
}

/* The values of both the signed and the unsigned type of that size fit. */
static void check_fits(struct evaluation *e, long long value)
{
	const struct tea_map_variable *variable = e->result->variable;
	unsigned int bits = 8 * (tea_map_type_size(variable->type) ?: 1);

	if (value < -(1LL << (bits - 1)) || value >= 1LL << bits)
		expression_fail(e, "%lld does not fit into the %u bits of '%s'",
				value, bits, variable->name);
}

int expression_assign(const struct view *view, const struct frame *frame,
		      const char *text, struct expression *expression)
{
	struct expression value;
	struct evaluation e = {
		.view = view,
		.frame = frame,
		.at = text,
		.result = expression,
	};

	*expression = (struct expression){ 0 };
	read_binary(&e, 0);
	if (expression->whole)
		scalar_value(&e, 0);
	else if (!expression->variable || !take_sign(&e, "="))
		expression_fail(&e, "expected 'VARIABLE = EXPRESSION', got '%s'",
				text);
	if (expression->error[0])
		return -1;
	if (expression_read(view, frame, e.at, &value))
		expression_fail(&e, "%s", value.error);
	else if (value.whole)
		expression_fail(&e, "'%s' is an array: its elements have values",
				value.variable->name);
	else
		check_fits(&e, value.value);
	expression->value = value.value;
	return expression->error[0] ? -1 : 0;
}
