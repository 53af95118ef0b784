/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_STATS_COST_H
#define _TEAVMX_STATS_COST_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "profile.h"

#include <uapi/teavmx.h>
#include <uapi/vmx.h>

/* Stands for all exit reasons above VMX_EXIT_MAX. */
#define COST_UNKNOWN	(VMX_EXIT_MAX + 1)
#define COST_REASONS	(COST_UNKNOWN + 1)

/**
 * cost_number() - the number of a reason for readers
 * @reason: below COST_REASONS
 *
 * Return: the basic exit reason, 65535 for COST_UNKNOWN.
 */
static inline u32 cost_number(unsigned int reason)
{
	return reason == COST_UNKNOWN ? U16_MAX : reason;
}

/**
 * struct cost - what the exits for one reason have cost
 * @lowest: the lowest cost, U64_MAX if there was none; all in ticks of the TSC
 * @highest: the highest one
 * @sum: that of all
 * @buckets: element n counts the costs with n significant bits, the last one those with
 *	more, too
 */
struct cost {
	u64 lowest;
	u64 highest;
	u64 sum;
	u64 buckets[TEAVMX_COST_BUCKETS];
};

/**
 * struct reason_cost - the three costs of the exits for one reason
 * @guest: from the entry to the exit
 * @handler: from the exit to the next entry, or to a state in which there is none
 * @delivery: of the records, after an exit
 */
struct reason_cost {
	struct cost guest;
	struct cost handler;
	struct cost delivery;
};

/**
 * struct cost_table - the costs of a vCPU, or of all that a VM has had and has no more
 * @lock: guards the costs. What runs the vCPU reads @reasons without it, because nothing
 *	else sets a pointer there
 * @reasons: by basic exit reason; NULL if there was none yet
 */
struct cost_table {
	spinlock_t lock;
	struct reason_cost *reasons[COST_REASONS];
};

/**
 * struct cost_member - the costs of a vCPU
 * @list: node in cost_group.members
 * @group: of its VM
 * @vcpu: number of the vCPU
 * @table: the costs
 */
struct cost_member {
	struct list_head list;
	struct cost_group *group;
	u32 vcpu;
	struct cost_table table;
};

/**
 * struct cost_group - the costs of a VM
 * @lock: guards the rest
 * @members: costs of the vCPUs that exist
 * @ended: costs of the vCPUs that are gone
 * @profile: the exits by RIP, NULL before they were requested; set once
 * @profile_end: jiffies after which @profile is not continued
 */
struct cost_group {
	struct mutex lock;
	struct list_head members;
	struct cost_table ended;
	struct profile *profile;
	unsigned long profile_end;
};

/* A branch that is hardly ever taken costs less than to store the same value again. */
static __always_inline void cost_add_to(struct cost *cost, u64 ticks,
					unsigned int bucket)
{
	cost->sum += ticks;
	cost->buckets[bucket]++;
	if (unlikely(ticks < cost->lowest))
		cost->lowest = ticks;
	if (unlikely(ticks > cost->highest))
		cost->highest = ticks;
}

/**
 * cost_add() - add one cost
 * @cost: to which
 * @ticks: it
 */
static inline void cost_add(struct cost *cost, u64 ticks)
{
	cost_add_to(cost, ticks, min_t(unsigned int, fls64(ticks),
				       TEAVMX_COST_BUCKETS - 1));
}

/**
 * cost_add_short() - as cost_add(), for a cost that has a bucket without a comparison
 * @cost: to which
 * @ticks: it
 */
static __always_inline void cost_add_short(struct cost *cost, u32 ticks)
{
	cost_add_to(cost, ticks, fls(ticks));
}

struct reason_cost *cost_new_reason(struct cost_table *table,
				    unsigned int reason);
void cost_group_init(struct cost_group *group);
void cost_group_free(struct cost_group *group);
void cost_group_join(struct cost_group *group, struct cost_member *member,
		     u32 vcpu);
void cost_group_leave(struct cost_member *member);
int cost_group_sum(struct cost_group *group, u32 vcpu, unsigned int reason,
		   struct reason_cost *sum);
int cost_group_reset(struct cost_group *group, u32 vcpu);
struct profile *cost_group_request_profile(struct cost_group *group,
					   bool begins);

/**
 * cost_group_profile() - the profile to which exits are added now
 * @group: the costs of the VM
 *
 * Return: it, or NULL.
 */
static inline struct profile *cost_group_profile(struct cost_group *group)
{
	/* Pairs with smp_store_release() in cost_group_request_profile(). */
	struct profile *profile = smp_load_acquire(&group->profile);

	if (!profile || time_after(jiffies, READ_ONCE(group->profile_end)))
		return NULL;
	return profile;
}

#endif
