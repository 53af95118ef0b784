// SPDX-License-Identifier: GPL-2.0-only
/* A process under a debugger is the same process, and stops where it has to. */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <module/tea/debug.h>
#include <userspace/common/tea_machine.h>

#include <kselftest_harness.h>

#define STACK_SIZE	128
#define STEPS_MAX	20000

static int show(struct tea_machine *machine, unsigned char character)
{
	return 0;
}

static const struct tea_machine_ops ops = { .text = show };

static unsigned int from_hex(const char *text, unsigned char *bytes)
{
	unsigned int size = 0;
	unsigned int byte;

	for (; sscanf(text, "%2x", &byte) == 1; text += 2)
		bytes[size++] = (unsigned char)byte;
	return size;
}

struct vector {
	unsigned char file[TEA_FILE_MAX];
	unsigned int file_size;
	unsigned char arguments[TEA_ARGUMENTS_MAX + 1];
	unsigned int argument_size;
	char name[128];
};

/* The fields that a run needs, see conform.c; 0 for a line that is none */
static int parse(char *line, struct vector *vector)
{
	char *name = strsep(&line, "|");
	char *result = strsep(&line, "|");
	char *arguments = strsep(&line, "|");
	char *code = strsep(&line, "|");

	if (!code || *name == '#')
		return 0;
	snprintf(vector->name, sizeof(vector->name), "%s", name);
	vector->argument_size = from_hex(arguments, vector->arguments);
	memcpy(vector->file, "\x61\x54\x00\x09", 4);
	vector->file[4] = (unsigned char)atoi(result);
	vector->file[5] = (unsigned char)vector->argument_size;
	vector->file_size = TEA_HEADER_SIZE +
			    from_hex(code, vector->file + TEA_HEADER_SIZE);
	return 1;
}

static int load(struct tea_machine *machine, const struct vector *vector)
{
	return tea_machine_init(machine, &ops, vector->file, vector->file_size,
				vector->arguments, vector->argument_size,
				STACK_SIZE);
}

static bool same(const struct tea_process *a, const struct tea_process *b)
{
	return a->cp == b->cp && a->sp == b->sp && a->flags == b->flags &&
	       a->steps == b->steps &&
	       !memcmp(a->stack, b->stack, STACK_SIZE);
}

/* One by one by tea_run(), in pieces by tea_debug_run() */
static bool compare(struct tea_machine *plain, struct tea_machine *debugged)
{
	static const unsigned int pieces[] = { 1, 2, 7, 30 };
	struct tea_process *a = &plain->process;
	struct tea_process *b = &debugged->process;
	unsigned char a_message[TEA_MESSAGE_MAX], b_message[TEA_MESSAGE_MAX];
	enum tea_debug_cause cause = TEA_DEBUG_LIMIT;
	struct tea_debug debug = { 0 };
	enum tea_run run = TEA_RUN_LIMIT;
	unsigned int piece = 0;
	unsigned int size;

	while (cause != TEA_DEBUG_EXITED && a->steps < STEPS_MAX) {
		unsigned long long until = b->steps + pieces[piece % 4];

		tea_debug_begin(&debug, pieces[piece++ % 4], 0);
		do {
			cause = tea_debug_run(b, &debug, 3);
		} while (cause == TEA_DEBUG_LIMIT);
		while (run == TEA_RUN_LIMIT && a->steps < until)
			run = tea_run(a, a->steps + 1);
		if (cause == TEA_DEBUG_STEPS &&
		    (run != TEA_RUN_LIMIT || !same(a, b)))
			return false;
	}
	if (cause != TEA_DEBUG_EXITED)
		return true;
	size = tea_machine_message(plain, a_message);
	return run == TEA_RUN_EXITED && a->steps == b->steps &&
	       size == tea_machine_message(debugged, b_message) &&
	       !memcmp(a_message, b_message, size);
}

static int run_file(const char *path, unsigned int *passed)
{
	struct vector *vector = calloc(1, sizeof(*vector));
	FILE *file = fopen(path, "r");
	struct tea_machine a, b;
	char *line = NULL;
	int failed = 0;
	size_t room = 0;

	if (!vector || !file)
		return -1;
	while (getline(&line, &room, file) >= 0) {
		if (!parse(line, vector))
			continue;
		if (!load(&a, vector) && !load(&b, vector)) {
			if (compare(&a, &b)) {
				++*passed;
			} else {
				printf("# %s\n", vector->name);
				failed++;
			}
			tea_machine_destroy(&b);
		}
		tea_machine_destroy(&a);
	}
	free(line);
	free(vector);
	fclose(file);
	return failed;
}

static char folder[4096];

TEST(every_vector_is_the_same_after_so_many_steps)
{
	static const char *const names[] = {
		"tea-conformance.txt", "tea-hostile.txt"
	};
	unsigned int passed = 0;
	char path[4200];
	size_t i;

	if (readlink("/proc/self/exe", folder, sizeof(folder) - 1) > 0)
		dirname(folder);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/vectors/%s", folder, names[i]);
		EXPECT_EQ(0, run_file(path, &passed));
	}
	/* Some do not pass the launch rules. */
	EXPECT_LT(6000, passed);
}

FIXTURE(stepping)
{
	struct tea_process process;
	struct tea_debug debug;
	unsigned char stack[STACK_SIZE];
};

/*
 * 00 pushlb 3; 02 call 0a; 05 pushlb 0; 07 pushlb 1; 09 exit
 * 0a decb 3; 0c brz 12; 0f call 0a; 12 return
 */
static const unsigned char recursive[] = {
	TEA_OP_PUSHLB, 3, TEA_OP_CALL, 0, 0x0a, TEA_OP_PUSHLB, 0,
	TEA_OP_PUSHLB, 1, TEA_OP_EXIT,
	TEA_OP_DECB, 3, TEA_OP_BRZ, 0, 0x12, TEA_OP_NOP, TEA_OP_NOP, TEA_OP_NOP,
	TEA_OP_RETURN,
};

/* As above, and what follows: 00 call 04; 03 exit; 04 n times itself; return */
static const unsigned char nested[] = {
	TEA_OP_CALL, 0, 4, TEA_OP_EXIT,
	TEA_OP_DECB, 3, TEA_OP_BRZ, 0, 15, TEA_OP_PUSHSB, 3,
	TEA_OP_CALL, 0, 4, TEA_OP_POPB, TEA_OP_RETURN,
};

FIXTURE_SETUP(stepping)
{
	memset(&self->process, 0, sizeof(self->process));
	memset(&self->debug, 0, sizeof(self->debug));
	memset(self->stack, 0, sizeof(self->stack));
	self->process.stack = self->stack;
	self->process.stack_size = STACK_SIZE;
	self->process.code = recursive;
	self->process.code_size = sizeof(recursive);
}

FIXTURE_TEARDOWN(stepping)
{
}

static enum tea_debug_cause go(FIXTURE_DATA(stepping) *self,
			       unsigned int steps, unsigned int until)
{
	tea_debug_begin(&self->debug, steps, until);
	return tea_debug_run(&self->process, &self->debug, TEA_DEBUG_ANY);
}

TEST_F(stepping, breakpoints)
{
	self->debug.breaks[self->debug.break_count++] = 0x0a;
	self->debug.breaks[self->debug.break_count++] = 5;
	ASSERT_EQ(TEA_DEBUG_BREAK, go(self, 0, 0));
	EXPECT_EQ(0x0a, self->process.cp);
	EXPECT_EQ(2, self->process.steps);
	/* It goes on past the one it stands at, and meets one within a bound. */
	ASSERT_EQ(TEA_DEBUG_BREAK, go(self, 1000, 0));
	EXPECT_EQ(5, self->process.cp);
	ASSERT_EQ(TEA_DEBUG_EXITED, go(self, 0, 0));
	EXPECT_EQ(TEA_EXIT_NORMAL, self->process.exit_code);
	/* Registers are those of the instruction that ended it. */
	EXPECT_EQ(9, self->process.cp);
	EXPECT_EQ(3, self->process.sp);
}

TEST_F(stepping, all_breakpoints)
{
	unsigned int i;

	for (i = 0; i < TEA_DEBUG_BREAKS - 1; i++)
		self->debug.breaks[i] = (unsigned short)(100 + i);
	self->debug.breaks[i] = 7;
	self->debug.break_count = TEA_DEBUG_BREAKS;
	ASSERT_EQ(TEA_DEBUG_BREAK, go(self, 0, 0));
	EXPECT_EQ(7, self->process.cp);
}

TEST_F(stepping, a_turn_ends_at_a_breakpoint)
{
	self->debug.breaks[self->debug.break_count++] = 2;
	tea_debug_begin(&self->debug, 0, 0);
	ASSERT_EQ(TEA_DEBUG_LIMIT,
		  tea_debug_run(&self->process, &self->debug, 1));
	EXPECT_EQ(2, self->process.cp);
	ASSERT_EQ(TEA_DEBUG_BREAK,
		  tea_debug_run(&self->process, &self->debug, 1));
	EXPECT_EQ(2, self->process.cp);
}

TEST_F(stepping, watched_bytes)
{
	self->debug.watches[self->debug.watch_count++] = 2;
	self->debug.watches[self->debug.watch_count++] = 0;
	ASSERT_EQ(TEA_DEBUG_WATCH, go(self, 0, 0));
	EXPECT_EQ(2, self->process.cp);
	ASSERT_EQ(TEA_DEBUG_WATCH, go(self, 0, 0));
	/* The low byte of the return address */
	EXPECT_EQ(0x0a, self->process.cp);
	ASSERT_EQ(TEA_DEBUG_WATCH, go(self, 0, 0));
	/* decb of the argument */
	EXPECT_EQ(0x0c, self->process.cp);
	EXPECT_EQ(2, self->stack[0]);
	/* Pushing over what the return left */
	ASSERT_EQ(TEA_DEBUG_WATCH, go(self, 0, 0));
	EXPECT_EQ(9, self->process.cp);
	ASSERT_EQ(TEA_DEBUG_EXITED, go(self, 0, 0));
}

TEST_F(stepping, levels)
{
	self->process.code = nested;
	self->process.code_size = sizeof(nested);
	self->stack[0] = 4;
	self->process.sp = 1;
	/* Over the call with all that it calls */
	ASSERT_EQ(TEA_DEBUG_STEPS, go(self, 0, TEA_DEBUG_UNTIL_LEVEL));
	EXPECT_EQ(3, self->process.cp);
	EXPECT_LT(20, self->process.steps);
	EXPECT_EQ(1, self->process.sp);
	/* Into it, over the inner call of the same code, and out of it */
	self->process.cp = 0;
	self->stack[0] = 4;
	ASSERT_EQ(TEA_DEBUG_STEPS, go(self, 1, 0));
	EXPECT_EQ(4, self->process.cp);
	ASSERT_EQ(TEA_DEBUG_STEPS, go(self, 3, 0));
	EXPECT_EQ(11, self->process.cp);
	ASSERT_EQ(TEA_DEBUG_STEPS, go(self, 0, TEA_DEBUG_UNTIL_LEVEL));
	EXPECT_EQ(14, self->process.cp);
	EXPECT_EQ(4, self->process.sp);
	self->process.cp = 0;
	self->process.sp = 1;
	self->stack[0] = 4;
	ASSERT_EQ(TEA_DEBUG_STEPS, go(self, 1, 0));
	ASSERT_EQ(TEA_DEBUG_STEPS, go(self, 0, TEA_DEBUG_UNTIL_RETURN));
	EXPECT_EQ(3, self->process.cp);
	ASSERT_EQ(TEA_DEBUG_EXITED, go(self, 0, TEA_DEBUG_UNTIL_RETURN));
}

TEST_F(stepping, a_request_stops_it_before_the_next_instruction)
{
	tea_debug_begin(&self->debug, 0, 0);
	self->debug.request = 1;
	ASSERT_EQ(TEA_DEBUG_REQUEST,
		  tea_debug_run(&self->process, &self->debug, 10));
	EXPECT_EQ(0, self->process.steps);
	ASSERT_EQ(TEA_DEBUG_STEPS, go(self, 1, 0));
}

TEST_F(stepping, registers_at_a_fault)
{
	static const unsigned char code[] = {
		TEA_OP_PUSHLB, 9, TEA_OP_PUSHLB, 1, TEA_OP_PUSHLB, 0,
		TEA_OP_DIVB, TEA_OP_EXIT,
	};

	self->process.code = code;
	self->process.code_size = sizeof(code);
	ASSERT_EQ(TEA_DEBUG_EXITED, go(self, 0, 0));
	EXPECT_EQ(TEA_EXIT_DIV_BY_ZERO, self->process.exit_code);
	EXPECT_EQ(6, self->process.cp);
	EXPECT_EQ(3, self->process.sp);
	EXPECT_EQ(TEA_FLAG_Z, self->process.flags);
	EXPECT_EQ(4, self->process.steps);
	EXPECT_EQ(0, memcmp(self->stack, "\x09\x01\x00", 3));
}

TEST_F(stepping, hostile_registers_are_cut)
{
	struct tea_registers registers;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		memset(&self->process, 0xFF, sizeof(self->process));
		if (i) {
			self->process.cp = (unsigned int)random();
			self->process.sp = (unsigned int)random();
			self->process.flags = (unsigned char)random();
		}
		tea_debug_look(&self->process, STACK_SIZE, &registers);
		ASSERT_GE(0xFFFF, registers.cp);
		ASSERT_GE(STACK_SIZE, registers.sp);
		ASSERT_EQ(0, registers.flags &
			     ~(TEA_FLAG_N | TEA_FLAG_Z | TEA_FLAG_C));
	}
	self->process.sp = 7;
	self->process.cp = 0x1234;
	self->process.flags = TEA_FLAG_C;
	tea_debug_look(&self->process, STACK_SIZE, &registers);
	EXPECT_EQ(7, registers.sp);
	EXPECT_EQ(0x1234, registers.cp);
	EXPECT_EQ(TEA_FLAG_C, registers.flags);
}

TEST_HARNESS_MAIN
