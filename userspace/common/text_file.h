/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEXT_FILE_H
#define TEXT_FILE_H

#include <stddef.h>

/* Largest source, in bytes, that the debugger and messages read */
#define TEXT_SOURCE_MAX		(16 << 20)
/* Bytes of a line that are shown */
#define TEXT_LINE_MAX		512

/**
 * text_file_open() - open a regular file
 * @path: the file
 *
 * It is for files that the user has not named, such as an included one. A read of
 * a device or a pipe could block without end, so only regular files are opened.
 *
 * Return: a file descriptor, -EINVAL for anything but a regular file, or another
 * negative errno.
 */
int text_file_open(const char *path);

/**
 * text_file_read() - read a regular file into memory
 * @path: the file
 * @max: bytes it may have
 * @text: receives the contents, to be freed; null after an error
 * @size: receives the number of bytes
 *
 * Return: 0, -EFBIG for a larger file, -ENOMEM, or as text_file_open().
 */
int text_file_read(const char *path, size_t max, char **text, size_t *size);

/**
 * text_file_line() - find a line of a text
 * @text: the text
 * @size: bytes of it
 * @number: number of the line, from 1
 * @line_size: receives the bytes of the line, its end not counted, of which
 *	there are at most TEXT_LINE_MAX
 *
 * Return: the line, or null if the text ends before.
 */
const char *text_file_line(const char *text, size_t size, unsigned int number,
			   size_t *line_size);

#endif
