/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_REGS_TABLE_H
#define TEAVMX_REGS_TABLE_H

#include <stdio.h>

#include <jansson.h>

#include <userspace/lib/teavmx.h>

/*
 * Words of the XSAVE area: SDM "Legacy Region of an XSAVE Area", then the
 * header
 */
#define FPU_CONTROL	0
#define FPU_MXCSR	3
#define FPU_ST		4
#define FPU_XMM		20
#define FPU_HEADER	64
#define FPU_YMM		72

/**
 * struct regs_table - the registers of a vCPU
 * @registers: the registers, as of teavmx_regs_get()
 * @count: how many
 * @fpu: show the FPU's registers, too
 */
struct regs_table {
	const struct teavmx_register *registers;
	size_t count;
	bool fpu;
};

/**
 * regs_table_print() - print registers in groups
 * @table: the registers
 * @file: where to
 */
void regs_table_print(const struct regs_table *table, FILE *file);

/**
 * regs_table_json() - the same as a JSON object, complete
 * @table: the registers
 *
 * Return: a new reference to an object with "registers", "decoded" and "fpu".
 */
json_t *regs_table_json(const struct regs_table *table);

/**
 * regs_table_name() - name of a register
 * @number: its number
 * @buffer: room for the name of a word of the FPU
 * @size: bytes of it
 *
 * Return: the name, or @buffer.
 */
const char *regs_table_name(uint32_t number, char *buffer, size_t size);

#endif
