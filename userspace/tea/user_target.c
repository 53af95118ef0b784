// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <string.h>

#include <userspace/common/cli.h>
#include <userspace/debug/interrupt.h>

#include "user_target.h"

/* Steps after which a running program checks for an interrupt */
#define TURN_STEPS	100000

static struct user_target *user_of(struct debug_target *target)
{
	return (struct user_target *)target;
}

static struct debug_target *target_of(struct tea_machine *machine)
{
	struct user_target *user;

	user = (struct user_target *)((char *)machine -
				      offsetof(struct user_target, machine));
	return &user->target;
}

static int user_text(struct tea_machine *machine, unsigned char character)
{
	struct debug_target *target = target_of(machine);

	return target->output->text(target->output_data, &character, 1) ?
	       TEA_EXIT_KILL : 0;
}

static int user_sleep(struct tea_machine *machine, unsigned int milliseconds)
{
	struct debug_target *target = target_of(machine);

	target->output->flush(target->output_data);
	debug_wait(-1, milliseconds, 0);
	return debug_interrupted() ? TEA_HOOK_HELD : 0;
}

static int user_wait(struct tea_machine *machine, unsigned int port)
{
	struct debug_target *target = target_of(machine);

	target->output->waiting(target->output_data, port);
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

void user_target_init(struct user_target *user, const struct tea_file *file,
		      const struct tea_args *args, unsigned int stack_size)
{
	*user = (struct user_target){
		.target = {
			.ops = &target_ops,
			.file = file,
			.args = args,
			.stack_size = stack_size,
		},
	};
}

void user_target_release(struct user_target *user)
{
	if (user->loaded)
		tea_machine_destroy(&user->machine);
	user->loaded = false;
}
