// SPDX-License-Identifier: GPL-2.0-only
#include "program_generator.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "chance.h"

#define VARIABLES_MAX	48
#define FUNCTIONS_MAX	4
#define PARAMETERS_MAX	3
#define EXPRESSION_MAX	4
#define NESTING_MAX	3
#define ARRAY_SIZE_LOG_MAX	3

enum type {
	TYPE_CHAR,
	TYPE_INT,
};

static const char *const type_names[] = { "char", "int" };

/**
 * struct variable - a variable that can be used where the writer is
 * @type: its type, or that of its elements
 * @number: makes its name
 * @elements: number of elements, or 0 for no array
 * @counter: counts the rounds of a loop, and so is not assigned to
 */
struct variable {
	enum type type;
	unsigned int number;
	unsigned int elements;
	bool counter;
};

struct function {
	enum type type;
	unsigned int parameter_count;
	enum type parameters[PARAMETERS_MAX];
};

/**
 * struct author - a program that is being written
 * @chance: what decides
 * @to: where the text goes
 * @variables: those in scope
 * @variable_count: number of them
 * @functions: those that can be called
 * @function_count: number of them
 * @names: names given so far
 * @indent: depth of the current line
 * @loop: in a loop whose rounds do not depend on what is skipped
 */
struct author {
	struct chance chance;
	FILE *to;
	struct variable variables[VARIABLES_MAX];
	unsigned int variable_count;
	struct function functions[FUNCTIONS_MAX];
	unsigned int function_count;
	unsigned int names;
	unsigned int indent;
	bool loop;
};

static unsigned int below(struct author *a, unsigned int bound)
{
	return chance_below(&a->chance, bound);
}

static bool percent(struct author *a, unsigned int value)
{
	return chance_percent(&a->chance, value);
}

static void put(struct author *a, const char *format, ...)
	__attribute__((__format__(printf, 2, 3)));

static void put(struct author *a, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vfprintf(a->to, format, list);
	va_end(list);
}

static void line(struct author *a)
{
	unsigned int i;

	for (i = 0; i < a->indent; i++)
		fputc('\t', a->to);
}

static enum type some_type(struct author *a)
{
	return percent(a, 50) ? TYPE_CHAR : TYPE_INT;
}

static void literal(struct author *a, enum type type)
{
	static const int chars[] = { 0, 1, 2, 3, 7, 8, 64, 100, 126, 127 };
	static const int ints[] = {
		128, 129, 255, 256, 257, 1000, 4096, 12345, 32766, 32767,
	};
	int value;

	if (type == TYPE_CHAR)
		value = percent(a, 50) ? chars[below(a, 10)]
				       : (int)below(a, 128);
	else
		value = percent(a, 50) ? ints[below(a, 10)]
				       : 128 + (int)below(a, 32640);
	put(a, percent(a, 25) ? "(-%d)" : "%d", value);
}

static void expression(struct author *a, enum type type, unsigned int depth);

/* A bound that is a power of two makes any number an index. */
static void element(struct author *a, const struct variable *variable,
		    unsigned int depth)
{
	put(a, "v%u[", variable->number);
	if (percent(a, 30)) {
		put(a, "%u", below(a, variable->elements));
	} else {
		put(a, "(");
		expression(a, TYPE_CHAR, depth);
		put(a, " & %u)", variable->elements - 1);
	}
	put(a, "]");
}

static const struct variable *find(struct author *a, enum type type,
				   bool assigned)
{
	unsigned int count = a->variable_count;
	unsigned int first = count ? below(a, count) : 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		const struct variable *variable =
			&a->variables[(first + i) % count];

		if (variable->type == type && !(assigned && variable->counter))
			return variable;
	}
	return NULL;
}

/* Anything that an assignment of this type can go to; false if there is none */
static bool place(struct author *a, enum type type, unsigned int depth)
{
	const struct variable *variable = find(a, type, true);

	if (!variable)
		return false;
	if (variable->elements)
		element(a, variable, depth);
	else
		put(a, "v%u", variable->number);
	return true;
}

static void leaf(struct author *a, enum type type)
{
	const struct variable *variable = find(a, type, false);

	if (!variable)
		literal(a, type);
	else if (variable->elements)
		put(a, "v%u[%u]", variable->number,
		    below(a, variable->elements));
	else
		put(a, "v%u", variable->number);
}

static void call(struct author *a, unsigned int index, unsigned int depth)
{
	const struct function *function = &a->functions[index];
	unsigned int i;

	put(a, "f%u(", index);
	for (i = 0; i < function->parameter_count; i++) {
		if (i)
			put(a, ", ");
		expression(a, function->parameters[i], depth);
	}
	put(a, ")");
}

/* Two char constants that make an int, as the compiler must see */
static void folded(struct author *a)
{
	put(a, "(%u %c %u)", 10 + below(a, 100), percent(a, 50) ? '*' : '+',
	    10 + below(a, 100));
}

/*
 * Constants are on the right only, as their type follows from their value: all
 * else has a variable in it. One operand of an int may be a char: it is widened.
 */
static void operands(struct author *a, enum type type, const char *operator,
		     unsigned int depth)
{
	bool narrow_left = type == TYPE_INT && percent(a, 20);
	bool narrow_right = type == TYPE_INT && !narrow_left && percent(a, 20);

	put(a, "(");
	expression(a, narrow_left ? TYPE_CHAR : type, depth);
	put(a, " %s ", operator);
	if (percent(a, 35))
		literal(a, type);
	else if (type == TYPE_INT && percent(a, 10))
		folded(a);
	else
		expression(a, narrow_right ? TYPE_CHAR : type, depth);
	put(a, ")");
}

static void arithmetic(struct author *a, enum type type, unsigned int depth)
{
	static const char *const operators[] = {
		"+", "-", "*", "&", "|", "^", "+", "-",
	};

	operands(a, type, operators[below(a, 8)], depth);
}

/* A divisor that is zero now and then, but never a constant */
static void division(struct author *a, enum type type, unsigned int depth)
{
	const struct variable *divisor = find(a, type, false);

	if (!divisor || divisor->elements) {
		leaf(a, type);
		return;
	}
	put(a, "(");
	expression(a, type, depth);
	if (percent(a, 97))
		put(a, " %c (v%u | 1))", percent(a, 50) ? '/' : '%',
		    divisor->number);
	else
		put(a, " %c v%u)", percent(a, 50) ? '/' : '%',
		    divisor->number);
}

static void shift(struct author *a, enum type type, unsigned int depth)
{
	put(a, "(");
	expression(a, type, depth);
	put(a, percent(a, 50) ? " << " : " >> ");
	if (percent(a, 60)) {
		put(a, "%u)", below(a, 9));
	} else {
		put(a, "(");
		expression(a, TYPE_CHAR, depth);
		put(a, " & 7))");
	}
}

static void relation(struct author *a, unsigned int depth)
{
	static const char *const operators[] = {
		"==", "!=", "<", ">", "<=", ">=",
	};

	operands(a, some_type(a), operators[below(a, 6)], depth);
}

/* What is a char 0 or 1 */
static void truth(struct author *a, unsigned int depth)
{
	if (percent(a, 50)) {
		relation(a, depth);
	} else if (percent(a, 30)) {
		put(a, "(!");
		expression(a, some_type(a), depth);
		put(a, ")");
	} else {
		put(a, "(");
		truth(a, depth ? depth - 1 : 0);
		put(a, percent(a, 50) ? " && " : " || ");
		relation(a, depth);
		put(a, ")");
	}
}

static void choice(struct author *a, enum type type, unsigned int depth)
{
	put(a, "(");
	truth(a, depth);
	put(a, " ? ");
	expression(a, type, depth);
	put(a, " : ");
	expression(a, type, depth);
	put(a, ")");
}

static void conversion(struct author *a, enum type type, unsigned int depth)
{
	put(a, "(%s)", type_names[type]);
	put(a, "(");
	expression(a, type == TYPE_CHAR ? TYPE_INT : TYPE_CHAR, depth);
	put(a, ")");
}

static void expression(struct author *a, enum type type, unsigned int depth)
{
	unsigned int kind = below(a, 100);
	unsigned int index;

	if (!depth || kind < 20) {
		leaf(a, type);
		return;
	}
	depth--;
	if (kind < 50) {
		arithmetic(a, type, depth);
	} else if (kind < 58) {
		division(a, type, depth);
	} else if (kind < 66) {
		shift(a, type, depth);
	} else if (kind < 72) {
		put(a, percent(a, 50) ? "(-" : "(~");
		expression(a, type, depth);
		put(a, ")");
	} else if (kind < 80 && type == TYPE_CHAR) {
		truth(a, depth);
	} else if (kind < 86) {
		choice(a, type, depth);
	} else if (kind < 94 && a->function_count) {
		index = below(a, a->function_count);
		if (a->functions[index].type != type)
			put(a, "(%s)", type_names[type]);
		call(a, index, depth);
	} else {
		conversion(a, type, depth);
	}
}

static struct variable *declare(struct author *a, enum type type)
{
	struct variable *variable = &a->variables[a->variable_count++];

	*variable = (struct variable){ .type = type, .number = a->names++ };
	return variable;
}

static bool room(const struct author *a, unsigned int count)
{
	return a->variable_count + count <= VARIABLES_MAX;
}

static void declaration(struct author *a)
{
	enum type type = some_type(a);

	if (!room(a, 1))
		return;
	line(a);
	put(a, "%s v%u = ", type_names[type], a->names);
	expression(a, type, 2);
	put(a, ";\n");
	declare(a, type);
}

/* Its elements get their values in a loop of its own, so nothing is undefined. */
static void fill(struct author *a, const struct variable *array,
		 const struct variable *counter)
{
	line(a);
	put(a, "for (v%u = 0; v%u < %u; v%u++) {\n", counter->number,
	    counter->number, array->elements, counter->number);
	line(a);
	put(a, "\tv%u[v%u] = ", array->number, counter->number);
	put(a, "(%s)(v%u + %u);\n", type_names[array->type], counter->number,
	    below(a, 100));
	line(a);
	put(a, "}\n");
}

static void block(struct author *a, unsigned int nesting);

static void braces(struct author *a, unsigned int nesting)
{
	put(a, " {\n");
	a->indent++;
	block(a, nesting);
	a->indent--;
	line(a);
	put(a, "}");
}

static void assignment(struct author *a)
{
	static const char *const operators[] = {
		"+=", "-=", "*=", "&=", "|=", "^=",
	};
	enum type type = some_type(a);

	line(a);
	if (!place(a, type, 1)) {
		put(a, ";\n");
		return;
	}
	if (percent(a, 20)) {
		put(a, percent(a, 50) ? "++;\n" : "--;\n");
		return;
	}
	put(a, " %s ", percent(a, 30) ? operators[below(a, 6)] : "=");
	expression(a, type, EXPRESSION_MAX);
	put(a, ";\n");
}

static void show(struct author *a)
{
	line(a);
	put(a, "show(");
	expression(a, TYPE_CHAR, 2);
	put(a, ");\n");
}

static void condition(struct author *a, unsigned int nesting)
{
	line(a);
	put(a, "if (");
	if (percent(a, 5))
		put(a, "%u", below(a, 2));
	else if (percent(a, 70))
		truth(a, 2);
	else
		expression(a, some_type(a), 2);
	put(a, ")");
	braces(a, nesting);
	if (percent(a, 50)) {
		put(a, " else");
		braces(a, nesting);
	}
	put(a, "\n");
}

static void leave_loop(struct author *a)
{
	line(a);
	put(a, "if (");
	truth(a, 1);
	put(a, ")\n");
	line(a);
	put(a, percent(a, 50) ? "\tbreak;\n" : "\tcontinue;\n");
}

/* A counter of its own, declared in a block around it, bounds every loop. */
static void loop(struct author *a, unsigned int nesting)
{
	unsigned int kept = a->variable_count;
	unsigned int rounds = 1 + below(a, 5);
	unsigned int kind = below(a, 3);
	bool outer = a->loop;
	unsigned int number;

	if (!room(a, 1))
		return;
	line(a);
	put(a, "{\n");
	a->indent++;
	number = a->names;
	declare(a, TYPE_CHAR)->counter = true;
	line(a);
	put(a, "char v%u = 0;\n", number);
	line(a);
	a->loop = true;
	if (kind == 0) {
		put(a, "for (v%u = 0; v%u < %u; v%u++)", number, number, rounds,
		    number);
		braces(a, nesting);
		put(a, "\n");
	} else if (kind == 1) {
		/* counted in the condition: "continue" may be anywhere */
		put(a, "for (;;) {\n");
		a->indent++;
		line(a);
		put(a, "v%u++;\n", number);
		line(a);
		put(a, "if (v%u > %u)\n", number, rounds);
		line(a);
		put(a, "\tbreak;\n");
		line(a);
		braces(a, nesting);
		put(a, "\n");
		a->indent--;
		line(a);
		put(a, "}\n");
	} else {
		/* "continue" goes to the condition, past no count */
		put(a, "do {\n");
		a->indent++;
		line(a);
		put(a, "v%u++;\n", number);
		line(a);
		braces(a, nesting);
		put(a, "\n");
		a->indent--;
		line(a);
		put(a, "} while (v%u < %u);\n", number, rounds);
	}
	a->loop = outer;
	a->indent--;
	line(a);
	put(a, "}\n");
	a->variable_count = kept;
}

static void selection(struct author *a, unsigned int nesting)
{
	unsigned int cases = 1 + below(a, 4);
	unsigned int value = below(a, 3);
	bool outer = a->loop;

	line(a);
	put(a, "switch ((");
	expression(a, TYPE_CHAR, 2);
	put(a, ") & 7) {\n");
	/* "break" belongs to the switch here. */
	a->loop = false;
	for (; cases; cases--, value += 1 + below(a, 2)) {
		line(a);
		put(a, "case %u:", value);
		braces(a, nesting);
		put(a, "\n");
		if (percent(a, 70)) {
			line(a);
			put(a, "\tbreak;\n");
		}
	}
	if (percent(a, 60)) {
		line(a);
		put(a, "default:");
		braces(a, nesting);
		put(a, "\n");
	}
	a->loop = outer;
	line(a);
	put(a, "}\n");
}

static void statement(struct author *a, unsigned int nesting)
{
	unsigned int kind = below(a, 100);

	if (!nesting || kind < 50)
		assignment(a);
	else if (kind < 62)
		show(a);
	else if (kind < 76)
		condition(a, nesting - 1);
	else if (kind < 88)
		loop(a, nesting - 1);
	else if (kind < 94)
		selection(a, nesting - 1);
	else if (a->loop)
		leave_loop(a);
	else
		show(a);
}

static void declarations(struct author *a, unsigned int count)
{
	while (count--)
		declaration(a);
}

/* Declarations come first; the arrays among them get their values then. */
static void block(struct author *a, unsigned int nesting)
{
	unsigned int kept = a->variable_count;
	unsigned int statements = 1 + below(a, 4);
	struct variable array, counter;
	bool with_array = room(a, 2) && percent(a, 15);

	declarations(a, below(a, 3));
	if (with_array && room(a, 2)) {
		enum type type = some_type(a);

		counter = *declare(a, TYPE_CHAR);
		a->variables[a->variable_count - 1].counter = true;
		array = *declare(a, type);
		array.elements = 2U << below(a, ARRAY_SIZE_LOG_MAX);
		a->variables[a->variable_count - 1].elements = array.elements;
		line(a);
		put(a, "char v%u = 0;\n", counter.number);
		line(a);
		put(a, "%s v%u[%u];\n", type_names[type], array.number,
		    array.elements);
		fill(a, &array, &counter);
	}
	while (statements--)
		statement(a, nesting);
	a->variable_count = kept;
}

static void parameters(struct author *a, const struct function *function)
{
	unsigned int i;

	for (i = 0; i < function->parameter_count; i++) {
		put(a, "%s%s v%u", i ? ", " : "",
		    type_names[function->parameters[i]], a->names);
		declare(a, function->parameters[i]);
	}
	put(a, ")\n{\n");
	a->indent = 1;
}

/* The result depends on all that can still be seen. */
static void result(struct author *a, enum type type)
{
	unsigned int i;

	line(a);
	put(a, "return (%s)(", type_names[type]);
	for (i = 0; i < a->variable_count; i++) {
		if (!a->variables[i].elements)
			put(a, "v%u ^ ", a->variables[i].number);
	}
	expression(a, type, 1);
	put(a, ");\n}\n");
	a->indent = 0;
}

static void function(struct author *a, struct function *new, bool is_main)
{
	unsigned int kept = a->variable_count;
	unsigned int i;

	*new = (struct function){ .type = some_type(a) };
	new->parameter_count = below(a, PARAMETERS_MAX + 1);
	for (i = 0; i < new->parameter_count; i++)
		new->parameters[i] = some_type(a);
	if (is_main)
		put(a, "%s main(", type_names[new->type]);
	else
		put(a, "%s f%u(", type_names[new->type], a->function_count);
	parameters(a, new);
	declarations(a, 1 + below(a, 3));
	for (i = is_main ? 6 : 3; i; i--)
		statement(a, is_main ? NESTING_MAX : NESTING_MAX - 1);
	result(a, new->type);
	a->variable_count = kept;
}

static void globals(struct author *a)
{
	unsigned int count = 2 + below(a, 3);

	/* One of either type, so that there always is one */
	while (count--) {
		enum type type = count < 2 ? count : some_type(a);

		put(a, "%s v%u = ", type_names[type], a->names);
		literal(a, type);
		put(a, ";\n");
		declare(a, type);
	}
}

int program_generate(struct program *program, unsigned long long seed)
{
	struct author a = { .chance.state = seed };
	struct function main_function;
	unsigned int functions = below(&a, FUNCTIONS_MAX);
	unsigned int i;

	*program = (struct program){ 0 };
	a.to = open_memstream(&program->text, &program->size);
	if (!a.to)
		return -1;
	globals(&a);
	/* The character is below the return address. */
	put(&a, "void show(char c)\n{\n\tasm {\n\t\tpushsb 3\n\t\tpopbm 0x0011\n\t}\n}\n");
	for (i = 0; i < functions; i++) {
		function(&a, &a.functions[i], false);
		a.function_count++;
	}
	function(&a, &main_function, true);
	for (i = 0; i < main_function.parameter_count; i++)
		program->argument_size +=
			main_function.parameters[i] == TYPE_INT ? 2 : 1;
	for (i = 0; i < program->argument_size; i++)
		program->arguments[i] = (unsigned char)below(&a, 256);
	return fclose(a.to) ? -1 : 0;
}
