// SPDX-License-Identifier: LGPL-2.1-or-later
/* SDM "Instruction Format", as far as instructions that move data need it. */
#include <string.h>

#include "insn.h"

#define REX_W	8
#define REX_R	4
#define REX_X	2
#define REX_B	1

/* What follows an opcode */
enum {
	KNOWN = 1 << 0,
	MODRM = 1 << 1,
	OFFSET = 1 << 2,
	IMMEDIATE = 1 << 3,
	/* The operand has one byte, and so has the immediate. */
	BYTE = 1 << 4,
};

struct reader {
	const uint8_t *bytes;
	size_t size;
	size_t at;
};

static bool take(struct reader *reader, unsigned int count, uint64_t *value)
{
	*value = 0;
	if (count > reader->size - reader->at)
		return false;
	memcpy(value, reader->bytes + reader->at, count);
	reader->at += count;
	return true;
}

static bool take_signed(struct reader *reader, unsigned int count,
			uint64_t *value)
{
	unsigned int shift = 64 - 8 * count;

	if (!take(reader, count, value))
		return false;
	*value = (uint64_t)((int64_t)(*value << shift) >> shift);
	return true;
}

static unsigned int form_of(unsigned int opcode, unsigned int bits)
{
	switch (opcode) {
	case 0x88: case 0x8a:
		return KNOWN | MODRM | BYTE;
	case 0x89: case 0x8b:
		return KNOWN | MODRM;
	case 0x63:
		return bits == 64 ? KNOWN | MODRM : 0;
	case 0xa0: case 0xa2:
		return KNOWN | OFFSET | BYTE;
	case 0xa1: case 0xa3:
		return KNOWN | OFFSET;
	case 0x6c: case 0x6e: case 0xa4: case 0xaa:
		return KNOWN | BYTE;
	case 0x6d: case 0x6f: case 0xa5: case 0xab:
		return KNOWN;
	case 0xc6:
		return KNOWN | MODRM | IMMEDIATE | BYTE;
	case 0xc7:
		return KNOWN | MODRM | IMMEDIATE;
	case TEAVMX_INSN_0F | 0xb6: case TEAVMX_INSN_0F | 0xb7:
	case TEAVMX_INSN_0F | 0xbe: case TEAVMX_INSN_0F | 0xbf:
		return KNOWN | MODRM;
	}
	return 0;
}

/* One prefix; false when the byte is none. */
static bool take_prefix(struct teavmx_insn *insn, uint8_t byte, bool *operand,
			bool *address)
{
	static const uint8_t segments[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
	const uint8_t *segment = memchr(segments, byte, sizeof(segments));

	if (segment)
		insn->segment = (int)(segment - segments);
	else if (byte == 0x66)
		*operand = true;
	else if (byte == 0x67)
		*address = true;
	else if (byte == 0xf2 || byte == 0xf3)
		insn->repeat = true;
	else
		return false;
	return true;
}

static bool take_opcode(struct reader *reader, unsigned int bits,
			struct teavmx_insn *insn)
{
	bool operand = false, address = false;
	uint64_t byte;

	do {
		if (!take(reader, 1, &byte))
			return false;
	} while (take_prefix(insn, (uint8_t)byte, &operand, &address));
	if (bits == 64 && (byte & 0xf0) == 0x40) {
		insn->rex = (uint8_t)byte;
		if (!take(reader, 1, &byte))
			return false;
	}
	insn->opcode = (unsigned int)byte;
	if (byte == 0x0f) {
		if (!take(reader, 1, &byte))
			return false;
		insn->opcode = TEAVMX_INSN_0F | (unsigned int)byte;
	}
	insn->operand_size = (bits == 16) != operand ? 2 : 4;
	if (insn->rex & REX_W)
		insn->operand_size = 8;
	insn->address_size = bits / 8;
	if (address)
		insn->address_size = bits == 32 ? 2 : 4;
	return true;
}

/* General registers as instructions number them */
#define BX	3
#define SP	4
#define BP	5
#define SI	6
#define DI	7

static bool take_memory_16(struct reader *reader, struct teavmx_insn *insn)
{
	static const int bases[] = { BX, BX, BP, BP, SI, DI, BP, BX };
	static const int indexes[] = { SI, DI, SI, DI, -1, -1, -1, -1 };

	insn->base = bases[insn->rm & 7];
	insn->index = indexes[insn->rm & 7];
	if (!insn->mod && insn->base == BP && insn->index < 0)
		insn->base = -1;
	else if (!insn->mod)
		return true;
	return take_signed(reader, insn->mod == 1 ? 1 : 2, &insn->offset);
}

static bool take_sib(struct reader *reader, struct teavmx_insn *insn)
{
	uint64_t byte;

	if (!take(reader, 1, &byte))
		return false;
	insn->scale = byte >> 6;
	insn->index = (byte >> 3 & 7) | (insn->rex & REX_X ? 8 : 0);
	if (insn->index == SP)
		insn->index = -1;
	insn->base = (byte & 7) | (insn->rex & REX_B ? 8 : 0);
	return true;
}

static bool take_memory(struct reader *reader, unsigned int bits,
			struct teavmx_insn *insn)
{
	bool has_sib = (insn->rm & 7) == SP;

	if (insn->mod == 3)
		return true;
	if (insn->address_size == 2)
		return take_memory_16(reader, insn);
	insn->base = (int)insn->rm;
	if (has_sib && !take_sib(reader, insn))
		return false;
	if (!insn->mod && (insn->base & 7) == BP)
		insn->base = bits == 64 && !has_sib ? TEAVMX_INSN_RIP : -1;
	else if (!insn->mod)
		return true;
	return take_signed(reader, insn->mod == 1 ? 1 : 4, &insn->offset);
}

static bool take_modrm(struct reader *reader, unsigned int bits,
		       struct teavmx_insn *insn)
{
	uint64_t byte;

	if (!take(reader, 1, &byte))
		return false;
	insn->has_modrm = true;
	insn->mod = byte >> 6 & 3;
	insn->reg = byte >> 3 & 7;
	insn->rm = byte & 7;
	if (insn->rex & REX_R)
		insn->reg |= 8;
	if (insn->rex & REX_B)
		insn->rm |= 8;
	return take_memory(reader, bits, insn);
}

static bool take_immediate(struct reader *reader, unsigned int form,
			   struct teavmx_insn *insn)
{
	unsigned int size = insn->operand_size;

	if (form & BYTE)
		size = 1;
	else if (size > 4)
		size = 4;
	return take_signed(reader, size, &insn->immediate);
}

bool teavmx_insn_decode(const uint8_t *bytes, size_t size, unsigned int bits,
			struct teavmx_insn *insn)
{
	struct reader reader = { bytes, size, 0 };
	unsigned int form;

	if (reader.size > TEAVMX_INSN_MAX)
		reader.size = TEAVMX_INSN_MAX;
	memset(insn, 0, sizeof(*insn));
	insn->segment = -1;
	insn->base = -1;
	insn->index = -1;
	if (!take_opcode(&reader, bits, insn))
		return false;
	form = form_of(insn->opcode, bits);
	if (!(form & KNOWN))
		return false;
	if (form & MODRM && !take_modrm(&reader, bits, insn))
		return false;
	if (form & OFFSET && !take(&reader, insn->address_size, &insn->offset))
		return false;
	if (form & IMMEDIATE && !take_immediate(&reader, form, insn))
		return false;
	if (form & BYTE)
		insn->operand_size = 1;
	insn->length = (unsigned int)reader.at;
	return true;
}
