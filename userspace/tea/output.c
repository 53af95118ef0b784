// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <userspace/common/cli.h>
#include <userspace/common/new_file.h>
#include <userspace/common/text_file.h>

#include "output.h"
#include "source.h"

/* A file that standard output is redirected to may have bytes before: /dev/stdout */
bool output_is_stdout(const char *path)
{
	struct stat file, output;

	return !strcmp(path, "-") ||
	       (!stat(path, &file) && S_ISREG(file.st_mode) &&
		!fstat(STDOUT_FILENO, &output) && file.st_dev == output.st_dev &&
		file.st_ino == output.st_ino);
}

int output_write(const char *path, const void *bytes, size_t size)
{
	struct new_file file;
	int error;

	if (output_is_stdout(path)) {
		if (fwrite(bytes, 1, size, stdout) != size)
			return errno == EPIPE ? 0 : -errno;
		return 0;
	}
	error = new_file_open(&file, path);
	if (error)
		return error;
	error = fwrite(bytes, 1, size, file.to) == size ? 0 : -errno;
	return new_file_close(&file, error);
}

/* Not on standard output, nor beside a device or a pipe */
static bool output_takes_map(const char *path)
{
	struct stat old;

	return !output_is_stdout(path) && (stat(path, &old) || S_ISREG(old.st_mode));
}

const char *output_map_problem(const char *source, const char *object)
{
	char *map;
	bool same;

	if (!output_takes_map(object))
		return "a debug map needs an object file to lie beside";
	if (*source && !tea_map_can_name(source))
		return "a debug map cannot name a source whose path has a control character";
	map = tea_map_path(object);
	same = map && source_same(source, map);
	free(map);
	return same ? "the debug map would replace the source, choose another output" : NULL;
}

int output_map(struct tea_map *map, const char *object,
	       const unsigned char *file, size_t size)
{
	char *path = tea_map_path(object);
	char *text = NULL;
	size_t text_size = 0;
	FILE *to = open_memstream(&text, &text_size);
	int error = 0;

	tea_map_identify(map, file, size);
	if (path && to)
		tea_map_write(map, to);
	if ((to && fclose(to)) || !path || !to)
		error = -ENOMEM;
	else
		error = output_write(path, text, text_size);
	free(text);
	if (error)
		error = cli_error(CLI_FAILED, NULL, "%s: %s", path ?: object,
				  new_file_reason(error));
	free(path);
	return error;
}

void output_remove(const char *path)
{
	struct stat old;

	if (!output_is_stdout(path) && !stat(path, &old) && S_ISREG(old.st_mode))
		unlink(path);
}

void output_remove_map(const char *object)
{
	char head[sizeof(TEA_MAP_SIGNATURE) - 1];
	char *path;
	int fd;

	if (!output_takes_map(object))
		return;
	path = tea_map_path(object);
	fd = path ? text_file_open(path) : -1;
	if (fd >= 0) {
		if (read(fd, head, sizeof(head)) == sizeof(head) &&
		    !memcmp(head, TEA_MAP_SIGNATURE, sizeof(head)))
			unlink(path);
		close(fd);
	}
	free(path);
}
