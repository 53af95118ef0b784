// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <userspace/common/tea_machine.h>

#include "conform.h"

static struct conform_result *shown_in;
static bool translate;

static int user_text(struct tea_machine *machine, unsigned char character)
{
	(void)machine;
	if (shown_in->text_size == sizeof(shown_in->text))
		return TEA_EXIT_KILL;
	shown_in->text[shown_in->text_size++] = character;
	return 0;
}

static const struct tea_machine_ops user_ops = {
	.text = user_text,
};

static int user_open(void)
{
	return 0;
}

static int jit_open(void)
{
	translate = true;
	return 0;
}

static int user_trouble(struct conform_result *result, const char *trouble)
{
	snprintf(result->trouble, sizeof(result->trouble), "%s", trouble);
	return -1;
}

static int user_run(const struct conform_case *test,
		    struct conform_result *result)
{
	struct tea_machine machine;
	struct tea_process *process = &machine.process;
	int code;

	shown_in = result;
	code = tea_machine_init(&machine, &user_ops, test->file,
				test->file_size, test->arguments,
				test->argument_size, CONFORM_STACK);
	if (code < 0)
		return user_trouble(result, "out of memory");
	if (code == TEA_EXIT_NORMAL && translate &&
	    tea_machine_translate(&machine, true))
		return user_trouble(result, "not translated");
	if (code == TEA_EXIT_NORMAL &&
	    tea_machine_run(&machine, test->steps + 1) == TEA_RUN_LIMIT)
		tea_machine_kill(&machine);

	result->message_size = tea_machine_message(&machine, result->message);
	result->stack_size = process->sp;
	memcpy(result->stack, process->stack, process->sp);
	result->steps = process->steps;
	tea_machine_destroy(&machine);
	return 0;
}

static void user_close(void)
{
}

const struct conform_home conform_home_user = {
	.name = "user",
	.open = user_open,
	.run = user_run,
	.close = user_close,
};

const struct conform_home conform_home_jit = {
	.name = "jit",
	.open = jit_open,
	.run = user_run,
	.close = user_close,
};
