/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_SHOW_H
#define DEBUG_SHOW_H

#include "debugger.h"

/* Output of the debugger: text or, with cli_json, objects. */

/**
 * show_output - prints what a program does
 *
 * In text mode its text is printed at once, in JSON with the next stop.
 */
extern const struct debug_output show_output;

/**
 * show_begin() - begin a new line, unless the output is at the start of one
 */
void show_begin(void);

/**
 * show_stop() - print a stop between two instructions
 * @debugger: the debugger
 * @cause: word for the cause
 * @message: description for text, or null
 * @extra: members to add in JSON, or null; the reference is taken over
 */
void show_stop(struct debugger *debugger, const char *cause,
	       const char *message, json_t *extra);

/**
 * show_end() - print the end of the program
 * @debugger: the debugger; its registers are those of the end
 * @cause: "ended", "killed" or "gone"
 * @stack: its stack at the end, registers.sp bytes, or null if it is unknown
 * @result: how it ended
 */
void show_end(const struct debugger *debugger, const char *cause,
	      const unsigned char *stack, const struct tea_result *result);

/**
 * show_registers() - print the registers
 * @debugger: the debugger
 */
void show_registers(const struct debugger *debugger);

/**
 * show_stack() - print bytes of the stack
 * @debugger: the debugger
 * @stack: its registers.sp bytes, bottom first
 * @count: most bytes to print
 * @bottom: begin at the bottom, else at the top
 */
void show_stack(const struct debugger *debugger, const unsigned char *stack,
		unsigned int count, bool bottom);

/**
 * show_source() - print the source lines around a place
 * @debugger: the debugger
 * @address: code address of the place
 * @count: so many lines before and after it
 *
 * Return: false if there is no source line or its file cannot be read.
 */
bool show_source(struct debugger *debugger, unsigned int address,
		 unsigned int count);

/**
 * show_code() - print the instructions around the code pointer
 * @debugger: the debugger
 * @count: so many before and after it
 */
void show_code(struct debugger *debugger, unsigned int count);

/**
 * show_point() - print a new breakpoint or watched byte
 * @debugger: the debugger
 * @point: the point
 */
void show_point(const struct debugger *debugger, const struct point *point);

/**
 * show_points() - print all breakpoints and watched bytes
 * @debugger: the debugger
 */
void show_points(const struct debugger *debugger);

/**
 * show_done() - print the result of a command in JSON
 * @word: key of the result
 * @value: its value; the reference is taken over
 */
void show_done(const char *word, json_t *value);

/**
 * show_release() - release text that was not printed
 */
void show_release(void);

#endif
