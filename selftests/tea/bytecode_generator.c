// SPDX-License-Identifier: GPL-2.0-only
#include "bytecode_generator.h"

#include <stdbool.h>
#include <string.h>

#include "chance.h"
#include "model.h"

#define UNITS_MAX	60
#define RUBBISH_MAX	64
#define STARTS_MAX	BYTECODE_FILE_MAX
/* No unit is longer; room that is kept for the last of them and the end */
#define UNIT_BYTES	64

/**
 * struct place - a place in the code
 * @at: offset
 * @depth: bytes that will be on the stack there
 */
struct place {
	size_t at;
	int depth;
};

/**
 * struct writer - a program that is being written
 * @chance: what decides
 * @code: where the code goes
 * @size: bytes of it
 * @max: bytes that fit
 * @stack_size: bytes of stack
 * @depth: bytes that will be on the stack there, if nothing branches
 * @target: the operands that become the address of an instruction
 * @target_count: number of them
 * @start: where instructions begin
 * @start_count: number of them
 */
struct writer {
	struct chance chance;
	unsigned char *code;
	size_t size;
	size_t max;
	int stack_size;
	int depth;
	struct place target[STARTS_MAX];
	unsigned int target_count;
	struct place start[STARTS_MAX];
	unsigned int start_count;
};

static const char *const before[] = {
#define ROW(NAME, number, mnemonic, bytes, kind, sentence, before, ...) before,
	TEA_OPCODES(ROW)
#undef ROW
};

static const char *const after[] = {
#define ROW(NAME, number, mnemonic, bytes, kind, sentence, before, after, ...) \
	after,
	TEA_OPCODES(ROW)
#undef ROW
};

static unsigned int below(struct writer *w, unsigned int bound)
{
	return chance_below(&w->chance, bound);
}

static bool percent(struct writer *w, unsigned int value)
{
	return chance_percent(&w->chance, value);
}

static void emit(struct writer *w, unsigned int byte)
{
	if (w->size < w->max)
		w->code[w->size++] = (unsigned char)byte;
}

static void emit_short(struct writer *w, unsigned int value)
{
	emit(w, value >> 8);
	emit(w, value);
}

/* How many bytes the letters of a column of TEA_OPCODES are */
static int bytes_of(const char *column)
{
	int bytes = 0;

	for (; *column; column++) {
		if (strchr("bn", *column))
			bytes++;
		else if (strchr("spat", *column))
			bytes += 2;
	}
	return bytes;
}

static void note(struct place *places, unsigned int *count, size_t at,
		 int depth)
{
	if (*count < STARTS_MAX)
		places[(*count)++] = (struct place){ at, depth };
}

static void change_depth(struct writer *w, int by)
{
	w->depth += by;
	if (w->depth < 0)
		w->depth = 0;
}

/* Opcode and operand, whose kind says how wide it is */
static void instruction(struct writer *w, enum tea_opcode opcode,
			unsigned int operand)
{
	note(w->start, &w->start_count, w->size, w->depth);
	emit(w, opcode);
	if (tea_opcode_bytes(opcode) == 2)
		emit_short(w, operand);
	else if (tea_opcode_bytes(opcode) == 1)
		emit(w, operand);
	if (opcode == TEA_OP_PUSHN)
		change_depth(w, (int)operand);
	else if (opcode == TEA_OP_POPN)
		change_depth(w, -(int)operand);
	else if (opcode != TEA_OP_CALL)
		change_depth(w, bytes_of(after[opcode]) -
				bytes_of(before[opcode]));
}

/* An instruction that goes to wherever the stack is as deep as it leaves it */
static void branch(struct writer *w, enum tea_opcode opcode)
{
	int deeper = bytes_of(after[opcode]);

	if (opcode == TEA_OP_CMPBBR || opcode == TEA_OP_CMPSBR)
		deeper = -deeper;
	instruction(w, opcode, 0);
	note(w->target, &w->target_count, w->size - 2, w->depth + deeper);
}

/* Values at which something happens */
static unsigned int some_value(struct writer *w)
{
	static const unsigned int corners[] = {
		0, 1, 2, 7, 8, 31, 32, 0x7F, 0x80, 0x81, 0xFF, 0x100, 0x7FFF,
		0x8000, 0x8001, 0xFF80, 0xFFFF,
	};

	if (percent(w, 40))
		return corners[below(w, sizeof(corners) / sizeof(*corners))];
	return below(w, percent(w, 50) ? 0x10000 : 0x100);
}

static void push_byte(struct writer *w, unsigned int value)
{
	instruction(w, TEA_OP_PUSHLB, value & 0xFF);
}

static void push_short(struct writer *w, unsigned int value)
{
	instruction(w, TEA_OP_PUSHLS, value & 0xFFFF);
}

struct port_row {
	unsigned int first;
	unsigned int count;
	unsigned int reads;
	unsigned int writes;
};

static const struct port_row ports[] = {
#define ROW(NAME, first, count, name, reads, writes, ...) \
	{ first, count, reads, writes },
	TEA_PORTS(ROW)
#undef ROW
};

/* Takes few values, waits, or needs another process: see settings() */
static bool is_delicate(const struct port_row *row, bool write)
{
	if (row->first == MODEL_PORT_SERIAL || row->first >= MODEL_PORT_HOST)
		return true;
	if (row->first == TEA_PORT_SEMAPHORE)
		return !write;
	return write && (row->first == TEA_PORT_QUIET ||
			 row->first == TEA_PORT_ADDRESS);
}

/* A port that takes the instruction's access */
static unsigned int some_port(struct writer *w, enum tea_opcode opcode)
{
	bool write = opcode >= TEA_OP_POPBM;
	unsigned int size = TEA_SIZE_INT;
	const struct port_row *row;

	if (opcode == TEA_OP_PUSHMB || opcode == TEA_OP_PUSHMBX ||
	    opcode == TEA_OP_POPBM || opcode == TEA_OP_POPBMX)
		size = TEA_SIZE_CHAR;
	if (percent(w, 2))
		return some_value(w);
	do {
		row = &ports[below(w, sizeof(ports) / sizeof(*ports))];
	} while (!((write ? row->writes : row->reads) & size) ||
		 (is_delicate(row, write) && !percent(w, 3)));
	return row->first + below(w, row->count);
}

/* A distance from the top, or a number of bytes, of what is there */
static unsigned int some_depth(struct writer *w, int depth)
{
	if (percent(w, 1) || depth <= 0)
		return below(w, 256);
	if (percent(w, 10))
		return (unsigned int)depth;
	return 1 + below(w, (unsigned int)depth);
}

static unsigned int some_address(struct writer *w, int depth)
{
	if (percent(w, 1) || depth <= 0)
		return some_value(w);
	return below(w, (unsigned int)depth);
}

static bool is_short_access(enum tea_opcode opcode)
{
	switch (opcode) {
	case TEA_OP_PUSHSS:
	case TEA_OP_PUSHSSX:
	case TEA_OP_PUSHSSA:
	case TEA_OP_PUSHSSAX:
	case TEA_OP_POPSS:
	case TEA_OP_POPSSX:
	case TEA_OP_POPSSA:
	case TEA_OP_POPSSAX:
	case TEA_OP_INCS:
	case TEA_OP_DECS:
		return true;
	default:
		return false;
	}
}

/* @depth: bytes on the stack when the operand is used */
static unsigned int some_operand(struct writer *w, enum tea_opcode opcode,
				 enum tea_operand kind, int depth)
{
	unsigned int n;

	switch (kind) {
	case TEA_OPERAND_PORT:
		return some_port(w, opcode);
	case TEA_OPERAND_DEPTH:
		n = some_depth(w, depth);
		return n == 1 && is_short_access(opcode) && percent(w, 90) ?
		       2 : n;
	case TEA_OPERAND_COUNT:
		if (opcode == TEA_OP_PUSHN || opcode == TEA_OP_PUSHNX)
			return below(w, 12);
		return some_depth(w, depth);
	case TEA_OPERAND_ADDRESS:
		return some_address(w, is_short_access(opcode) ? depth - 1
							       : depth);
	case TEA_OPERAND_NONE:
	case TEA_OPERAND_BYTE:
	case TEA_OPERAND_SHORT:
	case TEA_OPERAND_TARGET:
		break;
	}
	return some_value(w);
}

static void push_operand(struct writer *w, enum tea_opcode opcode, char letter)
{
	int popped = bytes_of(before[opcode]) - (letter == 'n' ? 1 : 2);
	int depth = w->depth - popped;

	if (letter == 'p')
		push_short(w, some_operand(w, opcode, TEA_OPERAND_PORT, depth));
	else if (letter == 'a')
		push_short(w, some_operand(w, opcode, TEA_OPERAND_ADDRESS,
					   depth));
	else if (opcode == TEA_OP_PUSHNX || opcode == TEA_OP_POPNX)
		push_byte(w, some_operand(w, opcode, TEA_OPERAND_COUNT, depth));
	else
		push_byte(w, some_operand(w, opcode, TEA_OPERAND_DEPTH, depth));
}

/* Pushes what the instruction pops, if it is not there or must make sense. */
static void prepare(struct writer *w, enum tea_opcode opcode)
{
	const char *letter;

	/* so that what is addressed in the stack is there */
	while (w->depth < 4 && percent(w, 97))
		push_short(w, some_value(w));
	for (letter = before[opcode]; *letter; letter++) {
		if (!percent(w, 1) && strchr("npa", *letter))
			push_operand(w, opcode, *letter);
		else if (*letter == 'b' && percent(w, 50))
			push_byte(w, some_value(w));
		else if (*letter == 's' && percent(w, 50))
			push_short(w, some_value(w));
	}
	if (opcode != TEA_OP_RETURN)
		return;
	push_short(w, 0);
	note(w->target, &w->target_count, w->size - 2, w->depth - 2);
}

static void packet(struct writer *w)
{
	unsigned int data = below(w, 9);
	unsigned int i;

	push_byte(w, percent(w, 30) ? TEA_ADDRESS_DEFAULT : some_value(w));
	push_byte(w, percent(w, 95) ? data : some_value(w));
	for (i = 0; i < data; i++)
		push_byte(w, some_value(w));
	push_byte(w, percent(w, 95) ? data + 2 : some_value(w));
	instruction(w, TEA_OP_POPCMD, 0);
	change_depth(w, -(int)data - 2);
}

static void display(struct writer *w)
{
	push_byte(w, ' ' + below(w, 95));
	instruction(w, TEA_OP_POPBM, TEA_PORT_DISPLAY);
}

/* The usual way to show a number: format, pop the characters, drop the rest */
static void format(struct writer *w)
{
	enum tea_opcode opcode = TEA_OP_FMTBB + below(w, 8);

	if (opcode <= TEA_OP_FMTBH)
		push_byte(w, some_value(w));
	else
		push_short(w, some_value(w));
	instruction(w, opcode, 0);
	if (percent(w, 30)) {
		instruction(w, TEA_OP_POPB, 0);
		instruction(w, TEA_OP_POPBM, TEA_PORT_DISPLAY);
	} else if (percent(w, 70)) {
		instruction(w, TEA_OP_POPNX, 0);
	}
}

static void semaphore(struct writer *w)
{
	unsigned int port = TEA_PORT_SEMAPHORE + below(w, 256);

	push_byte(w, some_value(w));
	instruction(w, TEA_OP_POPBM, port);
	instruction(w, TEA_OP_PUSHMB, port);
}

static void settings(struct writer *w)
{
	if (percent(w, 50)) {
		push_byte(w, percent(w, 95) ? below(w, 2) : some_value(w));
		instruction(w, TEA_OP_POPBM, TEA_PORT_QUIET);
	} else {
		push_byte(w, percent(w, 95) ? 2 + 2 * below(w, 127)
					    : some_value(w));
		instruction(w, TEA_OP_POPBM, TEA_PORT_ADDRESS);
	}
}

static void plain(struct writer *w)
{
	enum tea_opcode opcode = below(w, TEA_OP_COUNT);
	int depth, n;

	if (opcode == TEA_OP_EXIT && percent(w, 95))
		return;
	if (opcode == TEA_OP_POPCMD) {
		packet(w);
		return;
	}
	prepare(w, opcode);
	if (tea_opcode_operand(opcode) == TEA_OPERAND_TARGET) {
		branch(w, opcode);
		return;
	}
	depth = w->depth - bytes_of(before[opcode]);
	/* An operand that prepare() pushed is the last byte of the code. */
	n = w->size ? w->code[w->size - 1] : 0;
	instruction(w, opcode,
		    some_operand(w, opcode, tea_opcode_operand(opcode),
				 depth));
	if (opcode == TEA_OP_PUSHNX)
		change_depth(w, n);
	else if (opcode == TEA_OP_POPNX)
		change_depth(w, -n);
}

/* Counts down in a byte: no loop of this kind is endless by itself. */
static void loop(struct writer *w)
{
	size_t top;
	int depth;

	push_byte(w, 1 + below(w, 6));
	depth = w->depth;
	top = w->size;
	if (percent(w, 50))
		display(w);
	else
		plain(w);
	/* Back to the counter, if the unit was one that keeps the stack */
	if (w->depth > depth && w->depth - depth < 256)
		instruction(w, TEA_OP_POPN, (unsigned int)(w->depth - depth));
	w->depth = depth;
	instruction(w, TEA_OP_DECB, 1);
	instruction(w, TEA_OP_BRNZ, (unsigned int)top);
	instruction(w, TEA_OP_POPB, 0);
}

static void function(struct writer *w)
{
	size_t over;
	int depth;

	instruction(w, TEA_OP_CALL, (unsigned int)w->size + 6);
	instruction(w, TEA_OP_GOTO, 0);
	over = w->size - 2;
	change_depth(w, bytes_of(after[TEA_OP_CALL]));
	depth = w->depth;
	plain(w);
	if (percent(w, 30))
		display(w);
	if (w->depth > depth && w->depth - depth < 256)
		instruction(w, TEA_OP_POPN, (unsigned int)(w->depth - depth));
	w->depth = depth;
	instruction(w, TEA_OP_RETURN, 0);
	if (over + 2 <= w->max) {
		w->code[over] = (unsigned char)(w->size >> 8);
		w->code[over + 1] = (unsigned char)w->size;
	}
}

/* So that there is something to return, and often the right number of bytes */
static void ending(struct writer *w, int return_size)
{
	int surplus = w->depth - return_size;

	if (percent(w, 3))
		return;
	if (surplus > 0 && surplus < 256 && percent(w, 90))
		instruction(w, TEA_OP_POPN, (unsigned int)surplus);
	else if (surplus < 0 && percent(w, 90))
		instruction(w, TEA_OP_PUSHN, (unsigned int)-surplus);
	instruction(w, TEA_OP_EXIT, 0);
}

/* Forward more often, to where the stack is as deep if there is such a place */
static size_t some_target(struct writer *w, const struct place *from)
{
	const struct place *to = NULL;
	unsigned int tries;

	if (percent(w, 1))
		return w->size + below(w, 2);
	if (percent(w, 1))
		return some_value(w);
	for (tries = 0; tries < 60; tries++) {
		to = &w->start[below(w, w->start_count)];
		if (to->depth == from->depth &&
		    (to->at > from->at || percent(w, 5)))
			break;
	}
	return to->at;
}

static void set_targets(struct writer *w)
{
	unsigned int i;

	for (i = 0; i < w->target_count && w->start_count; i++) {
		size_t at = w->target[i].at;
		size_t to = some_target(w, &w->target[i]);

		if (at + 2 > w->size)
			continue;
		w->code[at] = (unsigned char)(to >> 8);
		w->code[at + 1] = (unsigned char)to;
	}
}

static void well_formed(struct writer *w, int return_size)
{
	static void (*const rare[])(struct writer *w) = {
		packet, display, format, semaphore, settings, loop, function,
	};
	unsigned int units = 1 + below(w, UNITS_MAX);

	while (units-- && w->size + UNIT_BYTES < w->max) {
		if (w->depth + 20 > w->stack_size && w->depth > 8 &&
		    percent(w, 95))
			instruction(w, TEA_OP_POPN,
				    (unsigned int)w->depth / 2 % 256);
		if (percent(w, 25))
			rare[below(w, sizeof(rare) / sizeof(*rare))](w);
		else
			plain(w);
	}
	ending(w, return_size);
	set_targets(w);
}

static void rubbish(struct writer *w, unsigned int bound)
{
	unsigned int count = 5 + below(w, RUBBISH_MAX);

	while (count--)
		emit(w, below(w, bound));
}

static void write_code(struct writer *w, int return_size)
{
	unsigned int kind = below(w, 100);
	unsigned int flips;

	if (kind < 8) {
		rubbish(w, 256);
	} else if (kind < 18) {
		rubbish(w, TEA_OP_COUNT);
	} else {
		well_formed(w, return_size);
		flips = kind < 28 && w->size ? 1 + below(w, 3) : 0;
		while (flips--)
			w->code[below(w, (unsigned int)w->size)] =
				(unsigned char)below(w, 256);
	}
	while (w->size < TEA_FILE_MIN - TEA_HEADER_SIZE && !percent(w, 1))
		emit(w, TEA_OP_NOP);
}

static unsigned int some_stack(struct chance *chance)
{
	if (chance_percent(chance, 60))
		return TEA_STACK_DEFAULT;
	if (chance_percent(chance, 20))
		return 1 + chance_below(chance, 8);
	if (chance_percent(chance, 5))
		return TEA_STACK_MAX;
	return 1 + chance_below(chance, 400);
}

static void write_header(struct chance *chance, struct bytecode_case *test)
{
	unsigned int i;

	test->stack_size = some_stack(chance);
	if (chance_percent(chance, 40))
		test->argument_size = chance_below(chance, 6);
	else if (chance_percent(chance, 10))
		test->argument_size = chance_below(chance, 256);
	for (i = 0; i < test->argument_size; i++)
		test->arguments[i] = (unsigned char)chance_below(chance, 256);

	test->file[TEA_HEADER_SIGNATURE] = TEA_SIGNATURE_0;
	test->file[TEA_HEADER_SIGNATURE + 1] = TEA_SIGNATURE_1;
	test->file[TEA_HEADER_MAJOR] = TEA_VERSION_MAJOR;
	test->file[TEA_HEADER_MINOR] = TEA_VERSION_MINOR;
	test->file[TEA_HEADER_RETURN] =
		(unsigned char)chance_below(chance, TEA_RETURN_MAX + 1);
	test->file[TEA_HEADER_ARGUMENTS] = (unsigned char)test->argument_size;
	if (chance_percent(chance, 2))
		test->file[chance_below(chance, TEA_HEADER_SIZE)] ^=
			(unsigned char)(1 << chance_below(chance, 8));
}

void bytecode_generate(struct bytecode_case *test, unsigned long long seed)
{
	struct writer w = {
		.chance.state = seed,
		.code = test->file + TEA_HEADER_SIZE,
		.max = sizeof(test->file) - TEA_HEADER_SIZE,
	};

	memset(test, 0, sizeof(*test));
	test->seed = seed;
	write_header(&w.chance, test);
	w.stack_size = (int)test->stack_size;
	w.depth = test->file[TEA_HEADER_RETURN] + (int)test->argument_size;
	write_code(&w, test->file[TEA_HEADER_RETURN]);
	test->file_size = TEA_HEADER_SIZE + w.size;
}
