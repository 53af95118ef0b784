/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_VMCS_TABLE_H
#define TEAVMX_VMCS_TABLE_H

#include <stdio.h>

#include <jansson.h>

#include <userspace/lib/teavmx.h>

/**
 * struct vmcs_table - the VMCS of a vCPU
 * @fields: what teavmx_vmcs_get() gave
 * @count: how many
 * @sentences: show encodings, full width and words for each field
 */
struct vmcs_table {
	const struct teavmx_vmcs_write *fields;
	size_t count;
	bool sentences;
};

/**
 * vmcs_table_print() - print the fields, one a line, by area
 * @table: the fields
 * @file: where to
 */
void vmcs_table_print(const struct vmcs_table *table, FILE *file);

/**
 * vmcs_table_json() - the fields as a JSON array, complete
 * @table: the fields
 *
 * Return: a new reference.
 */
json_t *vmcs_table_json(const struct vmcs_table *table);

#endif
