// SPDX-License-Identifier: GPL-2.0-only
/* How libteavmx reads the costs of exits from replies. No module. */
#include <errno.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/msg.h>
#include <userspace/lib/internal.h>

#include "kselftest_harness.h"

#define REPLIES_MAX	4

/* The reason of each reply, what it says to request next, and bytes of buckets */
static struct {
	uint32_t reason;
	uint32_t next;
	size_t size;
} replies[REPLIES_MAX];
/* Requests so far, and the reason that the last one began with */
static int requests;
static uint32_t requested;

static struct nl_msg *fake_request(struct teavmx *teavmx, uint8_t command,
				   int flags, size_t size)
{
	(void)teavmx;
	(void)flags;
	(void)size;
	return nlmsg_alloc_simple(command, 0);
}

static void put_reply(struct nl_msg *answer, int i)
{
	uint64_t buckets[TEAVMX_COST_BUCKETS + 2] = {
		1, 2, 3, [TEAVMX_COST_BUCKETS - 1] = 4, 5, 6,
	};
	struct genlmsghdr header = { .cmd = 1 };
	struct nlattr *entry, *cost;

	nlmsg_append(answer, &header, sizeof(header), NLMSG_ALIGNTO);
	if (replies[i].next)
		nla_put_u32(answer, TEAVMX_A_STATS_NEXT, replies[i].next);
	entry = nla_nest_start(answer, TEAVMX_A_STATS_ENTRY);
	nla_put_u32(answer, TEAVMX_A_REASON_COST_REASON, replies[i].reason);
	cost = nla_nest_start(answer, TEAVMX_A_REASON_COST_HANDLER);
	nla_put_u64(answer, TEAVMX_A_COST_SUM, 7);
	nla_put(answer, TEAVMX_A_COST_BUCKETS, (int)replies[i].size, buckets);
	nla_nest_end(answer, cost);
	nla_nest_end(answer, entry);
}

static int fake_call(struct teavmx *teavmx, struct nl_msg *message,
		     const char *what, const struct teavmx_reply *reply, ...)
{
	struct nlattr *a[TEAVMX_A_STATS_MAX + 1];
	struct nl_msg *answer = nlmsg_alloc_simple(1, 0);
	int err = -1;

	(void)teavmx;
	(void)what;
	nlmsg_parse(nlmsg_hdr(message), 0, a, TEAVMX_A_STATS_MAX, NULL);
	requested = u32_of(a[TEAVMX_A_STATS_NEXT]);
	nlmsg_free(message);
	if (answer && requests < REPLIES_MAX) {
		put_reply(answer, requests++);
		nlmsg_parse(nlmsg_hdr(answer), GENL_HDRLEN, a,
			    TEAVMX_A_STATS_MAX, NULL);
		err = reply->attributes(a, nlmsg_hdr(answer), reply->data);
	}
	nlmsg_free(answer);
	return err;
}

#define teavmx_request		fake_request
#define teavmx_call		fake_call
#include <userspace/lib/stats.c>

static struct teavmx_reason_cost seen[REPLIES_MAX];
static size_t seen_count;

static int see(const struct teavmx_reason_cost *cost, void *data)
{
	(void)data;
	seen[seen_count++] = *cost;
	return 0;
}

static int refuse(const struct teavmx_reason_cost *cost, void *data)
{
	(void)cost;
	(void)data;
	errno = ENOMEM;
	return -1;
}

static void reply_with(int i, uint32_t reason, uint32_t next, size_t count)
{
	replies[i].reason = reason;
	replies[i].next = next;
	replies[i].size = count * sizeof(uint64_t);
}

FIXTURE(stats) {
};

FIXTURE_SETUP(stats)
{
	requests = 0;
	seen_count = 0;
}

FIXTURE_TEARDOWN(stats)
{
}

TEST_F(stats, several_replies)
{
	reply_with(0, 10, 12, 3);
	reply_with(1, 18, 0, 2);
	ASSERT_EQ(0, teavmx_stats_read(NULL, 1, 0, see, NULL));
	EXPECT_EQ(2, requests);
	EXPECT_EQ(12, requested);
	ASSERT_EQ(2, seen_count);
	EXPECT_EQ(10, seen[0].reason);
	EXPECT_EQ(6, seen[0].handler.count);
	EXPECT_EQ(7, seen[0].handler.sum);
	EXPECT_EQ(3, seen[0].handler.buckets[2]);
	EXPECT_EQ(0, seen[0].guest.count);
	EXPECT_EQ(18, seen[1].reason);
	EXPECT_EQ(3, seen[1].handler.count);
}

/* A reply that requests what was requested would be the same again. */
TEST_F(stats, replies_that_do_not_advance)
{
	reply_with(0, 10, 12, 3);
	reply_with(1, 12, 12, 3);
	reply_with(2, 12, 0, 3);
	EXPECT_EQ(-1, teavmx_stats_read(NULL, 1, 0, see, NULL));
	EXPECT_EQ(2, requests);
}

/* The module is newer: the last bucket has the larger costs. */
TEST_F(stats, more_buckets_than_there_is_room_for)
{
	reply_with(0, 10, 0, TEAVMX_COST_BUCKETS + 2);
	ASSERT_EQ(0, teavmx_stats_read(NULL, 1, 0, see, NULL));
	ASSERT_EQ(1, seen_count);
	EXPECT_EQ(3, seen[0].handler.buckets[2]);
	EXPECT_EQ(4 + 5 + 6, seen[0].handler.buckets[TEAVMX_COST_BUCKETS - 1]);
	EXPECT_EQ(21, seen[0].handler.count);
	EXPECT_EQ(7, seen[0].handler.sum);
}

TEST_F(stats, reader_ends_it)
{
	reply_with(0, 10, 12, 3);
	EXPECT_EQ(-1, teavmx_stats_read(NULL, 1, 0, refuse, NULL));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(1, requests);
}

TEST_HARNESS_MAIN
