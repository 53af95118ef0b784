/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMAND_H
#define COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli.h"
#include "complete.h"

/**
 * struct command - a verb of a program
 * @name: the verb
 * @synopsis: what follows the verb
 * @summary: one line
 * @help: the rest of its help text
 * @passes_words: words after FILE are for the guest, even if they begin with -
 * @options: its options; "help" is among them
 * @state_size: bytes of what @option collects for @run
 * @initial: first contents of those bytes, zeros if null
 * @option: reads an option other than --json and --help, with its value in
 *	optarg; null if there is none. Returns enum cli_status
 * @run: executes the verb; argv[0] is the verb, and the other arguments begin at
 *	optind. Returns enum cli_status
 * @release: frees what @state points to, or null
 */
struct command {
	const char *name;
	const char *synopsis;
	const char *summary;
	const char *help;
	bool passes_words;
	const struct option *options;
	size_t state_size;
	const void *initial;
	int (*option)(int option, void *state);
	int (*run)(int argc, char **argv, void *state);
	void (*release)(void *state);
};

/**
 * struct command_set - a program and its verbs
 * @name: its name
 * @intro: its help text before the verbs
 * @closing: its help text after the verbs
 * @width: columns of a verb in the help text
 * @commands: the verbs
 * @count: number of them
 * @version: prints the version; as @run of a command
 * @status: runs without a verb; null prints the help
 * @complete: prints the candidates of the shell completion for a kind of word,
 *	and returns false for an unknown kind; may be null
 * @rows: candidates for words of the command line; an empty row ends them
 */
struct command_set {
	const char *name;
	const char *intro;
	const char *closing;
	int width;
	const struct command *const *commands;
	size_t count;
	int (*version)(int argc, char **argv);
	int (*status)(void);
	bool (*complete)(const char *kind);
	const struct complete_row *rows;
};

/*
 * The value that getopt_long() returns for --help; every option table ends with
 * it.
 */
#define OPTION_HELP		'h'
#define OPTION_COMMON \
	{ "help", no_argument, NULL, OPTION_HELP }, \
	{ NULL, 0, NULL, 0 }

/**
 * command_json_only - the options of a verb that has only --json
 */
extern const struct option command_json_only[];

/**
 * command_main() - run the verb that the command line names
 * @program: the program
 * @argc: as main()
 * @argv: as main()
 *
 * Return: the exit status of the program.
 */
int command_main(const struct command_set *program, int argc, char **argv);

/**
 * command_execute() - read the options of a verb and run it
 * @command: the verb
 * @argc: number of words, the verb included
 * @argv: the words
 *
 * Return: enum cli_status.
 */
int command_execute(const struct command *command, int argc, char **argv);

/**
 * command_usage() - report a mistake on the command line
 * @command: the verb
 * @format: the message
 *
 * Return: CLI_USAGE.
 */
int command_usage(const struct command *command, const char *format, ...)
	__attribute__((__format__(printf, 2, 3)));

/**
 * command_end() - refuse further words
 * @command: the verb
 * @argc: as main()
 * @argv: as main()
 *
 * Return: CLI_OK or CLI_USAGE.
 */
int command_end(const struct command *command, int argc, char **argv);

/**
 * command_file() - read the only word of a verb, a file
 * @command: the verb
 * @argc: as main()
 * @argv: as main()
 * @what: what the file is, such as "a source FILE"
 *
 * Return: its name, or null after an error that has been reported.
 */
const char *command_file(const struct command *command, int argc, char **argv,
			 const char *what);

/**
 * command_range() - read a number from optarg
 * @command: the verb
 * @option: name of the option
 * @max: largest number; the smallest is 1
 * @number: receives it
 *
 * Return: CLI_OK or CLI_USAGE.
 */
int command_range(const struct command *command, const char *option,
		  unsigned long long max, unsigned long long *number);

#endif
