// SPDX-License-Identifier: GPL-2.0-only
#include "emit.h"

#define PREFIX_16_BITS	0x66
#define REX		0x40
#define REX_W		0x08

void emit_byte(struct emit *emit, unsigned int byte)
{
	if (emit->at < emit->size)
		emit->bytes[emit->at] = (unsigned char)byte;
	emit->at++;
}

static void emit_number(struct emit *emit, unsigned int value,
			unsigned int bytes)
{
	while (bytes--) {
		emit_byte(emit, value & 0xFF);
		value >>= 8;
	}
}

void emit_long(struct emit *emit, unsigned int value)
{
	emit_number(emit, value, 4);
}

/*
 * Prefixes and opcode. Without a REX prefix, the numbers of SPL, BPL, SIL and
 * DIL mean other registers, so instructions on bytes always have one.
 */
static void emit_opcode(struct emit *emit, unsigned int bits,
			unsigned int opcode, unsigned int reg,
			unsigned int index, unsigned int base)
{
	unsigned int rex = (reg >> 3) << 2 | (index >> 3) << 1 | base >> 3;

	if (bits == 8)
		opcode--;
	if (bits == 16)
		emit_byte(emit, PREFIX_16_BITS);
	if (bits == 64)
		rex |= REX_W;
	if (rex || bits == 8 || opcode == X86_MOVZX_BYTE ||
	    opcode == X86_MOVSX_BYTE)
		emit_byte(emit, REX | rex);
	if (opcode > 0xFFFF)
		emit_byte(emit, opcode >> 16);
	if (opcode > 0xFF)
		emit_byte(emit, opcode >> 8 & 0xFF);
	emit_byte(emit, opcode & 0xFF);
}

void emit_registers(struct emit *emit, unsigned int bits, unsigned int opcode,
		    unsigned int reg, unsigned int rm)
{
	emit_opcode(emit, bits, opcode, reg, 0, rm);
	emit_byte(emit, 0xC0 | (reg & 7) << 3 | (rm & 7));
}

/*
 * Always with a SIB byte and an offset, as RSP and R12 as a base need the
 * first and RBP and R13 the second.
 */
void emit_memory(struct emit *emit, unsigned int bits, unsigned int opcode,
		 unsigned int reg, const struct x86_place *place)
{
	unsigned int index = place->index;
	int is_short = place->offset >= -128 && place->offset <= 127;

	if (index == X86_NO_REGISTER)
		index = X86_RSP;
	emit_opcode(emit, bits, opcode, reg, index, place->base);
	emit_byte(emit, (is_short ? 0x44u : 0x84u) | (reg & 7) << 3);
	emit_byte(emit, place->scale << 6 | (index & 7) << 3 |
			(place->base & 7));
	emit_number(emit, (unsigned int)place->offset, is_short ? 1 : 4);
}

void emit_store_constant(struct emit *emit, unsigned int bits,
			 const struct x86_place *place, unsigned int value)
{
	emit_memory(emit, bits, 0xC7, 0, place);
	emit_number(emit, value, bits / 8);
}

void emit_constant(struct emit *emit, enum x86_register reg,
		   unsigned int value)
{
	if (reg >= X86_R8)
		emit_byte(emit, REX | 1);
	emit_byte(emit, 0xB8 | (reg & 7));
	emit_long(emit, value);
}

void emit_move(struct emit *emit, enum x86_register to,
	       enum x86_register from)
{
	emit_registers(emit, 32, X86_MOV_STORE, from, to);
}

void emit_alu(struct emit *emit, unsigned int bits, enum x86_alu alu,
	      enum x86_register to, enum x86_register from)
{
	emit_registers(emit, bits, alu << 3 | 1, from, to);
}

void emit_alu_constant(struct emit *emit, unsigned int bits, enum x86_alu alu,
		       enum x86_register to, int value)
{
	int is_short = bits != 8 && value >= -128 && value <= 127;

	emit_registers(emit, bits, is_short ? 0x83 : 0x81, alu, to);
	if (is_short || bits == 8)
		emit_number(emit, (unsigned int)value, 1);
	else
		emit_number(emit, (unsigned int)value, bits == 16 ? 2 : 4);
}

void emit_shift(struct emit *emit, unsigned int bits, enum x86_shift shift,
		enum x86_register reg, int count)
{
	emit_registers(emit, bits, count < 0 ? 0xD3 : 0xC1, shift, reg);
	if (count >= 0)
		emit_byte(emit, (unsigned int)count);
}

void emit_unary(struct emit *emit, unsigned int bits, enum x86_unary unary,
		enum x86_register reg)
{
	emit_registers(emit, bits, 0xF7, unary, reg);
}

void emit_swap(struct emit *emit, enum x86_register reg)
{
	emit_registers(emit, 16, 0xC1, 0, reg);
	emit_byte(emit, 8);
}

void emit_set(struct emit *emit, enum x86_condition condition,
	      enum x86_register reg)
{
	/* The opcode is not one of a pair, but is on bytes. */
	emit_registers(emit, 8, 0x0F91 + condition, 0, reg);
}

void emit_push(struct emit *emit, enum x86_register reg)
{
	if (reg >= X86_R8)
		emit_byte(emit, REX | 1);
	emit_byte(emit, 0x50 | (reg & 7));
}

void emit_pop(struct emit *emit, enum x86_register reg)
{
	if (reg >= X86_R8)
		emit_byte(emit, REX | 1);
	emit_byte(emit, 0x58 | (reg & 7));
}

static void emit_jump_opcode(struct emit *emit, enum x86_condition condition)
{
	if (condition == X86_ALWAYS) {
		emit_byte(emit, 0xE9);
	} else {
		emit_byte(emit, 0x0F);
		emit_byte(emit, 0x80 | condition);
	}
}

unsigned long emit_jump(struct emit *emit, enum x86_condition condition)
{
	if (condition == X86_NEVER)
		return 0;
	emit_jump_opcode(emit, condition);
	emit_long(emit, 0);
	return emit->at;
}

void emit_land(struct emit *emit, unsigned long jump)
{
	unsigned long at = emit->at;

	if (!jump)
		return;
	emit->at = jump - 4;
	emit_long(emit, (unsigned int)(at - jump));
	emit->at = at;
}

void emit_jump_to(struct emit *emit, enum x86_condition condition,
		  unsigned long target)
{
	emit_jump_opcode(emit, condition);
	emit_long(emit, (unsigned int)(target - (emit->at + 4)));
}
