/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_RAM_H
#define _TEAVMX_RAM_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "../vmx/ept.h"

struct mem_cgroup;
struct page;

/**
 * struct teavmx_ram - RAM of a raw VM, from guest-physical address 0 on
 * @size: bytes; set once
 * @counted: counts the pages of its VM; set once
 * @lock: guards changes of all members below
 * @pages: the pages that exist, by frame number; none is freed before the VM
 * @used: number of @pages
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
	struct mem_cgroup *memcg;
	struct ept ept;
	struct xarray guards;
	struct ept open;
	unsigned int changes;
};

int ram_create(struct teavmx_ram *ram, u64 size, atomic_long_t *counted);
void ram_destroy(struct teavmx_ram *ram);
int ram_touch(struct teavmx_ram *ram, u64 gpa);
struct page *ram_page(struct teavmx_ram *ram, u64 gpa);
int ram_read(struct teavmx_ram *ram, u64 gpa, void *to, size_t size);
int ram_write(struct teavmx_ram *ram, u64 gpa, const void *from, size_t size);

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
