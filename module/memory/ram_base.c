// SPDX-License-Identifier: GPL-2.0-only
#include "ram_base.h"
#include "pages.h"

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

/*
 * The pages of a snapshot. A VM and its clones share them, so each may be freed only
 * with the last user, which need not be the VM that allocated it.
 */

/**
 * ram_base_create() - create a snapshot without pages
 * @size: bytes of RAM
 *
 * Return: it, with one reference, or NULL.
 */
struct ram_base *ram_base_create(u64 size)
{
	struct ram_base *base = kzalloc(sizeof(*base), GFP_KERNEL_ACCOUNT);

	if (!base)
		return NULL;
	refcount_set(&base->refs, 1);
	base->size = size;
	xa_init_flags(&base->pages, XA_FLAGS_ACCOUNT);
	return base;
}

/**
 * ram_base_add() - add a page
 * @base: a snapshot that is not in use yet, without this frame
 * @frame: frame number
 * @page: the page, of which the snapshot gets a reference of its own
 *
 * The caller counts the page in base->counted, or undoes all with
 * ram_base_put(). Context: may sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int ram_base_add(struct ram_base *base, unsigned long frame, struct page *page)
{
	int err = xa_err(xa_store(&base->pages, frame, page, RAM_GFP));

	if (!err)
		get_page(page);
	return err;
}

/**
 * ram_base_get() - add a user
 * @base: the snapshot; the caller has a reference
 *
 * Return: @base.
 */
struct ram_base *ram_base_get(struct ram_base *base)
{
	refcount_inc(&base->refs);
	return base;
}

/**
 * ram_base_put() - undo ram_base_create() or ram_base_get()
 * @base: the snapshot, or NULL
 *
 * Context: may sleep.
 */
void ram_base_put(struct ram_base *base)
{
	struct page *page;
	unsigned long frame;

	if (!base || !refcount_dec_and_test(&base->refs))
		return;
	xa_for_each(&base->pages, frame, page) {
		put_page(page);
		cond_resched();
	}
	xa_destroy(&base->pages);
	pages_release(&base->counted, atomic_long_read(&base->counted));
	kfree(base);
}
