// SPDX-License-Identifier: GPL-2.0-only
/* What the vectors leave open: limits, edges, and what is passed to the host */
#include <string.h>

#include <module/tea/debug.h>
#include <module/tea/decode.h>

#include <kselftest_harness.h>

#define STACK_SIZE	32
#define CODE_MAX	64

static unsigned char packet_seen[TEA_PACKET_MAX];
static unsigned int packet_size;
static unsigned int sp_seen;
static int answer;

int tea_hook_port_read(struct tea_process *process, unsigned int port,
		       unsigned int size, unsigned int *value)
{
	sp_seen = process->sp;
	*value = port + size;
	return answer;
}

int tea_hook_port_write(struct tea_process *process, unsigned int port,
			unsigned int size, unsigned int value)
{
	sp_seen = process->sp;
	return answer;
}

int tea_hook_command(struct tea_process *process, const unsigned char *packet,
		     unsigned int size)
{
	sp_seen = process->sp;
	packet_size = size;
	memcpy(packet_seen, packet, size);
	return answer;
}

FIXTURE(interp)
{
	struct tea_process process;
	unsigned char stack[STACK_SIZE + 1];
	struct tea_decoded decoded[CODE_MAX + 1];
};

/* In each of the two loops of the interpreter */
FIXTURE_VARIANT(interp)
{
	bool decoded;
};

FIXTURE_VARIANT_ADD(interp, checked)
{
};

FIXTURE_VARIANT_ADD(interp, decoded)
{
	.decoded = true,
};

FIXTURE_SETUP(interp)
{
	memset(&self->process, 0, sizeof(self->process));
	memset(self->stack, 0, sizeof(self->stack));
	self->stack[STACK_SIZE] = 0xA5;
	self->process.stack = self->stack;
	self->process.stack_size = STACK_SIZE;
	self->process.pid = 1;
	if (variant->decoded)
		self->process.decoded = self->decoded;
	packet_size = 0;
	answer = 0;
}

FIXTURE_TEARDOWN(interp)
{
	EXPECT_EQ(0xA5, self->stack[STACK_SIZE]);
}

static void load(struct tea_process *process, const void *code,
		 unsigned int size)
{
	process->code = code;
	process->code_size = size;
	process->cp = 0;
	process->steps = 0;
	if (process->decoded)
		memset(process->decoded, 0, tea_decoded_size(size));
}

static int run_code(struct tea_process *process, const void *code,
		    unsigned int size)
{
	load(process, code, size);
	if (tea_run(process, 1000) != TEA_RUN_EXITED)
		return -1;
	return process->exit_code;
}

/* A code of string literals; the closing NUL is not part of it. */
#define RUN(code) run_code(&self->process, code, sizeof(code) - 1)

#define EXIT_IS(wanted, code) EXPECT_EQ(TEA_EXIT_##wanted, RUN(code))

TEST_F(interp, every_other_byte_is_a_bad_opcode)
{
	unsigned int opcode;

	for (opcode = TEA_OP_COUNT; opcode < 256; opcode++) {
		unsigned char code[] = { TEA_OP_NOP, (unsigned char)opcode };

		self->process.sp = 3;
		EXPECT_EQ(TEA_EXIT_BAD_OPCODE,
			  run_code(&self->process, code, sizeof(code)));
		EXPECT_EQ(2, self->process.steps);
		EXPECT_EQ(0, self->process.sp);
	}
}

/* Each opcode that takes an operand, cut short by one byte */
TEST_F(interp, operand_beyond_the_code)
{
	unsigned int opcode;

	for (opcode = 0; opcode < TEA_OP_COUNT; opcode++) {
		unsigned char code[] = { (unsigned char)opcode, 0xFF, 0xFF };
		unsigned int bytes = tea_opcode_bytes(opcode);

		if (!bytes)
			continue;
		self->process.sp = 0;
		EXPECT_EQ(TEA_EXIT_ADDRESS_RANGE,
			  run_code(&self->process, code, bytes));
		EXPECT_EQ(1, self->process.steps);
	}
}

TEST_F(interp, convsb_never_clears_carry)
{
	/* convsb of 300, popb, convsb of 1, popb, exit: C stays from 300 */
	EXIT_IS(NORMAL, "\x02\x01\x2c\x12\x20\x02\x00\x01\x12\x20\x53");
	EXPECT_EQ(TEA_FLAG_C, self->process.flags);
	self->process.flags = 0;
	EXIT_IS(NORMAL, "\x02\xff\x80\x12\x20\x53");
	EXPECT_EQ(TEA_FLAG_N, self->process.flags);
	EXIT_IS(NORMAL, "\x02\xff\x7f\x12\x20\x53");
	EXPECT_EQ(TEA_FLAG_C, self->process.flags);
}

/* Code up to a port access, and the state that it has to be held back in */
struct held {
	const char *code;
	unsigned int size;
	unsigned int cp;
	unsigned int sp;
};

#define HELD(code, cp, sp) { code, sizeof(code) - 1, cp, sp }

TEST_F(interp, an_access_held_back_has_not_happened)
{
	static const struct held list[] = {
		HELD("\x01\x07\x03\x00\x02\x53", 2, 1),
		HELD("\x01\x07\x05\x00\x88\x53", 2, 1),
		HELD("\x01\x07\x02\x00\x02\x04\x53", 5, 3),
		HELD("\x01\x07\x02\x00\x88\x06\x53", 5, 3),
		HELD("\x01\x07\x13\x00\x11\x53", 2, 1),
		HELD("\x02\x01\x07\x15\x00\x00\x53", 3, 2),
		HELD("\x01\x07\x02\x00\x11\x14\x53", 5, 3),
		HELD("\x02\x01\x07\x02\x00\x00\x16\x53", 6, 4),
	};
	struct tea_process *process = &self->process;
	struct tea_debug debug = { 0 };
	unsigned long long steps;
	unsigned char flags;
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
		load(process, list[i].code, list[i].size);
		process->sp = 0;
		answer = TEA_HOOK_HELD;
		tea_debug_begin(&debug, 0, 0);
		ASSERT_EQ(TEA_DEBUG_REQUEST,
			  tea_debug_run(process, &debug, 1000));
		steps = process->steps;
		flags = process->flags;
		EXPECT_EQ(list[i].cp, process->cp);
		EXPECT_EQ(list[i].sp, process->sp);
		EXPECT_EQ(TEA_DEBUG_REQUEST,
			  tea_debug_run(process, &debug, 1000));
		EXPECT_EQ(list[i].cp, process->cp);
		EXPECT_EQ(list[i].sp, process->sp);
		EXPECT_EQ(steps, process->steps);
		EXPECT_EQ(flags, process->flags);
		answer = 0;
		EXPECT_EQ(TEA_DEBUG_EXITED,
			  tea_debug_run(process, &debug, 1000));
		EXPECT_EQ(TEA_EXIT_NORMAL, process->exit_code);
		EXPECT_EQ(steps + 2, process->steps);
	}
}

TEST_F(interp, packets)
{
	EXIT_IS(BAD_COMMAND, "\x01\x00\x1f\x53");
	EXIT_IS(BAD_COMMAND, "\x01\x07\x01\x01\x1f\x53");
	EXIT_IS(STACK_UNDERFLOW, "\x01\x01\x1f\x53");
	EXIT_IS(BAD_COMMAND, "\x02\x02\x01\x01\x02\x1f\x53");
	EXPECT_EQ(0, packet_size);
	EXIT_IS(NORMAL, "\x02\x02\x00\x01\x02\x1f\x53");
	EXPECT_EQ(2, packet_size);
	EXPECT_EQ(0, sp_seen);
	EXIT_IS(NORMAL, "\x02\x04\x08\x02\x01\x02\x02\x03\x04\x02\x05\x06"
			"\x02\x07\x08\x01\x0a\x1f\x53");
	EXPECT_EQ(10, packet_size);
	EXPECT_EQ(0, memcmp(packet_seen, "\x04\x08\1\2\3\4\5\6\7\x08", 10));
	EXIT_IS(BAD_COMMAND, "\x02\x04\x09\x0f\x09\x01\x0b\x1f\x53");
	answer = TEA_EXIT_KILL;
	EXIT_IS(KILL, "\x02\x02\x00\x01\x02\x1f\x53");
}

TEST_F(interp, short_whose_low_byte_is_above_the_top)
{
	/* pushls 1234, popb, pushss 1: 12 from the top, 34 from above it */
	EXIT_IS(NORMAL, "\x01\x00\x02\x12\x34\x20\x09\x01\x53");
	EXPECT_EQ(0, memcmp(self->stack, "\x00\x12\x12\x34", 4));
	self->process.sp = 0;
	EXIT_IS(NORMAL, "\x01\x00\x02\x12\x34\x20\x0d\x00\x01\x53");
	EXPECT_EQ(0, memcmp(self->stack, "\x00\x12\x12\x34", 4));
	self->process.sp = 0;
	EXIT_IS(STACK_ERROR, "\x0f\x20\x09\x01\x53");
	EXIT_IS(STACK_ERROR, "\x0f\x20\x0d\x00\x1f\x53");
	EXIT_IS(STACK_ERROR, "\x0f\x20\x27\x01\x53");
	EXIT_IS(STACK_OVERFLOW, "\x0f\x20\x0d\x00\x20\x53");
	EXIT_IS(STACK_OVERFLOW, "\x0f\x20\x09\x02\x53");
}

TEST_F(interp, branch_targets)
{
	EXIT_IS(ADDRESS_RANGE, "\x48\x00\x04\x00");
	EXPECT_EQ(4, self->process.cp);
	EXPECT_EQ(1, self->process.steps);
	EXIT_IS(ADDRESS_RANGE, "\x48\x00\x05\x00");
	EXPECT_EQ(3, self->process.cp);
	EXIT_IS(ADDRESS_RANGE, "\x49\xff\xff");
	EXPECT_EQ(0xFFFF, self->process.cp);
	/* brz not taken: the target does not matter */
	self->process.flags = 0;
	EXIT_IS(NORMAL, "\x42\xff\xff\x53");
	self->process.flags = TEA_FLAG_Z;
	EXIT_IS(ADDRESS_RANGE, "\x42\xff\xff\x53");
}

TEST_F(interp, decimal_text_has_all_digits)
{
	EXIT_IS(NORMAL, "\x02\xcf\xc7\x50\x53");
	EXPECT_EQ(0, memcmp(self->stack, "-12345\x06", 7));
	self->process.sp = 0;
	EXIT_IS(NORMAL, "\x02\x80\x00\x50\x53");
	EXPECT_EQ(0, memcmp(self->stack, "-32768\x06", 7));
	self->process.sp = 0;
	EXIT_IS(NORMAL, "\x01\x80\x4c\x53");
	EXPECT_EQ(0, memcmp(self->stack, "-128\x04", 5));
	self->process.sp = 0;
	EXIT_IS(NORMAL, "\x02\xff\xff\x51\x53");
	EXPECT_EQ(0, memcmp(self->stack, "65535\x05", 6));
}

TEST_F(interp, limit_counts_instructions)
{
	struct tea_process *process = &self->process;

	load(process, "\x00\x00\x00\x53", 4);
	EXPECT_EQ(TEA_RUN_LIMIT, tea_run(process, 0));
	EXPECT_EQ(0, process->steps);
	EXPECT_EQ(TEA_RUN_LIMIT, tea_run(process, 2));
	EXPECT_EQ(2, process->steps);
	EXPECT_EQ(2, process->cp);
	EXPECT_EQ(TEA_RUN_LIMIT, tea_run(process, 3));
	EXPECT_EQ(TEA_RUN_EXITED, tea_run(process, 4));
	EXPECT_EQ(4, process->steps);
	EXPECT_EQ(TEA_EXIT_NORMAL, process->exit_code);
	/* Falling off the end is no instruction. */
	load(process, "\x00\x00\x00", 3);
	EXPECT_EQ(TEA_RUN_EXITED, tea_run(process, 3));
	EXPECT_EQ(3, process->steps);
	EXPECT_EQ(TEA_EXIT_ADDRESS_RANGE, process->exit_code);
}

TEST_F(interp, ports)
{
	EXIT_IS(NORMAL, "\x03\x01\x00\x05\x01\x00\x53");
	EXPECT_EQ(1, sp_seen);
	EXPECT_EQ(3, self->process.sp);
	EXPECT_EQ(0, memcmp(self->stack, "\x01\x01\x02", 3));
	EXIT_IS(NORMAL, "\x13\x00\x00\x15\x00\x00\x53");
	EXPECT_EQ(0, sp_seen);
	EXIT_IS(STACK_UNDERFLOW, "\x13\x00\x00\x53");
	answer = TEA_EXIT_IO_ERR;
	EXIT_IS(IO_ERR, "\x03\x01\x00\x53");
	EXPECT_EQ(0, self->process.sp);
	EXIT_IS(IO_ERR, "\x01\x07\x13\x00\x00\x53");
	EXPECT_EQ(2, self->process.steps);
}

TEST_HARNESS_MAIN
