/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_COST_H
#define TEAVMX_COST_H

#include <stddef.h>
#include <stdint.h>

#include <userspace/lib/stats.h>

/**
 * enum cost_part - the costs of an exit
 * @COST_GUEST: in the guest before it
 * @COST_HANDLER: until the next entry
 * @COST_DELIVERY: of its records
 * @COST_PARTS: how many there are
 */
enum cost_part {
	COST_GUEST,
	COST_HANDLER,
	COST_DELIVERY,
	COST_PARTS,
};

/* cost_part_names - their names, as options and labels have them */
extern const char *const cost_part_names[COST_PARTS];

/**
 * cost_of() - one of the costs of a reason
 * @reason: the costs
 * @part: which one
 *
 * Return: it, as long as @reason exists.
 */
struct teavmx_cost *cost_of(struct teavmx_reason_cost *reason,
			    enum cost_part part);

/**
 * cost_subtract() - leave what was added since an earlier reading
 * @cost: a reading; its lowest and highest remain those of the whole time
 * @before: the earlier one; if a reset was between the two, @cost remains as it is
 */
void cost_subtract(struct teavmx_cost *cost, const struct teavmx_cost *before);

/**
 * cost_mean() - the mean of a cost
 * @cost: the cost
 *
 * Return: it, in ticks, 0 without any.
 */
double cost_mean(const struct teavmx_cost *cost);

/**
 * cost_percentile() - estimate the cost that some percents of the exits do not exceed
 * @cost: the cost
 * @percent: 1 to 100
 *
 * The histogram says between which two powers of 2 it is; in between, costs are
 * taken as evenly spread.
 *
 * Return: it, in ticks, 0 without any.
 */
double cost_percentile(const struct teavmx_cost *cost, unsigned int percent);

/**
 * cost_bound() - the highest cost that a bucket counts
 * @bucket: the bucket, other than the last
 *
 * Return: it, in ticks.
 */
uint64_t cost_bound(unsigned int bucket);

/**
 * cost_ns() - ticks as a time
 * @ticks: the ticks
 * @khz: ticks in a ms, not 0
 *
 * Return: the time in ns.
 */
double cost_ns(double ticks, uint32_t khz);

/* Bytes for the text of a time */
#define COST_TEXT	16

/**
 * cost_text() - a time with a unit and three digits, such as "1.23us"
 * @ns: the time in ns
 * @text: receives it
 */
void cost_text(double ns, char text[COST_TEXT]);

#endif
