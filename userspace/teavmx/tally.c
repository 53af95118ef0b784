// SPDX-License-Identifier: GPL-2.0-only
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>

#include "recorded.h"
#include "tally.h"

#define NS_PER_MS	1000000ULL

/* The last record of a vCPU, and the gaps of the recording before it */
struct last_record {
	uint32_t vm;
	uint32_t vcpu;
	bool has_exit;
	size_t gaps;
	uint64_t breaks;
	struct teavmx_record exit;
};

/* The number of the last record of a VM, and how often the next one had not the next number */
struct last_number {
	uint32_t vm;
	uint64_t seq;
	uint64_t breaks;
};

static int compare_vcpus(const void *a, const void *b)
{
	const struct last_record *x = a, *y = b;

	return recorded_order(x->vm, y->vm) ?: recorded_order(x->vcpu, y->vcpu);
}

static int compare_vms(const void *a, const void *b)
{
	const struct last_number *x = a, *y = b;

	return recorded_order(x->vm, y->vm);
}

static int compare_places(const void *a, const void *b)
{
	const struct tally_place *x = a, *y = b;

	return recorded_order(x->vm, y->vm) ?: recorded_order(x->reason, y->reason) ?:
	       recorded_order(x->is_tea_call, y->is_tea_call) ?:
	       recorded_order(x->value, y->value) ?: recorded_order(x->rip, y->rip);
}

static int compare_reasons(const void *a, const void *b)
{
	const struct tally_reason *x = a, *y = b;

	return recorded_order(y->count, x->count) ?: recorded_order(x->reason, y->reason);
}

static struct tally_reason *reason_of(struct tally *tally, uint32_t reason)
{
	uint32_t basic = reason & VMX_EXIT_BASIC_MASK;

	return &tally->reasons[basic <= VMX_EXIT_MAX ? basic : VMX_EXIT_MAX + 1];
}

static void add_slow(struct tally *tally, const struct teavmx_record *exit,
		     uint64_t time)
{
	struct tally_exit *slowest = tally->slowest;
	size_t at = tally->slowest_count;

	if (at == tally->limit && (!at || slowest[at - 1].time >= time))
		return;
	if (at < tally->limit)
		tally->slowest_count++;
	else
		at--;
	for (; at && slowest[at - 1].time < time; at--)
		slowest[at] = slowest[at - 1];
	slowest[at].record = *exit;
	slowest[at].time = time;
}

/* How long the vCPU of a record was in the guest before it, in ns */
static uint64_t guest_time(const struct tally *tally,
			   const struct teavmx_record *record)
{
	if (!tally->tsc_khz || !TEAVMX_RECORD_HAS(record, GUEST_TICKS))
		return 0;
	return record->guest_ticks * NS_PER_MS / tally->tsc_khz;
}

/* The vCPU was in the host after @exit until @next, or until the guest run before that. */
static void end_exit(struct tally *tally, const struct teavmx_record *exit,
		     const struct teavmx_record *next)
{
	struct tally_reason *reason = reason_of(tally, exit->reason);
	uint64_t begin = exit->time + guest_time(tally, next);
	uint64_t time = next->time > begin ? next->time - begin : 0;

	reason->timed++;
	reason->time += time;
	if (time > reason->longest)
		reason->longest = time;
	add_slow(tally, exit, time);
}

static int add_place(struct tally *tally, const struct teavmx_record *exit)
{
	struct tally_place key = {
		.vm = exit->vm,
		.reason = exit->reason & VMX_EXIT_BASIC_MASK,
		.rip = exit->rip,
	};
	struct tally_place *place;

	/* Only exits of TEA programs have a process. */
	if (key.reason == VMX_EXIT_VMCALL && TEAVMX_RECORD_HAS(exit, PID)) {
		key.is_tea_call = true;
		key.value = exit->value;
		key.rip = 0;
	}
	place = tree_find_or_add(&tally->place_tree, &key, sizeof(key), compare_places);
	if (!place)
		return -1;
	place->count++;
	return 0;
}

static int add_exit(struct tally *tally, const struct teavmx_record *exit)
{
	tally->exits++;
	reason_of(tally, exit->reason)->count++;
	return add_place(tally, exit);
}

static int add_gap(struct tally *tally, const struct teavmx_record *lost)
{
	struct tally_gap *gaps;

	gaps = reallocarray(tally->gaps, tally->gap_count + 1, sizeof(*gaps));
	if (!gaps)
		return -1;
	tally->gaps = gaps;
	gaps[tally->gap_count++] = (struct tally_gap){
		.vm = lost->vm,
		.first = lost->seq,
		.last = lost->vm ? lost->last : lost->value,
	};
	tally->lost += lost->lost;
	return 0;
}

static void add_time(struct tally *tally, uint64_t time)
{
	if (!tally->first || time < tally->first)
		tally->first = time;
	if (time > tally->last)
		tally->last = time;
}

static int add_of_vcpu(struct tally *tally, const struct last_number *number,
		       const struct teavmx_record *record)
{
	struct last_record key = { .vm = record->vm, .vcpu = record->vcpu };
	struct last_record *last;

	last = tree_find_or_add(&tally->vcpus, &key, sizeof(key), compare_vcpus);
	if (!last)
		return -1;
	add_time(tally, record->time);
	/* Its next record may be among those that were lost, or that a filter has left out. */
	if (last->has_exit && last->gaps == tally->gap_count &&
	    last->breaks == number->breaks)
		end_exit(tally, &last->exit, record);
	last->gaps = tally->gap_count;
	last->breaks = number->breaks;
	last->has_exit = record->type == TEAVMX_EVENT_TYPE_VMX_EXIT;
	if (!last->has_exit)
		return 0;
	last->exit = *record;
	/* What these point to does not exist any more when the exit is shown. */
	last->exit.bytes = (const uint8_t *)"";
	last->exit.size = 0;
	last->exit.refusal = NULL;
	last->exit.snapshot = NULL;
	return add_exit(tally, record);
}

static void take_number(struct tally *tally, struct last_number *number,
			const struct teavmx_record *record)
{
	if (number->seq && record->seq > number->seq + 1) {
		number->breaks++;
		tally->left_out += record->seq - number->seq - 1;
	}
	number->seq = record->seq;
}

static int add_lost(struct tally *tally, const struct teavmx_record *lost)
{
	struct last_number key = { .vm = lost->vm };
	struct last_number *number = tree_find(&tally->vms, &key, compare_vms);

	if (number)
		number->seq = lost->last;
	return add_gap(tally, lost);
}

static int add_record(struct tally *tally, const struct teavmx_record *record)
{
	struct last_number key = { .vm = record->vm };
	struct last_number *number;

	if (record->type == TEAVMX_EVENT_TYPE_LOST)
		return add_lost(tally, record);
	number = tree_find_or_add(&tally->vms, &key, sizeof(key), compare_vms);
	if (!number)
		return -1;
	tally->records++;
	tally->types[record->type < TALLY_TYPES ? record->type : 0]++;
	if (record->type == TEAVMX_EVENT_TYPE_VM_NEW ||
	    record->type == TEAVMX_EVENT_TYPE_VM_END)
		return 0;
	take_number(tally, number, record);
	return add_of_vcpu(tally, number, record);
}

static void copy_place(const void *node, VISIT visit, void *next)
{
	struct tally_place **place = next;

	if (visit == postorder || visit == leaf)
		*(*place)++ = **(const struct tally_place *const *)node;
}

static int tally_finish(struct tally *tally)
{
	struct tally_place *next;
	uint32_t reason;

	for (reason = 0; reason < TALLY_REASONS; reason++)
		tally->reasons[reason].reason = reason;
	qsort(tally->reasons, TALLY_REASONS, sizeof(*tally->reasons),
	      compare_reasons);
	tally->places = calloc(tally->place_tree.count + 1, sizeof(*tally->places));
	if (!tally->places)
		return -1;
	next = tally->places;
	twalk_r(tally->place_tree.root, copy_place, &next);
	return 0;
}

int tally_read(struct tally *tally, struct recording *recording)
{
	struct teavmx_record record;

	tally->tsc_khz = recording_header(recording)->tsc_khz;
	while (recording_next(recording, &record))
		if (add_record(tally, &record))
			return -1;
	return tally_finish(tally);
}

void tally_free(struct tally *tally)
{
	tree_free(&tally->vcpus, free);
	tree_free(&tally->vms, free);
	tree_free(&tally->place_tree, free);
	free(tally->gaps);
	free(tally->places);
}
