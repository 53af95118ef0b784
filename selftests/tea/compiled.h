/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPILED_H
#define COMPILED_H

/* A program in the TEA language is compiled and run. */

#include <stdbool.h>
#include <stddef.h>

#include <uapi/tea.h>

#define COMPILED_TEXT_MAX	4096

/**
 * struct compiled - what became of a program
 * @errors: errors of the compiler; nothing is run then
 * @size: bytes of the object file
 * @object: the object file
 * @launch: exit code of the launch rules, 0 if it was launched
 * @ended: it ended before the limit of steps
 * @code: its exit code
 * @steps: instructions
 * @message_size: bytes of the exit message
 * @message: the exit message
 * @text_size: bytes of text
 * @text: its text
 */
struct compiled {
	size_t errors;
	size_t size;
	unsigned char object[TEA_FILE_MAX];
	int launch;
	bool ended;
	unsigned int code;
	unsigned long long steps;
	size_t message_size;
	unsigned char message[TEA_MESSAGE_MAX];
	size_t text_size;
	unsigned char text[COMPILED_TEXT_MAX];
};

/**
 * struct compiled_options - how it is compiled and run
 * @optimise: with -O
 * @silent: errors are not printed
 * @folders: where includes are looked for, ends with null; or null
 * @arguments: arguments of the program, or null for as many zeros as it takes
 * @argument_size: bytes of them
 * @stack_size: bytes of stack
 * @limit: steps after which it is stopped
 */
struct compiled_options {
	bool optimise;
	bool silent;
	const char *const *folders;
	const unsigned char *arguments;
	size_t argument_size;
	unsigned int stack_size;
	unsigned long long limit;
};

/**
 * compiled_run() - compile a program and run what comes out
 * @result: receives what became of it
 * @text: the source
 * @size: bytes of it
 * @options: how
 *
 * Return: 0, or -1 without memory.
 */
int compiled_run(struct compiled *result, const char *text, size_t size,
		 const struct compiled_options *options);

/**
 * compiled_difference() - what two runs of the same program do not share
 * @left: one of them
 * @right: the other
 *
 * Steps may differ; so if one did not end, they cannot be compared.
 *
 * Return: a word, or null if there is no difference.
 */
const char *compiled_difference(const struct compiled *left,
				const struct compiled *right);

#endif
