/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_TOP_MODEL_H
#define TEAVMX_TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <userspace/lib/teavmx.h>

#include "cost.h"

/**
 * struct top_vcpu - a vCPU in the display
 * @vm: its VM
 * @vcpu: its number
 * @backend: enum teavmx_backend
 * @state: enum teavmx_vcpu_state
 * @stop: enum teavmx_stop
 * @exits: its exits
 */
struct top_vcpu {
	uint32_t vm;
	uint32_t vcpu;
	uint32_t backend;
	uint32_t state;
	uint32_t stop;
	uint64_t exits;
};

/**
 * struct top_reason - the exits of a VM for one reason
 * @vm: the VM
 * @exits: number of them: those of all vCPUs that the VM has or had, or of those that
 *	exist if there are no costs
 * @cost: the reason and what they cost
 */
struct top_reason {
	uint32_t vm;
	uint64_t exits;
	struct teavmx_reason_cost cost;
};

/**
 * struct top_sample - what was counted at one time, or between two
 * @vcpus: the vCPUs
 * @vcpu_count: entries in @vcpus
 * @reasons: the exits of VMs by reason
 * @reason_count: entries in @reasons
 * @vms: number of VMs
 * @ms: the time in ms; of a difference, how long it is
 */
struct top_sample {
	struct top_vcpu *vcpus;
	size_t vcpu_count;
	struct top_reason *reasons;
	size_t reason_count;
	int vms;
	long long ms;
};

/**
 * enum top_sort - what the rows are ordered by
 * @TOP_BY_EXITS: number of exits, the most first
 * @TOP_BY_TIME: the sum of the cost that is shown, the highest first
 * @TOP_BY_NUMBER: VM, and then vCPU or exit reason
 * @TOP_SORTS: how many there are
 */
enum top_sort {
	TOP_BY_EXITS,
	TOP_BY_TIME,
	TOP_BY_NUMBER,
	TOP_SORTS,
};

/* top_sort_names - their names */
extern const char *const top_sort_names[TOP_SORTS];

/* Bytes for a part of an exit reason's name */
#define TOP_TEXT	32

/**
 * struct top_choice - what is shown
 * @vm: of one VM only, 0 for all
 * @text: reasons with this in their name, or which an instruction of this name causes,
 *	in any case
 * @sort: order
 * @part: which cost
 */
struct top_choice {
	uint32_t vm;
	char text[TOP_TEXT];
	enum top_sort sort;
	enum cost_part part;
};

/**
 * top_add_vcpu() - add a vCPU and its exits to a sample
 * @sample: the sample
 * @vcpu: the vCPU
 *
 * Return: false without memory.
 */
bool top_add_vcpu(struct top_sample *sample, const struct teavmx_vcpu *vcpu);

/**
 * top_add_cost() - add the costs of a VM's exits for one reason
 * @sample: the sample
 * @vm: the VM
 * @cost: the costs
 *
 * Return: false without memory.
 */
bool top_add_cost(struct top_sample *sample, uint32_t vm,
		  const struct teavmx_reason_cost *cost);

/**
 * top_difference() - what happened between two samples
 * @table: receives it, for top_free()
 * @before: the earlier one, or an empty one
 * @now: the later one
 * @choice: what is shown, and in which order
 *
 * Reasons without an exit in between are left out.
 *
 * Return: false without memory; @table is empty then.
 */
bool top_difference(struct top_sample *table, const struct top_sample *before,
		    const struct top_sample *now,
		    const struct top_choice *choice);

/**
 * top_exits() - all exits of a sample
 * @sample: the sample
 *
 * Return: number of them.
 */
uint64_t top_exits(const struct top_sample *sample);

/**
 * top_rate() - how often something happened
 * @count: number of times
 * @ms: in this time; 0 has no rate
 *
 * Return: times in a second.
 */
double top_rate(uint64_t count, long long ms);

/**
 * top_free() - release a sample, which is empty then
 * @sample: the sample
 */
void top_free(struct top_sample *sample);

#endif
