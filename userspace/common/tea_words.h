/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_WORDS_H
#define TEA_WORDS_H

#include "command.h"
#include "tea_args.h"
#include "tea_file.h"

/**
 * struct tea_words - the program and the arguments that a command line names
 * @file: the object file; tea_file_free() releases it
 * @args: the arguments of the program
 * @hint: what to do if they look like options of the verb, or null
 */
struct tea_words {
	struct tea_file file;
	struct tea_args args;
	const char *hint;
};

/**
 * tea_words_read() - read FILE and the ARGUMENTs that follow it
 * @command: the verb
 * @argc: as main()
 * @argv: as main()
 * @words: receives file and arguments
 *
 * Return: CLI_OK, or another status after an error that has been reported.
 */
int tea_words_read(const struct command *command, int argc, char **argv,
		   struct tea_words *words);

#endif
