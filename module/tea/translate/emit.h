/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_EMIT_H
#define _TEA_EMIT_H

/*
 * Writes x86-64 instructions, those that translate.c uses. emit.c is freestanding,
 * as interp.c. Instructions are named as in the Intel SDM, volume 2.
 */

/* Numbers of the general registers in instructions */
enum x86_register {
	X86_RAX, X86_RCX, X86_RDX, X86_RBX, X86_RSP, X86_RBP, X86_RSI, X86_RDI,
	X86_R8, X86_R9, X86_R10, X86_R11, X86_R12, X86_R13, X86_R14, X86_R15,
	X86_NO_REGISTER,
};

/* Instructions of one group: their number there */
enum x86_alu {
	X86_ADD, X86_OR, X86_ADC, X86_SBB, X86_AND, X86_SUB, X86_XOR, X86_CMP,
};

enum x86_shift {
	X86_SHL = 4,
	X86_SAR = 7,
};

/* F7 /n */
enum x86_unary {
	X86_NOT = 2,
	X86_NEG = 3,
	X86_IDIV = 7,
};

/* Conditions of Jcc and SETcc; one that differs in bit 0 is the opposite. */
enum x86_condition {
	X86_BELOW = 2,
	X86_NOT_BELOW = 3,
	X86_EQUAL = 4,
	X86_NOT_EQUAL = 5,
	X86_NOT_ABOVE = 6,
	X86_ABOVE = 7,
	X86_SIGN = 8,
	X86_NOT_SIGN = 9,
	X86_NOT_GREATER = 14,
	X86_GREATER = 15,
	X86_ALWAYS = 16,
	X86_NEVER = 17,
};

/* Opcodes that have no function of their own */
#define X86_MOV_STORE	0x89
#define X86_MOV_LOAD	0x8B
#define X86_LEA		0x8D
#define X86_TEST	0x85
#define X86_MOVZX_BYTE	0x0FB6
#define X86_MOVZX_SHORT	0x0FB7
#define X86_MOVSX_BYTE	0x0FBE
#define X86_MOVSX_SHORT	0x0FBF
#define X86_IMUL	0x0FAF
#define X86_MOVBE_LOAD	0x0F38F0
#define X86_MOVBE_STORE	0x0F38F1

/**
 * struct emit - where instructions are written
 * @bytes: @size bytes
 * @size: what lies beyond is counted, but not written
 * @at: bytes so far
 */
struct emit {
	unsigned char *bytes;
	unsigned long size;
	unsigned long at;
};

/**
 * struct x86_place - an operand in memory
 * @base: a register
 * @index: a register that is added, or X86_NO_REGISTER
 * @scale: log2 of what @index is multiplied by
 * @offset: is added
 */
struct x86_place {
	enum x86_register base;
	enum x86_register index;
	unsigned int scale;
	int offset;
};

void emit_byte(struct emit *emit, unsigned int byte);
void emit_long(struct emit *emit, unsigned int value);

/**
 * emit_registers() - an instruction with two registers
 * @emit: where to
 * @bits: width of the operands: 8, 16, 32 or 64. For 8 the opcode is the one of
 *	the other widths minus 1
 * @opcode: one to three bytes, the first in the highest bits
 * @reg: goes to ModRM.reg
 * @rm: goes to ModRM.rm
 */
void emit_registers(struct emit *emit, unsigned int bits, unsigned int opcode,
		    unsigned int reg, unsigned int rm);

/**
 * emit_memory() - an instruction with a register and an operand in memory
 * @emit: where to
 * @bits: as for emit_registers()
 * @opcode: as there
 * @reg: as there
 * @place: the operand in memory
 */
void emit_memory(struct emit *emit, unsigned int bits, unsigned int opcode,
		 unsigned int reg, const struct x86_place *place);

/* MOV of a number to a place in memory; 8 or 16 bits */
void emit_store_constant(struct emit *emit, unsigned int bits,
			 const struct x86_place *place, unsigned int value);

/* MOV of 32 bits, which clears the upper half of the register */
void emit_constant(struct emit *emit, enum x86_register reg,
		   unsigned int value);
void emit_move(struct emit *emit, enum x86_register to,
	       enum x86_register from);

void emit_alu(struct emit *emit, unsigned int bits, enum x86_alu alu,
	      enum x86_register to, enum x86_register from);
void emit_alu_constant(struct emit *emit, unsigned int bits, enum x86_alu alu,
		       enum x86_register to, int value);

/* Shifts by a number, or by CL if @count is negative */
void emit_shift(struct emit *emit, unsigned int bits, enum x86_shift shift,
		enum x86_register reg, int count);
void emit_unary(struct emit *emit, unsigned int bits, enum x86_unary unary,
		enum x86_register reg);

/* Exchanges the two low bytes of a register. */
void emit_swap(struct emit *emit, enum x86_register reg);
void emit_set(struct emit *emit, enum x86_condition condition,
	      enum x86_register reg);
void emit_push(struct emit *emit, enum x86_register reg);
void emit_pop(struct emit *emit, enum x86_register reg);

/**
 * emit_jump() - a jump to a place that is reached later
 * @emit: where to
 * @condition: when it is taken
 *
 * Return: for emit_land(), which has to follow; 0 if it is never taken.
 */
unsigned long emit_jump(struct emit *emit, enum x86_condition condition);

/* The jump goes here. */
void emit_land(struct emit *emit, unsigned long jump);

/* A jump to an offset that is known. */
void emit_jump_to(struct emit *emit, enum x86_condition condition,
		  unsigned long target);

#endif
