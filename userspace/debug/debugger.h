/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_DEBUGGER_H
#define DEBUG_DEBUGGER_H

#include "target.h"
#include "options.h"
#include "point.h"
#include "program.h"

/**
 * struct debugger - a program that is debugged
 * @target: the target that runs it
 * @program: its code and its debug map
 * @points: its breakpoints and watched bytes
 * @alive: it has not ended
 * @registers: its registers, if it is alive
 * @exit_code: exit code of its last end, or 0
 * @status: CLI_OK, or the status of the first command that failed
 * @quit: no further command is read
 */
struct debugger {
	struct debug_target *target;
	struct program program;
	struct points points;
	bool alive;
	struct tea_registers registers;
	unsigned int exit_code;
	int status;
	bool quit;
};

/**
 * debugger_run() - debug a program until the user quits
 * @target: the target; its file may be one that cannot be launched
 * @options: options of the command line
 *
 * Return: exit status, enum cli_status.
 */
int debugger_run(struct debug_target *target,
		 const struct debugger_options *options);

/**
 * debugger_start() - load the program, and set all breakpoints again
 * @debugger: the debugger
 *
 * Return: CLI_OK, or another status after an error that is reported.
 */
int debugger_start(struct debugger *debugger);

/**
 * debugger_go() - run the program to its next stop, and print the stop
 * @debugger: the debugger; the program is alive
 * @steps: instructions, 0 for any number
 * @until: enum tea_debug_until
 * @times: number of such runs, unless it stops for another reason
 *
 * Return: CLI_OK, CLI_INTERRUPTED when the user stopped it, or another status
 * after an error that is reported.
 */
int debugger_go(struct debugger *debugger, unsigned long long steps,
		unsigned int until, unsigned long long times);

/**
 * debugger_stopped_at() - print that the program has met a breakpoint
 * @debugger: the debugger
 * @point: the breakpoint
 */
void debugger_stopped_at(struct debugger *debugger, struct point *point);

/**
 * debugger_look() - read registers and watched bytes
 * @debugger: the debugger; the program is alive
 *
 * Return: CLI_OK or another status after an error that is reported.
 */
int debugger_look(struct debugger *debugger);

/**
 * debugger_kill() - end the program, and print its end
 * @debugger: the debugger; the program is alive
 *
 * Return: CLI_OK or another status after an error that is reported.
 */
int debugger_kill(struct debugger *debugger);

/**
 * debugger_command() - execute a command line
 * @debugger: the debugger
 * @line: the line; it is modified
 *
 * Return: CLI_OK, CLI_INTERRUPTED or another status after an error that is
 * reported.
 */
int debugger_command(struct debugger *debugger, char *line);

/**
 * debugger_repeats() - is a command repeated by an empty line?
 * @line: the command line
 *
 * Return: true when it is.
 */
bool debugger_repeats(const char *line);

#endif
