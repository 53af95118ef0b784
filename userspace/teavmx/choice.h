/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_CHOICE_H
#define TEAVMX_CHOICE_H

#include "command.h"

/**
 * choice_refuse() - report a word that is not among those expected
 * @command: the subcommand
 * @what: what it should have been, such as "register"
 * @word: the word
 * @names: the words expected
 * @count: number of them
 *
 * Return: CLI_USAGE.
 */
int choice_refuse(const struct command *command, const char *what,
		  const char *word, const char *const *names, size_t count);

/**
 * choice_take() - find a word among those expected, or report it
 * @command: the subcommand
 * @what: what it should be, such as "register"
 * @word: the word
 * @names: the words expected
 * @count: number of them
 *
 * Return: its index, -1 after a mistake that has been reported.
 */
int choice_take(const struct command *command, const char *what,
		const char *word, const char *const *names, size_t count);

/**
 * choice_take_named() - find a word among the names of an enum, or report it
 * @command: the verb
 * @what: what the word should have been
 * @word: the word
 * @name: the name of a value, NULL after the last one
 *
 * Return: the value, or -1 after the report.
 */
int choice_take_named(const struct command *command, const char *what,
		      const char *word, const char *(*name)(uint32_t value));

/**
 * choice_take_reason() - find an exit reason, or report it
 * @command: the verb
 * @word: its number, or its name in any case, or that of an instruction that causes it
 *
 * Return: the reason, or -1 after the report.
 */
int choice_take_reason(const struct command *command, const char *word);

#endif
