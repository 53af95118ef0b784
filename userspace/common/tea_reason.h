/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_REASON_H
#define TEA_REASON_H

#include <module/tea/ports.h>

/**
 * struct tea_reason - what is known about the end of a program
 * @code: its exit code
 * @stack_size: bytes of stack that it had
 * @refused: the port access that was refused, or null if it is not known
 * @host_ports: option of the command line that makes host ports
 * @unknown_hint: how to find out which access it was
 */
struct tea_reason {
	unsigned int code;
	unsigned int stack_size;
	const struct tea_access *refused;
	const char *host_ports;
	const char *unknown_hint;
};

/**
 * tea_reason_report() - report what the exit code alone does not say
 * @reason: what is known
 *
 * For StackOverflow this is the size of the stack and the option for it, for IOErr
 * the port and what it allows. Other exit codes need no report.
 */
void tea_reason_report(const struct tea_reason *reason);

#endif
