// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdio.h>

#include "cost.h"

#define NS_PER_MS	1000000.0

const char *const cost_part_names[COST_PARTS] = {
	[COST_GUEST] = "guest",
	[COST_HANDLER] = "handler",
	[COST_DELIVERY] = "delivery",
};

struct teavmx_cost *cost_of(struct teavmx_reason_cost *reason,
			    enum cost_part part)
{
	switch (part) {
	case COST_GUEST:
		return &reason->guest;
	case COST_HANDLER:
		return &reason->handler;
	default:
		return &reason->delivery;
	}
}

static bool cost_was_reset(const struct teavmx_cost *cost,
			   const struct teavmx_cost *before)
{
	size_t i;

	for (i = 0; i < TEAVMX_COST_BUCKETS; i++)
		if (cost->buckets[i] < before->buckets[i])
			return true;
	return cost->sum < before->sum;
}

void cost_subtract(struct teavmx_cost *cost, const struct teavmx_cost *before)
{
	size_t i;

	if (cost_was_reset(cost, before))
		return;
	for (i = 0; i < TEAVMX_COST_BUCKETS; i++)
		cost->buckets[i] -= before->buckets[i];
	cost->count -= before->count;
	cost->sum -= before->sum;
}

double cost_mean(const struct teavmx_cost *cost)
{
	return cost->count ? (double)cost->sum / (double)cost->count : 0;
}

uint64_t cost_bound(unsigned int bucket)
{
	return (1ull << bucket) - 1;
}

/* The cost at @rank, from 1, of those that @bucket counts */
static double cost_in_bucket(const struct teavmx_cost *cost,
			     unsigned int bucket, uint64_t rank)
{
	double high = (double)cost->highest;
	double low = (double)cost->lowest;

	if (bucket < TEAVMX_COST_BUCKETS - 1 &&
	    (double)cost_bound(bucket) < high)
		high = (double)cost_bound(bucket);
	if (bucket && (double)cost_bound(bucket - 1) + 1 > low)
		low = (double)cost_bound(bucket - 1) + 1;
	return low + (high - low) * (double)rank / (double)cost->buckets[bucket];
}

double cost_percentile(const struct teavmx_cost *cost, unsigned int percent)
{
	/* The number of costs that are not higher, rounded up */
	uint64_t rank = cost->count / 100 * percent +
			(cost->count % 100 * percent + 99) / 100;
	unsigned int i;

	for (i = 0; i < TEAVMX_COST_BUCKETS; i++) {
		if (cost->buckets[i] && rank <= cost->buckets[i])
			return cost_in_bucket(cost, i, rank);
		rank -= cost->buckets[i];
	}
	return 0;
}

double cost_ns(double ticks, uint32_t khz)
{
	return ticks * NS_PER_MS / khz;
}

void cost_text(double ns, char text[COST_TEXT])
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	size_t unit = 0;

	/* What would be printed as 1000 of a unit is 1 of the next. */
	while (unit < sizeof(units) / sizeof(*units) - 1 && ns >= 999.5) {
		ns /= 1000;
		unit++;
	}
	snprintf(text, COST_TEXT, "%.*f%s",
		 !unit || ns >= 99.95 ? 0 : ns >= 9.995 ? 1 : 2, ns, units[unit]);
}
