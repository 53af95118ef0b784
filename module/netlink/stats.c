// SPDX-License-Identifier: GPL-2.0-only
#include "gen.h"
#include "request.h"
#include "../event/stream.h"
#include "../refuse.h"
#include "../stats/cost.h"

#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#define PROFILE_CHUNK 384

#define COST_ROOM	(nla_total_size(0) +				\
			 3 * nla_total_size_64bit(sizeof(u64)) +	\
			 nla_total_size(sizeof_field(struct cost, buckets)))
#define REASON_ROOM	(nla_total_size(0) + 3 * COST_ROOM +		\
			 2 * nla_total_size(sizeof(u32)))
#define STATS_MESSAGE_SIZE	(12 * REASON_ROOM)

static unsigned int used_buckets(const struct cost *cost)
{
	unsigned int count = TEAVMX_COST_BUCKETS;

	while (count && !cost->buckets[count - 1])
		count--;
	return count;
}

static bool cost_is_empty(const struct cost *cost)
{
	return cost->lowest > cost->highest;
}

static int put_cost(struct sk_buff *skb, int type, const struct cost *cost)
{
	struct nlattr *nest;

	if (cost_is_empty(cost))
		return 0;
	nest = nla_nest_start(skb, type);
	if (!nest ||
	    nla_put_u64_64bit(skb, TEAVMX_A_COST_LOWEST, cost->lowest,
			      TEAVMX_A_COST_PAD) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_COST_HIGHEST, cost->highest,
			      TEAVMX_A_COST_PAD) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_COST_SUM, cost->sum,
			      TEAVMX_A_COST_PAD) ||
	    nla_put(skb, TEAVMX_A_COST_BUCKETS,
		    used_buckets(cost) * sizeof(u64), cost->buckets))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_reason(struct sk_buff *skb, unsigned int reason,
		      const struct reason_cost *cost)
{
	struct nlattr *nest;

	if (cost_is_empty(&cost->guest) && cost_is_empty(&cost->handler) &&
	    cost_is_empty(&cost->delivery))
		return 0;
	nest = nla_nest_start(skb, TEAVMX_A_STATS_ENTRY);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, TEAVMX_A_REASON_COST_REASON,
			cost_number(reason)) ||
	    put_cost(skb, TEAVMX_A_REASON_COST_GUEST, &cost->guest) ||
	    put_cost(skb, TEAVMX_A_REASON_COST_HANDLER, &cost->handler) ||
	    put_cost(skb, TEAVMX_A_REASON_COST_DELIVERY, &cost->delivery)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * struct stats_request - what a request about costs names
 * @log: log of the VM, to be released by event_log_put()
 * @vcpu_attr: attribute with the number of a vCPU, or NULL
 * @vcpu: that number, 0 for all vCPUs
 */
struct stats_request {
	struct event_log *log;
	struct nlattr *vcpu_attr;
	u32 vcpu;
};

static int find_stats(struct genl_info *info, struct stats_request *request)
{
	request->vcpu_attr = netlink_attr(info, TEAVMX_A_STATS_VCPU_ID);
	request->vcpu = request->vcpu_attr ? nla_get_u32(request->vcpu_attr) : 0;
	request->log = netlink_get_log(info, TEAVMX_A_STATS_VM_ID);
	return PTR_ERR_OR_ZERO(request->log);
}

static int refuse_vcpu(struct genl_info *info,
		       const struct stats_request *request)
{
	return refuse(info->extack, request->vcpu_attr, -ENOENT,
		      "the VM has no vCPU with this number");
}

static int put_reasons(struct sk_buff *skb, const struct stats_request *request,
		       unsigned int reason, struct reason_cost *cost)
{
	int err;

	for (; reason < COST_REASONS; reason++) {
		if (skb_tailroom(skb) < REASON_ROOM)
			return nla_put_u32(skb, TEAVMX_A_STATS_NEXT, reason);
		err = cost_group_sum(&request->log->costs, request->vcpu, reason,
				     cost) ?:
		      put_reason(skb, reason, cost);
		if (err)
			return err;
	}
	return 0;
}

static int put_stats(struct sk_buff *skb, struct genl_info *info,
		     const struct stats_request *request,
		     struct reason_cost *cost)
{
	struct nlattr *next = netlink_attr(info, TEAVMX_A_STATS_NEXT);

	if (nla_put_u32(skb, TEAVMX_A_STATS_VM_ID, request->log->vm) ||
	    (request->vcpu &&
	     nla_put_u32(skb, TEAVMX_A_STATS_VCPU_ID, request->vcpu)))
		return -EMSGSIZE;
	return put_reasons(skb, request,
			   next ? min_t(u32, nla_get_u32(next), COST_UNKNOWN) : 0,
			   cost);
}

static int reply_stats(struct genl_info *info,
		       const struct stats_request *request,
		       struct reason_cost *cost)
{
	struct sk_buff *reply;
	void *header;
	int err;

	reply = netlink_new_reply(info, TEAVMX_CMD_STATS_GET, STATS_MESSAGE_SIZE,
				  &header);
	if (!reply)
		return -ENOMEM;
	err = put_stats(reply, info, request, cost);
	if (err != -ENOENT)
		return netlink_send_reply(reply, header, info, err);
	nlmsg_free(reply);
	return refuse_vcpu(info, request);
}

int teavmx_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct stats_request request;
	struct reason_cost *cost;
	int err = find_stats(info, &request);

	if (err)
		return err;
	cost = kmalloc(sizeof(*cost), GFP_KERNEL);
	if (cost)
		err = reply_stats(info, &request, cost);
	else
		err = refuse(info->extack, NULL, -ENOMEM,
			     "not enough memory for the sum of the costs");
	kfree(cost);
	event_log_put(request.log);
	return err;
}

int teavmx_nl_stats_reset_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct stats_request request;
	int err = find_stats(info, &request);

	if (err)
		return err;
	if (cost_group_reset(&request.log->costs, request.vcpu))
		err = refuse_vcpu(info, &request);
	event_log_put(request.log);
	return err;
}

static int put_profile(struct sk_buff *skb, const struct event_log *log,
		       struct profile *profile, unsigned int next)
{
	struct nlattr *exits;
	unsigned int count;
	u64 begun;

	if (nla_put_u32(skb, TEAVMX_A_PROFILE_VM_ID, log->vm))
		return -EMSGSIZE;
	/* A VM that has ended may have none. */
	if (!profile)
		return 0;
	exits = nla_reserve(skb, TEAVMX_A_PROFILE_EXITS,
			    PROFILE_CHUNK * sizeof(struct teavmx_profile_exit));
	if (!exits)
		return -EMSGSIZE;
	count = profile_copy(profile, &next, nla_data(exits), PROFILE_CHUNK,
			     &begun);
	exits->nla_len = nla_attr_size(count * sizeof(struct teavmx_profile_exit));
	nlmsg_trim(skb, (void *)exits + exits->nla_len);
	if (next <= PROFILE_SIZE &&
	    nla_put_u32(skb, TEAVMX_A_PROFILE_NEXT, next))
		return -EMSGSIZE;
	return nla_put_u64_64bit(skb, TEAVMX_A_PROFILE_BEGUN, begun,
				 TEAVMX_A_PROFILE_PAD);
}

static int reply_profile(struct genl_info *info, struct event_log *log)
{
	struct nlattr *next = netlink_attr(info, TEAVMX_A_PROFILE_NEXT);
	bool ended = READ_ONCE(log->ended);
	struct profile *profile;
	struct sk_buff *reply;
	void *header;

	profile = cost_group_request_profile(&log->costs, !ended);
	if (!profile && !ended)
		return refuse(info->extack, NULL, -ENOMEM,
			      "not enough memory for a profile");
	reply = netlink_new_reply(info, TEAVMX_CMD_PROFILE_GET,
				  GENLMSG_DEFAULT_SIZE + PROFILE_CHUNK *
				  sizeof(struct teavmx_profile_exit), &header);
	if (!reply)
		return -ENOMEM;
	return netlink_send_reply(reply, header, info,
				  put_profile(reply, log, profile,
					      next ? nla_get_u32(next) : 0));
}

int teavmx_nl_profile_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct event_log *log = netlink_get_log(info, TEAVMX_A_PROFILE_VM_ID);
	int err;

	if (IS_ERR(log))
		return PTR_ERR(log);
	err = reply_profile(info, log);
	event_log_put(log);
	return err;
}
