/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_OUTPUT_H
#define TEA_OUTPUT_H

#include <stddef.h>

/**
 * output_write() - write a file so that it is there whole or not at all
 * @path: its path, or "-" for standard output
 * @bytes: contents
 * @size: number of them
 *
 * Return: 0 or a negative errno.
 */
int output_write(const char *path, const void *bytes, size_t size);

/**
 * output_remove() - see that no file from an earlier run is taken for new
 * @path: its path; devices, pipes and "-" are left alone
 */
void output_remove(const char *path);

#endif
