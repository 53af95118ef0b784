/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_GUEST_H
#define TEAVMX_GUEST_H

#include <uapi/regs.h>

#include "internal.h"

/**
 * struct teavmx_guest - A stopped vCPU and the RAM it sees.
 * @read: reads RAM; 0, or -1 with @error noted
 * @write: writes RAM; likewise
 * @data: passed on to both
 * @error: receives failures
 * @registers: the vCPU's registers
 * @count: how many
 *
 * All that looks at a guest goes through this, so it needs no kernel.
 */
struct teavmx_guest {
	int (*read)(void *data, uint64_t address, void *bytes, size_t size);
	int (*write)(void *data, uint64_t address, const void *bytes,
		     size_t size);
	void *data;
	struct teavmx_error *error;
	const struct teavmx_register *registers;
	size_t count;
};

static inline uint64_t teavmx_guest_reg(const struct teavmx_guest *guest,
					uint32_t number)
{
	return teavmx_reg_get(guest->registers, guest->count, number);
}

/**
 * struct teavmx_live - A guest that the kernel has.
 * @guest: the view of it
 * @teavmx: handle
 * @vm: its VM
 * @registers: its registers
 */
struct teavmx_live {
	struct teavmx_guest guest;
	struct teavmx *teavmx;
	uint32_t vm;
	struct teavmx_register *registers;
};

/**
 * teavmx_live_open() - Look at a vCPU that the kernel has.
 * @live: receives the view; its address must not change
 * @teavmx: handle
 * @vm: a raw VM
 * @vcpu: its vCPU, ready or paused
 *
 * Return: 0 or -1; release with teavmx_live_close().
 */
int teavmx_live_open(struct teavmx_live *live, struct teavmx *teavmx,
		     uint32_t vm, uint32_t vcpu);

/**
 * teavmx_live_close() - Release what teavmx_live_open() took.
 * @live: the view
 */
void teavmx_live_close(struct teavmx_live *live);

/**
 * teavmx_guest_bits() - How wide the code is that the vCPU executes.
 * @guest: the vCPU
 *
 * Return: 16, 32 or 64.
 */
unsigned int teavmx_guest_bits(const struct teavmx_guest *guest);

/**
 * teavmx_guest_translate() - From linear to guest-physical addresses.
 * @guest: the vCPU
 * @linear: linear address
 * @physical: receives the guest-physical address
 *
 * Return: 0, or -1 with EFAULT noted when nothing is mapped there.
 */
int teavmx_guest_translate(const struct teavmx_guest *guest, uint64_t linear,
			   uint64_t *physical);

/**
 * teavmx_guest_read() - Read memory by linear address.
 * @guest: the vCPU
 * @linear: linear address
 * @bytes: receives the bytes
 * @size: how many
 *
 * Return: 0 or -1.
 */
int teavmx_guest_read(const struct teavmx_guest *guest, uint64_t linear,
		      void *bytes, size_t size);

/**
 * teavmx_guest_write() - Write memory by linear address.
 * @guest: the vCPU
 * @linear: linear address
 * @bytes: the bytes
 * @size: how many
 *
 * Return: 0 or -1.
 */
int teavmx_guest_write(const struct teavmx_guest *guest, uint64_t linear,
		       const void *bytes, size_t size);

/** TEAVMX_CHANGES_MAX - most registers that one instruction changes */
#define TEAVMX_CHANGES_MAX	8

/**
 * struct teavmx_changes - What an instruction does to registers.
 * @count: entries in @registers
 * @registers: for teavmx_regs_set()
 */
struct teavmx_changes {
	size_t count;
	struct teavmx_register registers[TEAVMX_CHANGES_MAX];
};

/**
 * teavmx_changes_add() - Note a new value of a register.
 * @changes: list
 * @number: enum regs_number
 * @value: its value
 */
void teavmx_changes_add(struct teavmx_changes *changes, uint32_t number,
			uint64_t value);

/**
 * teavmx_changes_merge() - Note a new value of a part of a register.
 * @changes: list
 * @guest: the vCPU
 * @number: enum regs_number of a general register
 * @size: bytes; of less than 4 the others stay, of 4 they become 0
 * @value: the value
 */
void teavmx_changes_merge(struct teavmx_changes *changes,
			  const struct teavmx_guest *guest, uint32_t number,
			  unsigned int size, uint64_t value);

/**
 * teavmx_changes_advance() - Note that an instruction is done.
 * @changes: list
 * @guest: the vCPU
 * @length: bytes of the instruction
 */
void teavmx_changes_advance(struct teavmx_changes *changes,
			    const struct teavmx_guest *guest,
			    unsigned int length);

#endif
