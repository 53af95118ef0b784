// SPDX-License-Identifier: GPL-2.0-only
#include "compiled.h"

#include <stdlib.h>
#include <string.h>

#include <userspace/common/tea_machine.h>
#include <userspace/tea/cc/compiler.h>

/**
 * struct run - a program that runs
 * @machine: the machine
 * @result: receives its text
 */
struct run {
	struct tea_machine machine;
	struct compiled *result;
};

static int take_text(struct tea_machine *machine, unsigned char character)
{
	struct compiled *result = ((struct run *)machine)->result;

	if (result->text_size == sizeof(result->text))
		return TEA_EXIT_KILL;
	result->text[result->text_size++] = character;
	return 0;
}

static const struct tea_machine_ops machine_ops = {
	.text = take_text,
};

static int run(struct compiled *result, const struct compiled_options *options)
{
	static const unsigned char zeros[TEA_ARGUMENTS_MAX];
	struct run run = { .result = result };
	struct tea_process *process = &run.machine.process;
	size_t argument_size = options->argument_size;

	if (!options->arguments)
		argument_size = result->object[TEA_HEADER_ARGUMENTS];
	result->launch = tea_machine_init(&run.machine, &machine_ops,
					  result->object, result->size,
					  options->arguments ?: zeros,
					  argument_size, options->stack_size);
	if (result->launch < 0)
		return -1;
	if (!result->launch)
		result->ended = tea_run(process, options->limit) ==
				TEA_RUN_EXITED;
	if (!result->ended)
		tea_machine_kill(&run.machine);
	result->steps = process->steps;
	result->message_size = tea_machine_message(&run.machine,
						   result->message);
	result->code = result->message[3];
	tea_machine_destroy(&run.machine);
	return 0;
}

int compiled_run(struct compiled *result, const char *text, size_t size,
		 const struct compiled_options *options)
{
	static const char *const no_folders[] = { NULL };
	static struct cc_compiler compiler;
	int error;

	memset(result, 0, sizeof(*result));
	memset(&compiler, 0, sizeof(compiler));
	compiler.path = "program";
	compiler.text = malloc(size + 1);
	if (!compiler.text)
		return -1;
	memcpy(compiler.text, text, size);
	compiler.text_size = size;
	compiler.folders = options->folders ?: no_folders;
	compiler.optimise = options->optimise;
	error = cc_compile(&compiler);
	result->errors = compiler.report.errors;
	if (result->errors && !options->silent)
		report_print(&compiler.report);
	if (!error && !result->errors) {
		result->size = compiler.size;
		memcpy(result->object, compiler.file, compiler.size);
	}
	cc_compiler_free(&compiler);
	if (error)
		return -1;
	return result->errors ? 0 : run(result, options);
}

const char *compiled_difference(const struct compiled *left,
				const struct compiled *right)
{
	if (!left->errors != !right->errors)
		return "errors";
	if (left->errors)
		return NULL;
	if (left->launch != right->launch)
		return "launch";
	if (!left->ended || !right->ended)
		return NULL;
	if (left->message_size != right->message_size ||
	    memcmp(left->message, right->message, left->message_size))
		return "message";
	if (left->text_size != right->text_size ||
	    memcmp(left->text, right->text, left->text_size))
		return "text";
	return NULL;
}
