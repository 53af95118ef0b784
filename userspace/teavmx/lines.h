/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct lines - lines of a file that need not all be there yet
 * @fd: the file
 * @bytes: what has been read, for free()
 * @room: size of @bytes
 * @start: begin of the next line
 * @end: end of what has been read
 * @ended: there is no more
 * @error: errno of a read that failed, or 0
 */
struct lines {
	int fd;
	char *bytes;
	size_t room;
	size_t start;
	size_t end;
	bool ended;
	int error;
};

/**
 * lines_next() - the next line
 * @lines: the file
 * @wait: wait for it; if false, one that is not there yet is not read
 * @size: receives its size
 *
 * Return: the line without its newline, with a null byte behind it, valid until the
 * next call; NULL without one, also after a signal and a read that failed.
 */
char *lines_next(struct lines *lines, bool wait, size_t *size);

#endif
