// SPDX-License-Identifier: GPL-2.0-only
#include "room.h"
#include "log.h"

#ifdef CONFIG_MEMCG

#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/page_counter.h>
#include <linux/vmalloc.h>

/*
 * Is there memory for a new VM? The logs of VMs that have ended are charged to the
 * memory cgroup of their creator. At its limit the allocations for a VM would have the
 * kernel kill a process there, so those logs give way before.
 */

/* Enough for a VM and a vCPU with a program of some KiB */
#define EVENT_ROOM	(256 * 1024)

/**
 * event_cgroup() - the memory cgroup to which memory of the caller is charged
 *
 * Return: its number, which no other cgroup ever has; 0 without cgroups.
 */
u64 event_cgroup(void)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_mm(NULL);
	u64 id = memcg ? cgroup_id(memcg->css.cgroup) : 0;

	mem_cgroup_put(memcg);
	return id;
}

/**
 * event_has_margin() - is the caller's memory cgroup far enough from all limits?
 *
 * Return: false if memory for a new VM may be missing.
 */
bool event_has_margin(void)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_mm(NULL);
	struct mem_cgroup *at;
	bool has = true;

	for (at = memcg; at && has; at = parent_mem_cgroup(at))
		has = page_counter_read(&at->memory) + EVENT_ROOM / PAGE_SIZE <=
		      READ_ONCE(at->memory.max);
	mem_cgroup_put(memcg);
	return has;
}

/**
 * event_can_charge() - try to allocate the memory for a new VM
 *
 * The kernel reclaims page cache of the cgroup for it.
 *
 * Context: may sleep.
 *
 * Return: false if it is missing.
 */
bool event_can_charge(void)
{
	void *probe = __vmalloc(EVENT_ROOM, EVENT_GFP);

	vfree(probe);
	return probe;
}

#endif
