// SPDX-License-Identifier: GPL-2.0-only
/*
 * differential_vectors COUNT: random programs and what the model makes of
 * them, as vectors for "conform". Only those that end by themselves, soon, and
 * with the stack that vectors have.
 */
#include <stdio.h>
#include <stdlib.h>

#include "differential.h"

/* Not those that differential_test uses */
#define SEED		1000000
#define STEPS		2000
#define SLEEP_MS_MAX	2

static bool is_vector(const struct bytecode_case *test)
{
	static struct model model;
	bool fits;

	if (test->stack_size != TEA_STACK_DEFAULT ||
	    test->file[TEA_HEADER_SIGNATURE] != TEA_SIGNATURE_0 ||
	    test->file[TEA_HEADER_SIGNATURE + 1] != TEA_SIGNATURE_1 ||
	    test->file[TEA_HEADER_MAJOR] != TEA_VERSION_MAJOR ||
	    test->file[TEA_HEADER_MINOR] != TEA_VERSION_MINOR ||
	    test->file[TEA_HEADER_ARGUMENTS] != test->argument_size)
		return false;
	if (model_launch(&model, DIFFERENTIAL_PID, test->file, test->file_size,
			 test->arguments, test->argument_size,
			 test->stack_size))
		return false;
	fits = model_run(&model, STEPS) == MODEL_EXITED &&
	       model.slept <= SLEEP_MS_MAX;
	model_free(&model);
	return fits;
}

int main(int argc, char **argv)
{
	unsigned long count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long long seed = SEED;
	struct bytecode_case test;

	if (!count) {
		fputs("usage: differential_vectors COUNT\n", stderr);
		return 2;
	}
	while (count) {
		bytecode_generate(&test, seed++);
		if (!is_vector(&test))
			continue;
		if (differential_vector(&test, "differential", STEPS, stdout))
			return 1;
		count--;
	}
	return fflush(stdout) ? 1 : 0;
}
