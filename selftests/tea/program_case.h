/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROGRAM_CASE_H
#define PROGRAM_CASE_H

/* A random program, compiled, as a case for the model. */

#include "bytecode_generator.h"
#include "compiled.h"
#include "program_generator.h"

/**
 * program_case() - make a case of a program
 * @test: receives it
 * @program: the program
 * @compiled: what it was compiled to, without errors
 * @seed: what it was made of
 * @stack_size: bytes of stack
 *
 * Return: false if it is too long for a case.
 */
static inline bool program_case(struct bytecode_case *test,
				const struct program *program,
				const struct compiled *compiled,
				unsigned long long seed,
				unsigned int stack_size)
{
	size_t i;

	if (compiled->size > sizeof(test->file))
		return false;
	test->seed = seed;
	test->stack_size = stack_size;
	test->argument_size = program->argument_size;
	for (i = 0; i < program->argument_size; i++)
		test->arguments[i] = program->arguments[i];
	test->file_size = compiled->size;
	for (i = 0; i < compiled->size; i++)
		test->file[i] = compiled->object[i];
	return true;
}

#endif
