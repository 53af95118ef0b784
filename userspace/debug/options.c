// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include <uapi/tea.h>

#include "options.h"

static int add_script(struct debugger_options *options, const char *path)
{
	const char **grown = reallocarray(options->scripts,
					  options->script_count + 1,
					  sizeof(*grown));

	if (!grown)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	options->scripts = grown;
	grown[options->script_count++] = path;
	return CLI_OK;
}

int debugger_option(const struct command *command, int option,
		    struct debugger_options *options)
{
	if (option == 'x')
		return add_script(options, optarg);
	return command_range(command, "stack", TEA_STACK_MAX, &options->stack);
}

void debugger_options_free(struct debugger_options *options)
{
	free(options->scripts);
}
