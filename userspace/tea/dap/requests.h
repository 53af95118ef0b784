/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DAP_REQUESTS_H
#define DAP_REQUESTS_H

#include <userspace/debug/expression.h>

#include "session.h"

/*
 * The functions that execute requests. Each has the arguments of the request, an empty
 * object if there are none, and can set the body of the response to a new reference. It
 * returns CLI_OK, or another status after dap_refuse() or cli_error().
 */
typedef int dap_request(struct dap *dap, const json_t *arguments,
			json_t **body);

/* launch.c */
dap_request dap_launch;
/* breakpoints.c */
dap_request dap_set_breakpoints;
dap_request dap_set_function_breakpoints;
dap_request dap_set_instruction_breakpoints;
/* state.c */
dap_request dap_stack_trace;
dap_request dap_scopes;
dap_request dap_evaluate;
/* variables.c */
dap_request dap_variables;
dap_request dap_set_variable;
/* disassemble.c */
dap_request dap_disassemble;
/* execution.c */
dap_request dap_exception_info;

/**
 * dap_release_program() - release the program that was launched
 * @dap: the session
 */
void dap_release_program(struct dap *dap);

/**
 * dap_frame() - read the state of the program, and find a frame
 * @dap: the session
 * @level: its number, 0 for the function that runs
 * @view: receives the state
 * @frame: receives the frame
 *
 * Return: CLI_OK, or CLI_FAILED after dap_refuse().
 */
int dap_frame(struct dap *dap, unsigned int level, struct view *view,
	      struct frame *frame);

/* Scopes of a frame, in the order in which they are shown */
enum dap_scope {
	DAP_ARGUMENTS,
	DAP_LOCALS,
	DAP_GLOBALS,
	DAP_REGISTERS,
	DAP_STACK,
	DAP_SCOPES,
};

/**
 * dap_reference() - number of what has variables
 * @level: number of its frame
 * @index: enum dap_scope; DAP_SCOPES and the number of a variable for an array
 *
 * Return: the number, which is not 0.
 */
json_int_t dap_reference(unsigned int level, unsigned int index);

/**
 * dap_array_reference() - number of the elements of a variable
 * @view: the program
 * @level: number of the frame
 * @variable: the variable
 *
 * Return: the number, or 0 if it is no array.
 */
json_int_t dap_array_reference(const struct view *view, unsigned int level,
			       const struct tea_map_variable *variable);

/**
 * dap_value() - the value of an expression as text
 * @view: the program
 * @frame: the frame that it was computed in
 * @expression: its value
 *
 * Return: a new reference to a string.
 */
json_t *dap_value(const struct view *view, const struct frame *frame,
		  const struct expression *expression);

/**
 * dap_go() - continue the program as dap.go says, and report its stop
 * @dap: the session
 * @ready: executes requests while the program runs
 */
void dap_go(struct dap *dap, void (*ready)(void *data));

#endif
