// SPDX-License-Identifier: GPL-2.0-only
/* What teavmx top and teavmx stat calculate of costs. No module, no terminal. */
#include <string.h>

#include <userspace/teavmx/top_view.h>

#include "kselftest_harness.h"

#define KHZ	2000000
#define VMCALL	18
#define CPUID	10
#define HLT	12
#define MSR_READ	31

static unsigned int bucket_of(uint64_t value)
{
	return value ? 64 - (unsigned int)__builtin_clzll(value) : 0;
}

static void have(struct teavmx_cost *cost, uint64_t ticks, uint64_t times)
{
	if (!cost->count || ticks < cost->lowest)
		cost->lowest = ticks;
	if (ticks > cost->highest)
		cost->highest = ticks;
	cost->count += times;
	cost->sum += times * ticks;
	cost->buckets[bucket_of(ticks)] += times;
}

TEST(percentiles_of_one_value)
{
	struct teavmx_cost cost = { 0 };

	EXPECT_EQ(0, cost_mean(&cost));
	EXPECT_EQ(0, cost_percentile(&cost, 99));
	have(&cost, 1000, 7);
	EXPECT_EQ(1000, cost_mean(&cost));
	EXPECT_EQ(1000, cost_percentile(&cost, 1));
	EXPECT_EQ(1000, cost_percentile(&cost, 50));
	EXPECT_EQ(1000, cost_percentile(&cost, 100));
}

TEST(percentiles_are_in_the_bucket_of_their_rank)
{
	struct teavmx_cost cost = { 0 };

	have(&cost, 100, 98);
	have(&cost, 5000, 1);
	have(&cost, 70000, 1);
	EXPECT_GE(127, cost_percentile(&cost, 98));
	EXPECT_LE(100, cost_percentile(&cost, 98));
	EXPECT_LE(4096, cost_percentile(&cost, 99));
	EXPECT_GE(8191, cost_percentile(&cost, 99));
	EXPECT_EQ(70000, cost_percentile(&cost, 100));
}

/* The median of three is the second. */
TEST(ranks_are_rounded_up)
{
	struct teavmx_cost cost = { 0 };

	have(&cost, 100, 1);
	have(&cost, 5000, 1);
	have(&cost, 70000, 1);
	EXPECT_LE(4096, cost_percentile(&cost, 50));
	EXPECT_GE(8191, cost_percentile(&cost, 50));
}

/* Half of the costs of a bucket are in its lower half. */
TEST(costs_of_a_bucket_are_spread)
{
	struct teavmx_cost cost = { .lowest = 1024, .highest = 2047 };

	cost.count = 1000;
	cost.buckets[11] = cost.count;
	EXPECT_LE(1535, cost_percentile(&cost, 50));
	EXPECT_GE(1536, cost_percentile(&cost, 50));
}

TEST(costs_of_zero_and_the_last_bucket)
{
	struct teavmx_cost cost = { 0 };

	have(&cost, 0, 3);
	EXPECT_EQ(0, cost_percentile(&cost, 99));
	cost.buckets[TEAVMX_COST_BUCKETS - 1] = 297;
	cost.count = 300;
	cost.highest = 1ull << 50;
	EXPECT_EQ(0, cost_percentile(&cost, 1));
	EXPECT_LE(1ull << 37, cost_percentile(&cost, 2));
	EXPECT_EQ(1ull << 50, cost_percentile(&cost, 100));
}

TEST(large_counts_do_not_overflow)
{
	struct teavmx_cost cost = { .lowest = 2, .highest = 5 };

	cost.buckets[2] = UINT64_MAX / 4;
	cost.buckets[3] = UINT64_MAX / 4;
	cost.count = 2 * (UINT64_MAX / 4);
	EXPECT_GE(3, cost_percentile(&cost, 50));
	EXPECT_LE(4, cost_percentile(&cost, 51));
}

TEST(difference_of_costs)
{
	struct teavmx_cost before = { 0 };
	struct teavmx_cost cost;

	have(&before, 100, 5);
	cost = before;
	have(&cost, 9000, 2);
	cost_subtract(&cost, &before);
	EXPECT_EQ(2, cost.count);
	EXPECT_EQ(18000, cost.sum);
	EXPECT_EQ(0, cost.buckets[bucket_of(100)]);
	EXPECT_LE(8192, cost_percentile(&cost, 50));
}

/* More exits than before the reset, but other ones */
TEST(difference_over_a_reset)
{
	struct teavmx_cost before = { 0 };
	struct teavmx_cost cost = { 0 };

	have(&before, 100, 5);
	have(&cost, 9000, 20);
	cost_subtract(&cost, &before);
	EXPECT_EQ(20, cost.count);
	EXPECT_EQ(180000, cost.sum);
}

static const char *text_of(double ns)
{
	static char text[COST_TEXT];

	cost_text(ns, text);
	return text;
}

TEST(texts_of_times)
{
	EXPECT_STREQ("0ns", text_of(0));
	EXPECT_STREQ("999ns", text_of(999.4));
	EXPECT_STREQ("1.00us", text_of(999.6));
	EXPECT_STREQ("1.23us", text_of(1234));
	EXPECT_STREQ("9.99us", text_of(9990));
	EXPECT_STREQ("10.0us", text_of(9999));
	EXPECT_STREQ("12.3us", text_of(12340));
	EXPECT_STREQ("100us", text_of(99960));
	EXPECT_STREQ("1.00ms", text_of(999600));
	EXPECT_STREQ("4.56s", text_of(4.56e9));
	EXPECT_STREQ("12345s", text_of(12345e9));
	EXPECT_EQ(500, cost_ns(1000, KHZ));
}

FIXTURE(model) {
	struct top_sample before;
	struct top_sample now;
	struct top_choice choice;
	struct top_sample table;
};

/* A vCPU whose exits are those of CPUID, HLT and VMCALL */
static bool add_vcpu(struct top_sample *sample, uint32_t vm, uint32_t id,
		     uint64_t cpuid, uint64_t hlt, uint64_t vmcall)
{
	struct teavmx_exit exits[] = {
		{ .reason = CPUID, .count = cpuid },
		{ .reason = HLT, .count = hlt },
		{ .reason = VMCALL, .count = vmcall },
	};
	struct teavmx_vcpu vcpu = {
		.vm = vm, .id = id, .exits = exits, .exit_count = 3,
	};

	return top_add_vcpu(sample, &vcpu);
}

static bool add_cost(struct top_sample *sample, uint32_t vm, uint32_t reason,
		     uint64_t ticks, uint64_t times)
{
	struct teavmx_reason_cost cost = { .reason = reason };

	have(&cost.handler, ticks, times);
	return top_add_cost(sample, vm, &cost);
}

FIXTURE_SETUP(model)
{
	memset(self, 0, sizeof(*self));
	self->choice.part = COST_HANDLER;
	self->before.ms = 1000;
	self->now.ms = 3000;
	ASSERT_TRUE(add_vcpu(&self->before, 1, 1, 100, 10, 0));
	ASSERT_TRUE(add_vcpu(&self->before, 2, 1, 5000, 5, 9));
	ASSERT_TRUE(add_cost(&self->before, 1, CPUID, 70, 100));
	ASSERT_TRUE(add_vcpu(&self->now, 1, 1, 500, 30, 0));
	ASSERT_TRUE(add_vcpu(&self->now, 1, 2, 100, 0, 0));
	/* It was reset in between, and its counts are lower. */
	ASSERT_TRUE(add_vcpu(&self->now, 2, 1, 2, 2, 700));
	ASSERT_TRUE(add_cost(&self->now, 1, CPUID, 70, 600));
	ASSERT_TRUE(add_cost(&self->now, 2, VMCALL, 1000000, 3));
}

FIXTURE_TEARDOWN(model)
{
	top_free(&self->before);
	top_free(&self->now);
	top_free(&self->table);
}

static const struct top_reason *first(FIXTURE_DATA(model) *self)
{
	top_free(&self->table);
	if (!top_difference(&self->table, &self->before, &self->now,
			    &self->choice))
		return NULL;
	return self->table.reasons;
}

TEST_F(model, difference)
{
	const struct top_reason *row = first(self);

	ASSERT_NE(NULL, row);
	EXPECT_EQ(2000, self->table.ms);
	ASSERT_EQ(3, self->table.vcpu_count);
	EXPECT_EQ(704, self->table.vcpus[0].exits);
	EXPECT_EQ(420, self->table.vcpus[1].exits);
	EXPECT_EQ(100, self->table.vcpus[2].exits);
	/* A VM's row has the exits of all of its vCPUs; none had VMCALL in VM 1. */
	ASSERT_EQ(5, self->table.reason_count);
	EXPECT_EQ(VMCALL, row[0].cost.reason);
	EXPECT_EQ(691, row[0].exits);
	EXPECT_EQ(CPUID, row[1].cost.reason);
	EXPECT_EQ(500, row[1].exits);
	EXPECT_EQ(500, row[1].cost.handler.count);
	EXPECT_EQ(345.5, top_rate(row[0].exits, self->table.ms));
	EXPECT_EQ(691 + 500 + 20 + 2 + 2, top_exits(&self->table));
}

static bool add_guest(struct top_sample *sample, uint64_t exits)
{
	struct teavmx_reason_cost cost = { .reason = HLT };

	have(&cost.guest, 300, exits);
	return top_add_cost(sample, 3, &cost);
}

static uint64_t hlt_exits(const struct top_sample *table)
{
	size_t i;

	for (i = 0; i < table->reason_count; i++)
		if (table->reasons[i].vm == 3)
			return table->reasons[i].exits;
	return 0;
}

/* Two vCPUs had 1000 and 40 exits, and the first one is destroyed. */
TEST_F(model, destroyed_vcpu)
{
	ASSERT_TRUE(add_vcpu(&self->before, 3, 1, 0, 1000, 0));
	ASSERT_TRUE(add_vcpu(&self->before, 3, 2, 0, 40, 0));
	ASSERT_TRUE(add_guest(&self->before, 1040));
	ASSERT_TRUE(add_vcpu(&self->now, 3, 2, 0, 45, 0));
	ASSERT_TRUE(add_guest(&self->now, 1047));
	ASSERT_NE(NULL, first(self));
	EXPECT_EQ(7, hlt_exits(&self->table));
}

/* The costs alone are reset; a reason without an exit since has none. */
TEST_F(model, costs_are_reset)
{
	ASSERT_TRUE(add_vcpu(&self->before, 3, 1, 0, 1000, 0));
	ASSERT_TRUE(add_guest(&self->before, 10));
	ASSERT_TRUE(add_vcpu(&self->now, 3, 1, 0, 1000, 0));
	ASSERT_NE(NULL, first(self));
	EXPECT_EQ(0, hlt_exits(&self->table));
	ASSERT_TRUE(add_guest(&self->now, 25));
	ASSERT_NE(NULL, first(self));
	EXPECT_EQ(15, hlt_exits(&self->table));
}

TEST_F(model, sorts)
{
	const struct top_reason *row;

	self->choice.sort = TOP_BY_TIME;
	row = first(self);
	ASSERT_NE(NULL, row);
	EXPECT_EQ(2, row[0].vm);
	EXPECT_EQ(CPUID, row[1].cost.reason);
	self->choice.sort = TOP_BY_NUMBER;
	row = first(self);
	ASSERT_NE(NULL, row);
	EXPECT_EQ(1, row[0].vm);
	EXPECT_EQ(CPUID, row[0].cost.reason);
	EXPECT_EQ(VMCALL, row[4].cost.reason);
	EXPECT_EQ(1, self->table.vcpus[0].vm);
	EXPECT_EQ(2, self->table.vcpus[1].vcpu);
}

TEST_F(model, filters)
{
	struct teavmx_exit exit = { .reason = MSR_READ, .count = 1 };
	const struct teavmx_vcpu vcpu = {
		.vm = 3, .id = 1, .exits = &exit, .exit_count = 1,
	};
	const struct top_reason *row;

	self->choice.vm = 2;
	row = first(self);
	ASSERT_NE(NULL, row);
	EXPECT_EQ(1, self->table.vcpu_count);
	EXPECT_EQ(3, self->table.reason_count);
	self->choice = (struct top_choice){ .text = "cpuI" };
	row = first(self);
	ASSERT_NE(NULL, row);
	EXPECT_EQ(2, self->table.reason_count);
	EXPECT_EQ(3, self->table.vcpu_count);
	/* The SDM calls the instruction so, and the reason MSR_READ. */
	ASSERT_TRUE(top_add_vcpu(&self->now, &vcpu));
	self->choice = (struct top_choice){ .text = "rdmsr" };
	row = first(self);
	ASSERT_NE(NULL, row);
	ASSERT_EQ(1, self->table.reason_count);
	EXPECT_EQ(MSR_READ, row->cost.reason);
	self->choice = (struct top_choice){ .text = "no such reason" };
	ASSERT_NE(NULL, first(self));
	EXPECT_EQ(0, self->table.reason_count);
}

/* Nothing is known of the time before the first sample. */
TEST_F(model, first_sample_has_no_rate)
{
	struct top_sample none = { 0 };

	ASSERT_TRUE(top_difference(&self->table, &none, &self->now,
				   &self->choice));
	EXPECT_EQ(0, self->table.ms);
	EXPECT_EQ(0, top_rate(100, self->table.ms));
}

/* Each line fits, with the longest names and large numbers. */
TEST_F(model, lines_have_eighty_columns)
{
	struct top_view view = { .khz = KHZ, .seconds = 1000 };
	char line[TOP_LINE];
	uint32_t reason;

	for (reason = 0; reason < 100; reason++) {
		struct top_reason row = {
			.vm = 99999, .exits = 4000000000, .cost.reason = reason,
		};

		have(&row.cost.handler, 123456789, 1);
		view.choice.part = COST_HANDLER;
		view.table.ms = 2000;
		top_reason_text(&view, &row, line);
		EXPECT_GE(TOP_COLUMNS, strlen(line)) TH_LOG("%s", line);
	}
	top_reason_text(&view, NULL, line);
	EXPECT_GE(TOP_COLUMNS, strlen(line));
	top_vcpu_text(&view, NULL, line);
	EXPECT_GE(TOP_COLUMNS, strlen(line));
	top_vcpu_text(&view, &self->now.vcpus[0], line);
	EXPECT_GE(TOP_COLUMNS, strlen(line));
}

TEST_HARNESS_MAIN
