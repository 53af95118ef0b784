/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BYTECODE_GENERATOR_H
#define BYTECODE_GENERATOR_H

#include <stddef.h>

#include <uapi/tea.h>

#define BYTECODE_FILE_MAX	16384

/**
 * struct bytecode_case - an object file and how it is launched
 * @seed: what it was made of
 * @stack_size: bytes of stack
 * @argument_size: bytes of arguments
 * @file_size: bytes of the object file
 * @arguments: the arguments
 * @file: the object file
 */
struct bytecode_case {
	unsigned long long seed;
	unsigned int stack_size;
	size_t argument_size;
	size_t file_size;
	unsigned char arguments[TEA_ARGUMENTS_MAX];
	unsigned char file[BYTECODE_FILE_MAX];
};

/**
 * bytecode_generate() - make a case
 * @test: receives it
 * @seed: any number; the same number gives the same case
 *
 * Some are random bytes. Most keep the stack in order, branch to where an
 * instruction begins and use ports that are there, so that they come far;
 * each does something wrong now and then.
 */
void bytecode_generate(struct bytecode_case *test, unsigned long long seed);

#endif
