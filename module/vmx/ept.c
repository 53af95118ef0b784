// SPDX-License-Identifier: GPL-2.0-only
#include "ept.h"
#include "vmcs.h"
#include "../memory/space.h"

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include <asm/vmx.h>

/*
 * The tables have four levels of 512 entries and map only 4 KiB pages (SDM "The
 * Extended Page Table Mechanism"). Accessed and dirty flags are disabled: with
 * them the processor treats its reads of the guest's page tables as writes, and
 * the page tables of a TEA guest are mapped read-only.
 */
#define EPT_LEVELS 4
#define EPT_ENTRIES 512

static unsigned int ept_index(u64 gpa, unsigned int level)
{
	return (gpa >> (PAGE_SHIFT + 9 * (level - 1))) % EPT_ENTRIES;
}

/*
 * A raw guest causes allocations by touching its RAM. __GFP_RETRY_MAYFAIL makes
 * them fail at the limit of the memory cgroup: the OOM killer would end a
 * process of the host for what a guest did.
 */
static u64 *ept_new_table(struct ept *ept)
{
	struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO |
				       __GFP_RETRY_MAYFAIL | __GFP_NOWARN);

	if (!page)
		return NULL;
	list_add(&page->lru, &ept->tables);
	return page_address(page);
}

static u64 *ept_table(u64 entry)
{
	return __va(entry & PAGE_MASK);
}

/*
 * Returns the last-level entry of @gpa and allocates missing tables on the way;
 * NULL when that fails. A table is zeroed before WRITE_ONCE() makes it visible
 * to a processor that walks the tables at the same time.
 */
static u64 *ept_leaf(struct ept *ept, u64 gpa)
{
	u64 *table = ept->root;
	unsigned int level;

	for (level = EPT_LEVELS; level > 1; level--) {
		u64 *entry = &table[ept_index(gpa, level)];

		if (!*entry) {
			table = ept_new_table(ept);
			if (!table)
				return NULL;
			WRITE_ONCE(*entry, __pa(table) | VMX_EPT_RWX_MASK);
		} else {
			table = ept_table(*entry);
		}
	}
	return &table[ept_index(gpa, 1)];
}

static u64 ept_rights(unsigned int access)
{
	u64 rights = VMX_EPT_READABLE_MASK;

	if (access & SPACE_WRITE)
		rights |= VMX_EPT_WRITABLE_MASK;
	if (access & SPACE_EXEC)
		rights |= VMX_EPT_EXECUTABLE_MASK;
	return rights;
}

/**
 * ept_prepare() - allocate the tables that ept_map_page() will need
 * @ept: the tables; may be in use
 * @gpa: guest-physical address
 *
 * Return: 0 or -ENOMEM. After 0, ept_map_page() for @gpa cannot fail.
 */
int ept_prepare(struct ept *ept, u64 gpa)
{
	return ept_leaf(ept, gpa) ? 0 : -ENOMEM;
}

/**
 * ept_map_page() - map one page into guest-physical memory
 * @ept: the tables; may be in use. When rights are removed, every CPU that may
 *	have cached the mapping has to call ept_forget()
 * @gpa: guest-physical address, page aligned
 * @phys: host-physical address of the page
 * @access: SPACE_WRITE, SPACE_EXEC or both
 * @without: rights to leave out, VMX_EPT_*_MASK
 *
 * Return: 0 or -ENOMEM.
 */
int ept_map_page(struct ept *ept, u64 gpa, phys_addr_t phys,
		 unsigned int access, u64 without)
{
	u64 *entry = ept_leaf(ept, gpa);

	if (!entry)
		return -ENOMEM;
	/*
	 * The page is RAM of the host, which the host maps write-back. "Ignore
	 * PAT" keeps a guest from choosing a memory type that conflicts.
	 */
	WRITE_ONCE(*entry, phys | (ept_rights(access) & ~without) |
			   VMX_EPT_IPAT_BIT |
			   (VMX_EPTP_MT_WB << VMX_EPT_MT_EPTE_SHIFT));
	return 0;
}

/**
 * ept_is_mapped() - does an entry point to a page?
 * @ept: the tables; may be in use, but no entry of @gpa changes meanwhile
 * @gpa: guest-physical address
 *
 * Return: true if it does, also when the entry has no rights.
 */
bool ept_is_mapped(const struct ept *ept, u64 gpa)
{
	const u64 *table = ept->root;
	unsigned int level;

	for (level = EPT_LEVELS; level > 1; level--) {
		u64 entry = table[ept_index(gpa, level)];

		if (!entry)
			return false;
		table = ept_table(entry);
	}
	return table[ept_index(gpa, 1)];
}

/*
 * Copies the entries of memory that guests share, all of which is below 2 MiB.
 * The tables of a guest point to none of @shared.
 */
static int ept_map_shared(struct ept *ept, const struct ept *shared)
{
	u64 *from = shared->root, *to = ept_leaf(ept, 0);
	unsigned int level;

	if (!to)
		return -ENOMEM;
	for (level = EPT_LEVELS; level > 1; level--)
		from = ept_table(*from);
	copy_page(to, from);
	return 0;
}

/**
 * ept_map() - map a region of a guest, or change the rights to it
 * @ept: the tables. When rights are removed, every CPU that may have cached the
 *	mappings has to call ept_forget()
 * @region: the region
 *
 * Return: 0 or -ENOMEM, which is impossible for a region that is mapped already.
 */
int ept_map(struct ept *ept, const struct space_region *region)
{
	u32 offset;
	int err;

	for (offset = 0; offset < region->size; offset += PAGE_SIZE) {
		err = ept_map_page(ept, region->gpa + offset,
				   space_phys(region, offset), region->access,
				   0);
		if (err)
			return err;
	}
	return 0;
}

/**
 * ept_create() - build the tables for all regions of a space
 * @ept: receives the root
 * @shared: tables of memory below 2 MiB that is mapped too, or NULL
 * @space: the guest's memory, or NULL for tables that map nothing yet
 *
 * Return: 0, or -ENOMEM with everything freed again.
 */
int ept_create(struct ept *ept, const struct ept *shared,
	       const struct teavmx_space *space)
{
	unsigned int i;
	int err = 0;

	INIT_LIST_HEAD(&ept->tables);
	ept->root = ept_new_table(ept);
	if (!ept->root)
		return -ENOMEM;
	if (shared)
		err = ept_map_shared(ept, shared);
	for (i = 0; !err && space && i < space->count; i++)
		err = ept_map(ept, &space->regions[i]);
	if (err)
		ept_destroy(ept);
	return err;
}

/**
 * ept_destroy() - free the tables, not the pages they map
 * @ept: may be empty
 */
void ept_destroy(struct ept *ept)
{
	struct page *page, *next;

	if (!ept->root)
		return;
	list_for_each_entry_safe(page, next, &ept->tables, lru)
		__free_page(page);
	ept->root = NULL;
}

/**
 * ept_pointer() - the VMCS field for these tables
 * @ept: the tables
 *
 * Return: the value of EPT_POINTER: write-back tables, a walk of four levels.
 */
u64 ept_pointer(const struct ept *ept)
{
	return __pa(ept->root) | VMX_EPTP_MT_WB | VMX_EPTP_PWL_4;
}

/**
 * ept_forget() - invalidate the translations that this CPU has cached
 * @ept: the tables that they were derived from
 *
 * Context: VMX root operation, interrupts off.
 */
void ept_forget(const struct ept *ept)
{
	if (!vmx_invept(VMX_EPT_EXTENT_CONTEXT, ept_pointer(ept)))
		vmcs_failed("INVEPT", 0, ept_pointer(ept));
}
