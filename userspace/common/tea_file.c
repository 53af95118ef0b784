// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <module/tea/process.h>

#include "tea_file.h"

int tea_file_read(struct tea_file *file, const char *path)
{
	int fd = STDIN_FILENO;
	ssize_t got;
	int error = 0;

	file->path = path;
	file->size = 0;
	file->bytes = malloc(TEA_FILE_MAX + 1);
	if (!file->bytes)
		return -ENOMEM;
	if (strcmp(path, "-"))
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		error = -errno;
		goto free;
	}

	do {
		got = read(fd, file->bytes + file->size,
			   TEA_FILE_MAX + 1 - file->size);
		if (got > 0)
			file->size += (size_t)got;
		else if (got < 0 && errno != EINTR)
			error = -errno;
	} while (!error && got && file->size <= TEA_FILE_MAX);

	if (fd != STDIN_FILENO)
		close(fd);
	if (!error)
		return 0;
free:
	tea_file_free(file);
	return error;
}

void tea_file_free(struct tea_file *file)
{
	free(file->bytes);
	file->bytes = NULL;
	file->size = 0;
}

static bool has_suffix(const char *path, const char *suffix)
{
	size_t size = strlen(path);
	size_t end = strlen(suffix);

	return size > end && !strcmp(path + size - end, suffix);
}

/* A source instead of what the compiler or the assembler makes of it */
static void suggest_build(const struct tea_file *file, char *message,
			  size_t size)
{
	size_t used = strlen(message);

	if (has_suffix(file->path, ".tea"))
		snprintf(message + used, size - used,
			 "; compile it first: tea cc %s", file->path);
	else if (has_suffix(file->path, ".tas"))
		snprintf(message + used, size - used,
			 "; assemble it first: tea as %s", file->path);
}

static void say_bad_code(const struct tea_file *file, char *message,
			 size_t size)
{
	if (file->size < TEA_FILE_MIN)
		snprintf(message, size,
			 "%s: offset %zu: the file ends here, an object file has at least %d bytes",
			 file->path, file->size, TEA_FILE_MIN);
	else if (file->size > TEA_FILE_MAX)
		snprintf(message, size,
			 "%s: offset %d: the file is longer, an object file has at most %d bytes",
			 file->path, TEA_FILE_MAX, TEA_FILE_MAX);
	else
		snprintf(message, size,
			 "%s: offset %d: no object file, the signature is %02x %02x and not %02x %02x",
			 file->path, TEA_HEADER_SIGNATURE,
			 file->bytes[TEA_HEADER_SIGNATURE],
			 file->bytes[TEA_HEADER_SIGNATURE + 1],
			 TEA_SIGNATURE_0, TEA_SIGNATURE_1);
	suggest_build(file, message, size);
}

static void say_bad_startup(const struct tea_file *file, size_t arguments,
			    unsigned int stack_size, char *message,
			    size_t size)
{
	unsigned int wanted = file->bytes[TEA_HEADER_ARGUMENTS];

	if (arguments != wanted)
		snprintf(message, size,
			 "%s: offset %d: the program takes %u argument byte%s, %zu given",
			 file->path, TEA_HEADER_ARGUMENTS, wanted,
			 wanted == 1 ? "" : "s", arguments);
	else
		snprintf(message, size,
			 "%s: offset %d: return value and arguments take %zu bytes of stack, it has %u",
			 file->path, TEA_HEADER_RETURN,
			 file->bytes[TEA_HEADER_RETURN] + arguments,
			 stack_size);
}

int tea_file_check_launch(const struct tea_file *file, size_t argument_size,
			  unsigned int stack_size, char *message, size_t size)
{
	int code = tea_launch_check(file->bytes, file->size, argument_size,
				    stack_size);

	switch (code) {
	case TEA_EXIT_NORMAL:
		message[0] = '\0';
		break;
	case TEA_EXIT_BAD_VERSION:
		snprintf(message, size,
			 "%s: offset %d: object file version %u.%u, only %d.%d runs here",
			 file->path, TEA_HEADER_MAJOR,
			 file->bytes[TEA_HEADER_MAJOR],
			 file->bytes[TEA_HEADER_MINOR], TEA_VERSION_MAJOR,
			 TEA_VERSION_MINOR);
		break;
	case TEA_EXIT_BAD_RET_VAL:
		snprintf(message, size,
			 "%s: offset %d: a return value of %u bytes, at most %d are allowed",
			 file->path, TEA_HEADER_RETURN,
			 file->bytes[TEA_HEADER_RETURN], TEA_RETURN_MAX);
		break;
	case TEA_EXIT_BAD_STARTUP:
		say_bad_startup(file, argument_size, stack_size, message,
				size);
		break;
	default:
		say_bad_code(file, message, size);
	}
	return code;
}

int tea_file_check(const struct tea_file *file, char *message, size_t size)
{
	size_t arguments = 0;

	if (file->size >= TEA_HEADER_SIZE)
		arguments = file->bytes[TEA_HEADER_ARGUMENTS];
	return tea_file_check_launch(file, arguments, TEA_STACK_MAX, message,
				     size);
}
