// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <userspace/common/cli.h>
#include <userspace/common/tea_file.h>
#include <userspace/common/tea_map.h>

#include "command.h"
#include "disassembler.h"

static int disassemble_file(const struct tea_file *file,
			    const struct tea_map *map, const char *map_path)
{
	char message[512];

	/*
	 * The program is only listed, so other rules for launching do not
	 * matter.
	 */
	if (tea_file_check(file, message, sizeof(message)) ==
	    TEA_EXIT_BAD_CODE)
		return cli_error(CLI_FAILED, NULL, "%s", message);
	if (disassembler_run_mapped(file->bytes, file->size, map, map_path,
				    stdout))
		return cli_error(CLI_FAILED, NULL, "out of memory");
	if (message[0])
		cli_error(CLI_OK, NULL, "note: %s", message);
	return CLI_OK;
}

static int with_map(const struct tea_file *file, const char *path)
{
	char message[512];
	struct tea_map map;
	int status;

	if (!path)
		return disassemble_file(file, NULL, NULL);
	if (file->size < TEA_FILE_MIN || file->size > TEA_FILE_MAX)
		return disassemble_file(file, NULL, NULL);
	if (tea_map_read(&map, path, file, message, sizeof(message)))
		status = cli_error(CLI_FAILED, NULL, "%s", message);
	else
		status = disassemble_file(file, &map, path);
	tea_map_free(&map);
	return status;
}

static int dis_option(int option, void *state)
{
	const char **map = state;

	(void)option;
	*map = optarg;
	return CLI_OK;
}

static int dis_run(int argc, char **argv, void *state)
{
	const char *path = command_file(&command_dis, argc, argv,
					"an object FILE");
	const char **map = state;
	struct tea_file file;
	int status;

	if (!path)
		return CLI_USAGE;
	status = tea_file_read(&file, path);
	if (status)
		return cli_error(CLI_FAILED, NULL, "%s: %s", path,
				 strerror(-status));
	status = with_map(&file, *map);
	tea_file_free(&file);
	return status;
}

static const struct option options[] = {
	{ "map", required_argument, NULL, 'm' },
	OPTION_COMMON
};

const struct command command_dis = {
	.name = "dis",
	.synopsis = "[-m FILE.map] FILE.cup",
	.summary = "Show an object file as assembly language.",
	.help =
	"'tea as' makes the same object file of the output, byte for byte. FILE may\n"
	"be - for standard input.\n\n"
	"  -m, --map=FILE  show functions and source lines of this debug map\n"
	"  -h, --help      show this text\n",
	.options = options,
	.state_size = sizeof(const char *),
	.option = dis_option,
	.run = dis_run,
};
