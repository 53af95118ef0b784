// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interpreter and translated programs agree with the model on random programs. With
 * DIFFERENTIAL_SEED and DIFFERENTIAL_CASES in the environment, on others than
 * usual.
 */
#include <stdlib.h>
#include <string.h>

#include "differential.h"

#include <kselftest_harness.h>

#define CASES		100000
#define STEPS		2000
/* What the programs must come to, so that they are worth their time */
#define EXECUTED_MIN	1000
#define EXITS_MIN	50
#define OUTSIDE_MAX	(CASES / 20)
#define LIMIT_MAX	(CASES / 20)
#define SHOWN_MAX	5

static unsigned long long number_of(const char *name, unsigned long long usual)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : usual;
}

static bool shows_difference(const struct bytecode_case *test, void *data)
{
	return differential_compare(test, STEPS, data);
}

static void show(struct bytecode_case *test, struct differential *result)
{
	printf("# seed %llu, stack of %u bytes: %s\n# ", test->seed,
	       test->stack_size, result->difference);
	differential_vector(test, "differential", STEPS, stdout);
	differential_minimise(test, shows_difference, result);
	differential_compare(test, STEPS, result);
	printf("# minimised: %s\n# ", result->difference);
	differential_vector(test, "differential", STEPS, stdout);
	fflush(stdout);
}

FIXTURE(programs)
{
	struct differential result;
	struct bytecode_case test;
	unsigned long long exits[TEA_EXIT_COUNT];
	unsigned long long states[MODEL_OUTSIDE + 1];
	unsigned long long differences;
};

FIXTURE_VARIANT(programs)
{
	bool translate;
};

FIXTURE_VARIANT_ADD(programs, interpreter) {};

FIXTURE_VARIANT_ADD(programs, translated) {
	.translate = true,
};

FIXTURE_SETUP(programs)
{
	memset(self, 0, sizeof(*self));
	self->result.translate = variant->translate;
}

FIXTURE_TEARDOWN(programs)
{
}

/* Many times as long as it takes, for machines that do something else too */
TEST_F_TIMEOUT(programs, agree, 600)
{
	unsigned long long cases = number_of("DIFFERENTIAL_CASES", CASES);
	unsigned long long seed = number_of("DIFFERENTIAL_SEED", 1);
	unsigned long long i;
	unsigned int code;

	for (i = 0; i < cases; i++) {
		bytecode_generate(&self->test, seed + i);
		if (differential_compare(&self->test, STEPS, &self->result) &&
		    self->differences++ < SHOWN_MAX)
			show(&self->test, &self->result);
		self->states[self->result.state]++;
		if (self->result.state == MODEL_EXITED)
			self->exits[self->result.exit_code]++;
	}
	EXPECT_EQ(0, self->differences) TH_LOG("of %llu cases", cases);

	if (cases != CASES)
		return;
	/* `exit` is always the last one, and the last one does not count. */
	for (i = 0; i < TEA_OP_EXIT; i++) {
		EXPECT_LE(EXECUTED_MIN, self->result.executed[i])
			TH_LOG("opcode %llu", i);
	}
	for (code = 0; code < TEA_EXIT_COUNT; code++) {
		if (code == TEA_EXIT_KILL)
			continue;
		EXPECT_LE(EXITS_MIN, self->exits[code])
			TH_LOG("exit code %u", code);
	}
	EXPECT_GE(OUTSIDE_MAX, self->states[MODEL_OUTSIDE]);
	EXPECT_GE(LIMIT_MAX, self->states[MODEL_RUNNING]);
}

TEST_F(programs, follow_from_the_seed)
{
	struct bytecode_case again;

	bytecode_generate(&self->test, 12345);
	bytecode_generate(&again, 12345);
	EXPECT_EQ(0, memcmp(&self->test, &again, sizeof(again)));
	bytecode_generate(&again, 12346);
	EXPECT_NE(0, memcmp(&self->test, &again, sizeof(again)));
}

static bool divides_after_push(const struct bytecode_case *test, void *data)
{
	const unsigned char *code = test->file + TEA_HEADER_SIZE;
	size_t size = test->file_size - TEA_HEADER_SIZE;
	const unsigned char *push = memchr(code, TEA_OP_PUSHLS, size);

	(void)data;
	return push && memchr(push, TEA_OP_DIVS, size - (size_t)(push - code));
}

TEST_F(programs, get_smaller)
{
	unsigned long long seed = 1;

	do {
		bytecode_generate(&self->test, seed++);
	} while (!self->test.argument_size ||
		 !divides_after_push(&self->test, NULL));
	differential_minimise(&self->test, divides_after_push, NULL);
	EXPECT_EQ(0, self->test.argument_size);
	ASSERT_EQ(TEA_HEADER_SIZE + 2, self->test.file_size);
	EXPECT_EQ(TEA_OP_PUSHLS, self->test.file[TEA_HEADER_SIZE]);
	EXPECT_EQ(TEA_OP_DIVS, self->test.file[TEA_HEADER_SIZE + 1]);
}

TEST_HARNESS_MAIN
