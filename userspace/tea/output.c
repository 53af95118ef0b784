// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <userspace/common/cli.h>
#include <userspace/common/text_file.h>

#include "output.h"

static bool is_stdout(const char *path)
{
	return !strcmp(path, "-");
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t done = write(fd, bytes, size);

		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			bytes += done;
			size -= (size_t)done;
		}
	}
	return 0;
}

/* Devices and pipes cannot be replaced by a new file: they are written to. */
static int write_in_place(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return -errno;
	error = write_all(fd, bytes, size);
	if (close(fd) && !error)
		error = -errno;
	return error;
}

static mode_t new_file_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int write_and_rename(const char *path, mode_t mode, const void *bytes,
			    size_t size)
{
	char *temporary;
	int error;
	int fd;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkstemp(temporary);
	if (fd < 0) {
		error = -errno;
		free(temporary);
		return error;
	}
	error = write_all(fd, bytes, size);
	if (!error && fchmod(fd, mode))
		error = -errno;
	if (close(fd) && !error)
		error = -errno;
	if (!error && rename(temporary, path))
		error = -errno;
	if (error)
		unlink(temporary);
	free(temporary);
	return error;
}

int output_write(const char *path, const void *bytes, size_t size)
{
	struct stat old;
	char *real;
	int error;

	if (is_stdout(path)) {
		if (fwrite(bytes, 1, size, stdout) != size)
			return errno == EPIPE ? 0 : -errno;
		return 0;
	}
	if (stat(path, &old))
		return write_and_rename(path, new_file_mode(), bytes, size);
	if (!S_ISREG(old.st_mode))
		return write_in_place(path, bytes, size);

	/* The target of a symbolic link is replaced, not the link. */
	real = realpath(path, NULL);
	if (!real)
		return -errno;
	error = write_and_rename(real, old.st_mode & 07777, bytes, size);
	free(real);
	return error;
}

bool output_takes_map(const char *path)
{
	struct stat old;

	return !is_stdout(path) && (stat(path, &old) || S_ISREG(old.st_mode));
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
				  strerror(-error));
	free(path);
	return error;
}

void output_remove(const char *path)
{
	struct stat old;

	if (!is_stdout(path) && !stat(path, &old) && S_ISREG(old.st_mode))
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
