/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GDB_REGISTER_TABLE_H
#define GDB_REGISTER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "registers.h"

/**
 * enum gdb_register_kind - where a register has its value
 * @GDB_REGISTER_VALUE: register @number of uapi/regs.h
 * @GDB_REGISTER_AREA: bytes of the XSAVE area, from @number on
 * @GDB_REGISTER_TAGS: the x87 tag word, of which the area has a short form
 */
enum gdb_register_kind {
	GDB_REGISTER_VALUE,
	GDB_REGISTER_AREA,
	GDB_REGISTER_TAGS,
};

/* The features of the target description, in their order there */
enum gdb_feature {
	GDB_FEATURE_CORE,
	GDB_FEATURE_SSE,
	GDB_FEATURE_SEGMENTS,
	GDB_FEATURE_SYSTEM,
};

/**
 * struct gdb_register - a register of the target description
 * @name: its name in 64-bit mode; a dot stands for an underscore
 * @short_name: its name otherwise, if that differs
 * @feature: the feature that it belongs to
 * @type: its type; null for an integer
 * @bits: its bits outside of 64-bit mode, 0 if it does not exist there
 * @long_bits: its bits in 64-bit mode, 0 if it does not exist there
 * @kind: where its value is
 * @number: what @kind documents
 * @bytes: of the XSAVE area; the rest of the value is 0
 */
struct gdb_register {
	const char *name;
	const char *short_name;
	enum gdb_feature feature;
	const char *type;
	unsigned int bits;
	unsigned int long_bits;
	enum gdb_register_kind kind;
	uint32_t number;
	unsigned int bytes;
};

/* gdb_register_table - all registers, by features; a row without a name ends it */
extern const struct gdb_register gdb_register_table[];

/**
 * gdb_register_bits() - bits that a register has in a description
 * @row: the register
 * @mode: mode of the description
 *
 * Return: number of bits, 0 if the description does not have it.
 */
static inline unsigned int gdb_register_bits(const struct gdb_register *row,
					     enum gdb_mode mode)
{
	return mode == GDB_MODE_64 ? row->long_bits : row->bits;
}

/**
 * struct gdb_field - a field of a type that consists of flags
 * @type: name of the type
 * @name: name of the field
 * @start: first bit
 * @end: last bit
 */
struct gdb_field {
	const char *type;
	const char *name;
	unsigned int start;
	unsigned int end;
};

/* gdb_field_table - all fields, by types; a row without a name ends it */
extern const struct gdb_field gdb_field_table[];

#endif
