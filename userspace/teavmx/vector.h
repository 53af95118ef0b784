/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_VECTOR_H
#define TEAVMX_VECTOR_H

#include "command.h"

/* Number of vectors that are for exceptions */
#define VECTOR_EXCEPTIONS	32

/**
 * vector_take() - read a vector: a number or the mnemonic of an exception
 * @command: the subcommand
 * @word: such as "14", "0x20", "pf" or "#PF"
 * @max: highest number allowed
 * @vector: receives it
 *
 * Return: CLI_OK, or CLI_USAGE after a mistake that has been reported.
 */
int vector_take(const struct command *command, const char *word,
		unsigned int max, uint8_t *vector);

#endif
