// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <uapi/tea.h>
#include <userspace/common/cli.h>

#include "source.h"

static int read_stream(FILE *from, struct source *source, size_t max)
{
	size_t room = 0;

	while (!feof(from)) {
		if (source->size == room) {
			char *larger;

			room = room ? 2 * room : 4096;
			larger = realloc(source->text, room);
			if (!larger)
				return -ENOMEM;
			source->text = larger;
		}
		errno = 0;
		source->size += fread(source->text + source->size, 1,
				      room - source->size, from);
		if (ferror(from))
			return errno ? -errno : -EIO;
		if (source->size > max)
			return -EFBIG;
	}
	return 0;
}

int source_read(struct source *source, size_t max)
{
	bool from_stdin = !strcmp(source->path, "-");
	FILE *from = from_stdin ? stdin : fopen(source->path, "re");
	int error = from ? read_stream(from, source, max) : -errno;

	if (from && !from_stdin)
		fclose(from);
	return error;
}

char *source_output(const char *path, const char *suffix,
		    const char *replacement)
{
	size_t suffix_size = strlen(suffix);
	size_t size = strlen(path);
	char *output;

	if (!strcmp(path, "-"))
		return strdup("-");
	if (size > suffix_size && !strcmp(path + size - suffix_size, suffix))
		size -= suffix_size;
	if (asprintf(&output, "%.*s%s", (int)size, path, replacement) < 0)
		return NULL;
	return output;
}

static bool source_is_object(const char *path)
{
	unsigned char start[2] = { 0 };
	struct stat status;
	FILE *file;

	if (stat(path, &status) || !S_ISREG(status.st_mode))
		return false;
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fread(start, 1, sizeof(start), file) < sizeof(start))
		start[0] = 0;
	fclose(file);
	return start[0] == TEA_SIGNATURE_0 && start[1] == TEA_SIGNATURE_1;
}

int source_check_kind(const char *path, const char *suffix, const char *verb)
{
	size_t size = strlen(path);
	size_t end = strlen(suffix);

	if (size > end && !strcmp(path + size - end, suffix))
		return cli_error(CLI_FAILED, NULL, "%s: use 'tea %s' for %s files",
				 path, verb, suffix);
	if (source_is_object(path))
		return cli_error(CLI_FAILED, NULL,
				 "%s: this is an object file, not a source; 'tea run' runs it and 'tea dis' shows it",
				 path);
	return CLI_OK;
}

bool source_same(const char *left, const char *right)
{
	struct stat a, b;

	return !stat(left, &a) && !stat(right, &b) && S_ISREG(a.st_mode) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}
