/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_COMMAND_H
#define TEAVMX_COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include <userspace/common/cli.h>
#include <userspace/lib/teavmx.h>

/**
 * struct command - a subcommand of teavmx
 * @name: the verb
 * @synopsis: what follows the verb
 * @summary: one line
 * @help: the rest of its help text
 * @passes_words: words after FILE are the program's, even with a dash
 * @options: its options; "help" is among them
 * @run: does it; argv[0] is the verb. Returns enum cli_status
 */
struct command {
	const char *name;
	const char *synopsis;
	const char *summary;
	const char *help;
	bool passes_words;
	const struct option *options;
	int (*run)(int argc, char **argv);
};

extern const struct command command_run;
extern const struct command command_debug;
extern const struct command command_monitor;
extern const struct command command_list;
extern const struct command command_kill;
extern const struct command command_info;
extern const struct command command_version;
extern const struct command command_caps;
extern const struct command command_vmcs;
extern const struct command command_regs;
extern const struct command command_mem;
extern const struct command command_inject;
extern const struct command command_step;
extern const struct command command_continue;
extern const struct command command_pause;
extern const struct command command_break;
extern const struct command command_route;
extern const struct command command_raw;
extern const struct command command_selftest;
extern const struct command command_slots;
extern const struct command command_send;
extern const struct command command_feed;

/* The value getopt_long() gives for --help; every option table ends so */
#define OPTION_HELP		'h'
#define OPTION_COMMON \
	{ "help", no_argument, NULL, OPTION_HELP }, \
	{ NULL, 0, NULL, 0 }

/**
 * command_help() - print the help of a subcommand on stdout
 * @command: the subcommand
 *
 * Return: CLI_OK.
 */
int command_help(const struct command *command);

/**
 * command_option() - read the next option, refuse an unknown one
 * @command: the subcommand
 * @argc: as main()
 * @argv: as main()
 *
 * Return: the option's value, -1 after the last one, '?' after an error that
 * has been reported.
 */
int command_option(const struct command *command, int argc, char **argv);

/**
 * command_usage() - report a mistake on the command line
 * @command: the subcommand
 * @format: the sentence
 *
 * Return: CLI_USAGE.
 */
int command_usage(const struct command *command, const char *format, ...)
	__attribute__((__format__(printf, 2, 3)));

/**
 * command_json_only() - read the options of a verb that has only --json
 * @command: the subcommand
 * @argc: as main()
 * @argv: as main()
 * @words: the most words it takes
 *
 * Return: CLI_OK to go on, CLI_USAGE after a mistake, -1 after the help.
 */
int command_json_only(const struct command *command, int argc, char **argv,
		      int words);

/**
 * status_print() - what teavmx without a verb shows: engine and VMs
 *
 * Return: enum cli_status.
 */
int status_print(void);

#endif
