// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define RIGHTS_L		0x2000u
#define RIGHTS_D		0x4000u
#define EFER_LMA		0x400u
#define RFLAGS_TF		0x100u
#define RFLAGS_RF		0x10000u
#define BLOCKED_BY_STI_MOV_SS	3
#define PENDING_DEBUG_BS	0x4000u
#define DEBUGCTL_BTF		0x2u

static int live_read(void *data, uint64_t address, void *bytes, size_t size)
{
	struct teavmx_live *live = data;

	return teavmx_mem_read(live->teavmx, live->vm, address, bytes, size);
}

static int live_write(void *data, uint64_t address, const void *bytes,
		      size_t size)
{
	struct teavmx_live *live = data;

	return teavmx_mem_write(live->teavmx, live->vm, address, bytes, size);
}

int teavmx_live_open(struct teavmx_live *live, struct teavmx *teavmx,
		     uint32_t vm, uint32_t vcpu)
{
	int count = teavmx_regs_get(teavmx, vm, vcpu, &live->registers);

	if (count < 0)
		return -1;
	live->teavmx = teavmx;
	live->vm = vm;
	live->guest = (struct teavmx_guest){
		.read = live_read,
		.write = live_write,
		.data = live,
		.error = &teavmx->error,
		.registers = live->registers,
		.count = (size_t)count,
	};
	return 0;
}

void teavmx_live_close(struct teavmx_live *live)
{
	free(live->registers);
	live->registers = NULL;
}

unsigned int teavmx_guest_bits(const struct teavmx_guest *guest)
{
	uint64_t rights = teavmx_guest_reg(guest, REGS_CS_RIGHTS);

	if (teavmx_guest_reg(guest, REGS_EFER) & EFER_LMA && rights & RIGHTS_L)
		return 64;
	return rights & RIGHTS_D ? 32 : 16;
}

/* Bytes up to the end of the page: the next one may lie anywhere. */
static size_t in_page(uint64_t linear, size_t size)
{
	size_t left = TEAVMX_PAGE_SIZE - linear % TEAVMX_PAGE_SIZE;

	return size < left ? size : left;
}

int teavmx_guest_read(const struct teavmx_guest *guest, uint64_t linear,
		      void *bytes, size_t size)
{
	while (size) {
		size_t part = in_page(linear, size);
		uint64_t physical;

		if (teavmx_guest_translate(guest, linear, &physical) ||
		    guest->read(guest->data, physical, bytes, part))
			return -1;
		bytes = (char *)bytes + part;
		linear += part;
		size -= part;
	}
	return 0;
}

int teavmx_guest_write(const struct teavmx_guest *guest, uint64_t linear,
		       const void *bytes, size_t size)
{
	while (size) {
		size_t part = in_page(linear, size);
		uint64_t physical;

		if (teavmx_guest_translate(guest, linear, &physical) ||
		    guest->write(guest->data, physical, bytes, part))
			return -1;
		bytes = (const char *)bytes + part;
		linear += part;
		size -= part;
	}
	return 0;
}

void teavmx_changes_add(struct teavmx_changes *changes, uint32_t number,
			uint64_t value)
{
	if (changes->count < TEAVMX_CHANGES_MAX)
		changes->registers[changes->count++] =
			(struct teavmx_register){ number, value };
}

void teavmx_changes_merge(struct teavmx_changes *changes,
			  const struct teavmx_guest *guest, uint32_t number,
			  unsigned int size, uint64_t value)
{
	uint64_t mask = size < 8 ? (1ULL << 8 * size) - 1 : UINT64_MAX;

	value &= mask;
	if (size < 4)
		value |= teavmx_guest_reg(guest, number) & ~mask;
	teavmx_changes_add(changes, number, value);
}

void teavmx_changes_advance(struct teavmx_changes *changes,
			    const struct teavmx_guest *guest,
			    unsigned int length)
{
	uint64_t blocked = teavmx_guest_reg(guest, REGS_INTERRUPTIBILITY);
	uint64_t flags = teavmx_guest_reg(guest, REGS_RFLAGS);
	uint64_t rip = teavmx_guest_reg(guest, REGS_RIP) + length;

	/*
	 * Also 16-bit code has 32 bits here: what comes after offset 0xffff is
	 * beyond the limit, it does not begin again at 0.
	 */
	if (teavmx_guest_bits(guest) < 64)
		rip &= UINT32_MAX;
	teavmx_changes_add(changes, REGS_RIP, rip);
	if (flags & RFLAGS_RF)
		teavmx_changes_add(changes, REGS_RFLAGS, flags & ~RFLAGS_RF);
	if (blocked & BLOCKED_BY_STI_MOV_SS)
		teavmx_changes_add(changes, REGS_INTERRUPTIBILITY,
				   blocked & ~BLOCKED_BY_STI_MOV_SS);
	/* The processor would have raised it after the instruction. */
	if (flags & RFLAGS_TF &&
	    !(teavmx_guest_reg(guest, REGS_DEBUGCTL) & DEBUGCTL_BTF))
		teavmx_changes_add(changes, REGS_PENDING_DEBUG,
				   teavmx_guest_reg(guest, REGS_PENDING_DEBUG) |
				   PENDING_DEBUG_BS);
}
