/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_OUTPUT_H
#define TEA_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include <userspace/common/tea_map.h>

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
 * output_takes_map() - whether a debug map can lie beside an output
 * @path: its path
 *
 * Return: false for "-", and for what is there and is no regular file.
 */
bool output_takes_map(const char *path);

/**
 * output_map() - write a debug map beside its object file
 * @map: the map
 * @object: path of the object file
 * @file: the object file
 * @size: bytes of it
 *
 * Says on stderr what goes wrong.
 *
 * Return: enum cli_status.
 */
int output_map(struct tea_map *map, const char *object,
	       const unsigned char *file, size_t size);

/**
 * output_remove_map() - see that no map from an earlier run is believed
 * @object: path of the object file
 *
 * Only what looks like a debug map is removed.
 */
void output_remove_map(const char *object);

/**
 * output_remove() - see that no file from an earlier run is taken for new
 * @path: its path; devices, pipes and "-" are left alone
 */
void output_remove(const char *path);

#endif
