/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_ROUNDS_H
#define TEAVMX_ROUNDS_H

#include <stdbool.h>

struct command;

/**
 * rounds_seconds() - read the value of an option that is a number of seconds
 * @command: the verb
 * @option: name of the option, whose value is optarg
 * @max: it is 1 to this
 * @seconds: receives it
 *
 * Return: CLI_OK, or CLI_USAGE after a mistake that has been reported.
 */
int rounds_seconds(const struct command *command, const char *option,
		   unsigned long long max, unsigned long long *seconds);

/**
 * rounds_wait() - wait until the next round of a verb that repeats its output
 * @due: interrupt_clock() at that time
 *
 * Return: false if the user or the reader of the output wants no further one.
 */
bool rounds_wait(long long due);

#endif
