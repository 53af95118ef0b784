// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "new_file.h"

static mode_t new_file_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* Takes over @fd. */
static int open_stream(struct new_file *file, int fd)
{
	int error;

	file->to = fdopen(fd, "w");
	if (file->to)
		return 0;
	error = -errno;
	close(fd);
	return error;
}

/* Devices and pipes cannot be replaced by a new file: they are written to. */
static int open_in_place(struct new_file *file, const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : open_stream(file, fd);
}

static int open_temporary(struct new_file *file, mode_t mode)
{
	int error;
	int fd;

	if (asprintf(&file->temporary, "%s.XXXXXX", file->path) < 0) {
		file->temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(file->temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = fchmod(fd, mode) ? -errno : 0;
	if (error)
		close(fd);
	else
		error = open_stream(file, fd);
	if (error)
		unlink(file->temporary);
	return error;
}

static void release_names(struct new_file *file)
{
	free(file->temporary);
	free(file->path);
}

int new_file_open(struct new_file *file, const char *path)
{
	struct stat old;
	bool exists = !stat(path, &old);
	int error;

	memset(file, 0, sizeof(*file));
	if (exists && !S_ISREG(old.st_mode))
		return open_in_place(file, path);
	/* The target of a symbolic link is replaced, not the link. */
	file->path = exists ? realpath(path, NULL) : strdup(path);
	if (!file->path)
		return -errno;
	error = open_temporary(file, exists ? old.st_mode & 07777 :
			       new_file_mode());
	if (error)
		release_names(file);
	return error;
}

int new_file_close(struct new_file *file, int error)
{
	/* The errno of an earlier write is lost; it is that of the next one mostly. */
	if (!error && ferror(file->to))
		error = fflush(file->to) ? -errno : -EIO;
	if (fclose(file->to) && !error)
		error = -errno;
	if (!file->path)
		return error;
	if (!error && rename(file->temporary, file->path))
		error = -errno;
	if (error)
		unlink(file->temporary);
	release_names(file);
	return error;
}
