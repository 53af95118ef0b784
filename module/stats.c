// SPDX-License-Identifier: GPL-2.0-only
#include "stats.h"

#include <net/netlink.h>

#include <uapi/teavmx.h>

/* Stands for all exit reasons that are not in the table of uapi/vmx.h. */
#define REASON_UNKNOWN 0xffff

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

	for (i = 0; i <= STATS_UNKNOWN; i++) {
		u64 count = READ_ONCE(stats->exits[i]);
		u32 reason = i == STATS_UNKNOWN ? REASON_UNKNOWN : i;

		if (count && put_exit(skb, reason, count))
			return -EMSGSIZE;
	}
	return 0;
}
