/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_REG_WORD_H
#define TEAVMX_REG_WORD_H

#include <userspace/lib/teavmx.h>

#include "command.h"

/**
 * reg_word_take() - read a word NAME=VALUE
 * @command: the subcommand
 * @word: such as "rax=0x10" or "fpu.3=0x1f80"
 * @tea: registers of a TEA process are allowed, too
 * @reg: receives it
 *
 * Return: CLI_OK, or CLI_USAGE after a mistake that has been reported.
 */
int reg_word_take(const struct command *command, const char *word, bool tea,
		  struct teavmx_register *reg);

/**
 * reg_word_check() - does a mode have a register, and does the value fit?
 * @command: the subcommand
 * @mode: enum teavmx_mode
 * @mode_name: its name
 * @reg: the register
 *
 * Return: CLI_OK, or CLI_USAGE after a mistake that has been reported.
 */
int reg_word_check(const struct command *command, int mode,
		   const char *mode_name, const struct teavmx_register *reg);

#endif
