// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/tea.h>
#include <userspace/common/cli.h>
#include <userspace/common/tea_map.h>
#include <userspace/lib/teavmx.h>

#include "flame.h"
#include "output.h"

/* The last part of a path. A semicolon would begin another frame. */
static void print_file(const char *path)
{
	const char *slash = strrchr(path, '/');

	for (path = slash ? slash + 1 : path; *path; path++)
		putchar(*path == ';' ? '_' : *path);
}

/* The code pointer is after the instruction that made the call. */
static void print_code(const struct tea_map *map, unsigned int cp)
{
	const struct tea_map_function *function = NULL;
	const struct tea_map_line *line = NULL;

	if (cp) {
		function = tea_map_function_at(map, cp - 1);
		line = tea_map_line_at(map, cp - 1);
	}
	if (function)
		printf("%s;", function->name);
	if (line) {
		print_file(map->files[line->file]);
		printf(":%u", line->line);
	} else {
		printf("cp 0x%04x", cp);
	}
}

static void print_place(const struct tea_map *map, const struct tally_place *place)
{
	char number[16];

	printf("VM %u;%s;", place->vm,
	       output_reason(place->reason, number, sizeof(number)));
	if (place->service) {
		printf("%s;", teavmx_tea_service_name(place->service));
		print_code(map, place->cp);
	} else {
		printf("0x%llx", (unsigned long long)place->rip);
	}
	printf(" %llu\n", (unsigned long long)place->count);
}

/* Returns CLI_OK, or CLI_FAILED after an error that is reported. */
static int read_map(struct tea_map *map, const char *program)
{
	struct tea_file file = { .path = program };
	char *path = tea_map_path(program);
	char message[512] = "out of memory";
	const char *hint = NULL;
	int err = path ? tea_file_read(&file, program) : -ENOMEM;

	if (err && path)
		snprintf(message, sizeof(message), "%s: %s", program, strerror(-err));
	if (!err && (file.size < TEA_FILE_MIN || file.size > TEA_FILE_MAX)) {
		snprintf(message, sizeof(message), "%s: no object file of a TEA program",
			 program);
		err = -EINVAL;
	}
	if (!err) {
		err = tea_map_read(map, path, &file, message, sizeof(message));
		if (err == -ENOENT)
			hint = "'tea cc -g' and 'tea as -g' write the debug map of a program";
	}
	tea_file_free(&file);
	free(path);
	return err ? cli_error(CLI_FAILED, hint, "%s", message) : CLI_OK;
}

int flame_print(const struct tally *tally, const char *program)
{
	struct tea_map map = { 0 };
	int status = program ? read_map(&map, program) : CLI_OK;
	size_t i;

	for (i = 0; status == CLI_OK && i < tally->place_tree.count; i++)
		print_place(&map, tally->places + i);
	tea_map_free(&map);
	return status;
}
