// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define NAMES_MAX	32

int command_help(const struct command *command)
{
	printf("usage: teavmx %s %s\n\n%s\n\n%s", command->name,
	       command->synopsis, command->summary, command->help);
	return CLI_OK;
}

int command_usage(const struct command *command, const char *format, ...)
{
	char *sentence = NULL;
	va_list arguments;
	char hint[64];
	int status;

	va_start(arguments, format);
	if (vasprintf(&sentence, format, arguments) < 0)
		sentence = NULL;
	va_end(arguments);
	snprintf(hint, sizeof(hint), "see 'teavmx help %s'", command->name);
	status = cli_error(CLI_USAGE, hint, "%s: %s", command->name,
			   sentence ? sentence : "out of memory");
	free(sentence);
	return status;
}

static void report_unknown(const struct command *command, const char *word)
{
	const struct option *option = command->options;
	const char *names[NAMES_MAX];
	size_t count = 0;
	const char *near;

	for (; option->name && count < NAMES_MAX; option++)
		names[count++] = option->name;
	near = strncmp(word, "--", 2) ? NULL :
	       cli_nearest(word + 2, names, count);
	if (near)
		command_usage(command,
			      "unknown option '%s', did you mean '--%s'?", word,
			      near);
	else
		command_usage(command, "unknown option '%s'", word);
}

/* getopt's optopt: 0 for an unknown long option, else the letter of one */
static void report_option(const struct command *command, const char *word,
			  bool value_missing)
{
	const struct option *option = command->options;

	while (option->name && (!optopt || option->val != optopt))
		option++;
	if (option->name)
		command_usage(command, value_missing ?
			      "option '--%s' needs a value" :
			      "option '--%s' takes no value", option->name);
	else if (optopt)
		command_usage(command, "unknown option '-%c'", optopt);
	else
		report_unknown(command, word);
}

int command_option(const struct command *command, int argc, char **argv)
{
	char letters[2 * NAMES_MAX + 3] = "";
	const struct option *option = command->options;
	size_t used = 0;
	int value;

	if (command->passes_words)
		letters[used++] = '+';
	letters[used++] = ':';
	for (; option->name && used + 3 < sizeof(letters); option++) {
		letters[used++] = (char)option->val;
		if (option->has_arg)
			letters[used++] = ':';
	}
	value = getopt_long(argc, argv, letters, command->options, NULL);
	if (value == '?' || value == ':') {
		report_option(command, argv[optind - 1], value == ':');
		return '?';
	}
	return value;
}

int command_json_only(const struct command *command, int argc, char **argv,
		      int words)
{
	int option;

	while ((option = command_option(command, argc, argv)) != -1) {
		switch (option) {
		case 'j':
			cli_json = true;
			break;
		case OPTION_HELP:
			command_help(command);
			return -1;
		default:
			return CLI_USAGE;
		}
	}
	if (argc - optind > words)
		return command_usage(command, "unexpected word '%s'",
				     argv[optind + words]);
	return CLI_OK;
}
