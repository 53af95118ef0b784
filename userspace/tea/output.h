/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_OUTPUT_H
#define TEA_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include <userspace/common/tea_map.h>

/**
 * output_write() - write a file so that it is either complete or absent
 * @path: its path, or "-" for standard output
 * @bytes: contents
 * @size: number of them
 *
 * Return: 0 or a negative errno.
 */
int output_write(const char *path, const void *bytes, size_t size);

/**
 * output_takes_map() - whether an output can have a debug map beside it
 * @path: its path
 *
 * Return: false for "-", and for a path that exists and is no regular file.
 */
bool output_takes_map(const char *path);

/**
 * output_map() - write a debug map beside its object file
 * @map: the map
 * @object: path of the object file
 * @file: the object file
 * @size: bytes of it
 *
 * A failure is reported on stderr.
 *
 * Return: enum cli_status.
 */
int output_map(struct tea_map *map, const char *object,
	       const unsigned char *file, size_t size);

/**
 * output_remove_map() - remove the debug map of an earlier run
 * @object: path of the object file
 *
 * A file that does not begin as a debug map is not removed.
 */
void output_remove_map(const char *object);

/**
 * output_remove() - remove the output of an earlier run
 * @path: its path; devices, pipes and "-" are not removed
 */
void output_remove(const char *path);

#endif
