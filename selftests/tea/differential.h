/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DIFFERENTIAL_H
#define DIFFERENTIAL_H

/* The interpreter, or the translated program, and the model run the same program. */

#include <stdbool.h>
#include <stdio.h>

#include "bytecode_generator.h"
#include "model.h"

#define DIFFERENTIAL_PID	1

/**
 * struct differential - a comparison and what it found
 * @translate: compare the translated program instead of the interpreter
 * @state: how far the model came
 * @exit_code: if it exited
 * @executed: how often it executed each opcode; counts up over many
 *	comparisons
 * @difference: a description, empty if there is none
 */
struct differential {
	bool translate;
	enum model_state state;
	unsigned int exit_code;
	unsigned long long executed[TEA_OP_COUNT];
	char difference[128];
};

/**
 * differential_compare() - run a case on both
 * @test: the case
 * @limit: steps after which it is stopped
 * @result: receives what was found
 *
 * The two must agree in all that can be seen before the last instruction -
 * registers, flags, the whole stack, ports, text - and in how the program
 * ends: message, stack, text, ports and steps.
 *
 * Return: true if they differ.
 */
bool differential_compare(const struct bytecode_case *test,
			  unsigned long long limit,
			  struct differential *result);

/**
 * differential_minimise() - make a case smaller that shows something
 * @test: the case; becomes the smallest one found
 * @shows: says whether a case shows it
 * @data: for @shows
 */
void differential_minimise(struct bytecode_case *test,
			   bool (*shows)(const struct bytecode_case *test,
					 void *data),
			   void *data);

/**
 * differential_vector() - print a case as a line of a vector file, with the
 *	model's result
 * @test: the case
 * @set: what its name begins with; its seed follows
 * @limit: steps after which it is killed
 * @to: where to
 *
 * Return: 0, or -1 without memory.
 */
int differential_vector(const struct bytecode_case *test, const char *set,
			unsigned long long limit, FILE *to);

#endif
