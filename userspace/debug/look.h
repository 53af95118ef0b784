/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_LOOK_H
#define DEBUG_LOOK_H

#include "debugger.h"
#include "expression.h"

/* The commands that show frames and variables. Each has the words after its name. */

/**
 * look_value() - print the value of an expression, without a newline
 * @view: the program
 * @frame: the frame that it was computed in
 * @expression: its value
 * @to: where to
 */
void look_value(const struct view *view, const struct frame *frame,
		const struct expression *expression, FILE *to);

/**
 * look_print() - print the value of an expression on one line
 * @view: the program
 * @frame: the frame that it was computed in
 * @text: the expression
 * @expression: its value
 */
void look_print(const struct view *view, const struct frame *frame,
		const char *text, const struct expression *expression);

/**
 * look_json() - the value of an expression
 * @view: the program
 * @frame: the frame that it was computed in
 * @text: the expression
 * @expression: its value
 *
 * Return: a new reference to an object with "expression" and "value".
 */
json_t *look_json(const struct view *view, const struct frame *frame,
		  const char *text, const struct expression *expression);

/**
 * look_condition() - whether an expression can be computed here, and its value
 * @debugger: the debugger
 * @text: the expression
 * @value: receives the value
 *
 * Return: CLI_OK, or another status after an error that is reported.
 */
int look_condition(struct debugger *debugger, const char *text,
		   long long *value);

/**
 * look_run_print() - execute "print"
 * @debugger: the debugger
 * @count: words
 * @words: the words after the name
 *
 * Return: enum cli_status.
 */
int look_run_print(struct debugger *debugger, int count, char **words);

/**
 * look_assign() - change a variable
 * @debugger: the debugger; the program is alive
 * @text: "VARIABLE = EXPRESSION"
 *
 * Return: enum cli_status.
 */
int look_assign(struct debugger *debugger, const char *text);

/**
 * look_run_display() - execute "display"
 * @debugger: the debugger
 * @count: words
 * @words: the words after the name
 *
 * Return: enum cli_status.
 */
int look_run_display(struct debugger *debugger, int count, char **words);

/**
 * look_run_undisplay() - execute "undisplay"
 * @debugger: the debugger
 * @count: words
 * @words: the words after the name
 *
 * Return: enum cli_status.
 */
int look_run_undisplay(struct debugger *debugger, int count, char **words);

/**
 * look_run_backtrace() - execute "backtrace"
 * @debugger: the debugger
 * @count: words
 * @words: the words after the name
 *
 * Return: enum cli_status.
 */
int look_run_backtrace(struct debugger *debugger, int count, char **words);

/**
 * look_run_frame() - execute "frame"
 * @debugger: the debugger
 * @count: words
 * @words: the words after the name
 *
 * Return: enum cli_status.
 */
int look_run_frame(struct debugger *debugger, int count, char **words);

/**
 * look_run_up() - execute "up"
 * @debugger: the debugger
 * @count: words
 * @words: the words after the name
 *
 * Return: enum cli_status.
 */
int look_run_up(struct debugger *debugger, int count, char **words);

/**
 * look_run_down() - execute "down"
 * @debugger: the debugger
 * @count: words
 * @words: the words after the name
 *
 * Return: enum cli_status.
 */
int look_run_down(struct debugger *debugger, int count, char **words);

/**
 * look_variables() - show the variables of the selected frame
 * @debugger: the debugger
 * @place: those of this kind
 *
 * Return: enum cli_status.
 */
int look_variables(struct debugger *debugger, enum tea_map_place place);

#endif
