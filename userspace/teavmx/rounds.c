// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <unistd.h>

#include <userspace/common/cli.h>
#include <userspace/common/command.h>

#include "interrupt.h"
#include "rounds.h"

static const struct cli_unit units[] = {
	{ "s", 1 },
	{ "", 1 },
	{ NULL, 0 }
};

int rounds_seconds(const struct command *command, const char *option,
		   unsigned long long max, unsigned long long *seconds)
{
	if (cli_quantity(optarg, units, 1, max, seconds))
		return command_usage(command,
				     "--%s: expected 1 to %llu seconds, such as 1 or 5s, got '%s'",
				     option, max, optarg);
	return CLI_OK;
}

bool rounds_wait(long long due)
{
	long long left;

	while ((left = due - interrupt_clock()) > 0 && !interrupt_seen())
		interrupt_wait(-1, left);
	return !interrupt_seen() && !ferror(stdout) && !cli_reader_left(STDOUT_FILENO);
}
