/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_VMCS_TABLE_H
#define TEAVMX_VMCS_TABLE_H

#include <stdio.h>

#include <jansson.h>

#include <userspace/lib/teavmx.h>

/**
 * struct vmcs_table - the VMCS of a vCPU
 * @fields: the fields, as of teavmx_vmcs_get()
 * @count: how many
 * @texts: print encoding, value in full width and description of each field
 * @begin: print only fields whose names begin with this, in any case; NULL for all
 */
struct vmcs_table {
	const struct teavmx_vmcs_write *fields;
	size_t count;
	bool texts;
	const char *begin;
};

/**
 * vmcs_table_print() - print the fields by area, each on a line
 * @table: the fields
 * @file: where to
 *
 * Return: how many.
 */
size_t vmcs_table_print(const struct vmcs_table *table, FILE *file);

/**
 * vmcs_table_json() - the fields as a JSON array, complete
 * @table: the fields
 *
 * Return: a new reference.
 */
json_t *vmcs_table_json(const struct vmcs_table *table);

#endif
