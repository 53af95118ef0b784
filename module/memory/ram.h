/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_RAM_H
#define _TEAVMX_RAM_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "../vmx/ept.h"

struct mem_cgroup;
struct page;
struct ram_base;

/*
 * How RAM is accessed. A page that is only read remains that of the snapshot. With
 * RAM_BY_GUEST a vCPU accesses it, which continues only after an INVEPT of its own.
 */
#define RAM_READ	0
#define RAM_WRITE	BIT(0)
#define RAM_BY_GUEST	BIT(1)

#define RAM_DIRTY	XA_MARK_0

/**
 * struct teavmx_ram - RAM of a raw VM, from guest-physical address 0 on
 * @size: bytes; set once
 * @counted: counts the pages of its VM; set once
 * @lock: guards changes of all members below
 * @pages: the pages that exist and are its own, by frame number; none is freed
 *	before the VM, unless it becomes a page of @base
 * @used: number of @pages
 * @base: the pages of the snapshot, or NULL; changes only while no vCPU runs. A
 *	page that is not in @pages is the one in @base. Pages that are in @pages and not
 *	marked RAM_DIRTY, written since, have the bytes of the snapshot
 * @vcpus: number of vCPUs of its VM that are not freed
 * @mapping: the mappings by processes
 * @memcg: memory cgroup of the VM's creator
 * @ept: extended page tables of the guest
 * @guards: breakpoints at pages: bits of enum teavmx_breakpoint_kind by frame
 *	number
 * @open: extended page tables in which @guards remove no rights; empty until
 *	there is a guard
 * @changes: incremented when the rights of a page change; a vCPU that entered
 *	the guest at another count has stale translations
 */
struct teavmx_ram {
	u64 size;
	atomic_long_t *counted;
	struct mutex lock;
	struct xarray pages;
	unsigned long used;
	struct ram_base *base;
	atomic_t vcpus;
	struct address_space mapping;
	struct mem_cgroup *memcg;
	struct ept ept;
	struct xarray guards;
	struct ept open;
	unsigned int changes;
};

int ram_create(struct teavmx_ram *ram, u64 size, atomic_long_t *counted);
void ram_destroy(struct teavmx_ram *ram);
int ram_touch(struct teavmx_ram *ram, u64 gpa, unsigned int access);
struct page *ram_get_locked(struct teavmx_ram *ram, u64 gpa,
			    unsigned int access);
struct page *ram_page(struct teavmx_ram *ram, u64 gpa);
int ram_read(struct teavmx_ram *ram, u64 gpa, void *to, size_t size);
int ram_write(struct teavmx_ram *ram, u64 gpa, const void *from, size_t size);

void ram_map_page(struct teavmx_ram *ram, unsigned long frame,
		  struct page *page);
void ram_unmap_users(struct teavmx_ram *ram, unsigned long frame,
		     struct page *page);
void ram_rights_changed(struct teavmx_ram *ram);

int ram_guard(struct teavmx_ram *ram, u64 gpa, u32 kind);
int ram_unguard(struct teavmx_ram *ram, u64 gpa, u32 kind);
void ram_unguard_all(struct teavmx_ram *ram);
bool ram_guard_next(struct teavmx_ram *ram, u64 *gpa, u32 *kind);
bool ram_guard_met(struct teavmx_ram *ram, u64 gpa, u64 access);

static inline bool ram_contains(const struct teavmx_ram *ram, u64 gpa,
				u64 size)
{
	return gpa <= ram->size && size <= ram->size - gpa;
}

#endif
