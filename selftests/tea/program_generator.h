/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROGRAM_GENERATOR_H
#define PROGRAM_GENERATOR_H

#include <stddef.h>

#define PROGRAM_ARGUMENTS_MAX	16

/**
 * struct program - a program in the TEA language and its arguments
 * @text: the source; free() it
 * @size: bytes of it
 * @argument_size: bytes of arguments
 * @arguments: the arguments
 */
struct program {
	char *text;
	size_t size;
	size_t argument_size;
	unsigned char arguments[PROGRAM_ARGUMENTS_MAX];
};

/**
 * program_generate() - make a program
 * @program: receives it
 * @seed: any number; the same number gives the same program
 *
 * It keeps the rules of the language, so it compiles; it ends by itself after
 * some thousand steps, at times by a division by zero. It shows characters and
 * returns what became of its variables, so that code that is wrong is seen.
 *
 * Return: 0, or -1 without memory.
 */
int program_generate(struct program *program, unsigned long long seed);

#endif
