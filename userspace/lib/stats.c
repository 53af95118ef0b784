// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <string.h>

#include <linux/genetlink.h>

#include "internal.h"

#define STATS_ROOM	64

/**
 * struct reading - costs that are being read
 * @each: as of teavmx_stats_read()
 * @data: passed on to @each
 * @next: the reason to request next, 0 after the last
 */
struct reading {
	int (*each)(const struct teavmx_reason_cost *cost, void *data);
	void *data;
	uint32_t next;
};

/* A newer module may have more buckets; their costs are counted in the last one. */
static void add_buckets(struct teavmx_cost *cost, const struct nlattr *buckets)
{
	size_t count = (size_t)nla_len(buckets) / sizeof(uint64_t);
	uint64_t bucket;
	size_t i;

	for (i = 0; i < count; i++) {
		memcpy(&bucket, nla_data(buckets) + i * sizeof(bucket), sizeof(bucket));
		cost->buckets[i < TEAVMX_COST_BUCKETS ? i : TEAVMX_COST_BUCKETS - 1] += bucket;
		cost->count += bucket;
	}
}

static int parse_cost(struct nlattr *nest, struct teavmx_cost *cost)
{
	struct nlattr *a[TEAVMX_A_COST_MAX + 1];

	if (!nest)
		return 0;
	if (nla_parse_nested(a, TEAVMX_A_COST_MAX, nest, NULL) < 0)
		return -1;
	cost->lowest = u64_of(a[TEAVMX_A_COST_LOWEST]);
	cost->highest = u64_of(a[TEAVMX_A_COST_HIGHEST]);
	cost->sum = u64_of(a[TEAVMX_A_COST_SUM]);
	if (a[TEAVMX_A_COST_BUCKETS])
		add_buckets(cost, a[TEAVMX_A_COST_BUCKETS]);
	return 0;
}

static int take_entry(struct nlattr *nest, struct reading *reading)
{
	struct nlattr *a[TEAVMX_A_REASON_COST_MAX + 1];
	struct teavmx_reason_cost cost = { 0 };

	errno = EPROTO;
	if (nla_parse_nested(a, TEAVMX_A_REASON_COST_MAX, nest, NULL) < 0 ||
	    parse_cost(a[TEAVMX_A_REASON_COST_GUEST], &cost.guest) ||
	    parse_cost(a[TEAVMX_A_REASON_COST_HANDLER], &cost.handler) ||
	    parse_cost(a[TEAVMX_A_REASON_COST_DELIVERY], &cost.delivery))
		return -1;
	cost.reason = u32_of(a[TEAVMX_A_REASON_COST_REASON]);
	return reading->each(&cost, reading->data);
}

static int take_stats(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct reading *reading = data;
	uint32_t next = u32_of(a[TEAVMX_A_STATS_NEXT]);
	struct nlattr *attr;
	int left;

	/* A module that always returned the same reasons would never end. */
	if (next && next <= reading->next) {
		errno = EPROTO;
		return -1;
	}
	reading->next = next;
	nlmsg_for_each_attr(attr, answer, GENL_HDRLEN, left)
		if (nla_type(attr) == TEAVMX_A_STATS_ENTRY &&
		    take_entry(attr, reading))
			return -1;
	return 0;
}

static int call_stats(struct teavmx *teavmx, uint8_t command, const char *what,
		      uint32_t vm, uint32_t vcpu, uint32_t next,
		      const struct teavmx_reply *reply)
{
	struct nl_msg *message = teavmx_request(teavmx, command, 0, STATS_ROOM);

	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_STATS_VM_ID, vm);
	if (vcpu)
		nla_put_u32(message, TEAVMX_A_STATS_VCPU_ID, vcpu);
	if (next)
		nla_put_u32(message, TEAVMX_A_STATS_NEXT, next);
	if (vcpu)
		return teavmx_call(teavmx, message,
				   "%s the costs of vCPU %u of VM %u", reply,
				   what, vcpu, vm);
	return teavmx_call(teavmx, message, "%s the costs of VM %u", reply, what,
			   vm);
}

int teavmx_stats_read(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		      int (*each)(const struct teavmx_reason_cost *cost,
				  void *data),
		      void *data)
{
	struct reading reading = { each, data, 0 };
	struct teavmx_reply reply = { TEAVMX_A_STATS_MAX, take_stats, &reading };

	do {
		if (call_stats(teavmx, TEAVMX_CMD_STATS_GET, "get", vm, vcpu,
			       reading.next, &reply))
			return -1;
	} while (reading.next);
	return 0;
}

int teavmx_stats_reset(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu)
{
	return call_stats(teavmx, TEAVMX_CMD_STATS_RESET, "reset", vm, vcpu, 0,
			  NULL);
}

/**
 * struct profiling - a profile that is being read
 * @each: as of teavmx_profile_read()
 * @data: passed on to @each
 * @next: the place to request next, 0 after the last
 * @begun: when the profile was begun
 * @parts: a part of it was read
 */
struct profiling {
	int (*each)(const struct teavmx_profile_exit *exit, void *data);
	void *data;
	uint32_t next;
	uint64_t begun;
	bool parts;
};

static int take_profile(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	const struct nlattr *exits = a[TEAVMX_A_PROFILE_EXITS];
	uint32_t next = u32_of(a[TEAVMX_A_PROFILE_NEXT]);
	size_t size = exits ? (size_t)nla_len(exits) : 0;
	struct profiling *profiling = data;
	struct teavmx_profile_exit exit;
	size_t i;

	(void)answer;
	/* A module that always returned the same exits would never end. */
	if (next && next <= profiling->next) {
		errno = EPROTO;
		return -1;
	}
	/* The parts of two profiles are not one. */
	if (profiling->parts &&
	    profiling->begun != u64_of(a[TEAVMX_A_PROFILE_BEGUN])) {
		errno = EAGAIN;
		return -1;
	}
	profiling->parts = true;
	profiling->next = next;
	profiling->begun = u64_of(a[TEAVMX_A_PROFILE_BEGUN]);
	for (i = 0; i + sizeof(exit) <= size; i += sizeof(exit)) {
		memcpy(&exit, nla_data(exits) + i, sizeof(exit));
		if (profiling->each(&exit, profiling->data))
			return -1;
	}
	return 0;
}

static int call_profile(struct teavmx *teavmx, uint32_t vm, uint32_t next,
			const struct teavmx_reply *reply)
{
	struct nl_msg *message = teavmx_request(teavmx, TEAVMX_CMD_PROFILE_GET, 0,
						STATS_ROOM);

	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_PROFILE_VM_ID, vm);
	if (next)
		nla_put_u32(message, TEAVMX_A_PROFILE_NEXT, next);
	return teavmx_call(teavmx, message, "get the profile of VM %u", reply, vm);
}

int teavmx_profile_read(struct teavmx *teavmx, uint32_t vm, uint64_t *begun,
			int (*each)(const struct teavmx_profile_exit *exit,
				    void *data),
			void *data)
{
	struct profiling profiling = { .each = each, .data = data };
	struct teavmx_reply reply = { TEAVMX_A_PROFILE_MAX, take_profile,
				      &profiling };

	do {
		if (call_profile(teavmx, vm, profiling.next, &reply))
			return -1;
	} while (profiling.next);
	*begun = profiling.begun;
	return 0;
}
