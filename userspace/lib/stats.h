/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_STATS_H
#define TEAVMX_STATS_H

#include <stdint.h>

#include <uapi/profile.h>
#include <uapi/teavmx.h>

/**
 * DOC: The costs of exits
 *
 * The module measures what each exit costs, from the creation of a VM on, whether
 * anyone reads it or not. teavmx.h includes this header, and its conventions hold
 * here. Costs are in ticks of the host's time-stamp counter, of which struct
 * teavmx_info has the frequency.
 */

struct teavmx;

/**
 * struct teavmx_cost - A cost that many exits have had.
 * @count: how many; without any, the other members are 0
 * @lowest: the lowest cost of one exit
 * @highest: the highest cost of one exit
 * @sum: the sum of all costs
 * @buckets: histogram; element N counts the costs with N significant bits, and the
 *	last one all higher costs too
 */
struct teavmx_cost {
	uint64_t count;
	uint64_t lowest;
	uint64_t highest;
	uint64_t sum;
	uint64_t buckets[TEAVMX_COST_BUCKETS];
};

/**
 * struct teavmx_reason_cost - The costs of the exits for one reason.
 * @reason: basic exit reason, UINT16_MAX for all that the module does not know
 * @guest: in the guest before the exit, with entry and exit themselves
 * @handler: from the exit until the next entry, or until the vCPU stops, without
 *	@delivery
 * @delivery: of putting records into the log and sending them; its count is that of
 *	the deliveries, which are fewer than the exits
 */
struct teavmx_reason_cost {
	uint32_t reason;
	struct teavmx_cost guest;
	struct teavmx_cost handler;
	struct teavmx_cost delivery;
};

/**
 * teavmx_stats_read() - Read the costs of the exits of a VM or a vCPU.
 * @teavmx: handle
 * @vm: number of the VM; it may have ended as long as its log is kept
 * @vcpu: number of a vCPU that exists, or 0 for all that the VM has or had
 * @each: called for each reason that had an exit, in the order of the reasons, with
 *	costs that are valid until it returns. Returns 0, or -1 with errno set, which
 *	ends the reading
 * @data: passed on to @each
 *
 * Exits go on meanwhile: costs of several reasons may be of different times.
 *
 * Context: @each must not use @teavmx.
 * Return: 0 or -1.
 */
int teavmx_stats_read(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		      int (*each)(const struct teavmx_reason_cost *cost,
				  void *data),
		      void *data);

/**
 * teavmx_stats_reset() - Forget the costs of the exits of a VM or a vCPU.
 * @teavmx: handle
 * @vm: number of the VM
 * @vcpu: number of a vCPU that exists, or 0 for all that the VM has or had
 *
 * The counts of exits in struct teavmx_vcpu remain.
 *
 * Return: 0 or -1.
 */
int teavmx_stats_reset(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu);

/**
 * teavmx_profile_read() - Read the profile of a VM: its exits by reason and RIP.
 * @teavmx: handle
 * @vm: number of the VM; it may have ended as long as its log is kept
 * @begun: receives the time at which the profile was begun, in ns of CLOCK_MONOTONIC
 * @each: called for each pair of reason and RIP, in no order, with an entry that is valid
 *	until it returns. Returns 0, or -1 with errno set, which ends the reading
 * @data: passed on to @each
 *
 * The first call begins the profile, so it has no exits yet. Without a call for 10 s it ends,
 * and the next one begins a new one, with another @begun. Exits go on meanwhile.
 *
 * The profile of a VM that has ended remains as it is; @begun is 0 if it has none.
 *
 * Context: @each must not use @teavmx.
 * Return: 0 or -1, also if a new profile was begun while this one was read.
 */
int teavmx_profile_read(struct teavmx *teavmx, uint32_t vm, uint64_t *begun,
			int (*each)(const struct teavmx_profile_exit *exit,
				    void *data),
			void *data);

#endif
