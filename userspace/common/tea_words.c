// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "tea_words.h"

/* An argument of the program may be meant as an option of the verb. */
static const char *misplaced_option(char *const *words)
{
	for (; *words; words++) {
		if (!strncmp(*words, "--", 2))
			return "options come before FILE";
	}
	return NULL;
}

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
	words->hint = misplaced_option(argv + optind + 1);
	err = tea_file_read(&words->file, argv[optind]);
	if (err)
		return cli_error(CLI_FAILED, NULL, "%s: %s", argv[optind],
				 strerror(-err));
	return CLI_OK;
}
