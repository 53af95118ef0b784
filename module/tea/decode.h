/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_DECODE_H
#define _TEA_DECODE_H

/*
 * A program decoded for the fast loop of interp.c. There is one entry for each
 * byte of the code, because a program may go to any address, and one for the
 * address behind the code. An entry is filled in when the program first gets
 * there.
 *
 * A run is a sequence of instructions that are executed one after the other
 * unless a branch is taken. It ends with an instruction that always continues
 * elsewhere or changes the stack pointer by an unknown amount. A run is checked
 * and counted as a whole before it begins, so its instructions are neither
 * checked nor counted. It may begin at any of its instructions.
 */

#include "interp.h"

/**
 * define TEA_SEQUENCES - sequences of instructions that have one handler
 * @X2: called as X2(NAME, NAME) for two opcodes
 * @X3: called as X3(NAME, NAME, NAME) for three
 * @X4: called as X4(NAME, NAME, NAME, NAME) for four
 *
 * They are what the compiler generates often. If several rows fit, the first is
 * taken. Only the last instruction of a row may end a run.
 */
#define TEA_SEQUENCES(X2, X3, X4) \
	X4(PUSHLS, SUBS, POPS, BRC) \
	X4(PUSHLS, SUBS, POPS, BRZ) \
	X4(PUSHLS, SUBS, POPS, BRPOS) \
	X4(PUSHSB, PUSHLB, ADDB, PUSHSBX) \
	X3(PUSHLB, SUBB, POPB) \
	X3(PUSHSB, POPB, BRZ) \
	X3(PUSHSS, ADDS, POPSS) \
	X3(PUSHSS, PUSHLS, ADDS) \
	X3(PUSHSS, PUSHLS, SUBS) \
	X3(SUBS, POPS, BRC) \
	X3(SUBS, POPS, BRPOS) \
	X2(ADDS, POPSS) \
	X2(ADDS, PUSHSBAX) \
	X2(CONVBS, ADDS) \
	X2(DECB, GOTO) \
	X2(DECS, BRNZ) \
	X2(INCB, GOTO) \
	X2(INCS, GOTO) \
	X2(POPB, BRZ) \
	X2(POPB, BRNZ) \
	X2(POPSS, PUSHSS) \
	X2(PUSHLB, CALL) \
	X2(PUSHLB, POPB) \
	X2(PUSHLS, ADDS) \
	X2(PUSHLS, SUBS) \
	X2(PUSHN, CALL) \
	X2(PUSHSB, CONVBS) \
	X2(PUSHSS, ADDS) \
	X2(PUSHSS, POPSS) \
	X2(PUSHSS, PUSHLS) \
	X2(PUSHSS, PUSHSS)

/**
 * enum tea_handler - what the fast loop does at an entry
 * @TEA_HANDLER_NEW: decode it; the value in zeroed memory. The next numbers are
 *	the opcodes, increased by one: execute that instruction.
 * @TEA_HANDLER_CHECKED: execute the instruction with all checks. Larger numbers
 *	are the rows of TEA_SEQUENCES.
 */
enum tea_handler {
	TEA_HANDLER_NEW,
	TEA_HANDLER_CHECKED = TEA_OP_COUNT + 1,
#define TEA_HANDLER_2(A, B)	TEA_HANDLER_##A##_##B,
#define TEA_HANDLER_3(A, B, C)	TEA_HANDLER_##A##_##B##_##C,
#define TEA_HANDLER_4(A, B, C, D)	TEA_HANDLER_##A##_##B##_##C##_##D,
	TEA_SEQUENCES(TEA_HANDLER_2, TEA_HANDLER_3, TEA_HANDLER_4)
#undef TEA_HANDLER_2
#undef TEA_HANDLER_3
#undef TEA_HANDLER_4
};

/**
 * struct tea_decoded - the instruction at a code address, and the run from there
 * @handler: enum tea_handler
 * @rest: instructions to the end of the run. It is 0 if the instruction is no
 *	part of a run.
 * @low: the least stack pointer with which the run can begin
 * @span: the greatest one minus @low
 * @operand: of the instruction
 */
struct tea_decoded {
	unsigned char handler;
	unsigned char rest;
	unsigned short low;
	unsigned short span;
	unsigned short operand;
};

/* The largest tea_decoded.rest */
#define TEA_RUN_INSTRUCTIONS	255

/**
 * tea_decoded_size() - memory for a decoded program
 * @code_size: bytes of code, 0 to TEA_CODE_MAX
 *
 * Return: bytes.
 */
static inline unsigned long tea_decoded_size(unsigned int code_size)
{
	return (code_size + 1UL) * sizeof(struct tea_decoded);
}

/**
 * tea_ends_run() - does no instruction after this one belong to its run?
 * @opcode: any number
 *
 * Return: 1 if so.
 */
static inline int tea_ends_run(unsigned int opcode)
{
	switch (opcode) {
	case TEA_OP_PUSHNX:
	case TEA_OP_POPNX:
	case TEA_OP_POPCMD:
		return 1;
	default:
		return opcode >= TEA_OP_GOTO;
	}
}

/**
 * struct tea_effect - what an instruction does to the stack
 * @need: bytes that have to be on the stack
 * @pops: bytes that it removes
 * @pushes: bytes that it puts there after that
 * @valid: its operand is one that needs no check but that of @need
 */
struct tea_effect {
	unsigned int need;
	unsigned int pops;
	unsigned int pushes;
	int valid;
};

/**
 * tea_effect_of() - what an instruction does to the stack
 * @opcode: 0 to TEA_OP_COUNT - 1
 * @operand: its operand, 0 if it has none
 * @code_size: bytes of the program's code
 *
 * Return: the effect. What is popped and pushed in a number that only a value on
 * the stack determines is not in it.
 */
struct tea_effect tea_effect_of(unsigned int opcode, unsigned int operand,
				unsigned int code_size);

/**
 * tea_decode() - fill in an entry of a decoded program and those of its run
 * @process: the process
 * @cp: code address, 0 to tea_process.code_size; its entry has TEA_HANDLER_NEW
 */
void tea_decode(struct tea_process *process, unsigned int cp);

#endif
