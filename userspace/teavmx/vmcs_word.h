/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_VMCS_WORD_H
#define TEAVMX_VMCS_WORD_H

#include "command.h"

/**
 * vmcs_word_take() - read a word FIELD=VALUE
 * @command: the subcommand
 * @word: such as "guest_rflags=0"; a field may be an encoding
 * @write: receives it
 *
 * Return: CLI_OK, or CLI_USAGE after a mistake that has been reported.
 */
int vmcs_word_take(const struct command *command, const char *word,
		   struct teavmx_vmcs_write *write);

#endif
