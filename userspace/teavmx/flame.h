/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_FLAME_H
#define TEAVMX_FLAME_H

#include "tally.h"

/**
 * flame_print() - print the exits of a recording as folded stacks
 * @tally: the exits
 * @program: object file of the TEA programs in the recording, whose debug map lies
 *	beside it, or null for code addresses in place of source lines
 *
 * A line is "FRAME;FRAME COUNT", outermost frame first, as flamegraph.pl reads it.
 *
 * Return: CLI_OK, or CLI_FAILED after an error that is reported.
 */
int flame_print(const struct tally *tally, const char *program);

#endif
