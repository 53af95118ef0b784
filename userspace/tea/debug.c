// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>
#include <userspace/common/tea_machine.h>
#include <userspace/common/tea_words.h>
#include <userspace/debug/debugger.h>
#include <userspace/debug/interrupt.h>
#include <userspace/debug/show.h>

#include "command.h"

/* Steps after which a running program checks for an interrupt */
#define TURN_STEPS	100000

/**
 * struct user_target - the machine in user space as the target of the debugger
 * @target: the part that the debugger uses
 * @machine: the machine
 * @debug: when the process stops
 * @loaded: @machine has a process
 */
struct user_target {
	struct debug_target target;
	struct tea_machine machine;
	struct tea_debug debug;
	bool loaded;
};

static struct user_target *user_of(struct debug_target *target)
{
	return (struct user_target *)target;
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
	return debug_interrupted() ? TEA_HOOK_HELD : 0;
}

static int user_wait(struct tea_machine *machine, unsigned int port)
{
	(void)machine;
	debug_show_waiting(port);
	while (!debug_interrupted())
		debug_wait(-1, -1, 0);
	return TEA_HOOK_HELD;
}

static const struct tea_machine_ops machine_ops = {
	.text = user_text,
	.sleep = user_sleep,
	.wait = user_wait,
};

static int user_start(struct debug_target *target)
{
	struct user_target *user = user_of(target);
	int code;

	if (user->loaded)
		tea_machine_destroy(&user->machine);
	user->debug = (struct tea_debug){ 0 };
	code = tea_machine_init(&user->machine, &machine_ops,
				target->file->bytes, target->file->size,
				target->args->bytes, target->args->size,
				target->stack_size);
	user->loaded = code >= 0;
	if (code < 0)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	return code ? CLI_GUEST : CLI_OK;
}

static int user_go(struct debug_target *target, unsigned long long steps,
		   unsigned int until, enum debug_cause *cause)
{
	struct user_target *user = user_of(target);
	enum tea_debug_cause why;

	tea_debug_begin(&user->debug, steps, until);
	do {
		if (debug_interrupted())
			user->debug.request = 1;
		why = tea_debug_run(&user->machine.process, &user->debug,
				    TURN_STEPS);
	} while (why == TEA_DEBUG_LIMIT);
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

/*
 * The debugger has checked that there is room for the point, or that it exists.
 */
static int user_point(struct debug_target *target, bool watch, unsigned int address,
		      bool set)
{
	struct tea_debug *debug = &user_of(target)->debug;
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

static int user_get(struct debug_target *target, struct tea_registers *registers)
{
	tea_debug_look(&user_of(target)->machine.process, target->stack_size,
		       registers);
	return CLI_OK;
}

static int user_set(struct debug_target *target,
		    const struct tea_registers *registers)
{
	struct tea_process *process = &user_of(target)->machine.process;

	process->cp = registers->cp;
	process->sp = registers->sp;
	process->flags = (unsigned char)registers->flags;
	return CLI_OK;
}

static int user_read(struct debug_target *target, unsigned int at,
		     unsigned char *bytes, unsigned int size)
{
	memcpy(bytes, user_of(target)->machine.process.stack + at, size);
	return CLI_OK;
}

static int user_write(struct debug_target *target, unsigned int at,
		      unsigned char byte)
{
	user_of(target)->machine.process.stack[at] = byte;
	return CLI_OK;
}

static int user_end(struct debug_target *target, bool kill,
		    struct tea_result *result)
{
	struct tea_machine *machine = &user_of(target)->machine;

	if (kill)
		tea_machine_kill(machine);
	result->message_size = tea_machine_message(machine, result->message);
	result->steps = machine->process.steps;
	return CLI_OK;
}

static const struct debug_target_ops target_ops = {
	.start = user_start,
	.go = user_go,
	.point = user_point,
	.get = user_get,
	.set = user_set,
	.read = user_read,
	.write = user_write,
	.end = user_end,
};

static int debug_file(const struct tea_words *words,
		      const struct debugger_options *options)
{
	struct user_target user = {
		.target = {
			.ops = &target_ops,
			.file = &words->file,
			.args = &words->args,
			.stack_size = (unsigned int)options->stack,
		},
	};
	int status = debugger_run(&user.target, options);

	if (user.loaded)
		tea_machine_destroy(&user.machine);
	return status;
}

static int debug_option(int option, void *state)
{
	return debugger_option(&command_debug, option, state);
}

static int debug_run(int argc, char **argv, void *state)
{
	struct tea_words words;
	int status = tea_words_read(&command_debug, argc, argv, &words);

	if (status)
		return status;
	status = debug_file(&words, state);
	tea_file_free(&words.file);
	return status;
}

static void debug_release(void *state)
{
	debugger_options_free(state);
}

static const struct debugger_options initial = { .stack = TEA_STACK_DEFAULT };

static const struct option options[] = { DEBUGGER_OPTIONS };

const struct command command_debug = {
	.name = "debug",
	.synopsis = "[OPTION...] FILE.cup [ARGUMENT...]",
	.summary = "Run a program step by step.",
	.help =
	DEBUGGER_HELP("tea")
	DEBUGGER_OPTIONS_HELP
	"2 for a mistake\n"
	"on the command line.\n",
	.passes_words = true,
	.options = options,
	.state_size = sizeof(struct debugger_options),
	.initial = &initial,
	.option = debug_option,
	.run = debug_run,
	.release = debug_release,
};
