// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random programs in the TEA language: they compile, do what the evaluator finds
 * in the source, and the same with -O as without; at either level the model
 * makes the same of every instruction as the interpreter. With PROGRAM_SEED and
 * PROGRAM_CASES in the environment, others than usual.
 */
#include <stdlib.h>
#include <string.h>

#include "differential.h"
#include "program_case.h"
#include "program_evaluator.h"

#include <kselftest_harness.h>

#define CASES		5000
#define STEPS		200000
#define STACK		2048
/* What the programs must come to, so that they are worth their time */
#define NORMAL_MIN	(CASES / 2)
#define DIVIDED_MIN	(CASES / 200)
#define ENDLESS_MAX	(CASES / 20)
#define EVALUATED_MIN	(CASES - CASES / 20)
/* Those that are too long for a case */
#define LONG_PROGRAMS_MAX	(CASES / 100)
#define SHOWN_MAX	3

static unsigned long long number_of(const char *name, unsigned long long usual)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : usual;
}

FIXTURE(programs)
{
	struct program program;
	struct compiled plain;
	struct compiled optimised;
	unsigned long long exits[TEA_EXIT_COUNT];
	unsigned long long bytes_plain;
	unsigned long long bytes_optimised;
	unsigned long long endless;
	unsigned long long modelled;
	unsigned long long evaluated;
	unsigned long long differences;
	struct differential model;
	struct program_meaning meaning;
};

FIXTURE_SETUP(programs)
{
	memset(self, 0, sizeof(*self));
}

FIXTURE_TEARDOWN(programs)
{
}

/* What the model makes of it in another way than the interpreter, or null */
static const char *run_model(FIXTURE_DATA(programs) *self,
			     const struct compiled *compiled)
{
	static struct bytecode_case test;

	if (!program_case(&test, &self->program, compiled, 0, STACK))
		return NULL;
	self->modelled++;
	if (differential_compare(&test, STEPS, &self->model))
		return self->model.difference;
	if (compiled->ended && compiled->code != self->model.exit_code)
		return "the model ends in another way";
	return NULL;
}

/* What is not as the language says, or null; the message ends with the value. */
static const char *check_meaning(FIXTURE_DATA(programs) *self)
{
	const struct program_meaning *meaning = &self->meaning;
	const struct compiled *run = &self->plain;
	unsigned int code;

	program_evaluate(&self->program, &self->meaning);
	if (meaning->end == PROGRAM_STRANGE)
		return "the evaluator does not understand it";
	if (meaning->end == PROGRAM_ENDLESS || !run->ended)
		return NULL;
	self->evaluated++;
	code = meaning->end == PROGRAM_DIVIDED ? TEA_EXIT_DIV_BY_ZERO
					       : TEA_EXIT_NORMAL;
	if (run->code != code)
		return "not the end that it must come to";
	if (run->message_size < meaning->value_size ||
	    memcmp(run->message + run->message_size - meaning->value_size,
		   meaning->value, meaning->value_size))
		return "not the value that it must return";
	if (run->text_size != meaning->shown_size ||
	    memcmp(run->text, meaning->shown, meaning->shown_size))
		return "not the text that it must show";
	return NULL;
}

/* What is wrong with the two runs of a program, or null */
static const char *run_both(FIXTURE_DATA(programs) *self)
{
	const char *wrong;

	struct compiled_options options = {
		.arguments = self->program.arguments,
		.argument_size = self->program.argument_size,
		.stack_size = STACK,
		.limit = STEPS,
	};

	if (compiled_run(&self->plain, self->program.text,
			 self->program.size, &options))
		return "not compiled";
	options.optimise = true;
	if (compiled_run(&self->optimised, self->program.text,
			 self->program.size, &options))
		return "not compiled with -O";
	if (self->plain.errors)
		return "errors";
	if (self->plain.launch)
		return "not launched";
	wrong = compiled_difference(&self->plain, &self->optimised);
	if (!wrong)
		wrong = run_model(self, &self->plain);
	if (!wrong)
		wrong = run_model(self, &self->optimised);
	return wrong ?: check_meaning(self);
}

static void count(FIXTURE_DATA(programs) *self)
{
	if (self->plain.ended)
		self->exits[self->plain.code]++;
	else
		self->endless++;
	self->bytes_plain += self->plain.size;
	self->bytes_optimised += self->optimised.size;
}

TEST_F_TIMEOUT(programs, do_the_same_optimised, 600)
{
	unsigned long long cases = number_of("PROGRAM_CASES", CASES);
	unsigned long long seed = number_of("PROGRAM_SEED", 1);
	unsigned long long i;
	const char *wrong;

	for (i = 0; i < cases; i++) {
		ASSERT_EQ(0, program_generate(&self->program, seed + i));
		wrong = run_both(self);
		if (wrong && self->differences++ < SHOWN_MAX)
			printf("# seed %llu: %s\n%s\n", seed + i, wrong,
			       self->program.text);
		count(self);
		free(self->program.text);
	}
	EXPECT_EQ(0, self->differences) TH_LOG("of %llu programs", cases);
	if (cases != CASES)
		return;
	EXPECT_LE(2 * CASES - LONG_PROGRAMS_MAX, self->modelled);
	EXPECT_LE(EVALUATED_MIN, self->evaluated);
	EXPECT_LE(NORMAL_MIN, self->exits[TEA_EXIT_NORMAL]);
	EXPECT_LE(DIVIDED_MIN, self->exits[TEA_EXIT_DIV_BY_ZERO]);
	EXPECT_EQ(0, self->exits[TEA_EXIT_BAD_OPCODE]);
	EXPECT_EQ(0, self->exits[TEA_EXIT_STACK_UNDERFLOW]);
	EXPECT_EQ(0, self->exits[TEA_EXIT_STACK_ERROR]);
	EXPECT_EQ(0, self->exits[TEA_EXIT_BAD_RET_VAL]);
	EXPECT_GE(ENDLESS_MAX, self->endless);
	EXPECT_GE(self->bytes_plain, self->bytes_optimised);
}

TEST_HARNESS_MAIN
