// SPDX-License-Identifier: GPL-2.0-only
#include "pages.h"

#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/mm.h>

#include <uapi/teavmx.h>

/*
 * Limits on the pages that guests may have. Memory counts that a guest can
 * address: RAM of raw VMs, program, stack and registers of TEA processes. Page
 * tables are not counted, as they grow with it, nor is memory that all guests
 * share.
 *
 * The memory control group of the VM's creator limits all of that too, and more
 * exactly; these limits also hold where there is no such group.
 */

struct pages_limits pages_limits = {
	.vm = TEAVMX_MEMORY_MAX >> PAGE_SHIFT,
};

static const char pages_vm_full[] =
	"the VM would exceed max_pages: load the module with a higher max_pages";
static const char pages_all_full[] =
	"all VMs would exceed max_total_pages: end one or load the module with a higher value";

static atomic_long_t pages_total;

/**
 * pages_init() - set the limit that depends on the machine
 *
 * Without the module parameter all VMs together may have half of the host's
 * memory.
 */
void pages_init(void)
{
	if (!pages_limits.total)
		pages_limits.total = totalram_pages() / 2;
}

/**
 * pages_exit() - check that all pages of guests have been released
 *
 * A page that stays counted would make the limit of all VMs smaller for as long as
 * the module is loaded.
 *
 * Context: unloading, when no VM exists.
 */
void pages_exit(void)
{
	WARN_ON(atomic_long_read(&pages_total));
}

/*
 * Adds @count if the sum is within the limit. A request that is too large
 * counts for a moment, so a concurrent one may fail too; but the sum is never
 * exceeded.
 */
static bool pages_fit(atomic_long_t *used, unsigned long count,
		      unsigned long limit)
{
	if (atomic_long_add_return(count, used) <= limit)
		return true;
	atomic_long_sub(count, used);
	return false;
}

/**
 * pages_reserve() - count pages before they are allocated
 * @used: number of pages that the VM has
 * @count: number of pages to add
 *
 * Context: any.
 *
 * Return: 0, -EDQUOT when the VM, or -ENOSPC when all VMs together would have
 * more than the limit; pages_refused() has the message.
 */
int pages_reserve(atomic_long_t *used, unsigned long count)
{
	if (!pages_fit(used, count, pages_limits.vm))
		return -EDQUOT;
	if (pages_fit(&pages_total, count, pages_limits.total))
		return 0;
	atomic_long_sub(count, used);
	return -ENOSPC;
}

/**
 * pages_release() - undo pages_reserve()
 * @used: number of pages that the VM has
 * @count: number of pages to subtract
 */
void pages_release(atomic_long_t *used, unsigned long count)
{
	atomic_long_sub(count, used);
	atomic_long_sub(count, &pages_total);
}

/**
 * pages_move() - count pages for another owner
 * @from: number of pages of the owner until now
 * @to: the same of the owner from now on, whose limit is not checked
 * @count: number of pages
 *
 * Context: any.
 */
void pages_move(atomic_long_t *from, atomic_long_t *to, unsigned long count)
{
	atomic_long_sub(count, from);
	atomic_long_add(count, to);
}

/**
 * pages_refused() - get the message for an allocation that failed
 * @err: errno of pages_reserve(), or another one
 *
 * Return: a constant, or NULL for an errno that is not from pages_reserve().
 */
const char *pages_refused(int err)
{
	switch (err) {
	case -EDQUOT:
		return pages_vm_full;
	case -ENOSPC:
		return pages_all_full;
	default:
		return NULL;
	}
}
