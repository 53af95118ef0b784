/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_CAPS_TABLE_H
#define TEAVMX_CAPS_TABLE_H

#include <stdio.h>

#include <jansson.h>

#include <userspace/lib/teavmx.h>

/**
 * struct caps_table - the VMX capabilities of some CPUs
 * @caps: one entry for each CPU; the others are compared with the first
 * @count: entries, at least one
 * @texts: describe what each bit does
 */
struct caps_table {
	const struct teavmx_caps *caps;
	size_t count;
	bool texts;
};

/**
 * caps_table_print() - print the table, one line for each bit
 * @table: the capabilities
 * @file: where to
 *
 * A line on which CPUs differ begins with "!", and the others follow it.
 */
void caps_table_print(const struct caps_table *table, FILE *file);

/**
 * caps_table_json() - the same as a JSON object, complete
 * @table: the capabilities
 *
 * Return: a new reference.
 */
json_t *caps_table_json(const struct caps_table *table);

#endif
