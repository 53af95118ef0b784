// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fast loop of the interpreter, and the translated program, do what the checked
 * loop does, in pieces of any number of instructions and from any address. With
 * DECODE_PROGRAMS in the environment, with more programs than usual.
 */
#include <stdlib.h>
#include <string.h>

#include <userspace/common/tea_machine.h>

#include "bytecode_generator.h"
#include "chance.h"

#include <kselftest_harness.h>

#define PROGRAMS	5000
#define STARTS		4
#define STEPS		1000
#define PIECE_MAX	300
/* More than the instructions of a run, and than are decoded at once */
#define LONG_CODE	2000
#define LONG_STACK	40

static int ignore(struct tea_machine *machine, unsigned char character)
{
	return 0;
}

static const struct tea_machine_ops ops = { .text = ignore };

FIXTURE(loops)
{
	struct tea_machine fast;
	struct tea_machine checked;
	struct tea_decoded *decoded;
	struct bytecode_case test;
	struct chance chance;
};

FIXTURE_VARIANT(loops)
{
	bool translate;
	bool movbe;
};

FIXTURE_VARIANT_ADD(loops, decoded) {};

FIXTURE_VARIANT_ADD(loops, translated) {
	.translate = true,
	.movbe = true,
};

FIXTURE_VARIANT_ADD(loops, translated_without_movbe) {
	.translate = true,
};

FIXTURE_SETUP(loops)
{
	memset(self, 0, sizeof(*self));
}

FIXTURE_TEARDOWN(loops)
{
}

static bool load(FIXTURE_DATA(loops) *self,
		 const FIXTURE_VARIANT(loops) *variant)
{
	const struct bytecode_case *test = &self->test;
	int fast = tea_machine_init(&self->fast, &ops, test->file,
				    test->file_size, test->arguments,
				    test->argument_size, test->stack_size);
	int checked = tea_machine_init(&self->checked, &ops, test->file,
				       test->file_size, test->arguments,
				       test->argument_size, test->stack_size);

	self->decoded = self->checked.process.decoded;
	self->checked.process.decoded = NULL;
	if (!fast && variant->translate)
		fast = tea_machine_translate(&self->fast, variant->movbe);
	return !fast && !checked;
}

static void unload(FIXTURE_DATA(loops) *self)
{
	self->checked.process.decoded = self->decoded;
	tea_machine_destroy(&self->fast);
	tea_machine_destroy(&self->checked);
}

/* The same address, stack and flags for both */
static void start_anywhere(FIXTURE_DATA(loops) *self)
{
	struct tea_process *a = &self->fast.process;
	struct tea_process *b = &self->checked.process;
	unsigned int i;

	a->cp = chance_below(&self->chance, a->code_size + 1);
	a->sp = chance_below(&self->chance, a->stack_size + 1);
	a->flags = (unsigned char)(chance_below(&self->chance, 8) << 1);
	a->steps = 0;
	for (i = 0; i < a->stack_size; i++)
		a->stack[i] = (unsigned char)chance_next(&self->chance);
	memcpy(b->stack, a->stack, a->stack_size);
	b->cp = a->cp;
	b->sp = a->sp;
	b->flags = a->flags;
	b->steps = 0;
	self->checked.ports = self->fast.ports;
}

static bool same(const struct tea_process *a, const struct tea_process *b)
{
	return a->cp == b->cp && a->sp == b->sp && a->flags == b->flags &&
	       a->steps == b->steps && a->exit_code == b->exit_code &&
	       !memcmp(a->stack, b->stack, a->stack_size);
}

static bool agree(FIXTURE_DATA(loops) *self)
{
	struct tea_process *a = &self->fast.process;
	struct tea_process *b = &self->checked.process;
	unsigned long long limit = 0;
	enum tea_run fast, checked;

	do {
		limit += 1 + chance_below(&self->chance, PIECE_MAX);
		fast = tea_machine_run(&self->fast, limit);
		checked = tea_run(b, limit);
		if (fast != checked || !same(a, b))
			return false;
	} while (fast == TEA_RUN_LIMIT && limit < STEPS);
	return true;
}

TEST_F_TIMEOUT(loops, agree_on_random_programs, 3600)
{
	const char *more = getenv("DECODE_PROGRAMS");
	unsigned long long programs = more ? strtoull(more, NULL, 0) : PROGRAMS;
	unsigned long long starts = 0;
	unsigned int i;

	for (self->chance.state = 1; self->chance.state < programs;) {
		unsigned long long seed = self->chance.state;

		bytecode_generate(&self->test, seed);
		if (load(self, variant)) {
			ASSERT_TRUE(agree(self)) TH_LOG("seed %llu", seed);
			for (i = 0; i < STARTS; i++, starts++) {
				start_anywhere(self);
				ASSERT_TRUE(agree(self))
					TH_LOG("seed %llu, start %u", seed, i);
			}
		}
		unload(self);
		self->chance.state = seed + 1;
	}
	EXPECT_LT(programs, starts);
}

/* Pairs that leave the stack as it is, with branches backward among them */
static void make_long_code(FIXTURE_DATA(loops) *self)
{
	unsigned char *code = self->test.file + TEA_HEADER_SIZE;
	unsigned int at = 0;

	memcpy(self->test.file, "\x61\x54\x00\x09\x00\x00", TEA_HEADER_SIZE);
	while (at < LONG_CODE) {
		unsigned int target = chance_below(&self->chance, at + 1);

		if (chance_percent(&self->chance, 1)) {
			code[at++] = TEA_OP_BRNEG;
			code[at++] = (unsigned char)(target >> 8);
			code[at++] = (unsigned char)target;
		} else {
			code[at++] = TEA_OP_PUSHLB;
			code[at++] = (unsigned char)chance_next(&self->chance);
			code[at++] = TEA_OP_POPB;
		}
	}
	self->test.file_size = TEA_HEADER_SIZE + at;
	self->test.argument_size = 0;
	self->test.stack_size = LONG_STACK;
}

TEST_F(loops, agree_on_long_runs)
{
	unsigned int i, start;

	for (i = 0; i < 20; i++) {
		make_long_code(self);
		ASSERT_TRUE(load(self, variant));
		for (start = 0; start < 200; start++) {
			start_anywhere(self);
			ASSERT_TRUE(agree(self))
				TH_LOG("code %u, start %u", i, start);
		}
		unload(self);
	}
}

TEST_HARNESS_MAIN
