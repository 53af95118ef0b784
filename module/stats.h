/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_STATS_H
#define _TEAVMX_STATS_H

#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/types.h>

#include <uapi/vmx.h>

struct sk_buff;

/* Index of the counter for all exit reasons above VMX_EXIT_MAX. */
#define STATS_UNKNOWN (VMX_EXIT_MAX + 1)

/**
 * struct teavmx_stats - exit counters of a vCPU
 * @exits: exits by basic reason; written only by what runs the vCPU: its thread,
 *	or a process in a slice
 */
struct teavmx_stats {
	u64 exits[STATS_UNKNOWN + 1];
};

/**
 * stats_count_exit() - count one exit
 * @stats: of the vCPU; called only by what runs it
 * @reason: exit reason with its flag bits
 */
static inline void stats_count_exit(struct teavmx_stats *stats, u32 reason)
{
	unsigned int basic = min_t(u16, reason, STATS_UNKNOWN);

	basic = array_index_nospec(basic, STATS_UNKNOWN + 1);
	WRITE_ONCE(stats->exits[basic], stats->exits[basic] + 1);
}

/**
 * stats_count_fast() - as stats_count_exit(), for code that is noinstr
 * @stats: likewise
 * @reason: at most VMX_EXIT_MAX
 */
static __always_inline void stats_count_fast(struct teavmx_stats *stats,
					     u64 reason)
{
	/* One instruction, so a reader sees the old count or the new one. */
	asm volatile("incq %0" : "+m" (stats->exits[reason]));
}

int stats_put(struct sk_buff *skb, const struct teavmx_stats *stats);

#endif
