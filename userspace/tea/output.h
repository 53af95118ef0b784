/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_OUTPUT_H
#define TEA_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include <userspace/common/tea_map.h>

/**
 * output_is_stdout() - whether an output is standard output
 * @path: its path
 *
 * Return: true for "-", and for a name of the file that standard output goes to.
 */
bool output_is_stdout(const char *path);

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
 * output_map_problem() - why a debug map cannot be written
 * @source: path of the source
 * @object: path of the object file, or "-"
 *
 * Return: a message, or null if it can.
 */
const char *output_map_problem(const char *source, const char *object);

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
 * @path: its path; devices, pipes and standard output are not removed
 */
void output_remove(const char *path);

#endif
