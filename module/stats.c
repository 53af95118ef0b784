// SPDX-License-Identifier: GPL-2.0-only
#include "stats.h"
#include "backend/backend.h"
#include "vmx/exit.h"
#include "vmx/fastpath.h"

#include <linux/minmax.h>
#include <linux/nospec.h>
#include <net/netlink.h>
#include <asm/msr.h>

#include <uapi/teavmx.h>

/*
 * A guest run has stamps of the TSC: at its entry, at each exit, and where the fast path
 * has answered one. The costs are computed from them once the run has ended. The handler
 * of the last exit ends with the next entry, or before it if the vCPU stops.
 */

static void stats_count(struct teavmx_stats *stats, unsigned int reason)
{
	WRITE_ONCE(stats->exits[reason], stats->exits[reason] + 1);
}

/*
 * The TSC of another CPU may be behind, and then the time is not known; it is counted as
 * none.
 */
static u64 ticks_between(u64 from, u64 to)
{
	return to > from ? to - from : 0;
}

static struct reason_cost *stats_reason(struct teavmx_stats *stats,
					unsigned int reason)
{
	struct cost_table *table = &stats->costs.table;

	if (!table->reasons[reason] && !stats->no_memory)
		stats->no_memory = !cost_new_reason(table, reason);
	return table->reasons[reason];
}

static void stats_profile(struct teavmx_stats *stats,
			  const struct profile_costs *exit)
{
	struct profile *profile = cost_group_profile(stats->costs.group);

	if (!profile)
		return;
	spin_lock(&profile->lock);
	profile_add(profile, exit);
	spin_unlock(&profile->lock);
}

static void stats_end_handler_at(struct teavmx_stats *stats, u64 tsc)
{
	struct cost_table *table = &stats->costs.table;
	struct reason_cost *cost = table->reasons[stats->last];
	u64 ticks;

	if (!stats->is_open)
		return;
	stats->is_open = false;
	ticks = ticks_between(stats->left + stats->delivered, tsc);
	stats_profile(stats, &(struct profile_costs){
		.reason = cost_number(stats->last),
		.rip = stats->rip,
		.guest = stats->guest,
		.handler = ticks,
	});
	if (!cost)
		return;
	spin_lock(&table->lock);
	cost_add(&cost->handler, ticks);
	spin_unlock(&table->lock);
}

static void stats_profile_fast(struct teavmx_stats *stats,
			       const struct vmx_fastpath *fastpath)
{
	struct profile *profile = cost_group_profile(stats->costs.group);
	const struct fastpath_exit *exit = fastpath->first;
	u32 entered = fastpath->entered;

	if (!profile)
		return;
	spin_lock(&profile->lock);
	for (; exit < fastpath->next; exit++) {
		profile_add(profile, &(struct profile_costs){
			.reason = exit->reason,
			.rip = exit->rip,
			.guest = exit->tsc_low - entered,
			.handler = exit->end_low - exit->tsc_low,
		});
		entered = exit->end_low;
	}
	spin_unlock(&profile->lock);
}

/* Returns the first exit for whose reason there is no memory yet, or the end. */
static const struct fastpath_exit *
stats_add_fast(struct teavmx_stats *stats, const struct fastpath_exit *exit,
	       const struct fastpath_exit *end, u32 *entered)
{
	struct cost_table *table = &stats->costs.table;
	struct reason_cost *cost;
	u32 begin = *entered;

	spin_lock(&table->lock);
	for (; exit < end; exit++) {
		cost = table->reasons[exit->reason];
		if (!cost)
			break;
		stats_count(stats, exit->reason);
		cost_add_short(&cost->guest, exit->tsc_low - begin);
		cost_add_short(&cost->handler, exit->end_low - exit->tsc_low);
		begin = exit->end_low;
	}
	spin_unlock(&table->lock);
	*entered = begin;
	return exit;
}

static void stats_add_fast_exits(struct teavmx_stats *stats,
				 const struct vmx_fastpath *fastpath)
{
	const struct fastpath_exit *exit = fastpath->first;
	u32 entered = fastpath->entered;

	if (!vmx_fastpath_count(fastpath))
		return;
	stats_profile_fast(stats, fastpath);
	while (exit < fastpath->next) {
		/* Without memory only the counts are right. */
		if (!stats_reason(stats, exit->reason)) {
			stats_count(stats, exit->reason);
			entered = exit++->end_low;
			continue;
		}
		exit = stats_add_fast(stats, exit, fastpath->next, &entered);
	}
	stats->last = fastpath->next[-1].reason;
}

static void stats_add_exit(struct teavmx_stats *stats,
			   const struct vmx_exit *exit, u64 left)
{
	unsigned int reason = min_t(u16, exit->reason, COST_UNKNOWN);
	struct cost_table *table = &stats->costs.table;
	struct reason_cost *cost;

	reason = array_index_nospec(reason, COST_REASONS);
	stats_count(stats, reason);
	cost = stats_reason(stats, reason);
	if (cost) {
		spin_lock(&table->lock);
		cost_add(&cost->guest, exit->guest_ticks);
		spin_unlock(&table->lock);
	}
	stats->last = reason;
	stats->is_open = true;
	stats->left = left;
	stats->guest = exit->guest_ticks;
	stats->rip = exit->rip;
	stats->delivered = 0;
}

/**
 * stats_add_run() - add the exits of a guest run
 * @stats: of the vCPU
 * @result: of the run
 *
 * Context: called only by what runs the vCPU; may sleep.
 */
void stats_add_run(struct teavmx_stats *stats, const struct vcpu_result *result)
{
	const struct vmx_fastpath *fastpath = result->fastpath;

	if (!fastpath)
		return;
	if (fastpath->entered)
		stats_end_handler_at(stats, fastpath->entered);
	stats_add_fast_exits(stats, fastpath);
	if (result->exit && result->exit->entered)
		stats_add_exit(stats, result->exit, fastpath->left);
}

/**
 * stats_end_handler() - the vCPU stops, so that no entry ends the handler of its last exit
 * @stats: of the vCPU
 *
 * Context: called only by what runs the vCPU, or while nothing does.
 */
void stats_end_handler(struct teavmx_stats *stats)
{
	if (stats->is_open)
		stats_end_handler_at(stats, rdtsc());
	stats->no_memory = false;
}

/**
 * stats_add_delivery() - records were put into the log and sent
 * @stats: of the vCPU whose records they are
 * @begin: TSC when that began, with the wait for the log
 *
 * Context: as stats_end_handler().
 */
void stats_add_delivery(struct teavmx_stats *stats, u64 begin)
{
	u64 ticks = ticks_between(begin, rdtsc());
	struct cost_table *table = &stats->costs.table;
	struct reason_cost *cost = table->reasons[stats->last];

	if (!cost)
		return;
	stats->delivered += ticks;
	spin_lock(&table->lock);
	cost_add(&cost->delivery, ticks);
	spin_unlock(&table->lock);
}

static int put_exit(struct sk_buff *skb, u32 reason, u64 count)
{
	struct nlattr *nest = nla_nest_start(skb, TEAVMX_A_VCPU_EXIT);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, TEAVMX_A_EXIT_REASON, reason) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_EXIT_COUNT, count,
			      TEAVMX_A_EXIT_PAD)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * stats_put() - add the exit counters of a vCPU to a message
 * @skb: message, inside the attributes of a vCPU
 * @stats: the counters; may be counting meanwhile
 *
 * Return: 0 or -EMSGSIZE.
 */
int stats_put(struct sk_buff *skb, const struct teavmx_stats *stats)
{
	unsigned int i;

	for (i = 0; i < COST_REASONS; i++) {
		u64 count = READ_ONCE(stats->exits[i]);

		if (count && put_exit(skb, cost_number(i), count))
			return -EMSGSIZE;
	}
	return 0;
}
