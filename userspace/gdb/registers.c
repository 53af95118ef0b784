// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <uapi/regs.h>

#include "register_table.h"
#include "registers.h"

#define CR0_PE		0x1u
#define EFER_LMA	0x400u
#define FLAG_VM		0x20000u
#define RIGHTS_L	0x2000u
#define RIGHTS_D	0x4000u

/* Places in the XSAVE area, in bytes */
#define AREA_TAGS	4
#define AREA_ST		32
#define AREA_SSE	24
#define AREA_XMM	160
#define AREA_HEADER	512
#define ST_BYTES	10
#define ST_STEP		16

/* States that the first word of the header names */
#define STATE_X87	1u
#define STATE_SSE	2u

/* Tags of the x87 stack, of two bits each; the XSAVE area has one bit each. */
#define TAG_VALID	0
#define TAG_ZERO	1
#define TAG_SPECIAL	2
#define TAG_EMPTY	3

struct area {
	union {
		uint64_t words[TEAVMX_REG_FPU_WORDS];
		uint8_t bytes[8 * TEAVMX_REG_FPU_WORDS];
	};
};

enum gdb_mode gdb_mode_of(const struct teavmx_register *list, size_t count)
{
	uint64_t rights = teavmx_reg_get(list, count, TEAVMX_REG_CS_RIGHTS);

	if (!(teavmx_reg_get(list, count, TEAVMX_REG_CR0) & CR0_PE) ||
	    teavmx_reg_get(list, count, TEAVMX_REG_RFLAGS) & FLAG_VM)
		return GDB_MODE_16;
	if (teavmx_reg_get(list, count, TEAVMX_REG_EFER) & EFER_LMA &&
	    rights & RIGHTS_L)
		return GDB_MODE_64;
	return rights & RIGHTS_D ? GDB_MODE_32 : GDB_MODE_16;
}

const char *gdb_mode_name(enum gdb_mode mode)
{
	return mode == GDB_MODE_64 ? "64-bit" :
	       mode == GDB_MODE_32 ? "32-bit" : "16-bit";
}

static void area_load(struct area *area, const struct teavmx_register *list,
		      size_t count)
{
	size_t i;

	memset(area, 0, sizeof(*area));
	for (i = 0; i < count; i++)
		if (list[i].number >= TEAVMX_REG_FPU &&
		    list[i].number < TEAVMX_REG_FPU + TEAVMX_REG_FPU_WORDS)
			area->words[list[i].number - TEAVMX_REG_FPU] = list[i].value;
}

/* Values of 80 bits: 64 of the significand, then exponent and sign */
static unsigned int area_tag(const uint8_t *value)
{
	unsigned int exponent = value[8] | (value[9] & 0x7fu) << 8;
	uint64_t significand;

	memcpy(&significand, value, sizeof(significand));
	if (!exponent && !significand)
		return TAG_ZERO;
	return exponent && exponent != 0x7fff && significand >> 63 ?
	       TAG_VALID : TAG_SPECIAL;
}

/* The tags are those of physical registers, but the area begins with the stack's top. */
static uint16_t area_tags(const struct area *area)
{
	unsigned int top = (unsigned int)area->bytes[3] >> 3 & 7;
	uint16_t tags = 0;
	unsigned int i, tag;

	for (i = 0; i < 8; i++) {
		tag = !(area->bytes[AREA_TAGS] >> i & 1) ? TAG_EMPTY :
		      area_tag(area->bytes + AREA_ST + ST_STEP * ((i - top) & 7));
		tags |= (uint16_t)(tag << 2 * i);
	}
	return tags;
}

static uint8_t area_short_tags(uint16_t tags)
{
	uint8_t bits = 0;
	unsigned int i;

	for (i = 0; i < 8; i++)
		if ((tags >> 2 * i & 3) != TAG_EMPTY)
			bits |= (uint8_t)(1u << i);
	return bits;
}

static void register_encode(const struct gdb_register *row, size_t size,
			    const struct teavmx_register *list, size_t count,
			    const struct area *area, uint8_t *to)
{
	uint64_t value = teavmx_reg_get(list, count, row->number);
	uint16_t tags = area_tags(area);

	if (!size)
		return;
	memset(to, 0, size);
	switch (row->kind) {
	case GDB_REGISTER_VALUE:
		memcpy(to, &value, size);
		break;
	case GDB_REGISTER_AREA:
		memcpy(to, area->bytes + row->number, row->bytes);
		break;
	case GDB_REGISTER_TAGS:
		memcpy(to, &tags, sizeof(tags));
		break;
	}
}

size_t gdb_registers_place(enum gdb_mode mode, uint64_t number, size_t *offset)
{
	const struct gdb_register *row;

	*offset = 0;
	for (row = gdb_register_table; row->name; row++) {
		if (!gdb_register_bits(row, mode))
			continue;
		if (!number--)
			return gdb_register_bits(row, mode) / 8;
		*offset += gdb_register_bits(row, mode) / 8;
	}
	return 0;
}

size_t gdb_registers_encode(enum gdb_mode mode,
			    const struct teavmx_register *list, size_t count,
			    uint8_t *values)
{
	const struct gdb_register *row;
	struct area area;
	size_t size = 0;

	area_load(&area, list, count);
	for (row = gdb_register_table; row->name; row++) {
		register_encode(row, gdb_register_bits(row, mode) / 8, list,
				count, &area, values + size);
		size += gdb_register_bits(row, mode) / 8;
	}
	return size;
}

/*
 * A state that the header does not name has its initial values, whatever the area
 * has. So a change of it needs its bit there.
 */
static void area_change(struct area *area, const struct gdb_register *row,
			const uint8_t *from)
{
	bool sse = row->number == AREA_SSE || row->number >= AREA_XMM;
	uint16_t tags;

	if (row->kind == GDB_REGISTER_TAGS) {
		memcpy(&tags, from, sizeof(tags));
		area->bytes[AREA_TAGS] = area_short_tags(tags);
		sse = false;
	} else {
		memcpy(area->bytes + row->number, from, row->bytes);
	}
	area->bytes[AREA_HEADER] |= sse ? STATE_SSE : STATE_X87;
}

static size_t area_store(const struct area *area,
			 const struct teavmx_register *list, size_t count,
			 struct teavmx_register *changes)
{
	size_t made = 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i].number >= TEAVMX_REG_FPU &&
		    list[i].number < TEAVMX_REG_FPU + TEAVMX_REG_FPU_WORDS &&
		    area->words[list[i].number - TEAVMX_REG_FPU] != list[i].value)
			changes[made++] = (struct teavmx_register){
				.number = list[i].number,
				.value = area->words[list[i].number - TEAVMX_REG_FPU],
			};
	return made;
}

static struct teavmx_register value_change(const struct gdb_register *row,
					   size_t size, uint64_t old,
					   const uint8_t *from)
{
	struct teavmx_register change = { row->number, old };

	memcpy(&change.value, from, size);
	return change;
}

size_t gdb_registers_changes(enum gdb_mode mode,
			     const struct teavmx_register *list, size_t count,
			     const uint8_t *values,
			     struct teavmx_register *changes)
{
	const struct gdb_register *row;
	uint8_t old[16];
	struct area area, changed;
	size_t made = 0;
	size_t size;

	area_load(&area, list, count);
	changed = area;
	for (row = gdb_register_table; row->name; row++, values += size) {
		size = gdb_register_bits(row, mode) / 8;
		register_encode(row, size, list, count, &area, old);
		if (!memcmp(old, values, size))
			continue;
		if (row->kind == GDB_REGISTER_VALUE)
			changes[made++] = value_change(row, size,
						       teavmx_reg_get(list, count, row->number),
						       values);
		else
			area_change(&changed, row, values);
	}
	return made + area_store(&changed, list, count, changes + made);
}
