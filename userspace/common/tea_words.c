// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "tea_words.h"

int tea_words_read(const struct command *command, int argc, char **argv,
		   struct tea_words *words)
{
	char message[256];
	int err;

	if (optind == argc)
		return command_usage(command, "expected an object FILE");
	if (tea_args_parse(&words->args, argv + optind + 1, argc - optind - 1,
			   message, sizeof(message)))
		return command_usage(command, "%s", message);
	err = tea_file_read(&words->file, argv[optind]);
	if (err)
		return cli_error(CLI_FAILED, NULL, "%s: %s", argv[optind],
				 strerror(-err));
	return CLI_OK;
}
