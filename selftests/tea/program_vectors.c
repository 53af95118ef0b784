// SPDX-License-Identifier: GPL-2.0-only
/*
 * program_vectors COUNT: so many random programs in the TEA language, compiled
 * without and with -O, and what the model makes of them, as vectors for
 * "conform". Only those that come to an end of their own soon, and with the
 * stack that vectors have.
 */
#include <stdio.h>
#include <stdlib.h>

#include "differential.h"
#include "program_case.h"

/* Not those that program_test uses */
#define SEED		1000000
#define STEPS		2000

static bool is_vector(const struct compiled *compiled)
{
	return !compiled->errors && !compiled->launch && compiled->ended &&
	       (compiled->code == TEA_EXIT_NORMAL ||
		compiled->code == TEA_EXIT_DIV_BY_ZERO);
}

static int compile(const struct program *program, bool optimise,
		   struct compiled *result)
{
	struct compiled_options options = {
		.optimise = optimise,
		.arguments = program->arguments,
		.argument_size = program->argument_size,
		.stack_size = TEA_STACK_DEFAULT,
		.limit = STEPS,
	};

	return compiled_run(result, program->text, program->size, &options);
}

/* 1 if both were printed, 0 if one of them is no vector, -1 if it failed */
static int print_both(const struct program *program, unsigned long long seed)
{
	static const char *const sets[] = { "program", "program-O" };
	static struct compiled compiled[2];
	static struct bytecode_case test[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (compile(program, i, &compiled[i]))
			return -1;
		if (!is_vector(&compiled[i]) ||
		    !program_case(&test[i], program, &compiled[i], seed,
				  TEA_STACK_DEFAULT))
			return 0;
	}
	for (i = 0; i < 2; i++) {
		if (differential_vector(&test[i], sets[i], STEPS, stdout))
			return -1;
	}
	return 1;
}

int main(int argc, char **argv)
{
	unsigned long count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long long seed = SEED;
	struct program program;
	int printed;

	if (!count) {
		fputs("usage: program_vectors COUNT\n", stderr);
		return 2;
	}
	for (; count; count -= (unsigned long)printed, seed++) {
		if (program_generate(&program, seed))
			return 1;
		printed = print_both(&program, seed);
		free(program.text);
		if (printed < 0)
			return 1;
	}
	return fflush(stdout) ? 1 : 0;
}
