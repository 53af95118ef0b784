// SPDX-License-Identifier: GPL-2.0-only
#include "ram_snapshot.h"
#include "pages.h"
#include "ram.h"
#include "ram_base.h"

#include <linux/errno.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

/*
 * A snapshot of RAM takes over the pages that there are, and copies only those that the
 * kernel is writing to for a process. They are mapped read-only from then on. The
 * first write to one gives the VM a copy, which is marked RAM_DIRTY (ram.c). A reset
 * writes the bytes of the snapshot back to the pages that are marked, so it costs as
 * much as was written. The VM keeps the copies, and the next write to one only has to
 * mark it again.
 */

/*
 * Pages of the snapshot before that were not written remain in the new one. Clones may
 * use the old one further on, so its pages get another reference.
 */
static int ram_keep_pages(struct ram_base *base, struct teavmx_ram *ram)
{
	unsigned long frame, count = 0;
	struct page *page;
	int err;

	if (!ram->base)
		return 0;
	xa_for_each(&ram->base->pages, frame, page) {
		if (xa_load(&ram->pages, frame))
			continue;
		err = ram_base_add(base, frame, page);
		if (err)
			return err;
		count++;
		cond_resched();
	}
	return pages_reserve(&base->counted, count);
}

/*
 * RAM has one reference to a page that no process maps any more. With a further one
 * the kernel may be writing to the page for a process (process_vm_writev(), direct I/O),
 * which causes no other page fault. Linux 6.1 takes such references that are no pins,
 * so folio_maybe_dma_pinned() would not find all of them.
 */
static bool ram_page_in_use(struct page *page)
{
	return page_count(page) > 1;
}

static int ram_add_copy(struct ram_base *base, unsigned long frame,
			struct page *page)
{
	int err = pages_reserve(&base->counted, 1);
	struct page *copy;

	if (err)
		return err;
	copy = alloc_page(RAM_GFP);
	if (!copy)
		return -ENOMEM;
	copy_page(page_address(copy), page_address(page));
	err = ram_base_add(base, frame, copy);
	put_page(copy);
	return err;
}

static int ram_add_pages(struct ram_base *base, struct teavmx_ram *ram)
{
	unsigned long frame;
	struct page *page;
	int err;

	xa_for_each(&ram->pages, frame, page) {
		ram_unmap_users(ram, frame, page);
		err = ram_page_in_use(page) ? ram_add_copy(base, frame, page) :
					      ram_base_add(base, frame, page);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/*
 * The pages are then those of the snapshot, in the tables too, where they remain
 * readable: a guest that only reads a page never exits for it. A page of which the
 * snapshot has a copy remains the VM's own and counts as written.
 */
static void ram_give_pages(struct teavmx_ram *ram, struct ram_base *base)
{
	struct ram_base *before = ram->base;
	unsigned long frame, given = 0;
	struct page *page;

	ram->base = base;
	xa_for_each(&ram->pages, frame, page) {
		if (ram_base_page(base, frame) == page) {
			xa_erase(&ram->pages, frame);
			put_page(page);
			given++;
		} else {
			xa_set_mark(&ram->pages, frame, RAM_DIRTY);
		}
		ram_map_page(ram, frame, page);
		cond_resched();
	}
	pages_move(ram->counted, &base->counted, given);
	WRITE_ONCE(ram->used, ram->used - given);
	ram_rights_changed(ram);
	ram_base_put(before);
}

/**
 * ram_snapshot_take() - make what is in RAM now its snapshot
 * @ram: the RAM; no vCPU runs, none begins to, and no request accesses it
 *
 * The snapshot before is given up. A page that the kernel is writing to for a
 * process remains the VM's own, and the snapshot gets a copy.
 *
 * Context: may sleep.
 *
 * Return: 0, -ENOMEM or an errno of pages_reserve(); nothing has changed then.
 */
int ram_snapshot_take(struct teavmx_ram *ram)
{
	struct mem_cgroup *old = set_active_memcg(ram->memcg);
	struct ram_base *base = ram_base_create(ram->size);
	int err;

	mutex_lock(&ram->lock);
	err = base ? ram_keep_pages(base, ram) ?: ram_add_pages(base, ram) :
		     -ENOMEM;
	if (err)
		ram_base_put(base);
	else
		ram_give_pages(ram, base);
	mutex_unlock(&ram->lock);
	set_active_memcg(old);
	return err;
}

/**
 * ram_snapshot_attach() - begin with the snapshot of another VM
 * @ram: RAM of the same size, which was never accessed
 * @base: the pages of the snapshot; @ram gets a reference of its own
 */
void ram_snapshot_attach(struct teavmx_ram *ram, struct ram_base *base)
{
	ram->base = ram_base_get(base);
}

static void ram_reset_page(struct teavmx_ram *ram, unsigned long frame,
			   struct page *page)
{
	struct page *base = ram_base_page(ram->base, frame);
	bool in_use;

	ram_unmap_users(ram, frame, page);
	/* Read this before the bytes: the kernel may finish its write meanwhile. */
	in_use = ram_page_in_use(page);
	if (base)
		copy_page(page_address(page), page_address(base));
	else
		clear_page(page_address(page));
	if (!in_use)
		xa_clear_mark(&ram->pages, frame, RAM_DIRTY);
	ram_map_page(ram, frame, page);
}

/**
 * ram_snapshot_reset() - take RAM back to its snapshot
 * @ram: RAM with a snapshot; no vCPU runs, none begins to, and no request
 *	accesses it
 *
 * A page that the kernel is writing to for a process remains marked RAM_DIRTY.
 *
 * Context: may sleep.
 */
void ram_snapshot_reset(struct teavmx_ram *ram)
{
	unsigned long frame;
	struct page *page;

	mutex_lock(&ram->lock);
	xa_for_each_marked(&ram->pages, frame, page, RAM_DIRTY) {
		ram_reset_page(ram, frame, page);
		cond_resched();
	}
	/*
	 * The registers of the vCPUs change as well, and with them the translations
	 * that the CPU may have cached, also if no page was written.
	 */
	ram_rights_changed(ram);
	mutex_unlock(&ram->lock);
}

/**
 * ram_snapshot_has() - is an EPT violation perhaps due to the snapshot?
 * @ram: the RAM
 * @gpa: guest-physical address
 *
 * Return: true if there is a snapshot and the page has memory, so that without
 * the snapshot there would be no violation.
 */
bool ram_snapshot_has(struct teavmx_ram *ram, u64 gpa)
{
	return ram->base && gpa < ram->size && ram_page(ram, gpa);
}

/**
 * ram_dirty_next() - find a page that was written since the snapshot
 * @ram: the RAM
 * @gpa: address to begin with; receives that of the page
 *
 * Context: any; vCPUs may run.
 *
 * Return: false when there is none.
 */
bool ram_dirty_next(struct teavmx_ram *ram, u64 *gpa)
{
	unsigned long frame = *gpa >> PAGE_SHIFT;

	if (!xa_find(&ram->pages, &frame, ULONG_MAX, RAM_DIRTY))
		return false;
	*gpa = (u64)frame << PAGE_SHIFT;
	return true;
}

/**
 * ram_pages_used() - how much memory RAM and its snapshot have
 * @ram: the RAM
 *
 * Context: vm->lock is held.
 *
 * Return: number of pages, also those that other VMs share.
 */
u64 ram_pages_used(const struct teavmx_ram *ram)
{
	return READ_ONCE(ram->used) +
	       (ram->base ? atomic_long_read(&ram->base->counted) : 0);
}
