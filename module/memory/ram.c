// SPDX-License-Identifier: GPL-2.0-only
#include "pages.h"
#include "ram.h"
#include "ram_base.h"
#include "space.h"

#include <linux/gfp.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/smp.h>
#include <asm/vmx.h>

#include <uapi/teavmx.h>

/*
 * A raw guest's RAM. A page is allocated when the guest or the host program
 * first accesses it, and remains until the VM is freed. A guest may write and
 * execute all of its RAM. While there is a snapshot (ram_snapshot.c), a page of it
 * is mapped read-only, and the first write gives the VM a page of its own.
 */

#define RAM_ACCESS (SPACE_WRITE | SPACE_EXEC)

/**
 * ram_create() - initialize RAM without pages
 * @ram: all zeros
 * @size: bytes, a multiple of the page size
 * @counted: counts the pages of its VM, and outlives it
 *
 * All pages will be charged to the memory cgroup of the caller, also those that
 * the guest or another process touches first.
 *
 * Return: 0, or -ENOMEM with everything freed again.
 */
int ram_create(struct teavmx_ram *ram, u64 size, atomic_long_t *counted)
{
	int err = ept_create(&ram->ept, NULL, NULL);

	if (err)
		return err;
	ram->size = size;
	ram->counted = counted;
	mutex_init(&ram->lock);
	address_space_init_once(&ram->mapping);
	/*
	 * Without XA_FLAGS_ACCOUNT an xarray first tries to allocate its nodes
	 * without charging them, whatever flags xa_store() gets.
	 */
	xa_init_flags(&ram->pages, XA_FLAGS_ACCOUNT);
	xa_init_flags(&ram->guards, XA_FLAGS_ACCOUNT);
	ram->memcg = get_mem_cgroup_from_mm(current->mm);
	return 0;
}

/**
 * ram_destroy() - free all pages
 * @ram: no vCPU uses it any more
 */
void ram_destroy(struct teavmx_ram *ram)
{
	struct page *page;
	unsigned long frame;

	ept_destroy(&ram->ept);
	ept_destroy(&ram->open);
	xa_destroy(&ram->guards);
	xa_for_each(&ram->pages, frame, page) {
		put_page(page);
		cond_resched();
	}
	xa_destroy(&ram->pages);
	pages_release(ram->counted, ram->used);
	ram_base_put(ram->base);
	mem_cgroup_put(ram->memcg);
}

static unsigned long guards_of(struct teavmx_ram *ram, unsigned long frame)
{
	void *entry = xa_load(&ram->guards, frame);

	return entry ? xa_to_value(entry) : 0;
}

/* The EPT rights that breakpoints at a page remove from its entry. */
static u64 guarded_rights(unsigned long guards)
{
	u64 rights = 0;

	if (guards & BIT(TEAVMX_BREAKPOINT_KIND_PAGE_EXECUTE))
		rights |= VMX_EPT_EXECUTABLE_MASK;
	if (guards & BIT(TEAVMX_BREAKPOINT_KIND_PAGE_WRITE))
		rights |= VMX_EPT_WRITABLE_MASK;
	if (guards & BIT(TEAVMX_BREAKPOINT_KIND_PAGE_ACCESS))
		rights |= VMX_EPT_RWX_MASK;
	return rights;
}

static int prepare_tables(struct teavmx_ram *ram, unsigned long frame)
{
	u64 gpa = (u64)frame << PAGE_SHIFT;
	int err = ept_prepare(&ram->ept, gpa);

	if (!err && ram->open.root)
		err = ept_prepare(&ram->open, gpa);
	return err;
}

/*
 * The EPT rights that the snapshot removes: the next write to a page that has its
 * bytes must exit, so that the write is noticed.
 */
static u64 shared_rights(struct teavmx_ram *ram, unsigned long frame)
{
	return ram->base && !xa_get_mark(&ram->pages, frame, RAM_DIRTY) ?
	       VMX_EPT_WRITABLE_MASK : 0;
}

/**
 * ram_map_page() - map a page in both sets of tables
 * @ram: the RAM; a guest may be using the tables
 * @frame: frame number
 * @page: its page, its own one or that of the snapshot
 *
 * The tables that the page needs exist. Those without breakpoints may lack them
 * for a page of the snapshot, whose next access is then as the first one. When
 * rights are removed or the page is another one than before,
 * ram_rights_changed() has to follow.
 *
 * Context: ram->lock is held.
 */
void ram_map_page(struct teavmx_ram *ram, unsigned long frame,
		  struct page *page)
{
	u64 gpa = (u64)frame << PAGE_SHIFT;
	u64 phys = PFN_PHYS(page_to_pfn(page));
	u64 shared = shared_rights(ram, frame);

	if (ram->open.root)
		ept_map_page(&ram->open, gpa, phys, RAM_ACCESS, shared);
	ept_map_page(&ram->ept, gpa, phys, RAM_ACCESS,
		     shared | guarded_rights(guards_of(ram, frame)));
}

/**
 * ram_rights_changed() - have each vCPU execute INVEPT before its next entry
 * @ram: the RAM, whose tables were changed
 *
 * Context: ram->lock is held.
 */
void ram_rights_changed(struct teavmx_ram *ram)
{
	/*
	 * Pairs with smp_load_acquire() in raw_prepare_ept(): a vCPU that reads
	 * the new count executes INVEPT after the entry has changed.
	 */
	smp_store_release(&ram->changes, ram->changes + 1);
}

/**
 * ram_unmap_users() - unmap a page from the processes that have mapped it
 * @ram: the RAM
 * @frame: frame number
 * @page: the page that they may have mapped there
 *
 * A page fault holds the lock of the page from ram_get_locked() until the page
 * is mapped, so none that has begun before maps it afterwards, and a new one
 * waits for ram->lock.
 *
 * Context: ram->lock is held; may sleep.
 */
void ram_unmap_users(struct teavmx_ram *ram, unsigned long frame,
		     struct page *page)
{
	if (!mapping_mapped(&ram->mapping))
		return;
	lock_page(page);
	unmap_mapping_range(&ram->mapping, (loff_t)frame << PAGE_SHIFT,
			    PAGE_SIZE, false);
	unlock_page(page);
}

/*
 * The new page, which has the same bytes, replaces that of the snapshot in the
 * tables and in the mappings of processes. Before the first write to it no other
 * vCPU may read the old one any more, so the vCPUs that run are made to exit.
 */
static void replace_page(struct teavmx_ram *ram, unsigned long frame,
			 struct page *old, struct page *page,
			 unsigned int access)
{
	ram_unmap_users(ram, frame, old);
	if (!ept_is_mapped(&ram->ept, (u64)frame << PAGE_SHIFT))
		return;
	ram_map_page(ram, frame, page);
	ram_rights_changed(ram);
	/*
	 * Pairs with the barrier of raw_load(): either a new vCPU is counted here,
	 * or it finds the new page when it begins.
	 */
	smp_mb();
	if (!(access & RAM_BY_GUEST) || atomic_read(&ram->vcpus) != 1)
		kick_all_cpus_sync();
}

static struct page *new_ram_page(const struct page *old)
{
	struct page *page = alloc_page(RAM_GFP | (old ? 0 : __GFP_ZERO));

	if (page && old)
		copy_page(page_address(page), page_address(old));
	return page;
}

/*
 * Once the page is in ram->pages, ram_read() and ram_write() use it without
 * ram->lock, and once it is in the tables the guest does. So every step that
 * can fail comes before both.
 */
static int alloc_ram_page(struct teavmx_ram *ram, unsigned long frame,
			  unsigned int access)
{
	struct page *old = ram_base_page(ram->base, frame);
	struct page *page = new_ram_page(old);
	int err;

	if (!page)
		return -ENOMEM;
	err = prepare_tables(ram, frame) ?:
	      xa_err(xa_store(&ram->pages, frame, page, RAM_GFP));
	if (err) {
		__free_page(page);
		return err;
	}
	if (old)
		replace_page(ram, frame, old, page, access);
	ram->used++;
	return 0;
}

static int add_page(struct teavmx_ram *ram, unsigned long frame,
		    unsigned int access)
{
	int err = pages_reserve(ram->counted, 1);

	if (err)
		return err;
	err = alloc_ram_page(ram, frame, access);
	if (err)
		pages_release(ram->counted, 1);
	return err;
}

/*
 * Can the guest access the page without a change of RAM or tables? Once a vCPU has
 * set the mark, others may write to the page before that vCPU has mapped it: they
 * exit again until it has.
 */
static bool page_is_ready(struct teavmx_ram *ram, unsigned long frame,
			  unsigned int access)
{
	if (access & RAM_WRITE && ram->base)
		return xa_get_mark(&ram->pages, frame, RAM_DIRTY);
	return xa_load(&ram->pages, frame);
}

/*
 * Reading leaves a page of the snapshot where it is, and only maps it. Any
 * other access needs a page of the VM's own.
 */
static int prepare_page(struct teavmx_ram *ram, unsigned long frame,
			unsigned int access)
{
	int err = 0;

	if (page_is_ready(ram, frame, access))
		return 0;
	if (access & RAM_WRITE || !ram_base_page(ram->base, frame)) {
		if (!xa_load(&ram->pages, frame))
			err = add_page(ram, frame, access);
	} else {
		err = prepare_tables(ram, frame);
	}
	if (err)
		return err;
	if (access & RAM_WRITE && ram->base)
		xa_set_mark(&ram->pages, frame, RAM_DIRTY);
	ram_map_page(ram, frame, ram_page(ram, (u64)frame << PAGE_SHIFT));
	return 0;
}

/**
 * ram_touch() - make sure that a page can be accessed
 * @ram: the RAM
 * @gpa: guest-physical address
 * @access: RAM_READ or RAM_WRITE, and RAM_BY_GUEST
 *
 * Allocates the page if it does not exist yet, or a copy of that of the
 * snapshot if it is to be written.
 *
 * Context: may sleep.
 *
 * Return: 0, -ERANGE outside of the RAM, -ENOMEM, or an errno of
 * pages_reserve().
 */
int ram_touch(struct teavmx_ram *ram, u64 gpa, unsigned int access)
{
	unsigned long frame = gpa >> PAGE_SHIFT;
	struct mem_cgroup *old;
	int err;

	if (gpa >= ram->size)
		return -ERANGE;
	if (page_is_ready(ram, frame, access))
		return 0;
	old = set_active_memcg(ram->memcg);
	mutex_lock(&ram->lock);
	err = prepare_page(ram, frame, access);
	mutex_unlock(&ram->lock);
	set_active_memcg(old);
	return err;
}

/**
 * ram_get_locked() - get a page for a process that maps it
 * @ram: the RAM
 * @gpa: guest-physical address
 * @access: RAM_READ or RAM_WRITE, to which the mapping is limited
 *
 * Context: may sleep.
 *
 * Return: the page, locked and with a reference, or NULL as ram_touch() fails.
 */
struct page *ram_get_locked(struct teavmx_ram *ram, u64 gpa,
			    unsigned int access)
{
	struct page *page = NULL;
	struct mem_cgroup *old;

	if (gpa >= ram->size)
		return NULL;
	old = set_active_memcg(ram->memcg);
	mutex_lock(&ram->lock);
	if (!prepare_page(ram, gpa >> PAGE_SHIFT, access)) {
		page = ram_page(ram, gpa);
		get_page(page);
		lock_page(page);
	}
	mutex_unlock(&ram->lock);
	set_active_memcg(old);
	return page;
}

/**
 * ram_page() - find the page of an address
 * @ram: the RAM
 * @gpa: guest-physical address
 *
 * Context: any.
 *
 * Return: the page, its own one or that of the snapshot, or NULL if there is none
 * yet. It exists until the next snapshot, for which no vCPU runs.
 */
struct page *ram_page(struct teavmx_ram *ram, u64 gpa)
{
	struct page *page = xa_load(&ram->pages, gpa >> PAGE_SHIFT);

	return page ?: ram_base_page(ram->base, gpa >> PAGE_SHIFT);
}

static void *page_data(struct teavmx_ram *ram, u64 gpa)
{
	struct page *page = ram_page(ram, gpa);

	return page ? page_address(page) + offset_in_page(gpa) : NULL;
}

/**
 * ram_read() - copy out of RAM
 * @ram: the RAM
 * @gpa: guest-physical address
 * @to: receives the bytes; pages that do not exist yet read as zeros
 * @size: number of bytes
 *
 * The guest may change the bytes meanwhile. Context: any.
 *
 * Return: 0 or -ERANGE.
 */
int ram_read(struct teavmx_ram *ram, u64 gpa, void *to, size_t size)
{
	if (!ram_contains(ram, gpa, size))
		return -ERANGE;
	while (size) {
		size_t part = min_t(size_t, size,
				    PAGE_SIZE - offset_in_page(gpa));
		const void *from = page_data(ram, gpa);

		if (from)
			memcpy(to, from, part);
		else
			memset(to, 0, part);
		gpa += part;
		to += part;
		size -= part;
	}
	return 0;
}

/**
 * ram_write() - copy into RAM
 * @ram: the RAM
 * @gpa: guest-physical address
 * @from: the bytes
 * @size: number of bytes
 *
 * Context: may sleep.
 *
 * Return: 0 or -ERANGE; or -ENOMEM or an errno of pages_reserve(), and then a
 * part of the bytes may have been written.
 */
int ram_write(struct teavmx_ram *ram, u64 gpa, const void *from, size_t size)
{
	int err;

	if (!ram_contains(ram, gpa, size))
		return -ERANGE;
	while (size) {
		size_t part = min_t(size_t, size,
				    PAGE_SIZE - offset_in_page(gpa));

		err = ram_touch(ram, gpa, RAM_WRITE);
		if (err)
			return err;
		memcpy(page_data(ram, gpa), from, part);
		gpa += part;
		from += part;
		size -= part;
	}
	return 0;
}

/*
 * Creates the tables in which breakpoints at pages remove no rights. The first
 * breakpoint needs them, so that a vCPU can step over an access that it
 * reported.
 */
static int make_open(struct teavmx_ram *ram)
{
	struct page *page;
	unsigned long frame;
	int err;

	if (ram->open.root)
		return 0;
	err = ept_create(&ram->open, NULL, NULL);
	if (err)
		return err;
	xa_for_each(&ram->pages, frame, page) {
		err = ept_map_page(&ram->open, (u64)frame << PAGE_SHIFT,
				   PFN_PHYS(page_to_pfn(page)), RAM_ACCESS,
				   shared_rights(ram, frame));
		if (err) {
			ept_destroy(&ram->open);
			return err;
		}
		cond_resched();
	}
	return 0;
}

/*
 * Maps a page again after its breakpoints have changed. A page of the snapshot that
 * the guest has not accessed yet may have no tables, and nothing to map again.
 */
static void map_again(struct teavmx_ram *ram, unsigned long frame)
{
	u64 gpa = (u64)frame << PAGE_SHIFT;

	if (ept_is_mapped(&ram->ept, gpa))
		ram_map_page(ram, frame, ram_page(ram, gpa));
	ram_rights_changed(ram);
}

static int add_guard(struct teavmx_ram *ram, unsigned long frame, u32 kind)
{
	unsigned long guards = guards_of(ram, frame);
	int err;

	if (guards & BIT(kind))
		return -EEXIST;
	err = make_open(ram);
	if (!err)
		err = xa_err(xa_store(&ram->guards, frame,
				      xa_mk_value(guards | BIT(kind)),
				      RAM_GFP));
	if (!err)
		map_again(ram, frame);
	return err;
}

/**
 * ram_guard() - set a breakpoint at a page
 * @ram: the RAM
 * @gpa: guest-physical address of the page
 * @kind: enum teavmx_breakpoint_kind, of a page
 *
 * A vCPU that runs uses the old rights until its next entry.
 *
 * Return: 0, -ERANGE outside of the RAM, -EEXIST, -ENOMEM.
 */
int ram_guard(struct teavmx_ram *ram, u64 gpa, u32 kind)
{
	struct mem_cgroup *old;
	int err;

	if (gpa >= ram->size)
		return -ERANGE;
	old = set_active_memcg(ram->memcg);
	mutex_lock(&ram->lock);
	err = add_guard(ram, gpa >> PAGE_SHIFT, kind);
	mutex_unlock(&ram->lock);
	set_active_memcg(old);
	return err;
}

static int remove_guards(struct teavmx_ram *ram, unsigned long frame,
			 unsigned long kinds)
{
	unsigned long guards = guards_of(ram, frame);

	if (!(guards & kinds))
		return -ENOENT;
	guards &= ~kinds;
	/*
	 * The xarray has an entry for this page, so xa_store() does not
	 * allocate and cannot fail.
	 */
	if (guards)
		xa_store(&ram->guards, frame, xa_mk_value(guards), RAM_GFP);
	else
		xa_erase(&ram->guards, frame);
	map_again(ram, frame);
	return 0;
}

/**
 * ram_unguard() - delete a breakpoint at a page
 * @ram: the RAM
 * @gpa: guest-physical address of the page
 * @kind: enum teavmx_breakpoint_kind, of a page
 *
 * Return: 0 or -ENOENT.
 */
int ram_unguard(struct teavmx_ram *ram, u64 gpa, u32 kind)
{
	int err;

	mutex_lock(&ram->lock);
	err = remove_guards(ram, gpa >> PAGE_SHIFT, BIT(kind));
	mutex_unlock(&ram->lock);
	return err;
}

/**
 * ram_unguard_all() - delete all breakpoints at pages
 * @ram: the RAM
 */
void ram_unguard_all(struct teavmx_ram *ram)
{
	unsigned long frame;
	void *entry;

	mutex_lock(&ram->lock);
	xa_for_each(&ram->guards, frame, entry) {
		remove_guards(ram, frame, ~0UL);
		cond_resched();
	}
	mutex_unlock(&ram->lock);
}

/**
 * ram_guard_next() - find a breakpoint at a page
 * @ram: the RAM; no breakpoint is set or deleted meanwhile
 * @gpa: guest-physical address of the page to begin with; receives that of the
 *	breakpoint
 * @kind: the lowest kind to look for in that page; receives the kind of the
 *	breakpoint
 *
 * Return: false when there is none.
 */
bool ram_guard_next(struct teavmx_ram *ram, u64 *gpa, u32 *kind)
{
	unsigned long first = *gpa >> PAGE_SHIFT;
	unsigned long frame, guards;
	void *entry;

	xa_for_each_start(&ram->guards, frame, entry, first) {
		guards = xa_to_value(entry);
		if (frame == first)
			guards &= ~0UL << *kind;
		if (!guards)
			continue;
		*gpa = (u64)frame << PAGE_SHIFT;
		*kind = __ffs(guards);
		return true;
	}
	return false;
}

/**
 * ram_guard_met() - did an access hit a breakpoint at a page?
 * @ram: the RAM
 * @gpa: guest-physical address
 * @access: exit qualification of the EPT violation
 *
 * Return: true when it has.
 */
bool ram_guard_met(struct teavmx_ram *ram, u64 gpa, u64 access)
{
	return guarded_rights(guards_of(ram, gpa >> PAGE_SHIFT)) & access &
	       VMX_EPT_RWX_MASK;
}
