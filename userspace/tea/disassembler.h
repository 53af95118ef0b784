/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_DISASSEMBLER_H
#define TEA_DISASSEMBLER_H

#include <stddef.h>
#include <stdio.h>

#include <userspace/common/tea_map.h>

/**
 * struct instruction - one instruction of a program
 * @mnemonic: its name, or null where the code holds no whole instruction
 * @opcode: its first byte
 * @operand: its operand
 * @size: bytes it takes, 1 to 3; 1 where there is no instruction
 */
struct instruction {
	const char *mnemonic;
	unsigned int opcode;
	unsigned int operand;
	unsigned int size;
};

/**
 * disassembler_decode() - decode the instruction at an address
 * @code: the code
 * @size: bytes of it
 * @at: the address, below @size
 * @instruction: receives the instruction
 */
void disassembler_decode(const unsigned char *code, size_t size, size_t at,
			 struct instruction *instruction);

/**
 * disassembler_format() - write an instruction as assembly language
 * @instruction: the instruction
 * @label: target label to write instead of the number, or null
 * @text: receives it
 * @size: bytes at @text; 64 are enough
 */
void disassembler_format(const struct instruction *instruction,
			 const char *label, char *text, size_t size);

/**
 * disassembler_run_mapped() - write an object file with comments from its map
 * @file: the object file, from its signature on
 * @size: bytes in it, TEA_FILE_MIN to TEA_FILE_MAX
 * @map: its debug map, or null
 * @map_path: path of the map
 * @to: where to
 *
 * Functions and source lines become comments; the assembler makes the same
 * object file of it, byte for byte.
 *
 * Return: 0, or -1 without memory.
 */
int disassembler_run_mapped(const unsigned char *file, size_t size,
			    const struct tea_map *map, const char *map_path,
			    FILE *to);

/**
 * disassembler_run() - write an object file as assembly language
 * @file: the object file, from its signature on
 * @size: bytes in it, TEA_FILE_MIN to TEA_FILE_MAX
 * @to: where to
 *
 * The assembler makes the same object file of it, byte for byte.
 *
 * Return: 0, or -1 without memory.
 */
int disassembler_run(const unsigned char *file, size_t size, FILE *to);

#endif
