/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NEW_FILE_H
#define NEW_FILE_H

#include <stdio.h>

/**
 * struct new_file - a file that is either complete or not there
 * @to: where its contents are written
 * @fd: the file
 * @error: errno of the first write that has failed, or 0
 * @path: its name when it is complete; null for what is written in place
 * @temporary: its name before, null without one
 *
 * Where the file system allows that, the file has no name before, so that the kernel
 * removes it however the process ends. Writes refer to the structure: it is not moved.
 */
struct new_file {
	FILE *to;
	int fd;
	int error;
	char *path;
	char *temporary;
};

/**
 * new_file_open() - begin a file
 * @file: receives it
 * @path: its path; what is no regular file, such as a pipe, is written in place
 *
 * A file that has this name remains as it is until new_file_close().
 *
 * Return: 0 or a negative errno, -ENOLINK if the path is a symbolic link whose target does
 * not exist.
 */
int new_file_open(struct new_file *file, const char *path);

/**
 * new_file_reason() - why a file was not written
 * @error: the negative errno of new_file_open() or new_file_close()
 *
 * Return: the text, as of strerror().
 */
const char *new_file_reason(int error);

/**
 * new_file_close() - give a file its name, or remove it
 * @file: the file
 * @error: 0 if its contents are complete, else a negative errno
 *
 * Return: 0, @error, or the negative errno with which writing has failed. Unless it is
 * 0, there is nothing new under the name.
 */
int new_file_close(struct new_file *file, int error);

#endif
