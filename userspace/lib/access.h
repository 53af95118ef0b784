/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_ACCESS_H
#define TEAVMX_ACCESS_H

#include "guest.h"
#include "insn.h"

/**
 * teavmx_access_check() - Is an exit for an access that a host program can do?
 * @guest: the vCPU
 * @exit: its exit
 *
 * Return: 0, or -1 with EOPNOTSUPP noted, with ENOMEM where the host has no
 * memory for RAM that the guest uses.
 */
int teavmx_access_check(const struct teavmx_guest *guest,
			const struct teavmx_record *exit);

/**
 * teavmx_access_decode() - What a stopped instruction does to memory.
 * @guest: the vCPU
 * @write: the write is what stopped it, not the read
 * @address: guest-physical address of it
 * @insn: receives the instruction
 * @mmio: receives the access
 *
 * Return: 0 or -1.
 */
int teavmx_access_decode(const struct teavmx_guest *guest, bool write,
			 uint64_t address, struct teavmx_insn *insn,
			 struct teavmx_mmio *mmio);

/**
 * teavmx_access_finish() - What remains to be done for the instruction.
 * @guest: the vCPU, as it was decoded
 * @mmio: the access; of a read with its value
 * @changes: receives the registers that change, RIP too
 *
 * MOVS from memory that is not RAM writes RAM here.
 *
 * Return: 0 or -1.
 */
int teavmx_access_finish(const struct teavmx_guest *guest,
			 const struct teavmx_mmio *mmio,
			 struct teavmx_changes *changes);

/**
 * teavmx_insn_fetch() - Take the instruction apart that a vCPU stands at.
 * @guest: the vCPU
 * @insn: receives the parts
 *
 * Return: 0, or -1 with EOPNOTSUPP noted for one that is not known.
 */
int teavmx_insn_fetch(const struct teavmx_guest *guest,
		      struct teavmx_insn *insn);

/**
 * teavmx_string_linear() - Where a string instruction has its operand.
 * @guest: the vCPU
 * @insn: the instruction
 * @destination: ES:RDI, else RSI in the segment it has
 *
 * Return: linear address.
 */
uint64_t teavmx_string_linear(const struct teavmx_guest *guest,
			      const struct teavmx_insn *insn, bool destination);

/**
 * teavmx_string_step() - Note that RSI or RDI moves on.
 * @changes: list
 * @guest: the vCPU
 * @insn: the instruction
 * @number: REGS_RSI or REGS_RDI
 * @count: elements
 */
void teavmx_string_step(struct teavmx_changes *changes,
			const struct teavmx_guest *guest,
			const struct teavmx_insn *insn, uint32_t number,
			size_t count);

#endif
