// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stack, flags and errors of each instruction in TEA_OPCODES are those of the
 * model, over many states of the machine.
 */
#include <string.h>

#include <uapi/tea.h>

#include "chance.h"
#include "model.h"

#include <kselftest_harness.h>

#define STATES		30000
#define STACK_MAX	24

struct row {
	unsigned int opcode;
	const char *before;
	const char *after;
	const char *flags;
	const char *errors;
};

static const struct row rows[] = {
#define ROW(NAME, number, mnemonic, bytes, kind, sentence, ...) \
	{ number, __VA_ARGS__ },
	TEA_OPCODES(ROW)
#undef ROW
};

/* The letters of the columns, in the order in which they stand there */
static const char flag_letters[] = "NZC";
static const char error_letters[] = "UOEADIRC";

static const unsigned int error_codes[] = {
	TEA_EXIT_STACK_UNDERFLOW, TEA_EXIT_STACK_OVERFLOW,
	TEA_EXIT_STACK_ERROR, TEA_EXIT_ADDRESS_RANGE, TEA_EXIT_DIV_BY_ZERO,
	TEA_EXIT_IO_ERR, TEA_EXIT_BAD_RET_VAL, TEA_EXIT_BAD_COMMAND,
};

/**
 * struct seen - what an instruction did
 * @flags: bit i: it changed flag_letters[i]
 * @errors: bit i: it ended with error_codes[i]
 * @runs: how often it went on
 * @other: it ended in some other way
 */
struct seen {
	unsigned int flags;
	unsigned int errors;
	unsigned int runs;
	bool other;
};

static unsigned int mask_of(const char *column, const char *letters)
{
	unsigned int mask = 0;

	for (; *column; column++) {
		if (*column != ' ')
			mask |= 1U << (strchr(letters, *column) - letters);
	}
	return mask;
}

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

static unsigned char some_byte(struct chance *chance)
{
	static const unsigned char corners[] = { 0, 1, 2, 3, 4, 0x7F, 0x80, 0xFF };

	if (chance_percent(chance, 70))
		return corners[chance_below(chance, sizeof(corners))];
	return (unsigned char)chance_below(chance, 256);
}

/* A file whose code is one instruction, and a machine in whatever state */
static void set_up(struct chance *chance, const struct row *row,
		   unsigned char *file, struct model *model)
{
	unsigned int ports[] = {
		TEA_PORT_QUIET, TEA_PORT_VERSION, TEA_PORT_SCRATCH_PAD,
	};
	unsigned int port = ports[chance_below(chance, 3)];
	unsigned int i;

	file[TEA_HEADER_RETURN] = (unsigned char)chance_below(chance, 3);
	file[TEA_HEADER_SIZE] = (unsigned char)row->opcode;
	file[TEA_HEADER_SIZE + 1] = some_byte(chance);
	file[TEA_HEADER_SIZE + 2] = some_byte(chance);
	if (tea_opcode_operand(row->opcode) == TEA_OPERAND_PORT) {
		file[TEA_HEADER_SIZE + 1] = (unsigned char)(port >> 8);
		file[TEA_HEADER_SIZE + 2] = (unsigned char)port;
	}
	model_launch(model, 1, file, TEA_FILE_MIN, NULL, 0,
		     2 + chance_below(chance, STACK_MAX));
	for (i = 0; i < model->stack_size; i++)
		model->stack[i] = some_byte(chance);
	model->sp = chance_below(chance, model->stack_size + 1);
	if (model->sp >= 2 && chance_percent(chance, 50)) {
		model->stack[model->sp - 2] = (unsigned char)(port >> 8);
		model->stack[model->sp - 1] = (unsigned char)port;
	}
	model->negative = chance_percent(chance, 50);
	model->zero = chance_percent(chance, 50);
	model->carry = chance_percent(chance, 50);
}

static void note_end(const struct model *model, struct seen *seen)
{
	size_t i;

	if (model->exit_code == TEA_EXIT_NORMAL)
		return;
	for (i = 0; i < sizeof(error_codes) / sizeof(*error_codes); i++) {
		if (error_codes[i] == model->exit_code) {
			seen->errors |= 1U << i;
			return;
		}
	}
	seen->other = true;
}

/* false if the stack has not changed as the table says */
static bool right_depth(const struct row *row, unsigned int old,
			unsigned int new)
{
	int change = (int)new - (int)old;

	if (strstr(row->before, "...") || strstr(row->after, "..."))
		return true;
	if (*row->after == '[' && change == -bytes_of(row->before))
		return true;
	return change == bytes_of(row->after) - bytes_of(row->before);
}

static bool step(struct model *model, const struct row *row, struct seen *seen)
{
	bool negative = model->negative;
	bool zero = model->zero;
	bool carry = model->carry;
	unsigned int sp = model->sp;

	model_step(model);
	if (model->state == MODEL_EXITED)
		note_end(model, seen);
	if (model->state != MODEL_RUNNING)
		return true;
	seen->runs++;
	seen->flags |= (model->negative != negative) << 0 |
		       (model->zero != zero) << 1 |
		       (model->carry != carry) << 2;
	return right_depth(row, sp, model->sp);
}

FIXTURE(opcode_table)
{
	struct model model;
};

FIXTURE_SETUP(opcode_table)
{
}

FIXTURE_TEARDOWN(opcode_table)
{
}

TEST_F_TIMEOUT(opcode_table, says_what_happens, 600)
{
	unsigned char file[TEA_FILE_MIN] = {
		TEA_SIGNATURE_0, TEA_SIGNATURE_1, TEA_VERSION_MAJOR,
		TEA_VERSION_MINOR,
	};
	struct chance chance = { 1 };
	const struct row *row;
	unsigned int i;

	for (row = rows; row < rows + TEA_OP_COUNT; row++) {
		struct seen seen = { 0 };
		unsigned int wrong_depth = 0;

		for (i = 0; i < STATES; i++) {
			set_up(&chance, row, file, &self->model);
			wrong_depth += !step(&self->model, row, &seen);
			model_free(&self->model);
		}
		EXPECT_EQ(0, wrong_depth)
			TH_LOG("opcode %u: stack", row->opcode);
		EXPECT_EQ(mask_of(row->flags, flag_letters), seen.flags)
			TH_LOG("opcode %u: flags", row->opcode);
		EXPECT_EQ(mask_of(row->errors, error_letters), seen.errors)
			TH_LOG("opcode %u: errors", row->opcode);
		EXPECT_FALSE(seen.other);
		if (row->opcode != TEA_OP_EXIT) {
			EXPECT_LE(100, seen.runs)
				TH_LOG("opcode %u", row->opcode);
		}
	}
}

TEST_HARNESS_MAIN
