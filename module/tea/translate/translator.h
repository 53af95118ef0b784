/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_TRANSLATOR_H
#define _TEA_TRANSLATOR_H

/*
 * What the parts of the translator share. translate.c finds the runs and connects
 * them, op.c translates instructions, known.c and flags.c keep track of what translated
 * code has in registers.
 *
 * Registers of translated code:
 *
 *	RBX		the stack of the process
 *	RBP		sp at the beginning of the run
 *	R12D		flags N and Z: as machine.result in instructions.h
 *	R13D		flag C: 0 or 1
 *	R14		the translated program
 *	R15		steps to the limit, those of the run not included
 *	RAX RCX RDX	of no meaning between two instructions of the program
 *	the others	bytes and shorts of the stack: struct known_item
 *
 * A register that holds a byte or a short may have anything in its other bits.
 */

#include "emit.h"
#include "translate.h"

#ifndef __maybe_unused
#define __maybe_unused __attribute__((__unused__))
#endif

#define STACK_BASE	X86_RBX
#define STACK_POINTER	X86_RBP
#define RESULT		X86_R12
#define CARRY		X86_R13
#define PROGRAM		X86_R14
#define FUEL		X86_R15

#define BYTE_BITS	8
#define SHORT_BITS	16

/* Values on the stack that are known at the same time */
#define KNOWN_ITEMS	24

/**
 * struct known_value - a byte or short that the translated code has
 * @is_constant: it is @constant, else it is in @reg
 * @reg: a register
 * @constant: the number
 */
struct known_value {
	unsigned char is_constant;
	unsigned char reg;
	unsigned short constant;
};

/**
 * struct known_item - bytes of the stack that are in a register, or constant
 * @at: index in the stack of the first one, minus sp at the beginning of the run
 * @bytes: 1 or 2
 * @dirty: memory does not have them yet
 * @value: the bytes
 */
struct known_item {
	int at;
	unsigned char bytes;
	unsigned char dirty;
	struct known_value value;
};

/**
 * enum result_kind - where N and Z are
 * @RESULT_KEPT: in register RESULT
 * @RESULT_SIGNED: they are those of known_flags.result
 * @RESULT_UNSIGNED: the same, but N is clear
 */
enum result_kind {
	RESULT_KEPT,
	RESULT_SIGNED,
	RESULT_UNSIGNED,
};

/**
 * enum carry_kind - where C is
 * @CARRY_KEPT: in register CARRY
 * @CARRY_CONSTANT: known_flags.carry_value
 * @CARRY_SUM: known_flags.sum is a sum, and C its carry
 * @CARRY_DIFFERENCE: known_flags.sum is a difference, and C is set if the number
 *	subtracted was not larger
 * @CARRY_STEP: known_flags.sum has been made by inc or dec
 */
enum carry_kind {
	CARRY_KEPT,
	CARRY_CONSTANT,
	CARRY_SUM,
	CARRY_DIFFERENCE,
	CARRY_STEP,
};

/**
 * struct known_flags - the flags of the process, which are computed when needed
 * @result_kind: enum result_kind
 * @result_bits: width of @result
 * @carry_kind: enum carry_kind
 * @carry_bits: width of @sum and @right
 * @carry_value: 0 or 1; for CARRY_STEP, 1 for inc and -1 for dec
 * @result_ready: the x86 flags SF and ZF are those of @result
 * @carry_ready: the x86 flag CF is that of the instruction that made @sum
 * @result: what N and Z are of
 * @sum: the result that C is of
 * @right: the right operand that led to it
 */
struct known_flags {
	unsigned char result_kind;
	unsigned char result_bits;
	unsigned char carry_kind;
	unsigned char carry_bits;
	signed char carry_value;
	unsigned char result_ready;
	unsigned char carry_ready;
	struct known_value result;
	struct known_value sum;
	struct known_value right;
};

/**
 * struct known - what the translator knows at a place in a run
 * @items: @count items, no two of which overlap
 * @count: of @items
 * @flags: the flags
 */
struct known {
	struct known_item items[KNOWN_ITEMS];
	unsigned int count;
	struct known_flags flags;
};

/**
 * struct translate_note - what the translator notes about a code address
 * @entry: offset of the translated run, with the check whether it may begin
 * @body: offset of the run without this check
 * @next: the next address in the list of those to be examined
 * @low: the least stack pointer with which the run can begin
 * @high: the greatest one
 * @count: instructions of the run, 0 if there is none here
 * @is_start: a run begins here
 * @is_seen: an instruction begins here
 * @needs_result: the run needs N and Z in register RESULT
 * @needs_carry: the run needs C in register CARRY
 */
struct translate_note {
	unsigned int entry;
	unsigned int body;
	unsigned short next;
	unsigned short low;
	unsigned short high;
	unsigned char count;
	unsigned char is_start : 1;
	unsigned char is_seen : 1;
	unsigned char needs_result : 1;
	unsigned char needs_carry : 1;
};

/**
 * struct translator - a translation that is being made
 * @emit: the translated program
 * @program: what is translated
 * @notes: one for each code address and for the one behind the code
 * @known: what is known before the instruction at @cp
 * @run: the run that is being translated
 * @depth: sp, minus sp at the beginning of the run
 * @cp: code address of the instruction
 * @ahead: instructions counted that have not been executed, this one included
 * @locked: registers that the instruction uses, by number of the bit
 * @leave: offset of the code that leaves the translated program
 */
struct translator {
	struct emit emit;
	const struct tea_program *program;
	struct translate_note *notes;
	struct known known;
	const struct translate_note *run;
	int depth;
	unsigned int cp;
	unsigned int ahead;
	unsigned int locked;
	unsigned long leave;
};

/**
 * struct instruction - an instruction of the program
 * @opcode: the opcode
 * @operand: the operand, or 0
 * @next: code address of the next one
 * @effect: what it does to the stack
 */
struct instruction {
	unsigned int opcode;
	unsigned int operand;
	unsigned int next;
	struct tea_effect effect;
};

/*
 * known.c: values
 */

/* A place in the stack, relative to sp at the beginning of the run */
struct x86_place stack_place(int at);

struct known_value constant_value(unsigned int number);
struct known_value register_value(enum x86_register reg);

/**
 * known_register() - a register for a new value
 * @t: the translator
 *
 * Another value may be stored and forgotten for that. It is locked.
 *
 * Return: the register.
 */
enum x86_register known_register(struct translator *t);

/**
 * known_get() - the bytes at a place in the stack
 * @t: the translator
 * @at: see struct known_item
 * @bits: 8 or 16
 *
 * Return: the value. Its register is locked and must not be changed.
 */
struct known_value known_get(struct translator *t, int at, unsigned int bits);

/**
 * known_own() - the bytes at a place in the stack, to be changed
 * @t: the translator
 * @at: see struct known_item; known_put() with this place has to follow
 * @bits: 8 or 16
 *
 * Return: a register that holds the value and that may be changed.
 */
enum x86_register known_own(struct translator *t, int at, unsigned int bits);

/* These bytes are written to the stack, in memory later. */
void known_put(struct translator *t, int at, unsigned int bits,
	       struct known_value value);

/* Writes to memory what it does not have yet. */
void known_store(struct translator *t);

/* Memory may have changed, so nothing is known about it. */
void known_forget(struct translator *t);

/* A new run: nothing is known, and the flags are in their registers. */
void known_begin(struct translator *t);

/* The next x86 instruction changes the x86 flags. */
void known_clobber(struct translator *t);

/*
 * flags.c: the flags of the process
 */

/* N and Z become those of a value. */
void flags_set_result(struct translator *t, struct known_value value,
		      unsigned int bits, enum result_kind kind);
void flags_set_carry(struct translator *t, unsigned int carry);

/* Instructions that compute clear all flags. */
void flags_clear(struct translator *t);

/* Moves N and Z to register RESULT, or C to register CARRY. */
void flags_keep_result(struct translator *t);
void flags_keep_carry(struct translator *t);

/**
 * flags_test() - have the x86 flags show whether a branch is taken
 * @t: the translator
 * @opcode: TEA_OP_BRNEG to TEA_OP_BRNC
 *
 * Return: the condition, which may be X86_ALWAYS or X86_NEVER.
 */
enum x86_condition flags_test(struct translator *t, unsigned int opcode);

/*
 * translate.c: runs
 */

/**
 * translate_read() - read an instruction
 * @t: the translator
 * @cp: its code address
 * @instruction: receives it
 *
 * Return: 1, or 0 if the interpreter has to execute it.
 */
int translate_read(const struct translator *t, unsigned int cp,
		   struct instruction *instruction);

/**
 * translate_leave() - continue with the interpreter
 * @t: the translator
 * @cp: code address of the next instruction
 * @refund: instructions that have been counted, but are not executed
 *
 * What is known remains as it is, as what follows is the other case.
 */
void translate_leave(struct translator *t, unsigned int cp,
		     unsigned int refund);

/* The same for a run that continues elsewhere. */
void translate_edge(struct translator *t, unsigned int target,
		    unsigned int refund);

/*
 * op.c: instructions
 */

/* Translates an instruction, for which op_kind() is not OP_LEFT. */
void op_translate(struct translator *t, const struct instruction *instruction);

/**
 * enum op_kind - what an instruction means for a run
 * @OP_LEFT: it is left to the interpreter, with what it calls
 * @OP_PLAIN: the next one follows it
 * @OP_GUARDED: the same, but operands on the stack can make it one for the
 *	interpreter
 * @OP_BRANCH: it may continue elsewhere
 * @OP_END: it always does
 */
enum op_kind {
	OP_LEFT,
	OP_PLAIN,
	OP_GUARDED,
	OP_BRANCH,
	OP_END,
};

/* Any number is an opcode here. */
enum op_kind op_kind(unsigned int opcode);

#endif
