/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_SHOW_H
#define DEBUG_SHOW_H

#include "debugger.h"

/* What the debugger prints, as text or, with cli_json, as objects. */

/**
 * show_text() - the program shows text
 * @bytes: the text
 * @size: bytes of it
 *
 * As text it appears at once, as JSON in the next stop.
 *
 * Return: 0, or -1 when it cannot be shown.
 */
int show_text(const unsigned char *bytes, size_t size);

/**
 * show_begin() - what follows begins on a line of its own
 */
void show_begin(void);

/**
 * show_stop() - the program stands between two instructions
 * @debugger: the debugger
 * @cause: word for the cause
 * @sentence: what to say of it in text, or null
 * @extra: what to add in JSON, or null; the reference is taken over
 */
void show_stop(const struct debugger *debugger, const char *cause,
	       const char *sentence, json_t *extra);

/**
 * show_end() - the program has ended
 * @debugger: the debugger; its registers are those of the end
 * @cause: "ended", "killed" or "gone"
 * @stack: its stack at the end, registers.sp bytes, or null when nobody knows
 * @result: how it ended
 */
void show_end(const struct debugger *debugger, const char *cause,
	      const unsigned char *stack, const struct tea_result *result);

/**
 * show_registers() - registers
 * @debugger: the debugger
 */
void show_registers(const struct debugger *debugger);

/**
 * show_stack() - bytes of the stack
 * @debugger: the debugger
 * @stack: its registers.sp bytes, bottom first
 * @count: most bytes to show
 * @bottom: begin at the bottom, else at the top
 */
void show_stack(const struct debugger *debugger, const unsigned char *stack,
		unsigned int count, bool bottom);

/**
 * show_code() - instructions around the code pointer
 * @debugger: the debugger
 * @count: so many before and after it
 */
void show_code(struct debugger *debugger, unsigned int count);

/**
 * show_point() - a breakpoint or a watched byte that is new
 * @debugger: the debugger
 * @point: the point
 */
void show_point(const struct debugger *debugger, const struct point *point);

/**
 * show_points() - all of them
 * @debugger: the debugger
 */
void show_points(const struct debugger *debugger);

/**
 * show_done() - a command did what it was to do
 * @word: key of the answer in JSON; as text nothing is said
 * @value: value in JSON; the reference is taken over
 */
void show_done(const char *word, json_t *value);

/**
 * show_release() - release text that was not shown
 */
void show_release(void);

#endif
