/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_GO_H
#define DEBUG_GO_H

#include "debugger.h"

/*
 * Runs of the program. They print only errors, so that each user interface
 * shows the stop in its own way.
 */

/**
 * struct go_returned - where a function has left what it returns
 * @known: the debug map has it, and the function has returned
 * @type: type of the value
 * @at: its first byte, counted from the bottom of the stack
 */
struct go_returned {
	bool known;
	enum tea_map_type type;
	unsigned int at;
};

/**
 * go_run() - run the program to its next stop
 * @debugger: the debugger; the program is alive
 * @steps: instructions, 0 for any number
 * @until: enum tea_debug_until
 * @times: number of such runs, unless it stops for another reason
 * @cause: receives why the program has stopped
 *
 * Return: CLI_OK, or another status after an error that is reported.
 */
int go_run(struct debugger *debugger, unsigned long long steps,
	   unsigned int until, unsigned long long times,
	   enum debug_cause *cause);

/**
 * go_finish() - run the program to the return of the function
 * @debugger: the debugger; the program is alive
 * @returned: receives where the value returned is
 * @cause: receives why the program has stopped
 *
 * Return: as go_run().
 */
int go_finish(struct debugger *debugger, struct go_returned *returned,
	      enum debug_cause *cause);

/**
 * go_line() - run the program to the next source line
 * @debugger: the debugger; the program is alive
 * @over: functions that the line calls are a part of it
 * @times: number of lines, unless it stops for another reason
 * @cause: receives why the program has stopped
 *
 * It stops at the beginning of a line, in a function that was called unless @over
 * is set, and after a return to the caller. An instruction without source line is
 * a line.
 *
 * Return: as go_run().
 */
int go_line(struct debugger *debugger, bool over, unsigned long long times,
	    enum debug_cause *cause);

#endif
