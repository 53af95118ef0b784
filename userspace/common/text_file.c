// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text_file.h"

#define PIECE		65536

int text_file_open(const char *path)
{
	/* Without O_NONBLOCK open() of a pipe waits for a writer. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;
	int error = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status))
		error = -errno;
	else if (!S_ISREG(status.st_mode))
		error = -EINVAL;
	if (!error)
		return fd;
	close(fd);
	return error;
}

/* Some regular files, such as those of /proc, hold more than their size. */
static int read_all(int fd, size_t max, char **text, size_t *size)
{
	size_t room = 0;
	ssize_t got;

	do {
		if (*size == room) {
			char *larger;

			room = room ? 2 * room : PIECE;
			larger = realloc(*text, room);
			if (!larger)
				return -ENOMEM;
			*text = larger;
		}
		got = read(fd, *text + *size, room - *size);
		if (got > 0)
			*size += (size_t)got;
		else if (got < 0 && errno != EINTR)
			return -errno;
	} while (got && *size <= max);
	return *size > max ? -EFBIG : 0;
}

int text_file_read(const char *path, size_t max, char **text, size_t *size)
{
	int fd = text_file_open(path);
	int error = fd < 0 ? fd : 0;

	*text = NULL;
	*size = 0;
	if (!error) {
		error = read_all(fd, max, text, size);
		close(fd);
	}
	if (error) {
		free(*text);
		*text = NULL;
		*size = 0;
	}
	return error;
}

const char *text_file_line(const char *text, size_t size, unsigned int number,
			   size_t *line_size)
{
	const char *end = text + size;
	const char *line_end;

	for (; text < end && number > 1; number--) {
		text = memchr(text, '\n', (size_t)(end - text));
		text = text ? text + 1 : end;
	}
	if (text == end)
		return NULL;
	line_end = memchr(text, '\n', (size_t)(end - text)) ?: end;
	*line_size = (size_t)(line_end - text);
	if (*line_size > TEXT_LINE_MAX)
		*line_size = TEXT_LINE_MAX;
	return text;
}
