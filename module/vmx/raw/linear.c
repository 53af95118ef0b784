// SPDX-License-Identifier: GPL-2.0-only
#include "linear.h"
#include "emulate.h"
#include "../run.h"
#include "../vmcs.h"
#include "vm.h"

#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <asm/processor-flags.h>
#include <asm/msr-index.h>
#include <asm/vmx.h>

/*
 * Linear addresses of a raw guest. Reads use its page tables without setting
 * accessed bits in them, and succeed only for its RAM.
 */

#define CR3_ADDRESS	GENMASK_ULL(51, 12)
#define ENTRY_ADDRESS	GENMASK_ULL(51, 12)

/*
 * A level of page tables: the address has the index of an entry in the given
 * number of bits above the shift, and an entry has size bytes.
 */
struct level {
	unsigned int shift;
	unsigned int bits;
	unsigned int size;
	bool large;
};

static const struct level levels64[] = {
	{ 39, 9, 8, false },
	{ 30, 9, 8, true },
	{ 21, 9, 8, true },
	{ 12, 9, 8, false },
	{ }
};

static const struct level levels32[] = {
	{ 22, 10, 4, true },
	{ 12, 10, 4, false },
	{ }
};

static bool read_entry(const struct vmx_vcpu *vmx, u64 table,
		       const struct level *level, u64 linear, u64 *entry)
{
	u64 index = (linear >> level->shift) & GENMASK(level->bits - 1, 0);

	*entry = 0;
	return !ram_read(&vmx->raw->ram, table + index * level->size, entry,
			 level->size) &&
	       *entry & _PAGE_PRESENT;
}

/*
 * The address of a large page. In 32-bit paging, bits 20:13 of the entry of a
 * 4 MiB page are bits 39:32 of the address (SDM "32-Bit Paging").
 */
static u64 large_page(const struct level *level, u64 entry)
{
	u64 page = entry & ENTRY_ADDRESS & ~GENMASK_ULL(level->shift - 1, 0);

	if (level->size == 4)
		page |= (entry & GENMASK_ULL(20, 13)) << 19;
	return page;
}

static bool linear_walk(const struct vmx_vcpu *vmx, u64 table,
			const struct level *level, u64 linear, u64 *physical)
{
	bool pse = level->size == 8 || vmcs_readl(CR4_READ_SHADOW) & X86_CR4_PSE;
	u64 entry;

	for (; level->size; level++) {
		if (!read_entry(vmx, table, level, linear, &entry))
			return false;
		table = entry & ENTRY_ADDRESS;
		if (level->large && pse && entry & _PAGE_PSE) {
			table = large_page(level, entry);
			break;
		}
		if (!level[1].size)
			break;
	}
	*physical = table | (linear & GENMASK_ULL(level->shift - 1, 0));
	return true;
}

static bool linear_translate(const struct vmx_vcpu *vmx, u64 linear,
			     u64 *physical)
{
	u64 cr3 = vmcs_readl(GUEST_CR3);
	u64 pdpte;

	if (!(vmcs_readl(CR0_READ_SHADOW) & X86_CR0_PG)) {
		*physical = linear;
		return true;
	}
	if (vmcs_read64(GUEST_IA32_EFER) & EFER_LMA)
		return linear_walk(vmx, cr3 & CR3_ADDRESS, levels64, linear,
				   physical);
	if (!(vmcs_readl(CR4_READ_SHADOW) & X86_CR4_PAE))
		return linear_walk(vmx, cr3 & CR3_ADDRESS, levels32, linear,
				   physical);
	pdpte = vmcs_read64(GUEST_PDPTR0 + 2 * ((linear >> 30) & 3));
	if (!(pdpte & _PAGE_PRESENT))
		return false;
	return linear_walk(vmx, pdpte & ENTRY_ADDRESS, levels64 + 2, linear,
			   physical);
}

/**
 * linear_rip() - linear address of the next instruction
 * @vmx: a raw vCPU
 *
 * Context: VMX root operation, interrupts off, its VMCS current.
 *
 * Return: the address.
 */
u64 linear_rip(const struct vmx_vcpu *vmx)
{
	if (emulate_long_mode())
		return vmx->rip;
	return (u32)(vmcs_readl(GUEST_CS_BASE) + vmx->rip);
}

/**
 * linear_read() - read memory of a raw guest at a linear address
 * @vmx: a raw vCPU
 * @linear: the address
 * @to: receives the bytes
 * @size: number of bytes
 *
 * Context: as linear_rip().
 *
 * Return: number of bytes read, fewer than @size if a page is missing.
 */
size_t linear_read(const struct vmx_vcpu *vmx, u64 linear, u8 *to,
		   size_t size)
{
	size_t done = 0;
	u64 physical;

	while (done < size) {
		size_t part = min_t(size_t, size - done,
				    PAGE_SIZE - offset_in_page(linear));

		if (!linear_translate(vmx, linear, &physical) ||
		    ram_read(&vmx->raw->ram, physical, to + done, part))
			break;
		done += part;
		linear += part;
	}
	return done;
}
