// SPDX-License-Identifier: GPL-2.0-only
#include "pages.h"

#include <linux/errno.h>
#include <linux/mm.h>

#include <uapi/teavmx.h>

/*
 * How many pages guests may have. What counts is the memory that a guest can
 * address: RAM of raw VMs, program, stack and registers of TEA processes. Tables
 * that show it to the processor grow with it and are not counted, nor is what
 * all guests share.
 *
 * The memory control group of the VM's creator limits all of that too, and more
 * exactly; this limit also holds where there is none.
 */

struct pages_limits pages_limits = {
	.vm = TEAVMX_MEMORY_MAX >> PAGE_SHIFT,
};

static const char pages_vm_full[] =
	"the VM has max_pages pages of memory: load the module with a larger value of max_pages";
static const char pages_all_full[] =
	"all VMs together have max_total_pages pages: end one or load the module with more";

static atomic_long_t pages_total;

/**
 * pages_init() - choose the limit that depends on the machine
 *
 * Without the module parameter all VMs together have half of the memory.
 */
void pages_init(void)
{
	if (!pages_limits.total)
		pages_limits.total = totalram_pages() / 2;
}

/* A request that does not fit may make another one fail meanwhile. */
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
 * @used: how many the VM has
 * @count: how many it is to get
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
 * @used: how many the VM has
 * @count: how many it gives back
 */
void pages_release(atomic_long_t *used, unsigned long count)
{
	atomic_long_sub(count, used);
	atomic_long_sub(count, &pages_total);
}

/**
 * pages_refused() - the message for an allocation that failed
 * @err: of pages_reserve(), or another errno
 *
 * Return: a constant, or NULL for an errno that is none of a limit.
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
