// SPDX-License-Identifier: GPL-2.0-only
#include <userspace/common/tea_words.h>
#include <userspace/debug/debugger.h>

#include "command.h"
#include "dap/server.h"
#include "user_target.h"

/**
 * struct debug_state - options of the command line
 * @options: those of both debuggers
 * @dap: serve a client of the Debug Adapter Protocol
 */
struct debug_state {
	struct debugger_options options;
	bool dap;
};

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
	struct debug_state *debug = state;

	if (option == 'd')
		debug->dap = true;
	else
		return debugger_option(&command_debug, option, &debug->options);
	return CLI_OK;
}

/* The client names the program, and executes no scripts. */
static int debug_serve_client(int argc, const struct debug_state *debug)
{
	if (optind < argc)
		return command_usage(&command_debug,
				     "--dap takes no FILE, the client launches one");
	if (cli_json || debug->options.script_count)
		return command_usage(&command_debug,
				     "--dap cannot be combined with --json or --execute");
	return dap_run((unsigned int)debug->options.stack);
}

static int debug_run(int argc, char **argv, void *state)
{
	const struct debug_state *debug = state;
	struct tea_words words;
	int status;

	if (debug->dap)
		return debug_serve_client(argc, debug);
	status = tea_words_read(&command_debug, argc, argv, &words);
	if (status)
		return status;
	status = debug_file(&words, &debug->options);
	tea_file_free(&words.file);
	return status;
}

static void debug_release(void *state)
{
	struct debug_state *debug = state;

	debugger_options_free(&debug->options);
}

static const struct debug_state initial = {
	.options = { .stack = TEA_STACK_DEFAULT },
};

static const struct option options[] = {
	{ "dap", no_argument, NULL, 'd' },
	DEBUGGER_OPTIONS
};

const struct command command_debug = {
	.name = "debug",
	.synopsis = "[OPTION...] FILE.cup [ARGUMENT...]",
	.summary = "Run a program step by step.",
	.help =
	DEBUGGER_HELP("tea")
	"  -d, --dap             serve an editor by the Debug Adapter Protocol on standard\n"
	"                        input and output; there is no FILE then\n"
	DEBUGGER_OPTIONS_HELP
	"2 for a mistake\n"
	"on the command line.\n",
	.passes_words = true,
	.options = options,
	.state_size = sizeof(struct debug_state),
	.initial = &initial,
	.option = debug_option,
	.run = debug_run,
	.release = debug_release,
};
