// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "new_file.h"

/* Names that are tried before a file gets its own */
#define NAMES	100

static mode_t new_file_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* stdio reports a write that has failed when its errno is lost, so that is stored here. */
static ssize_t write_all(void *cookie, const char *bytes, size_t size)
{
	struct new_file *file = cookie;
	size_t done = 0;
	ssize_t count;

	while (done < size) {
		count = write(file->fd, bytes + done, size - done);
		if (count >= 0) {
			done += (size_t)count;
		} else if (errno != EINTR) {
			file->error = file->error ?: errno;
			break;
		}
	}
	return (ssize_t)done;
}

static int open_stream(struct new_file *file)
{
	const cookie_io_functions_t functions = { .write = write_all };

	if (file->fd < 0)
		return -errno;
	file->to = fopencookie(file, "w", functions);
	if (file->to)
		return 0;
	close(file->fd);
	return -ENOMEM;
}

/* Devices and pipes cannot be replaced by a new file: they are written to. */
static int open_in_place(struct new_file *file, const char *path)
{
	file->fd = open(path, O_WRONLY | O_CLOEXEC);
	return open_stream(file);
}

/* The path by which a file that is open can get a name */
static void link_path(int fd, char path[32])
{
	snprintf(path, 32, "/proc/self/fd/%d", fd);
}

/* A file without a name, or -1 if the file system has none or it could not get one */
static int open_nameless(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = NULL;
	char place[32];
	int fd;

	if (asprintf(&folder, "%.*s.", slash ? (int)(slash - path) + 1 : 0, path) < 0)
		return -1;
	fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	free(folder);
	link_path(fd, place);
	if (fd < 0 || !access(place, F_OK))
		return fd;
	close(fd);
	return -1;
}

static int open_named(struct new_file *file)
{
	if (asprintf(&file->temporary, "%s.XXXXXX", file->path) < 0) {
		file->temporary = NULL;
		return -1;
	}
	return mkostemp(file->temporary, O_CLOEXEC);
}

static int open_new(struct new_file *file, mode_t mode)
{
	int error;

	file->fd = open_nameless(file->path);
	if (file->fd < 0)
		file->fd = open_named(file);
	if (file->fd < 0)
		return -errno;
	error = fchmod(file->fd, mode) ? -errno : 0;
	if (error)
		close(file->fd);
	else
		error = open_stream(file);
	if (error && file->temporary)
		unlink(file->temporary);
	return error;
}

static void release_names(struct new_file *file)
{
	free(file->temporary);
	free(file->path);
}

/* The new file would replace a link instead of its target if that is missing. */
static bool is_dangling(const char *path)
{
	struct stat old;

	return !lstat(path, &old) && S_ISLNK(old.st_mode);
}

int new_file_open(struct new_file *file, const char *path)
{
	struct stat old;
	bool exists = !stat(path, &old);
	int error;

	memset(file, 0, sizeof(*file));
	if (!exists && errno != ENOENT)
		return -errno;
	if (!exists && is_dangling(path))
		return -ENOLINK;
	if (exists && !S_ISREG(old.st_mode))
		return open_in_place(file, path);
	/* The target of a symbolic link is replaced, not the link. */
	file->path = exists ? realpath(path, NULL) : strdup(path);
	if (!file->path)
		return -errno;
	error = open_new(file, exists ? old.st_mode & 07777 : new_file_mode());
	if (error)
		release_names(file);
	return error;
}

const char *new_file_reason(int error)
{
	return error == -ENOLINK ? "symbolic link to a file that does not exist" :
				   strerror(-error);
}

/* A name is given to a file, but not taken from another one. */
static int link_temporary(struct new_file *file)
{
	char place[32];
	unsigned int i;

	link_path(file->fd, place);
	for (i = 0; i < NAMES; i++) {
		if (asprintf(&file->temporary, "%s.%d-%u", file->path, getpid(), i) < 0) {
			file->temporary = NULL;
			return -ENOMEM;
		}
		if (!linkat(AT_FDCWD, place, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW))
			return 0;
		free(file->temporary);
		file->temporary = NULL;
		if (errno != EEXIST)
			break;
	}
	return -errno;
}

static int close_file(struct new_file *file, int error)
{
	if (fclose(file->to) && !file->error)
		file->error = EIO;
	if (!error)
		error = -file->error;
	/* What has no name is gone when it is closed. */
	if (!error && file->path && !file->temporary)
		error = link_temporary(file);
	if (close(file->fd) && !error)
		error = -errno;
	return error;
}

int new_file_close(struct new_file *file, int error)
{
	error = close_file(file, error);
	if (!error && file->path && rename(file->temporary, file->path))
		error = -errno;
	if (error && file->temporary)
		unlink(file->temporary);
	release_names(file);
	return error;
}
