// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"
#include "lines.h"

#define LINES_MIN	65536

/* Makes room behind the bytes that have been read, with one for a null byte. */
static int lines_grow(struct lines *lines)
{
	size_t room = lines->room ? 2 * lines->room : LINES_MIN;
	char *grown;

	if (lines->start) {
		memmove(lines->bytes, lines->bytes + lines->start,
			lines->end - lines->start);
		lines->end -= lines->start;
		lines->start = 0;
	}
	if (lines->end + 1 < lines->room)
		return 0;
	grown = realloc(lines->bytes, room);
	if (!grown)
		return -ENOMEM;
	lines->bytes = grown;
	lines->room = room;
	return 0;
}

static void lines_read(struct lines *lines)
{
	ssize_t size;

	lines->error = -lines_grow(lines);
	if (lines->error) {
		lines->ended = true;
		return;
	}
	size = read(lines->fd, lines->bytes + lines->end,
		    lines->room - lines->end - 1);
	if (size < 0 && errno == EINTR)
		return;
	if (size < 0)
		lines->error = errno;
	if (size <= 0)
		lines->ended = true;
	else
		lines->end += (size_t)size;
}

static char *lines_cut(struct lines *lines, size_t end, size_t *size)
{
	char *line = lines->bytes + lines->start;

	lines->bytes[end] = '\0';
	*size = end - lines->start;
	lines->start = end < lines->end ? end + 1 : end;
	return line;
}

char *lines_next(struct lines *lines, bool wait, size_t *size)
{
	size_t searched = 0;
	const char *newline;

	for (;;) {
		size_t from = lines->start + searched;

		newline = lines->end > from ?
			  memchr(lines->bytes + from, '\n', lines->end - from) :
			  NULL;
		if (newline)
			return lines_cut(lines, (size_t)(newline - lines->bytes),
					 size);
		searched = lines->end - lines->start;
		if (lines->ended && searched && !lines->error)
			return lines_cut(lines, lines->end, size);
		if (lines->ended || !interrupt_wait(lines->fd, wait ? -1 : 0))
			return NULL;
		lines_read(lines);
	}
}
