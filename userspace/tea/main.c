// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>

#include "command.h"

#define NAMES_MAX	32
#define HINT		"see 'tea help'"

static const struct tea_command *const commands[] = {
	&tea_command_as,
	&tea_command_cc,
	&tea_command_dis,
	&tea_command_run,
	&tea_command_debug,
};

#define COMMANDS	ARRAY_SIZE(commands)

static const struct tea_command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	}
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[COMMANDS + 1];
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		names[i] = commands[i]->name;
	names[i++] = "help";
	return cli_unknown("verb", name, names, i, HINT);
}

int tea_command_help(const struct tea_command *command)
{
	printf("usage: tea %s %s\n\n%s\n\n%s", command->name,
	       command->synopsis, command->summary, command->help);
	return CLI_OK;
}

int tea_command_usage(const struct tea_command *command, const char *format,
		      ...)
{
	char hint[64];
	char *sentence;
	va_list arguments;
	int status;

	va_start(arguments, format);
	if (vasprintf(&sentence, format, arguments) < 0)
		sentence = NULL;
	va_end(arguments);
	snprintf(hint, sizeof(hint), "see 'tea help %s'", command->name);
	status = cli_error(CLI_USAGE, hint, "%s: %s", command->name,
			   sentence ?: "out of memory");
	free(sentence);
	return status;
}

/* getopt's optopt: 0 for an unknown long option, else a short letter */
static void report_option(const struct tea_command *command, char **argv,
			  bool value_missing)
{
	const struct option *option;
	const char *names[NAMES_MAX];
	size_t count = 0;
	const char *near;
	char *bare;

	for (option = command->options; option->name; option++) {
		if (optopt && option->val == optopt) {
			tea_command_usage(command, value_missing ?
					  "option '--%s' needs a value" :
					  "option '--%s' takes no value",
					  option->name);
			return;
		}
		if (count < NAMES_MAX)
			names[count++] = option->name;
	}
	if (optopt) {
		tea_command_usage(command, "unknown option '-%c'", optopt);
		return;
	}
	bare = strdup(argv[optind - 1] + 2);
	near = bare ? cli_nearest(bare, names, count) : NULL;
	if (near)
		tea_command_usage(command,
				  "unknown option '%s', did you mean '--%s'?",
				  argv[optind - 1], near);
	else
		tea_command_usage(command, "unknown option '%s'",
				  argv[optind - 1]);
	free(bare);
}

int tea_command_option(const struct tea_command *command, int argc, char **argv)
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
	letters[used] = '\0';
	value = getopt_long(argc, argv, letters, command->options, NULL);
	if (value == '?' || value == ':') {
		report_option(command, argv, value == ':');
		return '?';
	}
	return value;
}

static int print_help(FILE *to)
{
	size_t i;

	fputs("usage: tea VERB [OPTION...] [FILE] [ARGUMENT...]\n\n"
	      "Compiles, assembles, disassembles and runs TEA programs. No kernel module is needed.\n\n",
	      to);
	for (i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-16s %s\n", commands[i]->name,
			commands[i]->summary);
	fputs("  help [VERB]      Show this text, or the help of a verb.\n"
	      "  --version        Show the version.\n\n"
	      "A first try: tea run build/examples/hello.cup\n", to);
	return CLI_OK;
}

static int help(int argc, char **argv)
{
	const struct tea_command *command;

	if (argc < 2)
		return print_help(stdout);
	command = find_command(argv[1]);
	if (!command)
		return unknown_command(argv[1]);
	return tea_command_help(command);
}

/* What the shell completion asks for: verbs, or the options of a verb */
static int complete(int argc, char **argv)
{
	const struct tea_command *command;
	const struct option *option;
	size_t i;

	command = argc > 1 ? find_command(argv[1]) : NULL;
	for (i = 0; !command && i < COMMANDS; i++)
		puts(commands[i]->name);
	if (!command)
		puts("help");
	for (option = command ? command->options : NULL;
	     option && option->name; option++)
		printf("--%s\n", option->name);
	return CLI_OK;
}

static int run_command(int argc, char **argv)
{
	const struct tea_command *command;
	const char *verb = argv[0];

	if (!strcmp(verb, "help") || !strcmp(verb, "--help") ||
	    !strcmp(verb, "-h"))
		return help(argc, argv);
	if (!strcmp(verb, "--version") || !strcmp(verb, "version")) {
		printf("tea %s\n", TEAVMX_VERSION);
		return CLI_OK;
	}
	if (!strcmp(verb, "__complete"))
		return complete(argc, argv);
	if (verb[0] == '-')
		return cli_error(CLI_USAGE, HINT,
				 "unknown option '%s', expected a verb first",
				 verb);
	command = find_command(verb);
	return command ? command->run(argc, argv) : unknown_command(verb);
}

int main(int argc, char **argv)
{
	cli_start();
	opterr = 0;
	if (argc < 2)
		return cli_finish(print_help(stdout));
	return cli_finish(run_command(argc - 1, argv + 1));
}
