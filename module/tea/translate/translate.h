/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_TRANSLATE_H
#define _TEA_TRANSLATE_H

/*
 * Translates TEA programs to x86-64 instructions. The result does what the
 * interpreter does, step by step; what it cannot do it leaves to the interpreter
 * at that instruction (run.h). The translator is freestanding, as interp.c.
 * It allocates nothing, does not recurse, and its time and the size of the result
 * are linear in the size of the code, whatever the code is.
 *
 * The program is translated by runs: instructions that follow each other, of which
 * only the first is reached from elsewhere. Steps and stack are checked once for a
 * run, as in decode.h, and bytes of the stack are in registers within it.
 */

#include "../decode.h"

/**
 * struct tea_program - what is translated
 * @code: first byte after the object file's header
 * @code_size: bytes at @code, 0 to TEA_CODE_MAX
 * @stack_size: bytes of stack, 1 to TEA_STACK_MAX
 * @has_movbe: the CPU has the instruction MOVBE
 */
struct tea_program {
	const unsigned char *code;
	unsigned int code_size;
	unsigned int stack_size;
	int has_movbe;
};

/* Bytes of what the translator notes about a code address */
#define TEA_TRANSLATE_NOTE	16

/**
 * tea_translate_notes() - memory that the translator needs
 * @code_size: bytes of code, 0 to TEA_CODE_MAX
 *
 * Return: bytes.
 */
static inline unsigned long tea_translate_notes(unsigned int code_size)
{
	return (code_size + 1UL) * TEA_TRANSLATE_NOTE;
}

/**
 * tea_translate() - translate a program
 * @program: the program
 * @notes: tea_translate_notes() bytes, which are overwritten and are of no use
 *	afterwards
 * @to: receives the translated program, which may be executed at any address
 * @size: bytes at @to; with 0, the size is only computed
 *
 * The translated program begins with a table that has an offset for each code
 * address: where to enter for that address. Behind the table is the function to call, a
 * translated_function.
 *
 * Return: bytes that the translated program has. It is incomplete if that is more
 * than @size.
 */
unsigned long tea_translate(const struct tea_program *program, void *notes,
			    unsigned char *to, unsigned long size);

/**
 * translated_table_size() - offset of the function in a translated program
 * @code_size: bytes of the program's code
 *
 * Return: bytes of the table before it.
 */
static inline unsigned long translated_table_size(unsigned int code_size)
{
	return (code_size + 1UL) * sizeof(unsigned int);
}

struct translated_state;

/**
 * typedef translated_helper - a function that translated code calls
 * @state: its state
 * @port: 0 to 65535
 * @value: what is written, of no meaning for a read
 * @cp: code address of the next instruction
 * @sp: stack pointer, without what the instruction pushes
 * @fuel: steps that may be executed after this instruction
 *
 * Return: the value of a read, 0 after a write; -1 if the process ends, with
 * translated_state.error.
 */
typedef int translated_helper(struct translated_state *state,
			      unsigned int port, unsigned int value,
			      unsigned int cp, unsigned int sp,
			      unsigned long long fuel);

/**
 * struct translated_helpers - all that translated code calls
 * @read_byte: reads a byte from a port
 * @read_short: reads a short
 * @write_byte: writes a byte
 * @write_short: writes a short
 */
struct translated_helpers {
	translated_helper *read_byte;
	translated_helper *read_short;
	translated_helper *write_byte;
	translated_helper *write_short;
};

/**
 * struct translated_state - what translated code is entered with and leaves
 * @helpers: what it may call
 * @process: for the helpers
 * @limit: for the helpers
 * @stack: the stack
 * @program: the translated program
 * @target: where to enter
 * @fuel: steps that may be executed
 * @sp: stack pointer
 * @cp: code pointer
 * @result: as machine.result in instructions.h
 * @carry: 0 or 1
 * @error: 0, or the exit code with which a helper ended the process
 */
struct translated_state {
	struct translated_helpers helpers;
	struct tea_process *process;
	unsigned long long limit;
	unsigned char *stack;
	const unsigned char *program;
	const unsigned char *target;
	unsigned long long fuel;
	unsigned long long sp;
	unsigned long long cp;
	unsigned long long result;
	unsigned long long carry;
	int error;
};

typedef void translated_function(struct translated_state *state);

#endif
