/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_COMMAND_H
#define TEA_COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct tea_command - a subcommand of tea
 * @name: the verb
 * @synopsis: what follows the verb
 * @summary: one line
 * @help: the rest of its help text
 * @passes_words: words after FILE are the program's, even with a dash
 * @options: its options; "help" is among them
 * @run: does it; argv[0] is the verb. Returns enum cli_status
 */
struct tea_command {
	const char *name;
	const char *synopsis;
	const char *summary;
	const char *help;
	bool passes_words;
	const struct option *options;
	int (*run)(int argc, char **argv);
};

extern const struct tea_command tea_command_as;
extern const struct tea_command tea_command_cc;
extern const struct tea_command tea_command_debug;
extern const struct tea_command tea_command_dis;
extern const struct tea_command tea_command_run;

/* The value getopt_long() gives for --help; every option table ends so */
#define TEA_OPTION_HELP		'h'
#define TEA_OPTION_COMMON \
	{ "help", no_argument, NULL, TEA_OPTION_HELP }, \
	{ NULL, 0, NULL, 0 }

/**
 * tea_command_help() - print the help of a subcommand on stdout
 * @command: the subcommand
 *
 * Return: CLI_OK.
 */
int tea_command_help(const struct tea_command *command);

/**
 * tea_command_option() - read the next option, refuse an unknown one
 * @command: the subcommand
 * @argc: as main()
 * @argv: as main()
 *
 * Return: the option's value, -1 after the last one, '?' after an error that
 * has been reported.
 */
int tea_command_option(const struct tea_command *command, int argc,
		       char **argv);

/**
 * tea_command_usage() - report a mistake on the command line
 * @command: the subcommand
 * @format: the sentence
 *
 * Return: CLI_USAGE.
 */
int tea_command_usage(const struct tea_command *command, const char *format,
		      ...) __attribute__((__format__(printf, 2, 3)));

#endif
