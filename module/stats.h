/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_STATS_H
#define _TEAVMX_STATS_H

#include <linux/types.h>

#include "stats/cost.h"

struct sk_buff;
struct vcpu_result;

/**
 * struct teavmx_stats - counts and costs of the exits of a vCPU
 * @exits: exits by basic reason
 * @costs: what they have cost
 * @last: reason of the last exit. Before the first one it is 0, which has no costs then
 * @is_open: nothing has ended its handler yet
 * @left: TSC at that exit
 * @no_memory: there was none for the costs of a reason; it is not tried again before the
 *	vCPU stops
 * @guest: ticks in the guest before that exit
 * @rip: its RIP
 * @delivered: ticks that the delivery of records has taken since then
 *
 * Written only by what runs the vCPU: its thread, a process in a slice, or a request
 * under vm->lock while neither does.
 */
struct teavmx_stats {
	u64 exits[COST_REASONS];
	struct cost_member costs;
	unsigned int last;
	bool is_open;
	bool no_memory;
	u64 left;
	u64 delivered;
	u64 guest;
	u64 rip;
};

void stats_add_run(struct teavmx_stats *stats,
		   const struct vcpu_result *result);
void stats_end_handler(struct teavmx_stats *stats);
void stats_add_delivery(struct teavmx_stats *stats, u64 begin);
int stats_put(struct sk_buff *skb, const struct teavmx_stats *stats);

#endif
