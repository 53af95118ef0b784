/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROGRAM_EVALUATOR_H
#define PROGRAM_EVALUATOR_H

/*
 * What a program must do by the rules of the language, found without compiler
 * and machine: the source is executed word by word. It understands the programs
 * of program_generate(), no others.
 */

#include <stddef.h>

#include "program_generator.h"

#define PROGRAM_SHOWN_MAX	4096

/**
 * enum program_end - how a program ends
 * @PROGRAM_RETURNED: main returned
 * @PROGRAM_DIVIDED: by a division by zero
 * @PROGRAM_ENDLESS: not soon, or it shows more than PROGRAM_SHOWN_MAX
 * @PROGRAM_STRANGE: it has what the evaluator does not understand
 */
enum program_end {
	PROGRAM_RETURNED,
	PROGRAM_DIVIDED,
	PROGRAM_ENDLESS,
	PROGRAM_STRANGE,
};

/**
 * struct program_meaning - what a program does
 * @end: how it ends
 * @value_size: bytes that main returned
 * @value: these bytes, as in an exit message
 * @shown_size: characters shown up to the end
 * @shown: the characters
 */
struct program_meaning {
	enum program_end end;
	size_t value_size;
	unsigned char value[2];
	size_t shown_size;
	unsigned char shown[PROGRAM_SHOWN_MAX];
};

/**
 * program_evaluate() - find out what a program must do
 * @program: the program, with its arguments
 * @meaning: receives it
 */
void program_evaluate(const struct program *program,
		      struct program_meaning *meaning);

#endif
