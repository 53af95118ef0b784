// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instruction_word.h"
#include "output.h"
#include "top_model.h"

#define MS_PER_S	1000

const char *const top_sort_names[TOP_SORTS] = {
	[TOP_BY_EXITS] = "exits",
	[TOP_BY_TIME] = "time",
	[TOP_BY_NUMBER] = "number",
};

/* The row of a VM's exits for @reason, which is added if there is none */
static struct top_reason *find_reason(struct top_sample *sample, uint32_t vm,
				      uint32_t reason)
{
	struct top_reason *rows = sample->reasons;
	size_t i;

	/* Those of one VM are added one after the other. */
	for (i = sample->reason_count; i-- && rows[i].vm == vm;)
		if (rows[i].cost.reason == reason)
			return &rows[i];
	rows = reallocarray(rows, sample->reason_count + 1, sizeof(*rows));
	if (!rows)
		return NULL;
	sample->reasons = rows;
	rows += sample->reason_count++;
	*rows = (struct top_reason){ .vm = vm, .cost.reason = reason };
	return rows;
}

bool top_add_vcpu(struct top_sample *sample, const struct teavmx_vcpu *vcpu)
{
	struct top_vcpu *rows = reallocarray(sample->vcpus,
					     sample->vcpu_count + 1,
					     sizeof(*rows));
	struct top_reason *reason;
	size_t i;

	if (!rows)
		return false;
	sample->vcpus = rows;
	rows += sample->vcpu_count++;
	*rows = (struct top_vcpu){
		.vm = vcpu->vm,
		.vcpu = vcpu->id,
		.backend = vcpu->backend,
		.state = vcpu->state,
		.stop = vcpu->stop,
	};
	for (i = 0; i < vcpu->exit_count; i++) {
		reason = find_reason(sample, vcpu->vm, vcpu->exits[i].reason);
		if (!reason)
			return false;
		reason->exits += vcpu->exits[i].count;
		rows->exits += vcpu->exits[i].count;
	}
	return true;
}

bool top_add_cost(struct top_sample *sample, uint32_t vm,
		  const struct teavmx_reason_cost *cost)
{
	struct top_reason *reason = NULL;
	size_t i;

	for (i = 0; i < sample->reason_count && !reason; i++)
		if (sample->reasons[i].vm == vm &&
		    sample->reasons[i].cost.reason == cost->reason)
			reason = &sample->reasons[i];
	if (!reason)
		reason = find_reason(sample, vm, cost->reason);
	if (!reason)
		return false;
	reason->cost = *cost;
	/* The costs keep the exits of vCPUs that were destroyed. */
	if (cost->guest.count)
		reason->exits = cost->guest.count;
	return true;
}

static bool is_shown(const struct top_choice *choice,
		     const struct top_reason *row)
{
	char number[16];

	if (choice->vm && choice->vm != row->vm)
		return false;
	return strcasestr(output_reason(row->cost.reason, number,
					sizeof(number)), choice->text) ||
	       instruction_word_is(choice->text, row->cost.reason);
}

/* A reset of the VM or the counts may have made them lower than before. */
static uint64_t added(uint64_t now, uint64_t before)
{
	return now < before ? now : now - before;
}

static void subtract_vcpu(struct top_vcpu *row, const struct top_sample *before)
{
	const struct top_vcpu *old;

	for (old = before->vcpus; old < before->vcpus + before->vcpu_count;
	     old++)
		if (old->vm == row->vm && old->vcpu == row->vcpu)
			row->exits = added(row->exits, old->exits);
}

static void subtract_reason(struct top_reason *row,
			    const struct top_sample *before)
{
	struct top_reason *old;
	bool has_costs;
	int part;

	for (old = before->reasons; old < before->reasons + before->reason_count;
	     old++) {
		if (old->vm != row->vm || old->cost.reason != row->cost.reason)
			continue;
		has_costs = row->cost.guest.count || old->cost.guest.count;
		for (part = 0; part < COST_PARTS; part++)
			cost_subtract(cost_of(&row->cost, part),
				      cost_of(&old->cost, part));
		row->exits = has_costs ? row->cost.guest.count :
			     added(row->exits, old->exits);
	}
}

static int compare(uint64_t one, uint64_t other)
{
	return one < other ? -1 : one > other;
}

static int compare_vcpus(const void *left, const void *right, void *data)
{
	const struct top_choice *choice = data;
	const struct top_vcpu *a = left;
	const struct top_vcpu *b = right;
	int order = choice->sort == TOP_BY_NUMBER ? 0 :
		    compare(b->exits, a->exits);

	return order ?: compare(a->vm, b->vm) ?: compare(a->vcpu, b->vcpu);
}

static uint64_t sum_of(const struct top_reason *row, enum cost_part part)
{
	return cost_of((struct teavmx_reason_cost *)&row->cost, part)->sum;
}

static int compare_reasons(const void *left, const void *right, void *data)
{
	const struct top_choice *choice = data;
	const struct top_reason *a = left;
	const struct top_reason *b = right;
	int order = 0;

	if (choice->sort == TOP_BY_EXITS)
		order = compare(b->exits, a->exits);
	else if (choice->sort == TOP_BY_TIME)
		order = compare(sum_of(b, choice->part),
				sum_of(a, choice->part));
	return order ?: compare(a->vm, b->vm) ?:
	       compare(a->cost.reason, b->cost.reason);
}

static void take_vcpus(struct top_sample *table,
		       const struct top_sample *before,
		       const struct top_sample *now,
		       const struct top_choice *choice)
{
	size_t i;

	for (i = 0; i < now->vcpu_count; i++) {
		struct top_vcpu *row = &table->vcpus[table->vcpu_count];

		if (choice->vm && choice->vm != now->vcpus[i].vm)
			continue;
		*row = now->vcpus[i];
		subtract_vcpu(row, before);
		table->vcpu_count++;
	}
}

static void take_reasons(struct top_sample *table,
			 const struct top_sample *before,
			 const struct top_sample *now,
			 const struct top_choice *choice)
{
	size_t i;

	for (i = 0; i < now->reason_count; i++) {
		struct top_reason *row = &table->reasons[table->reason_count];

		if (!is_shown(choice, &now->reasons[i]))
			continue;
		*row = now->reasons[i];
		subtract_reason(row, before);
		if (row->exits || row->cost.guest.count)
			table->reason_count++;
	}
}

bool top_difference(struct top_sample *table, const struct top_sample *before,
		    const struct top_sample *now,
		    const struct top_choice *choice)
{
	*table = (struct top_sample){
		.vcpus = calloc(now->vcpu_count + 1, sizeof(*table->vcpus)),
		.reasons = calloc(now->reason_count + 1,
				  sizeof(*table->reasons)),
		.vms = now->vms,
		.ms = before->ms ? now->ms - before->ms : 0,
	};
	if (!table->vcpus || !table->reasons) {
		top_free(table);
		return false;
	}
	take_vcpus(table, before, now, choice);
	take_reasons(table, before, now, choice);
	qsort_r(table->vcpus, table->vcpu_count, sizeof(*table->vcpus),
		compare_vcpus, (void *)choice);
	qsort_r(table->reasons, table->reason_count, sizeof(*table->reasons),
		compare_reasons, (void *)choice);
	return true;
}

uint64_t top_exits(const struct top_sample *sample)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < sample->reason_count; i++)
		total += sample->reasons[i].exits;
	return total;
}

double top_rate(uint64_t count, long long ms)
{
	return ms > 0 ? (double)count * MS_PER_S / (double)ms : 0;
}

void top_free(struct top_sample *sample)
{
	free(sample->vcpus);
	free(sample->reasons);
	*sample = (struct top_sample){ 0 };
}
