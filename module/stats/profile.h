/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_STATS_PROFILE_H
#define _TEAVMX_STATS_PROFILE_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include <uapi/profile.h>

#define PROFILE_SIZE 1024

/**
 * struct profile - the exits of a VM by reason and RIP
 * @lock: guards the rest
 * @begun: ktime_get_ns() when it was begun
 * @others: exits that found no place in @exits
 * @exits: a hash table; without exits an entry is free
 */
struct profile {
	spinlock_t lock;
	u64 begun;
	struct teavmx_profile_exit others;
	struct teavmx_profile_exit exits[PROFILE_SIZE];
};

/**
 * struct profile_costs - an exit for profile_add()
 * @reason: basic exit reason, as readers get it
 * @rip: guest RIP
 * @guest: ticks in the guest before it
 * @handler: ticks in its handler
 */
struct profile_costs {
	u32 reason;
	u64 rip;
	u64 guest;
	u64 handler;
};

struct profile *profile_new(void);
void profile_free(struct profile *profile);
void profile_begin(struct profile *profile);
void profile_add(struct profile *profile, const struct profile_costs *exit);
unsigned int profile_copy(struct profile *profile, unsigned int *next,
			  struct teavmx_profile_exit *to, unsigned int count,
			  u64 *begun);

#endif
