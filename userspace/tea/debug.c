// SPDX-License-Identifier: GPL-2.0-only
#include <userspace/common/tea_words.h>
#include <userspace/debug/debugger.h>

#include "command.h"
#include "user_target.h"

static int debug_file(const struct tea_words *words,
		      const struct debugger_options *options)
{
	struct user_target user;
	int status;

	user_target_init(&user, &words->file, &words->args,
			 (unsigned int)options->stack);
	status = debugger_run(&user.target, options);
	user_target_release(&user);
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
