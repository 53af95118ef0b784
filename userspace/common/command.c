// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define NAMES_MAX	64

/* Messages name the program; a process runs only one. */
static const struct command_set *running;

const struct option command_json_only[] = {
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

static const char *program_hint(void)
{
	static char hint[32];

	snprintf(hint, sizeof(hint), "see '%s help'", running->name);
	return hint;
}

static int command_help(const struct command *command)
{
	printf("usage: %s %s %s\n\n%s\n\n%s", running->name, command->name,
	       command->synopsis, command->summary, command->help);
	return CLI_OK;
}

int command_usage(const struct command *command, const char *format, ...)
{
	char *message = NULL;
	va_list arguments;
	char hint[64];
	int status;

	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = NULL;
	va_end(arguments);
	snprintf(hint, sizeof(hint), "see '%s help %s'", running->name,
		 command->name);
	status = cli_error(CLI_USAGE, hint, "%s: %s", command->name,
			   message ?: "out of memory");
	free(message);
	return status;
}

int command_end(const struct command *command, int argc, char **argv)
{
	if (optind < argc)
		return command_usage(command, "unexpected word '%s'",
				     argv[optind]);
	return CLI_OK;
}

const char *command_file(const struct command *command, int argc, char **argv,
			 const char *what)
{
	if (optind == argc)
		command_usage(command, "expected %s", what);
	else if (optind + 1 < argc)
		command_usage(command,
			      "one FILE at a time, '%s' is one too many",
			      argv[optind + 1]);
	else
		return argv[optind];
	return NULL;
}

int command_range(const struct command *command, const char *option,
		  unsigned long long max, unsigned long long *number)
{
	if (cli_number(optarg, 1, max, number))
		return command_usage(command,
				     "--%s: expected 1 to %llu, got '%s'",
				     option, max, optarg);
	return CLI_OK;
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

static void report_letter(const struct command *command, const char *word)
{
	const char *place = word[0] == '-' ? strchr(word + 1, optopt) : NULL;

	if (place && place > word + 1)
		command_usage(command,
			      "unknown option '-%c' in '%s'; '-%c' takes no value",
			      optopt, word, place[-1]);
	else
		command_usage(command, "unknown option '-%c'", optopt);
}

/*
 * getopt sets optopt to 0 for an unknown long option, else to the letter of the
 * option.
 */
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
		report_letter(command, word);
	else
		report_unknown(command, word);
}

/*
 * Returns the next option, -1 after the last one, '?' after an error that was
 * reported.
 */
static int next_option(const struct command *command, int argc, char **argv)
{
	int first = optind;
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
		/* getopt_long() advances only behind the last letter of a word. */
		report_option(command, argv[optind > first ? optind - 1 : first],
			      value == ':');
		return '?';
	}
	return value;
}

static int run_with_state(const struct command *command, int argc, char **argv,
			  void *state)
{
	int status = CLI_OK;
	int option;

	while (!status &&
	       (option = next_option(command, argc, argv)) != -1) {
		if (option == '?')
			return CLI_USAGE;
		if (option == OPTION_HELP)
			return command_help(command);
		if (option == 'j')
			cli_json = true;
		else
			status = command->option(option, state);
	}
	return status ?: command->run(argc, argv, state);
}

int command_execute(const struct command *command, int argc, char **argv)
{
	void *state = calloc(1, command->state_size ?: 1);
	int status;

	if (!state)
		return cli_error(CLI_FAILED, NULL, "%s: out of memory",
				 command->name);
	if (command->initial)
		memcpy(state, command->initial, command->state_size);
	status = run_with_state(command, argc, argv, state);
	if (command->release)
		command->release(state);
	free(state);
	return status;
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < running->count; i++)
		if (!strcmp(running->commands[i]->name, name))
			return running->commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[NAMES_MAX];
	size_t i;

	for (i = 0; i < running->count && i + 1 < NAMES_MAX; i++)
		names[i] = running->commands[i]->name;
	names[i++] = "help";
	return cli_unknown("verb", name, names, i, program_hint());
}

/* Where the program has no examples near it, its help has no first try. */
static void print_first_try(void)
{
	static const char *const places[] = {
		"../share/teavmx/examples/hello.cup", "examples/hello.cup",
	};
	char *path = cli_beside(places, ARRAY_SIZE(places));
	char *real = path ? realpath(path, NULL) : NULL;

	if (real)
		printf("\nA first try: %s run %s\n", running->name, real);
	free(real);
	free(path);
}

static int print_program_help(void)
{
	size_t i;

	fputs(running->intro, stdout);
	for (i = 0; i < running->count; i++)
		printf("  %-*s %s\n", running->width,
		       running->commands[i]->name,
		       running->commands[i]->summary);
	printf("  %-*s Show this text, or the help of a verb.\n%s",
	       running->width, "help [VERB]", running->closing);
	print_first_try();
	return CLI_OK;
}

static int program_help(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2 || !strcmp(argv[1], "help"))
		return print_program_help();
	command = find_command(argv[1]);
	return command ? command_help(command) : unknown_command(argv[1]);
}

/*
 * Prints the candidates of the shell completion: those for the last word after --, or
 * all words of one kind: verbs, options of a verb, or objects.
 */
static int program_complete(int argc, char **argv)
{
	const struct command *command;
	const struct option *option;
	size_t i;

	if (argc > 2 && !strcmp(argv[1], "--")) {
		complete_words(running, argc - 2, argv + 2);
		return CLI_OK;
	}
	if (argc > 1 && running->complete && running->complete(argv[1]))
		return CLI_OK;
	command = argc > 1 ? find_command(argv[1]) : NULL;
	for (i = 0; !command && i < running->count; i++)
		puts(running->commands[i]->name);
	if (!command)
		puts("help");
	for (option = command ? command->options : NULL;
	     option && option->name; option++)
		printf("--%s\n", option->name);
	return CLI_OK;
}

static int run_verb(int argc, char **argv)
{
	const struct command *command = find_command(argv[0]);

	return command ? command_execute(command, argc, argv) :
			 unknown_command(argv[0]);
}

static int run_option(int argc, char **argv)
{
	const char *word = argv[0];

	if (!running->status || (strcmp(word, "--json") && strcmp(word, "-j")))
		return cli_error(CLI_USAGE, program_hint(),
				 "unknown option '%s', expected a verb first",
				 word);
	if (argc > 1)
		return cli_error(CLI_USAGE, program_hint(),
				 "unexpected word '%s', expected the verb before %s",
				 argv[1], word);
	cli_json = true;
	return running->status();
}

static int run_words(int argc, char **argv)
{
	const char *word = argv[0];

	if (!strcmp(word, "help") || !strcmp(word, "--help") ||
	    !strcmp(word, "-h"))
		return program_help(argc, argv);
	if (!strcmp(word, "--version") || !strcmp(word, "version"))
		return running->version(argc, argv);
	if (!strcmp(word, "__complete"))
		return program_complete(argc, argv);
	return word[0] == '-' ? run_option(argc, argv) : run_verb(argc, argv);
}

int command_main(const struct command_set *program, int argc, char **argv)
{
	running = program;
	cli_start();
	opterr = 0;
	if (argc < 2)
		return cli_finish(running->status ? running->status() :
						    print_program_help());
	return cli_finish(run_words(argc - 1, argv + 1));
}
