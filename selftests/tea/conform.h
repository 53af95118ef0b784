/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CONFORM_H
#define CONFORM_H

#include <stddef.h>

#include <uapi/tea.h>

#define CONFORM_TEXT_MAX	65536
#define CONFORM_NAME_MAX	128

/* The process number and the stack size the vectors were made with */
#define CONFORM_PID		1
#define CONFORM_STACK		TEA_STACK_DEFAULT

/**
 * struct conform_case - one line of a vector file
 * @name: first field
 * @file: the object file made of the fields
 * @file_size: bytes of it
 * @arguments: argument bytes
 * @argument_size: number of them
 * @steps: instructions the run must take; a run of more is a failure, so
 *	@steps + 1 is the limit that stops a runaway program
 */
struct conform_case {
	char name[CONFORM_NAME_MAX];
	unsigned char file[TEA_FILE_MAX];
	size_t file_size;
	unsigned char arguments[TEA_ARGUMENTS_MAX];
	size_t argument_size;
	unsigned long long steps;
};

/**
 * struct conform_result - how a run ended, or how it should
 * @message: exit message
 * @message_size: bytes of it
 * @stack: stack at the `exit` instruction; empty after any error
 * @stack_size: bytes of it
 * @text: display text
 * @text_size: bytes of it
 * @steps: instructions
 * @trouble: why there is no result at all, when run() returned -1
 */
struct conform_result {
	unsigned char message[TEA_MESSAGE_MAX];
	size_t message_size;
	unsigned char stack[TEA_STACK_MAX];
	size_t stack_size;
	unsigned char text[CONFORM_TEXT_MAX];
	size_t text_size;
	unsigned long long steps;
	char trouble[512];
};

/**
 * struct conform_home - where the cases run
 * @name: word after --backend
 * @open: get ready; prints why not and returns -1 on failure
 * @run: run one case; the result comes zeroed. Returns 0, or -1 with
 *	conform_result.trouble set
 * @close: undo open
 */
struct conform_home {
	const char *name;
	int (*open)(void);
	int (*run)(const struct conform_case *test,
		   struct conform_result *result);
	void (*close)(void);
};

extern const struct conform_home conform_home_user;
extern const struct conform_home conform_home_jit;
extern const struct conform_home conform_home_model;
extern const struct conform_home conform_home_kernel_soft;
extern const struct conform_home conform_home_kernel_vmx;
extern const struct conform_home conform_home_kernel_vmx_jit;

#endif
