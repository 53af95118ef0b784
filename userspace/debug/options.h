/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_OPTIONS_H
#define DEBUG_OPTIONS_H

#include <userspace/common/command.h>

/* Options of both debuggers */
#define DEBUGGER_OPTIONS \
	{ "stack", required_argument, NULL, 's' }, \
	{ "execute", required_argument, NULL, 'x' }, \
	{ "json", no_argument, NULL, 'j' }, \
	OPTION_COMMON

#define DEBUGGER_HELP(program) \
	"Reads commands from standard input; 'help' lists them. Variables and source lines\n" \
	"are known when the debug map FILE.map lies beside FILE.cup. Options come before\n" \
	"FILE; an ARGUMENT is as in '" program " run'.\n\n"

#define DEBUGGER_OPTIONS_HELP \
	"  -x, --execute=SCRIPT  execute the commands of a file first; then those of\n" \
	"                        standard input only if that is a terminal\n" \
	"  -s, --stack=N         bytes of stack, 1 to 65535 (128)\n" \
	"  -j, --json            print one JSON object for each stop and answer\n" \
	"  -h, --help            show this text\n\n" \
	"Exit status: 0, or 6 if the program ended with another code than 0; 1 if a command\n" \
	"that was not typed at a terminal failed; 7 if it was interrupted; "

/**
 * struct debugger_options - options of the command line of a debugger
 * @scripts: paths of scripts, to be executed first
 * @script_count: how many
 * @stack: bytes of stack
 */
struct debugger_options {
	const char **scripts;
	size_t script_count;
	unsigned long long stack;
};

/**
 * debugger_option() - read one of DEBUGGER_OPTIONS
 * @command: the verb
 * @option: its letter
 * @options: receives it
 *
 * Return: CLI_OK, or another status after an error that has been reported.
 */
int debugger_option(const struct command *command, int option,
		    struct debugger_options *options);

/**
 * debugger_options_free() - release the options
 * @options: the options
 */
void debugger_options_free(struct debugger_options *options);

#endif
