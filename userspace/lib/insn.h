/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_INSN_H
#define TEAVMX_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** TEAVMX_INSN_MAX - longest instruction in bytes */
#define TEAVMX_INSN_MAX	15

/** TEAVMX_INSN_0F - set in an opcode of the two-byte map */
#define TEAVMX_INSN_0F	0x0f00

/** TEAVMX_INSN_RIP - base of an address that counts from the next instruction */
#define TEAVMX_INSN_RIP	16

/**
 * struct teavmx_insn - An instruction that moves data, taken apart.
 * @length: its bytes
 * @opcode: last byte of the opcode, with TEAVMX_INSN_0F
 * @address_size: bytes of an address in it
 * @operand_size: bytes of its operand, unless the opcode says 1
 * @rex: the REX prefix or 0
 * @repeat: there is a REP prefix
 * @segment: segment register of memory, 0 to 5; -1 for the usual one
 * @has_modrm: there is a ModRM byte
 * @mod: of ModRM
 * @reg: of ModRM, with its bit of REX
 * @rm: of ModRM, likewise
 * @base: general register that the address of memory counts from,
 *	TEAVMX_INSN_RIP, or -1
 * @index: general register that is added, or -1
 * @scale: shifted left by so much
 * @offset: number that is added, sign-extended
 * @immediate: the immediate, sign-extended
 */
struct teavmx_insn {
	unsigned int length;
	unsigned int opcode;
	unsigned int address_size;
	unsigned int operand_size;
	uint8_t rex;
	bool repeat;
	int segment;
	bool has_modrm;
	unsigned int mod;
	unsigned int reg;
	unsigned int rm;
	int base;
	int index;
	unsigned int scale;
	uint64_t offset;
	uint64_t immediate;
};

/**
 * teavmx_insn_decode() - Take an instruction apart.
 * @bytes: its bytes, perhaps more
 * @size: how many
 * @bits: width of the code, 16, 32 or 64
 * @insn: receives the parts
 *
 * Return: false for an instruction that is not of this kind (MOV, MOVZX,
 * MOVSX, MOVS, STOS, INS, OUTS), or of which bytes are missing.
 */
bool teavmx_insn_decode(const uint8_t *bytes, size_t size, unsigned int bits,
			struct teavmx_insn *insn);

#endif
