/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_SOURCE_H
#define TEA_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "report.h"

/**
 * source_read() - read a text file into memory
 * @source: its path is given, "-" being standard input; text and size are
 *	received, the text to be freed also after an error
 * @max: bytes it may have
 *
 * Return: 0, -EFBIG for a larger one, or another negative errno.
 */
int source_read(struct source *source, size_t max);

/**
 * source_output() - name of the output file of a source
 * @path: the source; "-" gives "-"
 * @suffix: suffix of sources, to be replaced
 * @replacement: what replaces it; appended to a name without @suffix
 *
 * Return: the name, to be freed, or null without memory.
 */
char *source_output(const char *path, const char *suffix,
		    const char *replacement);

/**
 * source_check_kind() - refuse a file that is of another kind
 * @path: the file; one that cannot be read is left to the reader
 * @suffix: end of the names of another kind of source
 * @verb: the verb for those
 *
 * Return: an exit status; not CLI_OK if it was reported that the file is an object
 * file or such a source.
 */
int source_check_kind(const char *path, const char *suffix, const char *verb);

/**
 * source_same() - whether two paths are one regular file
 * @left: a path
 * @right: a path
 */
bool source_same(const char *left, const char *right);

#endif
