/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DAP_PROBLEM_H
#define DAP_PROBLEM_H

/* The message of the request that is refused. cli_error() writes it, too. */

/**
 * dap_refuse() - refuse a request
 * @format: what is wrong, and the rule
 *
 * Return: CLI_FAILED.
 */
int dap_refuse(const char *format, ...)
	__attribute__((__format__(printf, 1, 2)));

/**
 * dap_problem_sink() - a function for cli_error_sink
 * @message: the message
 * @hint: the next step on a command line, which a client does not have
 */
void dap_problem_sink(const char *message, const char *hint);

/**
 * dap_problem_forget() - forget the message
 */
void dap_problem_forget(void);

/**
 * dap_problem() - the message
 *
 * Return: the message; empty if there is none.
 */
const char *dap_problem(void);

#endif
