// SPDX-License-Identifier: GPL-2.0-only
#include "pages.h"
#include "space.h"

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/vmalloc.h>

/*
 * The memory of a TEA guest in the address space of the host. A region is
 * contiguous there, so that the soft back end and the loader can use plain
 * pointers; vmx/ept.c builds the guest's extended page tables from it.
 */

static struct space_region *new_region(struct teavmx_space *space, u64 gpa,
				       size_t size, unsigned int access)
{
	struct space_region *region;

	/* No memory of a TEA guest is both writable and executable. */
	if (access == (SPACE_WRITE | SPACE_EXEC) ||
	    space->count == SPACE_REGIONS)
		return NULL;

	region = &space->regions[space->count];
	region->gpa = gpa;
	region->size = PAGE_ALIGN(size);
	region->access = access;
	return region;
}

static void *add_region(struct teavmx_space *space, u64 gpa, size_t size,
			unsigned int access, gfp_t flags)
{
	struct space_region *region = new_region(space, gpa, size, access);
	int err;

	if (!region)
		return ERR_PTR(-EINVAL);
	err = pages_reserve(space->pages, region->size >> PAGE_SHIFT);
	if (err)
		return ERR_PTR(err);
	if (region->size == PAGE_SIZE)
		region->data = (void *)get_zeroed_page(flags);
	else
		region->data = __vmalloc(region->size, flags | __GFP_ZERO);
	if (!region->data) {
		pages_release(space->pages, region->size >> PAGE_SHIFT);
		return ERR_PTR(-ENOMEM);
	}
	region->shared = false;
	space->count++;
	return region->data;
}

/**
 * space_add() - add zeroed memory of its own to a guest's memory
 * @space: the guest's memory
 * @gpa: guest-physical address, page aligned, not in use yet
 * @size: bytes, 1 or more; rounded up to pages
 * @access: what the guest may do with it
 *
 * The pages are charged to the caller's memory cgroup. space_destroy() frees
 * them. Context: may sleep.
 *
 * Return: address of the memory in the host, or an error pointer: -ENOMEM, an
 * errno of pages_reserve(), or -EINVAL for a region that is not allowed.
 */
void *space_add(struct teavmx_space *space, u64 gpa, size_t size,
		unsigned int access)
{
	return add_region(space, gpa, size, access, GFP_KERNEL_ACCOUNT);
}

/**
 * space_try_add() - add memory that a guest can do without
 * @space: as for space_add()
 * @gpa: likewise
 * @size: likewise
 * @access: likewise
 *
 * No process of the host is killed for this memory, and nothing is logged. Context:
 * may sleep.
 *
 * Return: as space_add().
 */
void *space_try_add(struct teavmx_space *space, u64 gpa, size_t size,
		    unsigned int access)
{
	return add_region(space, gpa, size, access,
			  GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL |
			  __GFP_NOWARN);
}

static struct space_region *find_region(struct teavmx_space *space, u64 gpa)
{
	unsigned int i;

	for (i = 0; i < space->count; i++)
		if (space->regions[i].gpa == gpa)
			return &space->regions[i];
	return NULL;
}

/**
 * space_seal() - take the right to write to some memory from a guest
 * @space: the guest's memory; the guest does not run
 * @gpa: guest-physical address of the memory
 * @access: SPACE_EXEC if the guest may execute it from now on, or 0
 *
 * The caller has to change the tables of the guest, too.
 *
 * Return: the region, or NULL if no writable one begins there.
 */
const struct space_region *space_seal(struct teavmx_space *space, u64 gpa,
				      unsigned int access)
{
	struct space_region *region = find_region(space, gpa);

	if (!region || !(region->access & SPACE_WRITE))
		return NULL;
	region->access = access;
	return region;
}

/**
 * space_share() - add memory that several guests share to a guest's memory
 * @space: the guest's memory
 * @gpa: guest-physical address, page aligned, not in use yet
 * @data: page aligned; must outlive @space
 * @size: bytes, a multiple of the page size
 * @access: what the guest may do with it; never SPACE_WRITE
 *
 * Return: 0 or -EINVAL.
 */
int space_share(struct teavmx_space *space, u64 gpa, void *data, size_t size,
		unsigned int access)
{
	struct space_region *region = new_region(space, gpa, size, access);

	if (!region || access & SPACE_WRITE)
		return -EINVAL;
	region->data = data;
	region->shared = true;
	space->count++;
	return 0;
}

/**
 * space_clear() - zero what a guest can write
 * @space: the guest's memory; the guest does not run
 */
void space_clear(struct teavmx_space *space)
{
	unsigned int i;

	for (i = 0; i < space->count; i++)
		if (space->regions[i].access & SPACE_WRITE)
			memset(space->regions[i].data, 0,
			       space->regions[i].size);
}

static void free_region(struct teavmx_space *space,
			struct space_region *region)
{
	if (region->shared)
		return;
	pages_release(space->pages, region->size >> PAGE_SHIFT);
	if (is_vmalloc_addr(region->data))
		vfree(region->data);
	else
		free_page((unsigned long)region->data);
}

/**
 * space_destroy() - free a guest's own memory
 * @space: the guest's memory; empty afterwards
 */
void space_destroy(struct teavmx_space *space)
{
	while (space->count)
		free_region(space, &space->regions[--space->count]);
}

/**
 * space_remove() - free memory that a guest needs no more
 * @space: the guest's memory; the guest does not run
 * @gpa: guest-physical address of the memory, which is the guest's own
 *
 * The tables of the guest do not map it any more. Context: may sleep.
 */
void space_remove(struct teavmx_space *space, u64 gpa)
{
	struct space_region *region = find_region(space, gpa);

	if (!region)
		return;
	free_region(space, region);
	*region = space->regions[--space->count];
}

/**
 * space_phys() - host-physical address of a page of a region
 * @region: the region
 * @offset: page-aligned offset below its size
 *
 * Return: the address.
 */
phys_addr_t space_phys(const struct space_region *region, u32 offset)
{
	void *data = region->data + offset;

	if (is_vmalloc_addr(data))
		return PFN_PHYS(vmalloc_to_pfn(data));
	return __pa(data);
}
