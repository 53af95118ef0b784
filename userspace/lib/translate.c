// SPDX-License-Identifier: LGPL-2.1-or-later
/* SDM "Paging": who may access a page is not looked at, only where it is. */
#include <errno.h>
#include <string.h>

#include "guest.h"

#define CR0_PG		0x80000000u
#define CR4_PSE		0x10u
#define CR4_PAE		0x20u
#define CR4_LA57	0x1000u
#define EFER_LMA	0x400u
#define ENTRY_PRESENT	1
#define ENTRY_LARGE	0x80u
#define PAGE_BITS	12
/* Bits 51:12, an address in an entry of 8 bytes */
#define ADDRESS_MASK	0x000ffffffffff000ULL

/* A way to page: tables in @levels, @bits of the address choose an entry */
struct paging {
	unsigned int levels;
	unsigned int bits;
	unsigned int entry_size;
	unsigned int linear_bits;
	uint64_t root;
	bool large;
};

static struct paging paging_of(const struct teavmx_guest *guest)
{
	uint64_t cr3 = teavmx_guest_reg(guest, REGS_CR3);
	uint64_t cr4 = teavmx_guest_reg(guest, REGS_CR4);

	if (teavmx_guest_reg(guest, REGS_EFER) & EFER_LMA)
		return (struct paging){
			.levels = cr4 & CR4_LA57 ? 5 : 4,
			.bits = 9,
			.entry_size = 8,
			.linear_bits = cr4 & CR4_LA57 ? 57 : 48,
			.root = cr3 & ADDRESS_MASK,
			.large = true,
		};
	if (cr4 & CR4_PAE)
		return (struct paging){
			.levels = 3,
			.bits = 9,
			.entry_size = 8,
			.linear_bits = 32,
			.root = cr3 & 0xffffffe0,
			.large = true,
		};
	return (struct paging){
		.levels = 2,
		.bits = 10,
		.entry_size = 4,
		.linear_bits = 32,
		.root = cr3 & 0xfffff000,
		.large = cr4 & CR4_PSE,
	};
}

/* The four entries on top of PAE paging have no bit for a large page. */
static bool is_large(const struct paging *paging, unsigned int level,
		     uint64_t entry)
{
	if (level == 1)
		return true;
	return paging->large && entry & ENTRY_LARGE &&
	       (level == 2 || (level == 3 && paging->levels > 3));
}

static uint64_t address_in(const struct paging *paging, unsigned int level,
			   uint64_t entry)
{
	if (paging->entry_size == 8)
		return entry & ADDRESS_MASK;
	/* Of a page of 4 MiB, bits 20:13 are bits 39:32 of the address. */
	if (level == 2 && is_large(paging, level, entry))
		return (entry & 0xffc00000) | (entry >> 13 & 0xff) << 32;
	return entry & 0xfffff000;
}

static int unmapped(const struct teavmx_guest *guest, uint64_t linear,
		    const char *why)
{
	teavmx_fail(guest->error, TEAVMX_REQUEST, EFAULT, NULL,
		    "linear address 0x%llx leads nowhere: %s",
		    (unsigned long long)linear, why);
	errno = EFAULT;
	return -1;
}

static int walk(const struct teavmx_guest *guest, const struct paging *paging,
		uint64_t linear, uint64_t *physical)
{
	uint64_t table = paging->root;
	unsigned int level;

	for (level = paging->levels; level; level--) {
		unsigned int shift = PAGE_BITS + (level - 1) * paging->bits;
		uint64_t mask = (1ULL << paging->bits) - 1;
		uint64_t inside = (1ULL << shift) - 1;
		uint64_t entry = 0;

		/* Of a PAE address, only 32 bits are there. */
		table += (linear >> shift & mask) * paging->entry_size;
		if (guest->read(guest->data, table, &entry, paging->entry_size))
			return unmapped(guest, linear,
					"a page table is not in RAM");
		if (!(entry & ENTRY_PRESENT))
			return unmapped(guest, linear,
					"a page-table entry is not present");
		table = address_in(paging, level, entry);
		if (is_large(paging, level, entry)) {
			*physical = (table & ~inside) | (linear & inside);
			return 0;
		}
	}
	return -1;
}

static bool is_canonical(uint64_t linear, unsigned int bits)
{
	int64_t top = (int64_t)linear >> (bits - 1);

	return !top || top == -1;
}

int teavmx_guest_translate(const struct teavmx_guest *guest, uint64_t linear,
			   uint64_t *physical)
{
	struct paging paging = paging_of(guest);

	if (paging.linear_bits == 32)
		linear &= UINT32_MAX;
	else if (!is_canonical(linear, paging.linear_bits))
		return unmapped(guest, linear, "it is not canonical");
	if (!(teavmx_guest_reg(guest, REGS_CR0) & CR0_PG)) {
		*physical = linear;
		return 0;
	}
	return walk(guest, &paging, linear, physical);
}

/* What teavmx_translate() was given, as a guest */
struct view {
	struct teavmx *teavmx;
	uint32_t vm;
};

static int view_read(void *data, uint64_t address, void *bytes, size_t size)
{
	struct view *view = data;

	return teavmx_mem_read(view->teavmx, view->vm, address, bytes, size);
}

int teavmx_translate(struct teavmx *teavmx, uint32_t vm,
		     const struct teavmx_register *registers, size_t count,
		     uint64_t linear, uint64_t *physical)
{
	struct view view = { teavmx, vm };
	struct teavmx_guest guest = {
		.read = view_read,
		.data = &view,
		.error = &teavmx->error,
		.registers = registers,
		.count = count,
	};

	return teavmx_guest_translate(&guest, linear, physical);
}
