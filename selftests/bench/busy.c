// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <error.h>
#include <sched.h>

#include "bench.h"

/* The loop of busy_end() takes fewer ticks, so more mean that it was interrupted. */
#define ITERATION_MAX	100
/* After so many ticks in which only timer interrupts occurred the others are idle. */
#define QUIET		500000
/* A timer interrupt with all that it causes takes fewer ticks. */
#define INTERRUPT_MAX	12000
#define CALIBRATION	8000000
#define REPEATS		10

/* Timer interrupts take so many ticks of a million. */
static uint64_t interrupt_share;
/* Ticks of busy_end() itself */
static uint64_t overhead;

uint64_t busy_begin(void)
{
	return __rdtsc();
}

/*
 * Spins until @duration ticks have passed without the work of others, apart from
 * interrupts; returns the ticks since @begin in which it did not spin.
 */
static uint64_t spin(uint64_t begin, uint64_t duration, uint64_t *end)
{
	uint64_t last = begin, quiet = begin, work = 0, now;

	do {
		now = __rdtsc();
		if (now - last > ITERATION_MAX) {
			work += now - last;
			if (now - last > INTERRUPT_MAX)
				quiet = now;
		}
		last = now;
	} while (now - quiet < duration);
	*end = now;
	return work;
}

void policy_set(int policy)
{
	const struct sched_param param = {
		.sched_priority = policy == SCHED_FIFO,
	};

	if (sched_setscheduler(0, policy, &param))
		error(1, errno, "scheduling policy %d", policy);
}

uint64_t busy_end_after(uint64_t begin, uint64_t quiet)
{
	uint64_t end, work, spent;

	policy_set(SCHED_IDLE);
	work = spin(begin, quiet, &end);
	policy_set(SCHED_OTHER);
	spent = (end - begin) * interrupt_share / 1000000 + overhead;
	return work > spent ? work - spent : 0;
}

uint64_t busy_end(uint64_t begin)
{
	return busy_end_after(begin, QUIET);
}

void busy_prepare(void)
{
	uint64_t begin, end, work;
	uint64_t least = UINT64_MAX;
	unsigned int i;

	begin = __rdtsc();
	work = spin(begin, CALIBRATION, &end);
	interrupt_share = work * 1000000 / (end - begin);
	for (i = 0; i < REPEATS; i++) {
		work = busy_end(busy_begin());
		if (work < least)
			least = work;
	}
	overhead = least;
}
