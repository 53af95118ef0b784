/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_FILE_H
#define TEA_FILE_H

#include <stddef.h>

#include <uapi/tea.h>

/**
 * struct tea_file - an object file in memory
 * @path: as the user gave it
 * @bytes: contents
 * @size: bytes in it; TEA_FILE_MAX + 1 for any file larger than TEA_FILE_MAX
 */
struct tea_file {
	const char *path;
	unsigned char *bytes;
	size_t size;
};

/**
 * tea_file_read() - read an object file, valid or not
 * @file: receives it; release with tea_file_free()
 * @path: its path, or "-" for standard input; must live as long as @file
 *
 * Return: 0 or a negative errno.
 */
int tea_file_read(struct tea_file *file, const char *path);

/**
 * tea_file_free() - release the contents
 * @file: the file
 */
void tea_file_free(struct tea_file *file);

/**
 * tea_file_check() - name the header rule a file breaks
 * @file: the file
 * @message: receives "PATH: offset N: RULE", without newline
 * @size: bytes at @message
 *
 * Return: TEA_EXIT_NORMAL, with @message empty, or the exit code with which the
 * process ends: BadCode, BadVersion or BadRetVal.
 */
int tea_file_check(const struct tea_file *file, char *message, size_t size);

/**
 * tea_file_check_launch() - name the launch rule a file breaks
 * @file: the file
 * @argument_size: argument bytes supplied
 * @stack_size: bytes of stack
 * @message: as tea_file_check()
 * @size: bytes at @message
 *
 * Return: the exit code of tea_launch_check().
 */
int tea_file_check_launch(const struct tea_file *file, size_t argument_size,
			  unsigned int stack_size, char *message,
			  size_t size);

#endif
