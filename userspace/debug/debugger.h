/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_DEBUGGER_H
#define DEBUG_DEBUGGER_H

#include "target.h"
#include "display.h"
#include "frame.h"
#include "options.h"
#include "point.h"
#include "program.h"

/**
 * struct debugger - a program that is debugged
 * @target: the target that runs it
 * @program: its code and its debug map
 * @points: its breakpoints and watched bytes
 * @displays: expressions that are printed at each stop
 * @alive: it has not ended
 * @known: its registers are known: it is alive, or its end could be read
 * @registers: its registers
 * @stack: all bytes of its stack, or null if they were not read since it ran
 * @level: the selected frame, 0 for the function that runs
 * @exit_code: exit code of its last end, or 0
 * @status: CLI_OK, or the status of the first command that failed
 * @quit: no further command is read
 */
struct debugger {
	struct debug_target *target;
	struct program program;
	struct points points;
	struct displays displays;
	bool alive;
	bool known;
	struct tea_registers registers;
	unsigned char *stack;
	unsigned int level;
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
 * debugger_release() - release what a debugger has allocated
 * @debugger: the debugger; its target is not released
 */
void debugger_release(struct debugger *debugger);

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
 * debugger_finish() - run the program to the return of the function, and print the stop
 * @debugger: the debugger; the program is alive
 *
 * If the debug map has it, the value returned is printed, too.
 *
 * Return: as debugger_go().
 */
int debugger_finish(struct debugger *debugger);

/**
 * debugger_step_line() - run the program to the next source line, and print the stop
 * @debugger: the debugger; the program is alive
 * @over: functions that the line calls are a part of it
 * @times: number of lines, unless it stops for another reason
 *
 * It stops at the beginning of a line, in a function that was called unless @over
 * is set, and after a return to the caller. An instruction without source line is
 * a line.
 *
 * Return: as debugger_go().
 */
int debugger_step_line(struct debugger *debugger, bool over,
		       unsigned long long times);

/**
 * debugger_stopped() - print a stop
 * @debugger: the debugger; its registers are those of the stop
 * @cause: why the program has stopped
 *
 * Return: as debugger_go().
 */
int debugger_stopped(struct debugger *debugger, enum debug_cause cause);

/**
 * debugger_view() - read the state of the program
 * @debugger: the debugger
 * @view: receives it; valid until the program runs
 *
 * Return: CLI_OK, or another status after an error that is reported.
 */
int debugger_view(struct debugger *debugger, struct view *view);

/**
 * debugger_changed() - note that the state of the program has changed
 * @debugger: the debugger
 */
void debugger_changed(struct debugger *debugger);

/**
 * debugger_frame() - read the state of the program, and find the selected frame
 * @debugger: the debugger
 * @view: receives the state
 * @frame: receives the frame
 *
 * Return: CLI_OK, or another status after an error that is reported.
 */
int debugger_frame(struct debugger *debugger, struct view *view,
		   struct frame *frame);

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
 * debugger_candidates() - the words that can end a command line
 * @data: the debugger
 * @line: the line up to the cursor
 * @count: receives the number of words
 *
 * Return: as input_candidates.
 */
const char **debugger_candidates(void *data, const char *line,
				 size_t *count);

/**
 * debugger_words() - the fixed words that can follow a command
 * @command: its name
 * @count: receives how many
 *
 * Return: the words, or null if there are none.
 */
const char *const *debugger_words(const char *command, size_t *count);

/**
 * debugger_command_names() - the names of all commands
 * @count: receives how many
 *
 * Return: the names, to be freed (not each of them), or null without memory.
 */
const char **debugger_command_names(size_t *count);

/**
 * debugger_repeats() - is a command repeated by an empty line?
 * @line: the command line
 *
 * Return: true when it is.
 */
bool debugger_repeats(const char *line);

#endif
