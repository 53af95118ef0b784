// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include <userspace/lib/decode.h>

#include "firmware.h"

#define VECTORS		256
#define VECTOR_SIZE	4
#define TABLE_SIZE	(VECTORS * VECTOR_SIZE)

/* Vector n points to F000:n, in the part of the address space for the BIOS. */
#define SEGMENT		0xf000
#define BASE		((uint64_t)SEGMENT << 4)
#define HALT		0xf4

/* INT pushes IP, CS and FLAGS. */
#define FRAME_WORDS	3

static bool is_empty(const uint8_t *bytes, size_t size)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, size - 1);
}

/* 1 when all bytes are 0; addresses beyond RAM count as zeros. */
static int is_free(struct teavmx *teavmx, uint32_t vm, uint64_t memory,
		   uint64_t address, size_t size)
{
	uint8_t bytes[TABLE_SIZE];

	if (address >= memory)
		return 1;
	if (teavmx_mem_read(teavmx, vm, address, bytes, size))
		return -1;
	return is_empty(bytes, size);
}

static int write_table(struct teavmx *teavmx, uint32_t vm, uint64_t memory)
{
	uint8_t table[TABLE_SIZE];
	uint8_t halts[VECTORS];
	unsigned int i;

	for (i = 0; i < VECTORS; i++) {
		uint8_t *vector = table + i * VECTOR_SIZE;

		vector[0] = (uint8_t)i;
		vector[1] = 0;
		vector[2] = SEGMENT & 0xff;
		vector[3] = SEGMENT >> 8;
	}
	if (teavmx_mem_write(teavmx, vm, 0, table, sizeof(table)))
		return -1;
	/* Without RAM at that address the instruction fetch exits. */
	if (memory <= BASE)
		return 0;
	memset(halts, HALT, sizeof(halts));
	return teavmx_mem_write(teavmx, vm, BASE, halts, sizeof(halts));
}

int firmware_write(struct teavmx *teavmx, uint32_t vm, uint64_t memory,
		   bool *written)
{
	int table = is_free(teavmx, vm, memory, 0, TABLE_SIZE);
	int code = is_free(teavmx, vm, memory, BASE, VECTORS);

	*written = false;
	if (table < 0 || code < 0)
		return -1;
	if (!table || !code)
		return 0;
	if (write_table(teavmx, vm, memory))
		return -1;
	*written = true;
	return 0;
}

static uint64_t segment_base(const struct teavmx_register *registers,
			     size_t count, uint32_t segment)
{
	return teavmx_reg_get(registers, count,
			      segment + TEAVMX_REG_CS_BASE - TEAVMX_REG_CS);
}

/* Linear address of the instruction; UINT64_MAX when it cannot be read */
static uint64_t fetched_from(struct teavmx *teavmx,
			     const struct teavmx_record *exit)
{
	struct teavmx_register *registers;
	int count = teavmx_regs_get(teavmx, exit->vm, exit->vcpu, &registers);
	uint64_t linear;

	if (count < 0)
		return UINT64_MAX;
	linear = segment_base(registers, (size_t)count, TEAVMX_REG_CS) +
		 exit->rip;
	free(registers);
	return linear;
}

int firmware_vector(struct teavmx *teavmx, const struct teavmx_record *exit)
{
	uint64_t address = UINT64_MAX;

	switch (exit->reason & VMX_EXIT_BASIC_MASK) {
	case VMX_EXIT_HLT:
		if (exit->rip < VECTORS)
			address = fetched_from(teavmx, exit);
		break;
	case VMX_EXIT_EPT_VIOLATION:
		if (teavmx_qual_ept(exit->qualification).fetch)
			address = exit->guest_physical;
		break;
	}
	return address >= BASE && address < BASE + VECTORS ?
	       (int)(address - BASE) : -1;
}

/* CS:IP that the interrupt will return to; 0 or -1 */
static int read_caller(struct teavmx *teavmx, const struct teavmx_record *exit,
		       uint16_t frame[FRAME_WORDS])
{
	struct teavmx_register *registers;
	int count = teavmx_regs_get(teavmx, exit->vm, exit->vcpu, &registers);
	uint64_t stack;

	if (count < 0)
		return -1;
	stack = segment_base(registers, (size_t)count, TEAVMX_REG_SS) +
		(uint16_t)teavmx_reg_get(registers, (size_t)count,
					 TEAVMX_REG_RSP);
	free(registers);
	return teavmx_mem_read(teavmx, exit->vm, stack, frame,
			       FRAME_WORDS * sizeof(*frame));
}

void firmware_describe(struct teavmx *teavmx, const struct teavmx_record *exit,
		       unsigned int vector, char *text, size_t size)
{
	uint16_t frame[FRAME_WORDS];
	int used;

	used = snprintf(text, size,
			"vCPU %u: INT %Xh: there is no firmware, and the payload has not set this vector",
			exit->vcpu, vector);
	if (used > 0 && (size_t)used < size && !read_caller(teavmx, exit, frame))
		snprintf(text + used, size - (size_t)used,
			 " (it would return to %04x:%04x)", frame[1], frame[0]);
}
