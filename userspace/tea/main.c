// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "command.h"

static const struct command *const commands[] = {
	&command_as,
	&command_cc,
	&command_dis,
	&command_run,
	&command_debug,
};

static const struct complete_row rows[] = {
	{ .option = "engine", .choices = "interp jit" },
	{ .option = "feed", .files = "*" },
	{ .option = "execute", .files = "*" },
	{ .option = "output", .files = "*" },
	{ .option = "map", .files = "*.map" },
	{ .option = "include", .files = "/" },
	{ "as", .word = 1, .files = "*.tas" },
	{ "cc", .word = 1, .files = "*.tea" },
	{ "dis run debug", .word = 1, .files = "*.cup" },
	{ 0 }
};

static int print_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("tea %s\n", TEAVMX_VERSION);
	return CLI_OK;
}

static const struct command_set program = {
	.name = "tea",
	.intro =
	"usage: tea VERB [OPTION...] [FILE] [ARGUMENT...]\n\n"
	"Compiles, assembles, disassembles and runs TEA programs. No kernel module is needed.\n\n",
	.closing =
	"  --version        Show the version.\n",
	.width = 16,
	.commands = commands,
	.count = ARRAY_SIZE(commands),
	.version = print_version,
	.rows = rows,
};

int main(int argc, char **argv)
{
	return command_main(&program, argc, argv);
}
