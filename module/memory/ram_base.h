/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_RAM_BASE_H
#define _TEAVMX_RAM_BASE_H

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/refcount.h>
#include <linux/xarray.h>

struct page;

/*
 * __GFP_RETRY_MAYFAIL makes an allocation fail at the limit of the memory
 * cgroup: the OOM killer would end a process of the host for what a guest did.
 */
#define RAM_GFP (GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/**
 * struct ram_base - the pages of a snapshot
 * @refs: its users: snapshots, and RAM that begins with it
 * @size: bytes of the RAM
 * @pages: pages by frame number, each with a reference; the others are zeros.
 *	Neither the pages nor their bytes change
 * @counted: number of @pages, which count for no VM but for all together
 */
struct ram_base {
	refcount_t refs;
	u64 size;
	struct xarray pages;
	atomic_long_t counted;
};

struct ram_base *ram_base_create(u64 size);
int ram_base_add(struct ram_base *base, unsigned long frame, struct page *page);
struct ram_base *ram_base_get(struct ram_base *base);
void ram_base_put(struct ram_base *base);

/**
 * ram_base_page() - find a page of a snapshot
 * @base: the snapshot, or NULL
 * @frame: frame number
 *
 * Return: the page, or NULL.
 */
static inline struct page *ram_base_page(struct ram_base *base,
					 unsigned long frame)
{
	return base ? xa_load(&base->pages, frame) : NULL;
}

#endif
