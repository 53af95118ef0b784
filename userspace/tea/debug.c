// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>
#include <userspace/common/tea_machine.h>
#include <userspace/debug/debugger.h>
#include <userspace/debug/interrupt.h>
#include <userspace/debug/show.h>

#include "command.h"

/* So often a running program looks whether it was interrupted. */
#define TURN_STEPS	100000

/**
 * struct user_home - the machine in user space as a home for the debugger
 * @home: what the debugger knows
 * @machine: the machine
 * @debug: when the process stops
 * @loaded: @machine has a process
 */
struct user_home {
	struct debug_home home;
	struct tea_machine machine;
	struct tea_debug debug;
	bool loaded;
};

static struct user_home *user_of(struct debug_home *home)
{
	return (struct user_home *)home;
}

static int user_text(struct tea_machine *machine, unsigned char character)
{
	(void)machine;
	return show_text(&character, 1) ? TEA_EXIT_KILL : 0;
}

static int user_sleep(struct tea_machine *machine, unsigned int milliseconds)
{
	(void)machine;
	fflush(stdout);
	debug_wait(-1, milliseconds, 0);
	return debug_interrupted() ? TEA_HOME_HELD : 0;
}

static int user_wait(struct tea_machine *machine, unsigned int port)
{
	(void)machine;
	fflush(stdout);
	fprintf(stderr,
		"tea: waiting for port %04x, which no other process can fill here; Ctrl-C interrupts it\n",
		port);
	while (!debug_interrupted())
		debug_wait(-1, -1, 0);
	return TEA_HOME_HELD;
}

static const struct tea_machine_ops machine_ops = {
	.text = user_text,
	.sleep = user_sleep,
	.wait = user_wait,
};

static int user_start(struct debug_home *home)
{
	struct user_home *user = user_of(home);
	int code;

	if (user->loaded)
		tea_machine_destroy(&user->machine);
	user->debug = (struct tea_debug){ 0 };
	code = tea_machine_init(&user->machine, &machine_ops,
				home->file->bytes, home->file->size,
				home->args->bytes, home->args->size,
				home->stack_size);
	user->loaded = code >= 0;
	if (code < 0)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	return code ? CLI_GUEST : CLI_OK;
}

static int user_go(struct debug_home *home, unsigned long long steps,
		   unsigned int until, enum debug_cause *cause)
{
	struct user_home *user = user_of(home);
	enum tea_debug_cause why;

	tea_debug_begin(&user->debug, steps, until);
	do {
		if (debug_interrupted())
			user->debug.request = 1;
		why = tea_debug_run(&user->machine.process, &user->debug,
				    TURN_STEPS);
	} while (why == TEA_DEBUG_TURN);
	switch (why) {
	case TEA_DEBUG_EXITED:
		*cause = DEBUG_ENDED;
		break;
	case TEA_DEBUG_REQUEST:
		*cause = DEBUG_REQUEST;
		break;
	case TEA_DEBUG_BREAK:
		*cause = DEBUG_BREAK;
		break;
	case TEA_DEBUG_WATCH:
		*cause = DEBUG_WATCH;
		break;
	default:
		*cause = DEBUG_STEPS;
	}
	return CLI_OK;
}

/* The debugger never asks for more than there is room for, nor for what is not there. */
static int user_point(struct debug_home *home, bool watch, unsigned int address,
		      bool set)
{
	struct tea_debug *debug = &user_of(home)->debug;
	unsigned short *list = watch ? debug->watches : debug->breaks;
	unsigned int *count = watch ? &debug->watch_count : &debug->break_count;
	unsigned int i;

	if (set) {
		list[(*count)++] = (unsigned short)address;
		return CLI_OK;
	}
	for (i = 0; i < *count; i++)
		if (list[i] == address)
			break;
	if (i < *count)
		list[i] = list[--*count];
	return CLI_OK;
}

static int user_get(struct debug_home *home, struct tea_registers *registers)
{
	tea_debug_look(&user_of(home)->machine.process, home->stack_size,
		       registers);
	return CLI_OK;
}

static int user_set(struct debug_home *home,
		    const struct tea_registers *registers)
{
	struct tea_process *process = &user_of(home)->machine.process;

	process->cp = registers->cp;
	process->sp = registers->sp;
	process->flags = (unsigned char)registers->flags;
	return CLI_OK;
}

static int user_read(struct debug_home *home, unsigned int at,
		     unsigned char *bytes, unsigned int size)
{
	memcpy(bytes, user_of(home)->machine.process.stack + at, size);
	return CLI_OK;
}

static int user_write(struct debug_home *home, unsigned int at,
		      unsigned char byte)
{
	user_of(home)->machine.process.stack[at] = byte;
	return CLI_OK;
}

static int user_end(struct debug_home *home, bool kill,
		    struct tea_result *result)
{
	struct tea_machine *machine = &user_of(home)->machine;

	if (kill)
		tea_machine_kill(machine);
	result->message_size = tea_machine_message(machine, result->message);
	result->steps = machine->process.steps;
	return CLI_OK;
}

static const struct debug_home_ops home_ops = {
	.start = user_start,
	.go = user_go,
	.point = user_point,
	.get = user_get,
	.set = user_set,
	.read = user_read,
	.write = user_write,
	.end = user_end,
};

static int debug_file(const struct tea_file *file, const struct tea_args *args,
		      unsigned long long stack,
		      const struct debugger_options *options)
{
	struct user_home user = {
		.home = {
			.ops = &home_ops,
			.file = file,
			.args = args,
			.stack_size = (unsigned int)stack,
		},
	};
	int status = debugger_run(&user.home, options);

	if (user.loaded)
		tea_machine_destroy(&user.machine);
	return status;
}

/* -1 after the help */
static int parse_options(int argc, char **argv, unsigned long long *stack,
			 struct debugger_options *options)
{
	const struct tea_command *command = &tea_command_debug;
	int option;

	while ((option = tea_command_option(command, argc, argv)) != -1) {
		switch (option) {
		case 's':
			if (cli_number(optarg, 1, TEA_STACK_MAX, stack))
				return tea_command_usage(command,
							 "--stack: expected 1 to %d, got '%s'",
							 TEA_STACK_MAX, optarg);
			break;
		case 'x':
			options->scripts[options->script_count++] = optarg;
			break;
		case 'j':
			cli_json = true;
			break;
		case TEA_OPTION_HELP:
			tea_command_help(command);
			return -1;
		default:
			return CLI_USAGE;
		}
	}
	if (optind == argc)
		return tea_command_usage(command, "expected an object FILE");
	return CLI_OK;
}

static int run_words(int argc, char **argv, struct debugger_options *options)
{
	unsigned long long stack = TEA_STACK_DEFAULT;
	int status = parse_options(argc, argv, &stack, options);
	struct tea_file file;
	struct tea_args args;
	char sentence[256];

	if (status)
		return status < 0 ? CLI_OK : status;
	if (tea_args_parse(&args, argv + optind + 1, argc - optind - 1,
			   sentence, sizeof(sentence)))
		return tea_command_usage(&tea_command_debug, "%s", sentence);
	status = tea_file_read(&file, argv[optind]);
	if (status)
		return cli_error(CLI_FAILED, NULL, "%s: %s", argv[optind],
				 strerror(-status));
	status = debug_file(&file, &args, stack, options);
	tea_file_free(&file);
	return status;
}

static int run(int argc, char **argv)
{
	struct debugger_options options = {
		.scripts = calloc((size_t)argc, sizeof(char *)),
	};
	int status;

	if (!options.scripts)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	status = run_words(argc, argv, &options);
	free(options.scripts);
	return status;
}

static const struct option options_table[] = {
	{ "stack", required_argument, NULL, 's' },
	{ "execute", required_argument, NULL, 'x' },
	{ "json", no_argument, NULL, 'j' },
	TEA_OPTION_COMMON
};

const struct tea_command tea_command_debug = {
	.name = "debug",
	.synopsis = "[OPTION...] FILE.cup [ARGUMENT...]",
	.summary = "Run a program step by step.",
	.help =
	"Reads commands from standard input; 'help' lists them. Functions and source lines\n"
	"are known when the debug map FILE.map lies beside FILE.cup. Options come before\n"
	"FILE; an ARGUMENT is as in 'tea run'.\n\n"
	"  -x, --execute=SCRIPT  execute the commands of a file first; then those of\n"
	"                        standard input only if that is a terminal\n"
	"  -s, --stack=N         bytes of stack, 1 to 65535 (128)\n"
	"  -j, --json            print one JSON object for each stop and answer\n"
	"  -h, --help            show this text\n\n"
	"Exit status: 0, or 6 if the program ended with another code than 0; 1 if a command\n"
	"that was not typed at a terminal failed; 7 if it was interrupted; 2 for a mistake\n"
	"on the command line.\n",
	.passes_words = true,
	.options = options_table,
	.run = run,
};
