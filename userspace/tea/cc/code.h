/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_CODE_H
#define CC_CODE_H

#include <stdbool.h>
#include <stddef.h>

/* Pseudo instructions beside those of the machine */
#define CODE_LABEL	0x100
#define CODE_FUNCTION	0x101
#define CODE_END	0x102

#define CC_DEPTH_UNKNOWN	(~0U)

struct cc_function;
struct cc_variable;

/**
 * struct cc_insn - an instruction that has no address yet
 * @opcode: TEA_OP_..., CODE_LABEL (operand is its number), CODE_FUNCTION (its
 *	code begins) or CODE_END (its code ends)
 * @operand: operand; of a branch, goto or call, the number of a label
 * @function: of CODE_FUNCTION and CODE_END
 * @scope: the last local variable declared that it can name, or null
 * @depth: bytes of the frame before it, or CC_DEPTH_UNKNOWN
 * @file: number of the source it comes from
 * @line: line in that source; 0 if there is none
 * @fixed: written by hand, to be left as it is
 */
struct cc_insn {
	unsigned int opcode;
	unsigned int operand;
	const struct cc_function *function;
	const struct cc_variable *scope;
	unsigned int depth;
	unsigned short file;
	unsigned int line;
	bool fixed;
};

/**
 * struct cc_code - a program as a list of instructions
 * @list: the instructions
 * @count: number of them
 * @labels: number of labels
 */
struct cc_code {
	struct cc_insn *list;
	size_t count;
	unsigned int labels;
};

/**
 * cc_code_add() - append an instruction
 * @code: the program
 * @insn: the instruction
 */
void cc_code_add(struct cc_code *code, struct cc_insn insn);

/**
 * cc_insn_size() - bytes of an instruction
 * @insn: the instruction
 *
 * Return: 1 to 3, 0 for what is none of the machine's.
 */
unsigned int cc_insn_size(const struct cc_insn *insn);

/**
 * cc_insn_effect() - by how many bytes an instruction moves the stack pointer
 * @insn: the instruction
 * @effect: receives the number; of a branch, if it is not taken
 *
 * Return: false if that is not known before it runs.
 */
bool cc_insn_effect(const struct cc_insn *insn, int *effect);

/**
 * cc_insn_jumps() - whether the operand is the number of a label
 * @insn: the instruction
 */
bool cc_insn_jumps(const struct cc_insn *insn);

/**
 * cc_code_free() - release the list
 * @code: the program
 */
void cc_code_free(struct cc_code *code);

#endif
