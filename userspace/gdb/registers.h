/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GDB_REGISTERS_H
#define GDB_REGISTERS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <userspace/lib/teavmx.h>

/* GDB_REGISTERS_SIZE - room for the values of all registers in each mode */
#define GDB_REGISTERS_SIZE	2048

/**
 * enum gdb_mode - mode of a guest, which determines the registers that gdb knows
 * @GDB_MODE_16: real mode, virtual-8086 mode, or a 16-bit code segment
 * @GDB_MODE_32: a 32-bit code segment
 * @GDB_MODE_64: 64-bit mode
 */
enum gdb_mode {
	GDB_MODE_16,
	GDB_MODE_32,
	GDB_MODE_64,
};

/**
 * gdb_mode_of() - mode that registers are in
 * @list: the registers, as of teavmx_regs_get()
 * @count: how many
 *
 * Return: enum gdb_mode.
 */
enum gdb_mode gdb_mode_of(const struct teavmx_register *list, size_t count);

/* gdb_mode_name() - "16-bit", "32-bit" or "64-bit" */
const char *gdb_mode_name(enum gdb_mode mode);

/**
 * gdb_registers_describe() - print the target description
 * @mode: the mode
 * @file: receives the XML document
 */
void gdb_registers_describe(enum gdb_mode mode, FILE *file);

/**
 * gdb_registers_place() - where the value of a register is
 * @mode: mode of the description
 * @number: number of the register in the description, from 0 on
 * @offset: receives the first byte
 *
 * Return: bytes of the value, 0 if there is no such register.
 */
size_t gdb_registers_place(enum gdb_mode mode, uint64_t number, size_t *offset);

/**
 * gdb_registers_encode() - the values of all registers, as the packet g has them
 * @mode: mode of the description
 * @list: the registers, as of teavmx_regs_get()
 * @count: how many
 * @values: receives the values, GDB_REGISTERS_SIZE bytes
 *
 * Return: bytes that the values have.
 */
size_t gdb_registers_encode(enum gdb_mode mode,
			    const struct teavmx_register *list, size_t count,
			    uint8_t *values);

/**
 * gdb_registers_changes() - the registers that differ
 * @mode: mode of the description
 * @list: the registers, as of teavmx_regs_get()
 * @count: how many
 * @values: new values, in the form of gdb_registers_encode()
 * @changes: receives those that differ, room for @count
 *
 * Bits of a register that the description does not have remain as they are.
 *
 * Return: number of changes.
 */
size_t gdb_registers_changes(enum gdb_mode mode,
			     const struct teavmx_register *list, size_t count,
			     const uint8_t *values,
			     struct teavmx_register *changes);

#endif
