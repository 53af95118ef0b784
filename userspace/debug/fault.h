/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_FAULT_H
#define DEBUG_FAULT_H

#include <module/tea/ports.h>

#include "frame.h"

/**
 * struct fault - where a program that is not debugged ended in error
 * @program: the program with its debug map
 * @view: its state before the instruction that ended it
 * @stack: bytes of @view, allocated by fault_open()
 * @seen: @view is filled in
 */
struct fault {
	struct program program;
	struct view view;
	unsigned char *stack;
	bool seen;
};

/**
 * fault_open() - prepare for a program that may end in error
 * @fault: receives the program
 * @file: its object file; must live as long as @fault
 * @stack_size: bytes of its stack
 *
 * Return: true if the program has a debug map with lines, so that the caller has to
 * read its state when it ends.
 */
bool fault_open(struct fault *fault, const struct tea_file *file,
		unsigned int stack_size);

/**
 * fault_close() - release a fault
 * @fault: the fault; all zero is allowed
 */
void fault_close(struct fault *fault);

/**
 * fault_report() - report on standard error where a program ended in error
 * @fault: the fault
 * @code: its exit code
 *
 * Shows file, line and function, the source line, the variables there, and the
 * callers. Prints nothing if the state is not known, for a program that was killed
 * or ended normally, or with cli_json.
 */
void fault_report(const struct fault *fault, unsigned int code);

/**
 * fault_json() - add to a result where the program ended in error
 * @fault: the fault
 * @code: its exit code
 * @object: receives "fault" with what program_json() gives, "variables" and
 *	"backtrace", if the state is known
 */
void fault_json(const struct fault *fault, unsigned int code, json_t *object);

/**
 * fault_access() - the port access that the last instruction made
 * @fault: the fault
 * @access: receives it
 *
 * Return: false if it is not known, or the instruction accesses no port.
 */
bool fault_access(const struct fault *fault, struct tea_access *access);

#endif
