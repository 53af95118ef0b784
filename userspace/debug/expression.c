// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>

#include "expression.h"
#include "variable.h"

#define NAMES_MAX	256
#define DEPTH_MAX	200
#define SHIFT_MAX	63

/**
 * struct evaluation - an expression being computed
 * @view: the program
 * @frame: the frame whose variables it names
 * @at: rest of the text
 * @depth: expressions within each other
 * @result: receives variable, whole and error
 */
struct evaluation {
	const struct view *view;
	const struct frame *frame;
	const char *at;
	unsigned int depth;
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
		if (e->frame->code >= map->variables[i].start &&
		    e->frame->code < map->variables[i].end)
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
	long long value;

	if (take_sign(e, "[")) {
		index = scalar_value(e, read_binary(e, 0));
		if (!take_sign(e, "]"))
			return expression_fail(e, "expected ']'");
		if (!variable->count && variable->type != TEA_MAP_STRING)
			return expression_fail(e, "'%s' is no array",
					       variable->name);
		if (index < 0 || index >= count)
			return expression_fail(e, "'%s' has no element %lld",
					       variable->name, index);
	} else if (variable->count || variable->type == TEA_MAP_STRING) {
		e->result->whole = true;
		e->result->variable = variable;
		return 0;
	}
	if (!variable_value(e->view, e->frame, variable,
			    (unsigned long long)index, &value))
		return expression_fail(e, "'%s' is not on the stack at this moment",
				       variable->name);
	e->result->variable = variable;
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
	long long value;

	skip_spaces(e);
	if (e->result->error[0] || ++e->depth > DEPTH_MAX)
		return expression_fail(e, "the expression is too long");
	if (take_sign(e, "-"))
		value = (long long)-(unsigned long long)
			scalar_value(e, expression_unary(e));
	else if (take_sign(e, "+"))
		value = scalar_value(e, expression_unary(e));
	else if (take_sign(e, "!"))
		value = !scalar_value(e, expression_unary(e));
	else if (take_sign(e, "~"))
		value = ~scalar_value(e, expression_unary(e));
	else
		value = expression_primary(e);
	e->depth--;
	return value;
}

/* Longer operators come before those that they begin with. */
static const struct operator {
	const char *sign;
	unsigned int level;
} operators[] = {
	{ "||", 1 }, { "&&", 2 }, { "==", 6 }, { "!=", 6 }, { "<<", 8 },
	{ ">>", 8 }, { "<=", 7 }, { ">=", 7 }, { "|", 3 }, { "^", 4 },
	{ "&", 5 }, { "<", 7 }, { ">", 7 }, { "+", 9 }, { "-", 9 },
	{ "*", 10 }, { "/", 10 }, { "%", 10 },
};

static const struct operator *next_operator(struct evaluation *e)
{
	size_t i;

	skip_spaces(e);
	for (i = 0; i < ARRAY_SIZE(operators); i++)
		if (!strncmp(e->at, operators[i].sign,
			     strlen(operators[i].sign)))
			return &operators[i];
	return NULL;
}

static long long shift_value(long long left, bool up, long long right)
{
	if (right < 0 || right > SHIFT_MAX)
		return 0;
	return up ? (long long)((unsigned long long)left << right) :
		    left >> right;
}

static long long divide_values(struct evaluation *e, long long left,
			       bool remainder, long long right)
{
	if (!right)
		return expression_fail(e, "a division by zero");
	if (right == -1)
		return remainder ? 0 : (long long)-(unsigned long long)left;
	return remainder ? left % right : left / right;
}

static long long compare_values(const char *sign, long long left,
				long long right)
{
	switch (sign[0]) {
	case '=':
		return left == right;
	case '!':
		return left != right;
	case '<':
		return sign[1] ? left <= right : left < right;
	default:
		return sign[1] ? left >= right : left > right;
	}
}

static long long apply_operator(struct evaluation *e, const char *sign,
				long long left, long long right)
{
	unsigned long long a = (unsigned long long)left;
	unsigned long long b = (unsigned long long)right;

	switch (sign[0]) {
	case '|':
		return sign[1] ? left || right : left | right;
	case '&':
		return sign[1] ? left && right : left & right;
	case '^':
		return left ^ right;
	case '+':
		return (long long)(a + b);
	case '-':
		return (long long)(a - b);
	case '*':
		return (long long)(a * b);
	case '/':
	case '%':
		return divide_values(e, left, sign[0] == '%', right);
	}
	if (sign[0] == sign[1] && sign[0] != '=')
		return shift_value(left, sign[0] == '<', right);
	return compare_values(sign, left, right);
}

static long long read_binary(struct evaluation *e, unsigned int level)
{
	long long value = expression_unary(e);
	const struct operator *operator;

	while (!e->result->error[0]) {
		operator = next_operator(e);
		if (!operator || operator->level <= level)
			break;
		value = scalar_value(e, value);
		e->at += strlen(operator->sign);
		value = apply_operator(e, operator->sign, value,
				       scalar_value(e, read_binary(e, operator->level)));
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
	if (*e.at)
		expression_fail(&e, "expected an operator, found '%s'", e.at);
	return expression->error[0] ? -1 : 0;
}
