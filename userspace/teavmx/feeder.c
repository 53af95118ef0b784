// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "feeder.h"

int feeder_open(struct feeder *feeder, const char *path)
{
	feeder->path = path;
	feeder->size = 0;
	feeder->fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) :
					 STDIN_FILENO;
	return feeder->fd < 0 ? -errno : 0;
}

void feeder_close(struct feeder *feeder)
{
	if (feeder->path && feeder->fd > STDIN_FILENO)
		close(feeder->fd);
	feeder->path = NULL;
}

bool feeder_wants(const struct feeder *feeder)
{
	return feeder->path && feeder->fd >= 0 && !feeder->size;
}

int feeder_read(struct feeder *feeder)
{
	ssize_t got = read(feeder->fd, feeder->bytes, sizeof(feeder->bytes));

	if (got < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	feeder->size = (size_t)got;
	if (got)
		return 0;
	if (feeder->fd > STDIN_FILENO)
		close(feeder->fd);
	feeder->fd = -1;
	return 0;
}

int feeder_push(struct feeder *feeder, struct teavmx *teavmx, uint32_t vm)
{
	size_t size = feeder->size;
	uint32_t room;

	if (!feeder->path || !size)
		return 0;
	if (teavmx_serial_write(teavmx, vm, NULL, 0, &room))
		return -1;
	if (size > room)
		size = room;
	/*
	 * Another process may have written to the input since the room was
	 * read.
	 */
	if (size && teavmx_serial_write(teavmx, vm, feeder->bytes, size, NULL))
		return teavmx_error(teavmx)->error == EAGAIN ? 0 : -1;
	feeder->size -= size;
	memmove(feeder->bytes, feeder->bytes + size, feeder->size);
	return 0;
}
