/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_FRAME_H
#define DEBUG_FRAME_H

#include <module/tea/debug.h>

#include "program.h"

/**
 * struct view - state of a program that does not run
 * @program: its code and its debug map
 * @registers: its registers
 * @stack: all bytes of its stack, also those above the stack pointer
 * @stack_size: number of them
 */
struct view {
	const struct program *program;
	struct tea_registers registers;
	const unsigned char *stack;
	unsigned int stack_size;
};

/**
 * struct frame - the frame of a function that has been called
 * @level: 0 for the function that runs, 1 for its caller, and so on
 * @address: the next instruction of the function
 * @code: an address in the instruction that it executes: @address, or an address
 *	within its call
 * @sp: stack pointer when the function continues
 * @known: the debug map has the size of the frame, so that @base is valid
 * @base: where the frame begins
 */
struct frame {
	unsigned int level;
	unsigned int address;
	unsigned int code;
	unsigned int sp;
	bool known;
	unsigned int base;
};

/**
 * frame_first() - the frame of the function that runs
 * @view: the program
 * @frame: receives the frame
 */
void frame_first(const struct view *view, struct frame *frame);

/**
 * frame_up() - go to the frame of the caller
 * @view: the program
 * @frame: the frame; receives that of its caller
 *
 * Return: false if there is no caller or it cannot be found; @frame is not changed
 * then.
 */
bool frame_up(const struct view *view, struct frame *frame);

/**
 * frame_print() - print a frame on one line: function, arguments, source line
 * @view: the program
 * @frame: the frame
 * @to: where to
 */
void frame_print(const struct view *view, const struct frame *frame, FILE *to);

/**
 * frame_json() - describe a frame
 * @view: the program
 * @frame: the frame
 *
 * Return: a new reference to an object with "level", what program_json() gives,
 * and "arguments".
 */
json_t *frame_json(const struct view *view, const struct frame *frame);

#endif
