// SPDX-License-Identifier: GPL-2.0-only
#include "program_evaluator.h"

#include <stdbool.h>
#include <string.h>

#include "program_token.h"

#define ELEMENTS_MAX	16
#define PARAMETERS_MAX	3
#define TICKS_MAX	1000000

/* How strongly operators bind, the weakest first */
enum level {
	LEVEL_NONE,
	LEVEL_OR,
	LEVEL_AND,
	LEVEL_BIT_OR,
	LEVEL_BIT_XOR,
	LEVEL_BIT_AND,
	LEVEL_EQUALITY,
	LEVEL_RELATION,
	LEVEL_SHIFT,
	LEVEL_TERM,
	LEVEL_FACTOR,
};

/**
 * struct value - what an expression comes to
 * @number: the number
 * @bits: 8 or 16
 * @constant: it has no variable in it, so it is exact
 */
struct value {
	long long number;
	unsigned int bits;
	bool constant;
};

/**
 * struct variable - a variable; no two have the same number, and no function
 *	calls itself, so that each is there once
 * @bits: 8 or 16
 * @elements: its value, or values
 */
struct variable {
	unsigned int bits;
	long long elements[ELEMENTS_MAX];
};

struct function {
	unsigned int bits;
	unsigned int parameters;
};

/* Where the program goes on: what is not FLOW_ON skips up to some end */
enum flow {
	FLOW_ON,
	FLOW_BREAK,
	FLOW_CONTINUE,
	FLOW_RETURN,
};

/**
 * struct evaluator - a program that is executed
 * @tokens: its tokens
 * @at: the current one
 * @skip: what is read is not executed
 * @flow: what statement was executed that leaves others
 * @stopped: the program has ended, as meaning.end says
 * @ticks: statements so far
 * @result: what the function returned
 * @variables: by number
 * @functions: by number
 * @meaning: receives what it does
 */
struct evaluator {
	struct token tokens[TOKENS_MAX];
	unsigned int at;
	unsigned int skip;
	enum flow flow;
	bool stopped;
	unsigned int ticks;
	struct value result;
	struct variable variables[VARIABLES_MAX];
	struct function functions[FUNCTIONS_MAX];
	struct program_meaning *meaning;
};

static void stop(struct evaluator *e, enum program_end end)
{
	if (e->stopped)
		return;
	e->stopped = true;
	e->meaning->end = end;
}

static bool active(const struct evaluator *e)
{
	return !e->skip && !e->stopped && e->flow == FLOW_ON;
}

/* Is there no sense in reading on? */
static bool lost(const struct evaluator *e)
{
	return e->stopped && e->meaning->end == PROGRAM_STRANGE;
}

static bool is(const struct evaluator *e, enum token_kind kind, int value)
{
	return e->tokens[e->at].kind == kind && e->tokens[e->at].value == value;
}

static bool accept(struct evaluator *e, enum token_kind kind, int value)
{
	if (!is(e, kind, value))
		return false;
	e->at++;
	return true;
}

static bool operator(struct evaluator *e, int value)
{
	return accept(e, TOKEN_OPERATOR, value);
}

static void expect(struct evaluator *e, int value)
{
	if (!operator(e, value))
		stop(e, PROGRAM_STRANGE);
}

/* A name, as a number */
static unsigned int take(struct evaluator *e, enum token_kind kind)
{
	if (e->tokens[e->at].kind != kind) {
		stop(e, PROGRAM_STRANGE);
		return 0;
	}
	return (unsigned int)e->tokens[e->at++].value;
}

/* Bits of the type that is next, or 0 */
static unsigned int type(struct evaluator *e)
{
	if (accept(e, TOKEN_WORD, WORD_CHAR))
		return 8;
	return accept(e, TOKEN_WORD, WORD_INT) ? 16 : 0;
}

/* What is left of a number in so many bits, the highest of them the sign */
static long long wrap(long long number, unsigned int bits)
{
	long long range = 1LL << bits;

	number %= range;
	if (number < -range / 2)
		number += range;
	return number >= range / 2 ? number - range : number;
}

static struct value convert(struct value value, unsigned int bits)
{
	return (struct value){ wrap(value.number, bits), bits, false };
}

static struct value constant(long long number)
{
	bool narrow = number >= -128 && number <= 127;

	return (struct value){ number, narrow ? 8 : 16, true };
}

static struct value truth(bool is_true)
{
	return (struct value){ is_true, 8, false };
}

static struct value expression(struct evaluator *e);

/* The place in a variable: its index is there if it is an array */
static long long *place(struct evaluator *e, struct variable *variable)
{
	long long index = 0;

	if (operator(e, '[')) {
		index = expression(e).number;
		expect(e, ']');
	}
	if (!active(e))
		return &variable->elements[0];
	if (index < 0 || index >= ELEMENTS_MAX) {
		stop(e, PROGRAM_STRANGE);
		index = 0;
	}
	return &variable->elements[index];
}

static void show(struct evaluator *e, long long character)
{
	struct program_meaning *meaning = e->meaning;

	if (meaning->shown_size == sizeof(meaning->shown))
		stop(e, PROGRAM_ENDLESS);
	else
		meaning->shown[meaning->shown_size++] =
			(unsigned char)character;
}

static void statement(struct evaluator *e);

/* Executes a function; where it is called is gone on after it. */
static struct value execute(struct evaluator *e, const struct function *function,
			    const struct value *arguments)
{
	unsigned int back = e->at;
	unsigned int bits, i;

	e->at = function->parameters;
	for (i = 0; !operator(e, ')') && !lost(e); i++) {
		struct variable *variable;

		operator(e, ',');
		bits = type(e);
		variable = &e->variables[take(e, TOKEN_VARIABLE)];
		if (!bits || i == PARAMETERS_MAX) {
			stop(e, PROGRAM_STRANGE);
			break;
		}
		variable->bits = bits;
		variable->elements[0] = arguments[i].number;
	}
	statement(e);
	if (e->flow != FLOW_RETURN && !e->stopped)
		stop(e, PROGRAM_STRANGE);
	e->flow = FLOW_ON;
	e->at = back;
	return convert(e->result, function->bits);
}

static struct value call(struct evaluator *e, unsigned int number)
{
	const struct function *function = &e->functions[number];
	struct value arguments[PARAMETERS_MAX] = { 0 };
	struct value none = { 0, function->bits, false };
	unsigned int count = 0;

	expect(e, '(');
	while (!operator(e, ')')) {
		operator(e, ',');
		if (count == PARAMETERS_MAX ||
		    e->tokens[e->at].kind == TOKEN_END) {
			stop(e, PROGRAM_STRANGE);
			return none;
		}
		arguments[count++] = expression(e);
	}
	if (!active(e))
		return none;
	if (number != FUNCTION_SHOW)
		return execute(e, function, arguments);
	show(e, arguments[0].number);
	return none;
}

static struct value negated(struct value value)
{
	if (value.constant)
		return constant(-value.number);
	value.number = wrap(-value.number, value.bits);
	return value;
}

static struct value operand(struct evaluator *e);

static struct value in_parentheses(struct evaluator *e)
{
	unsigned int bits = type(e);
	struct value value;

	if (bits) {
		expect(e, ')');
		return convert(operand(e), bits);
	}
	value = expression(e);
	expect(e, ')');
	return value;
}

/* An operand with what is before it */
static struct value operand(struct evaluator *e)
{
	struct token token = e->tokens[e->at];
	struct variable *variable;
	struct value value;

	if (token.kind != TOKEN_END)
		e->at++;
	if (token.kind == TOKEN_NUMBER)
		return constant(token.value);
	if (token.kind == TOKEN_FUNCTION)
		return call(e, (unsigned int)token.value);
	if (token.kind == TOKEN_VARIABLE) {
		variable = &e->variables[token.value];
		value = (struct value){ *place(e, variable), variable->bits,
					false };
		return value;
	}
	if (token.kind == TOKEN_OPERATOR && token.value == '(')
		return in_parentheses(e);
	if (token.kind == TOKEN_OPERATOR && token.value == '-')
		return negated(operand(e));
	if (token.kind == TOKEN_OPERATOR && token.value == '!')
		return truth(!operand(e).number);
	if (token.kind == TOKEN_OPERATOR && token.value == '~') {
		value = operand(e);
		value.number = -value.number - 1;
		return value;
	}
	stop(e, PROGRAM_STRANGE);
	return constant(0);
}

static enum level level_of(const struct token *token)
{
	if (token->kind != TOKEN_OPERATOR)
		return LEVEL_NONE;
	switch (token->value) {
	case '*':
	case '/':
	case '%':
		return LEVEL_FACTOR;
	case '+':
	case '-':
		return LEVEL_TERM;
	case TWO('<', '<'):
	case TWO('>', '>'):
		return LEVEL_SHIFT;
	case '<':
	case '>':
	case TWO('<', '='):
	case TWO('>', '='):
		return LEVEL_RELATION;
	case TWO('=', '='):
	case TWO('!', '='):
		return LEVEL_EQUALITY;
	case '&':
		return LEVEL_BIT_AND;
	case '^':
		return LEVEL_BIT_XOR;
	case '|':
		return LEVEL_BIT_OR;
	case TWO('&', '&'):
		return LEVEL_AND;
	case TWO('|', '|'):
		return LEVEL_OR;
	default:
		return LEVEL_NONE;
	}
}

static bool related(int operator, long long left, long long right)
{
	switch (operator) {
	case '<':
		return left < right;
	case '>':
		return left > right;
	case TWO('<', '='):
		return left <= right;
	case TWO('>', '='):
		return left >= right;
	case TWO('=', '='):
		return left == right;
	default:
		return left != right;
	}
}

/* Exact; shifts to the right round down, division to 0. Counts are chars. */
static long long computed(struct evaluator *e, int operator, long long left,
			  long long right)
{
	switch (operator) {
	case '+':
		return left + right;
	case '-':
		return left - right;
	case '*':
		return left * right;
	case '&':
		return left & right;
	case '|':
		return left | right;
	case '^':
		return left ^ right;
	case TWO('<', '<'):
		return left * (1LL << (right & 31));
	case TWO('>', '>'):
		return left >> (right & 31);
	}
	if (!right) {
		if (active(e))
			stop(e, PROGRAM_DIVIDED);
		return 0;
	}
	return operator == '/' ? left / right : left % right;
}

static struct value combine(struct evaluator *e, const struct token *token,
			    struct value left, struct value right)
{
	enum level level = level_of(token);
	unsigned int bits = left.bits;
	long long number;

	if (level == LEVEL_RELATION || level == LEVEL_EQUALITY)
		return truth(related(token->value, left.number, right.number));
	number = computed(e, token->value, left.number, right.number);
	if (left.constant && right.constant)
		return constant(number);
	if (level != LEVEL_SHIFT && right.bits > bits)
		bits = right.bits;
	return (struct value){ wrap(number, bits), bits, false };
}

static struct value binary(struct evaluator *e, enum level level);

/* The right side counts only if the left one leaves it open. */
static struct value logical(struct evaluator *e, const struct token *token,
			    struct value left)
{
	bool is_and = token->value == TWO('&', '&');
	bool open = is_and == !!left.number;
	struct value right;

	e->skip += !open;
	right = binary(e, level_of(token) + 1);
	e->skip -= !open;
	return truth(open ? right.number : left.number);
}

/* Operators that bind at least as strongly as given, grouped to the left */
static struct value binary(struct evaluator *e, enum level level)
{
	struct value left = operand(e);

	for (;;) {
		struct token token = e->tokens[e->at];
		enum level own = level_of(&token);

		if (own == LEVEL_NONE || own < level)
			return left;
		e->at++;
		if (token.value == TWO('&', '&') ||
		    token.value == TWO('|', '|'))
			left = logical(e, &token, left);
		else
			left = combine(e, &token, left, binary(e, own + 1));
	}
}

static struct value expression(struct evaluator *e)
{
	struct value condition = binary(e, LEVEL_OR);
	bool no = !condition.number;
	struct value left, right;
	unsigned int bits;

	if (!operator(e, '?'))
		return condition;
	e->skip += no;
	left = expression(e);
	e->skip -= no;
	expect(e, ':');
	e->skip += !no;
	right = expression(e);
	e->skip -= !no;
	bits = left.bits > right.bits ? left.bits : right.bits;
	return convert(no ? right : left, bits);
}

/* Of "=" the value comes before the index; else the old value comes first. */
static void assignment(struct evaluator *e)
{
	struct variable *variable = &e->variables[take(e, TOKEN_VARIABLE)];
	unsigned int index = e->at;
	struct value old, value;
	struct token token;
	long long *target;
	unsigned int end;

	e->skip++;
	place(e, variable);
	e->skip--;
	if (operator(e, '=')) {
		value = expression(e);
		end = e->at;
		e->at = index;
		target = place(e, variable);
		e->at = end;
	} else {
		e->at = index;
		target = place(e, variable);
		old = (struct value){ *target, variable->bits, false };
		token = e->tokens[e->at++];
		value = constant(1);
		if (token.value != TWO('+', '+') &&
		    token.value != TWO('-', '-'))
			value = expression(e);
		/* "+=" and "++" both begin with what they do. */
		token.value >>= 8;
		value = combine(e, &token, old, value);
	}
	if (active(e))
		*target = wrap(value.number, variable->bits);
}

static void declaration(struct evaluator *e, unsigned int bits)
{
	struct variable *variable = &e->variables[take(e, TOKEN_VARIABLE)];
	struct value value;

	variable->bits = bits;
	if (operator(e, '[')) {
		take(e, TOKEN_NUMBER);
		expect(e, ']');
	} else {
		expect(e, '=');
		value = expression(e);
		if (active(e))
			variable->elements[0] = wrap(value.number, bits);
	}
	expect(e, ';');
}

/* One that can be in the head of "for", too */
static void simple(struct evaluator *e)
{
	if (e->tokens[e->at].kind == TOKEN_FUNCTION)
		expression(e);
	else if (e->tokens[e->at].kind == TOKEN_VARIABLE)
		assignment(e);
}

static void skipped(struct evaluator *e, void (*what)(struct evaluator *e))
{
	e->skip++;
	what(e);
	e->skip--;
}

/* After a round: does the loop go on? */
static bool next_round(struct evaluator *e)
{
	bool again = e->flow != FLOW_BREAK;

	if (e->flow == FLOW_BREAK || e->flow == FLOW_CONTINUE)
		e->flow = FLOW_ON;
	return again && active(e);
}

static void for_loop(struct evaluator *e)
{
	unsigned int condition, step;
	bool entered = active(e);
	bool more = true;

	expect(e, '(');
	simple(e);
	expect(e, ';');
	condition = e->at;
	do {
		e->at = condition;
		if (!is(e, TOKEN_OPERATOR, ';'))
			more = expression(e).number;
		expect(e, ';');
		step = e->at;
		skipped(e, simple);
		expect(e, ')');
		if (!more || !active(e)) {
			skipped(e, statement);
			return;
		}
		statement(e);
		more = entered && next_round(e);
		if (more) {
			e->at = step;
			simple(e);
		}
	} while (more);
}

static void do_loop(struct evaluator *e)
{
	unsigned int body = e->at;
	bool entered = active(e);
	bool left, more;

	do {
		e->at = body;
		statement(e);
		/* What leaves the loop leaves its condition, too. */
		left = !entered || !next_round(e);
		accept(e, TOKEN_WORD, WORD_WHILE);
		expect(e, '(');
		e->skip += left;
		more = expression(e).number;
		e->skip -= left;
		expect(e, ')');
		expect(e, ';');
	} while (!left && more && active(e));
}

static void condition(struct evaluator *e)
{
	bool yes;

	expect(e, '(');
	yes = expression(e).number;
	expect(e, ')');
	e->skip += !yes;
	statement(e);
	e->skip -= !yes;
	if (!accept(e, TOKEN_WORD, WORD_ELSE))
		return;
	e->skip += yes;
	statement(e);
	e->skip -= yes;
}

/* The place behind the label that a value goes to, or 0; goes to the end */
static unsigned int find_case(struct evaluator *e, long long value)
{
	unsigned int found = 0, otherwise = 0;

	while (!operator(e, '}') && !lost(e)) {
		if (accept(e, TOKEN_WORD, WORD_CASE)) {
			if (take(e, TOKEN_NUMBER) == value)
				found = e->at + 1;
			expect(e, ':');
		} else if (accept(e, TOKEN_WORD, WORD_DEFAULT)) {
			otherwise = e->at + 1;
			expect(e, ':');
		} else {
			skipped(e, statement);
		}
	}
	return found ?: otherwise;
}

static void selection(struct evaluator *e)
{
	unsigned int label, end;
	long long value;

	expect(e, '(');
	value = expression(e).number;
	expect(e, ')');
	expect(e, '{');
	label = find_case(e, value);
	if (!label || !active(e))
		return;
	end = e->at;
	e->at = label;
	while (e->at != end && !lost(e)) {
		if (accept(e, TOKEN_WORD, WORD_CASE)) {
			take(e, TOKEN_NUMBER);
			expect(e, ':');
		} else if (accept(e, TOKEN_WORD, WORD_DEFAULT)) {
			expect(e, ':');
		} else if (!operator(e, '}')) {
			statement(e);
		}
	}
	if (e->flow == FLOW_BREAK)
		e->flow = FLOW_ON;
}

static void leave(struct evaluator *e, enum flow flow)
{
	struct value value = { 0 };

	if (flow == FLOW_RETURN)
		value = expression(e);
	expect(e, ';');
	if (!active(e))
		return;
	e->result = value;
	e->flow = flow;
}

static void block(struct evaluator *e)
{
	while (!operator(e, '}') && !lost(e))
		statement(e);
}

static void statement(struct evaluator *e)
{
	unsigned int bits = type(e);

	if (active(e) && e->ticks++ == TICKS_MAX)
		stop(e, PROGRAM_ENDLESS);
	if (bits) {
		declaration(e, bits);
	} else if (operator(e, '{')) {
		block(e);
	} else if (accept(e, TOKEN_WORD, WORD_IF)) {
		condition(e);
	} else if (accept(e, TOKEN_WORD, WORD_FOR)) {
		for_loop(e);
	} else if (accept(e, TOKEN_WORD, WORD_DO)) {
		do_loop(e);
	} else if (accept(e, TOKEN_WORD, WORD_SWITCH)) {
		selection(e);
	} else if (accept(e, TOKEN_WORD, WORD_BREAK)) {
		leave(e, FLOW_BREAK);
	} else if (accept(e, TOKEN_WORD, WORD_CONTINUE)) {
		leave(e, FLOW_CONTINUE);
	} else if (accept(e, TOKEN_WORD, WORD_RETURN)) {
		leave(e, FLOW_RETURN);
	} else {
		simple(e);
		expect(e, ';');
	}
}

/* The function that shows: its meaning is known here, not read. */
static void pass_show(struct evaluator *e)
{
	int depth = 1;

	while (!operator(e, '{') && e->tokens[e->at].kind != TOKEN_END)
		e->at++;
	for (; depth && e->tokens[e->at].kind != TOKEN_END; e->at++)
		depth += is(e, TOKEN_OPERATOR, '{') -
			 is(e, TOKEN_OPERATOR, '}');
	e->functions[FUNCTION_SHOW].bits = 8;
}

static void definition(struct evaluator *e, unsigned int bits)
{
	struct function *function;

	if (e->tokens[e->at].kind == TOKEN_VARIABLE) {
		declaration(e, bits);
		return;
	}
	function = &e->functions[take(e, TOKEN_FUNCTION)];
	function->bits = bits;
	expect(e, '(');
	function->parameters = e->at;
	while (!operator(e, ')') && e->tokens[e->at].kind != TOKEN_END)
		e->at++;
	skipped(e, statement);
}

static void run_main(struct evaluator *e, const unsigned char *bytes)
{
	const struct function *function = &e->functions[FUNCTION_MAIN];
	struct value arguments[PARAMETERS_MAX] = { 0 };
	struct program_meaning *meaning = e->meaning;
	unsigned int i = 0;
	struct value value;

	e->at = function->parameters;
	while (!operator(e, ')') && !lost(e)) {
		unsigned int bits = type(e);
		long long number = *bytes++;

		if (bits == 16)
			number = number << 8 | *bytes++;
		arguments[i++] = (struct value){ wrap(number, bits), bits,
						 false };
		take(e, TOKEN_VARIABLE);
		operator(e, ',');
	}
	value = execute(e, function, arguments);
	if (e->stopped)
		return;
	stop(e, PROGRAM_RETURNED);
	if (function->bits == 16)
		meaning->value[meaning->value_size++] =
			(unsigned char)(value.number >> 8);
	meaning->value[meaning->value_size++] = (unsigned char)value.number;
}

void program_evaluate(const struct program *program,
		      struct program_meaning *meaning)
{
	static struct evaluator evaluator;
	struct evaluator *e = &evaluator;
	unsigned int bits;

	memset(e, 0, sizeof(*e));
	memset(meaning, 0, sizeof(*meaning));
	e->meaning = meaning;
	if (!program_tokenise(e->tokens, program->text))
		stop(e, PROGRAM_STRANGE);
	while (!lost(e) && e->tokens[e->at].kind != TOKEN_END) {
		bits = type(e);
		if (bits)
			definition(e, bits);
		else if (accept(e, TOKEN_WORD, WORD_VOID))
			pass_show(e);
		else
			stop(e, PROGRAM_STRANGE);
	}
	if (!lost(e))
		run_main(e, program->arguments);
}
