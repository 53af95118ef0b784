// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "register_table.h"
#include "registers.h"

static const char *const feature_names[] = {
	[GDB_FEATURE_CORE]	= "org.gnu.gdb.i386.core",
	[GDB_FEATURE_SSE]	= "org.gnu.gdb.i386.sse",
	[GDB_FEATURE_SEGMENTS]	= "org.gnu.gdb.i386.segments",
	[GDB_FEATURE_SYSTEM]	= "org.teavmx.x86.system",
};

static const char *const architectures[] = {
	[GDB_MODE_16]	= "i8086",
	[GDB_MODE_32]	= "i386",
	[GDB_MODE_64]	= "i386:x86-64",
};

/* The views that gdb has of a vector register */
static const char vector_types[] =
	"<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/>\n"
	"<vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/>\n"
	"<vector id=\"v16i8\" type=\"int8\" count=\"16\"/>\n"
	"<vector id=\"v8i16\" type=\"int16\" count=\"8\"/>\n"
	"<vector id=\"v4i32\" type=\"int32\" count=\"4\"/>\n"
	"<vector id=\"v2i64\" type=\"int64\" count=\"2\"/>\n"
	"<union id=\"vec128\">\n"
	"<field name=\"v4_float\" type=\"v4f\"/>\n"
	"<field name=\"v2_double\" type=\"v2d\"/>\n"
	"<field name=\"v16_int8\" type=\"v16i8\"/>\n"
	"<field name=\"v8_int16\" type=\"v8i16\"/>\n"
	"<field name=\"v4_int32\" type=\"v4i32\"/>\n"
	"<field name=\"v2_int64\" type=\"v2i64\"/>\n"
	"<field name=\"uint128\" type=\"uint128\"/>\n"
	"</union>\n";

/* Returns the first field of the type, or NULL if the type has no fields. */
static const struct gdb_field *type_fields(const char *type)
{
	const struct gdb_field *field;

	for (field = gdb_field_table; type && field->name; field++)
		if (!strcmp(field->type, type))
			return field;
	return NULL;
}

/* A type has the size of its register, so two registers have two types. */
static void flags_describe(const struct gdb_register *row, unsigned int bits,
			   FILE *file)
{
	const struct gdb_field *field = type_fields(row->type);

	fprintf(file, "<flags id=\"%s_%u\" size=\"%u\">\n", row->type, bits,
		bits / 8);
	for (; field->name && !strcmp(field->type, row->type); field++)
		if (field->end < bits)
			fprintf(file,
				"<field name=\"%s\" start=\"%u\" end=\"%u\"/>\n",
				field->name, field->start, field->end);
	fputs("</flags>\n", file);
}

/* Did an earlier register of the feature have the same type? */
static bool type_is_described(const struct gdb_register *row,
			      enum gdb_mode mode)
{
	const struct gdb_register *one;

	for (one = gdb_register_table; one < row; one++)
		if (one->feature == row->feature && one->type &&
		    !strcmp(one->type, row->type) &&
		    gdb_register_bits(one, mode) == gdb_register_bits(row, mode))
			return true;
	return false;
}

static void types_describe(enum gdb_feature feature, enum gdb_mode mode,
			   FILE *file)
{
	const struct gdb_register *row;
	unsigned int bits;

	if (feature == GDB_FEATURE_SSE)
		fputs(vector_types, file);
	for (row = gdb_register_table; row->name; row++) {
		bits = gdb_register_bits(row, mode);
		if (row->feature == feature && bits && type_fields(row->type) &&
		    !type_is_described(row, mode))
			flags_describe(row, bits, file);
	}
}

/* gdb's expressions use the dot for members of structures. */
static void name_describe(const char *name, FILE *file)
{
	for (; *name; name++)
		fputc(*name == '.' ? '_' : *name, file);
}

static void register_describe(const struct gdb_register *row,
			      enum gdb_mode mode, FILE *file)
{
	unsigned int bits = gdb_register_bits(row, mode);

	fputs("<reg name=\"", file);
	name_describe(mode != GDB_MODE_64 && row->short_name ? row->short_name :
							       row->name, file);
	fprintf(file, "\" bitsize=\"%u\" type=\"", bits);
	if (type_fields(row->type))
		fprintf(file, "%s_%u\"", row->type, bits);
	else if (row->type)
		fprintf(file, "%s\"", row->type);
	else
		fprintf(file, "%s%u\"", row->feature == GDB_FEATURE_CORE ?
			"int" : "uint", bits);
	if (row->feature == GDB_FEATURE_SYSTEM)
		fputs(" group=\"system\"", file);
	else if (row->type && !strcmp(row->type, "int"))
		fputs(" group=\"float\"", file);
	fputs("/>\n", file);
}

static void feature_describe(enum gdb_feature feature, enum gdb_mode mode,
			     FILE *file)
{
	const struct gdb_register *row;

	if (feature == GDB_FEATURE_SEGMENTS && mode != GDB_MODE_64)
		return;
	fprintf(file, "<feature name=\"%s\">\n", feature_names[feature]);
	types_describe(feature, mode, file);
	for (row = gdb_register_table; row->name; row++)
		if (row->feature == feature && gdb_register_bits(row, mode))
			register_describe(row, mode, file);
	fputs("</feature>\n", file);
}

void gdb_registers_describe(enum gdb_mode mode, FILE *file)
{
	enum gdb_feature feature;

	fprintf(file,
		"<?xml version=\"1.0\"?>\n"
		"<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
		"<target version=\"1.0\">\n"
		"<architecture>%s</architecture>\n"
		"<osabi>none</osabi>\n", architectures[mode]);
	for (feature = GDB_FEATURE_CORE; feature <= GDB_FEATURE_SYSTEM; feature++)
		feature_describe(feature, mode, file);
	fputs("</target>\n", file);
}
