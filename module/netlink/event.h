/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_NETLINK_EVENT_H
#define _TEAVMX_NETLINK_EVENT_H

#include <linux/types.h>
#include <net/netlink.h>

struct event_sink;
struct sk_buff;
struct vmx_exit;

/* An exit with all fields has the most: 12 attributes of 32 bits or less, 7 of 64. */
#define NETLINK_RECORD_ROOM (nla_total_size(0) + \
			     12 * nla_total_size(sizeof(u32)) + \
			     7 * nla_total_size(sizeof(u64)))

extern const struct event_sink netlink_event_sink;

int netlink_put_exit(struct sk_buff *skb, int type, u32 vcpu,
		     const struct vmx_exit *exit);

#endif
