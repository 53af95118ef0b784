// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>

#include "interrupt.h"
#include "recorded.h"
#include "spans.h"

/* Records after which a walk checks for a signal */
#define SIGNAL_RECORDS	4096
#define NS_PER_MS	1000000ULL

/*
 * @seq: number of its last record
 * @skips: how often the next record had not the next number
 * @losses: how often records of it were lost; its end counts as well
 */
struct vm {
	uint32_t id;
	uint64_t seq;
	uint64_t skips;
	uint64_t losses;
};

/*
 * @skips: those of @vm at the last record of this vCPU
 * @losses: those of @vm and of the walk then
 * @until: where the last interval has ended
 * @exit: an exit whose end is not known yet, if @exits
 * @state: the record of the state, if @states
 */
struct track {
	struct spans_vcpu vcpu;
	const struct vm *vm;
	uint64_t skips;
	uint64_t losses;
	uint64_t until;
	bool exits;
	bool states;
	uint64_t exit_guest;
	uint64_t exit_from;
	uint64_t state_from;
	struct teavmx_record exit;
	struct teavmx_record state;
};

static int compare_vms(const void *a, const void *b)
{
	const struct vm *first = a, *second = b;

	return recorded_order(first->id, second->id);
}

static int compare_vcpus(const void *a, const void *b)
{
	const struct spans_vcpu *first = a, *second = b;

	return recorded_order(first->vm, second->vm) ?:
	       recorded_order(first->id, second->id);
}

static struct vm *find_vm(const struct spans *spans, const struct teavmx_record *record)
{
	const struct vm key = { .id = record->vm };

	return tree_find(&spans->vms, &key, compare_vms);
}

static struct track *find_track(const struct spans *spans,
				const struct teavmx_record *record)
{
	const struct spans_vcpu key = { .vm = record->vm, .id = record->vcpu };

	return tree_find(&spans->vcpus, &key, compare_vcpus);
}

static struct track *add_track(struct spans *spans, const struct vm *vm,
			       const struct teavmx_record *record)
{
	const struct track key = {
		.vcpu = {
			.vm = record->vm,
			.id = record->vcpu,
			.number = (uint32_t)spans->vcpus.count,
		},
		.vm = vm,
	};

	return tree_find_or_add(&spans->vcpus, &key, sizeof(key), compare_vcpus);
}

/* Records without a number are about the stream, and have no vCPU. */
static bool is_of_vcpu(const struct teavmx_record *record)
{
	return record->type != TEAVMX_EVENT_TYPE_LOST &&
	       record->type != TEAVMX_EVENT_TYPE_VM_NEW &&
	       record->type != TEAVMX_EVENT_TYPE_VM_END;
}

static void add_time(struct spans *spans, uint64_t time)
{
	uint64_t last = spans->first + spans->length;

	if (!time)
		return;
	if (!spans->first || time < spans->first)
		spans->first = time;
	spans->length = (time > last ? time : last) - spans->first;
}

static bool is_signaled(uint64_t records)
{
	if (records % SIGNAL_RECORDS)
		return false;
	/* Signals are delivered in a wait only. */
	interrupt_wait(-1, 0);
	return interrupt_seen();
}

static int add_of_vm(struct spans *spans, const struct teavmx_record *record)
{
	const struct vm key = { .id = record->vm };
	const struct vm *vm = tree_find_or_add(&spans->vms, &key, sizeof(key),
					       compare_vms);
	struct track *track;

	if (!vm)
		return -ENOMEM;
	if (!is_of_vcpu(record))
		return 0;
	track = add_track(spans, vm, record);
	if (!track)
		return -ENOMEM;
	if (record->type == TEAVMX_EVENT_TYPE_VMX_EXIT) {
		spans->exits++;
		track->vcpu.exits++;
	}
	return 0;
}

int spans_add(struct spans *spans, const struct teavmx_record *record)
{
	add_time(spans, record->time);
	spans->records++;
	if (record->type != TEAVMX_EVENT_TYPE_LOST)
		return add_of_vm(spans, record);
	spans->lost += record->lost;
	return 0;
}

int spans_survey(struct spans *spans, struct recording *recording)
{
	struct teavmx_record record;
	int error = 0;

	memset(spans, 0, sizeof(*spans));
	while (!error && recording_next(recording, &record)) {
		error = spans_add(spans, &record);
		if (is_signaled(spans->records))
			error = -EINTR;
	}
	return error;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int hand_over(const struct spans_walk *walk, enum span_kind kind, uint32_t vcpu,
		     uint64_t from, uint64_t to, const struct teavmx_record *record)
{
	const struct span span = {
		.kind = kind,
		.vcpu = vcpu,
		.from = from,
		.to = to,
		.record = record,
	};

	return walk->take(&span, walk->data);
}

static int give_exit(struct spans_walk *walk, struct track *track, uint64_t to, bool open)
{
	const struct span span = {
		.kind = SPAN_EXIT,
		.open = open,
		.vcpu = track->vcpu.number,
		.guest = track->exit_guest,
		.from = track->exit_from,
		.to = to,
		.record = &track->exit,
	};

	if (!track->exits)
		return 0;
	track->exits = false;
	track->until = to;
	return walk->take(&span, walk->data);
}

static int end_exit(struct spans_walk *walk, struct track *track, uint64_t now)
{
	return give_exit(walk, track, later(now, track->exit_from), false);
}

static int leave_exit_open(struct spans_walk *walk, struct track *track)
{
	return give_exit(walk, track, track->exit_from, true);
}

static int end_state(struct spans_walk *walk, struct track *track, uint64_t now)
{
	if (!track->states)
		return 0;
	track->states = false;
	track->until = later(later(now, track->until), track->state_from);
	return hand_over(walk, SPAN_STATE_END, track->vcpu.number, track->state_from,
			 track->until, &track->state);
}

/*
 * After a gap it is not known how long the exit before it was. If the records there were
 * lost, nor is the state of the vCPU; a filter leaves out all states or none.
 */
static int take_gaps(struct spans_walk *walk, struct track *track)
{
	uint64_t losses = track->vm->losses + walk->losses;
	bool is_lost = track->losses != losses;
	int error = 0;

	if (is_lost || track->skips != track->vm->skips)
		error = leave_exit_open(walk, track);
	if (is_lost && !error)
		error = end_state(walk, track, 0);
	track->skips = track->vm->skips;
	track->losses = losses;
	return error;
}

static void copy_record(struct teavmx_record *copy,
			const struct teavmx_record *record)
{
	*copy = *record;
	/* They do not outlive the call, and neither exits nor states need them. */
	copy->bytes = (const uint8_t *)"";
	copy->size = 0;
	copy->refusal = NULL;
	copy->snapshot = NULL;
}

/* When the guest run began that ended with an exit at this time */
static uint64_t entry_time(const struct spans_walk *walk,
			   const struct teavmx_record *record)
{
	uint64_t guest = 0;

	if (walk->tsc_khz && TEAVMX_RECORD_HAS(record, GUEST_TICKS))
		guest = record->guest_ticks * NS_PER_MS / walk->tsc_khz;
	return walk->now - (guest < walk->now ? guest : walk->now);
}

static int take_exit(struct spans_walk *walk, struct track *track,
		     const struct teavmx_record *record)
{
	uint64_t entry = entry_time(walk, record);
	int error = end_exit(walk, track, entry);

	entry = later(entry, track->until);
	track->exits = true;
	track->exit_from = later(walk->now, entry);
	track->exit_guest = track->exit_from - entry;
	copy_record(&track->exit, record);
	return error;
}

static int take_state(struct spans_walk *walk, struct track *track,
		      const struct teavmx_record *record)
{
	int error = end_exit(walk, track, walk->now) ?:
		    end_state(walk, track, walk->now);

	track->states = record->state != TEAVMX_VCPU_STATE_EXITED;
	track->state_from = later(walk->now, track->until);
	track->until = track->state_from;
	copy_record(&track->state, record);
	return error ?: hand_over(walk, track->states ? SPAN_STATE : SPAN_POINT,
				  track->vcpu.number, track->state_from,
				  track->state_from, record);
}

static int take_of_stream(struct spans_walk *walk, struct vm *vm,
			  const struct teavmx_record *record)
{
	if (record->type != TEAVMX_EVENT_TYPE_VM_NEW && vm)
		vm->losses++;
	if (record->type == TEAVMX_EVENT_TYPE_LOST && vm)
		vm->seq = record->last;
	if (!record->vm)
		walk->losses++;
	return hand_over(walk, SPAN_POINT, SPANS_NO_VCPU, walk->now, walk->now, record);
}

static void take_number(struct spans *spans, struct vm *vm,
			const struct teavmx_record *record)
{
	if (vm->seq && record->seq > vm->seq + 1) {
		vm->skips++;
		spans->left_out += record->seq - vm->seq - 1;
	}
	vm->seq = record->seq;
}

static int take_of_vcpu(struct spans_walk *walk, struct track *track,
			const struct teavmx_record *record)
{
	int error = take_gaps(walk, track);

	if (error)
		return error;
	switch (record->type) {
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		return take_exit(walk, track, record);
	case TEAVMX_EVENT_TYPE_STATE:
		return take_state(walk, track, record);
	default:
		return hand_over(walk, SPAN_POINT, track->vcpu.number, walk->now,
				 walk->now, record);
	}
}

int spans_take(struct spans_walk *walk, const struct teavmx_record *record)
{
	struct vm *vm = find_vm(walk->spans, record);
	struct track *track;

	if (record->time)
		walk->now = record->time - walk->begin;
	if (!is_of_vcpu(record))
		return take_of_stream(walk, vm, record);
	track = find_track(walk->spans, record);
	if (!vm || !track)
		return 0;
	take_number(walk->spans, vm, record);
	return take_of_vcpu(walk, track, record);
}

int spans_end(struct spans_walk *walk)
{
	const struct spans *spans = walk->spans;
	uint64_t end = spans->first + spans->length - walk->begin;
	struct track *track;
	size_t i;
	int error = 0;

	for (i = 0; i < spans->vcpus.count && !error; i++) {
		track = spans->vcpus.entries[i];
		error = take_gaps(walk, track) ?: leave_exit_open(walk, track) ?:
			end_state(walk, track, end);
	}
	return error;
}

/* An earlier walk has left behind what it has found out. */
static void forget_walk(struct spans *spans)
{
	struct track *track;
	struct vm *vm;
	size_t i;

	spans->left_out = 0;
	for (i = 0; i < spans->vms.count; i++) {
		vm = spans->vms.entries[i];
		*vm = (struct vm){ .id = vm->id };
	}
	for (i = 0; i < spans->vcpus.count; i++) {
		track = spans->vcpus.entries[i];
		*track = (struct track){ .vcpu = track->vcpu, .vm = track->vm };
	}
}

int spans_walk(struct spans *spans, struct recording *recording,
	       int (*take)(const struct span *span, void *data), void *data)
{
	struct spans_walk walk = {
		.spans = spans,
		.begin = spans->first,
		.tsc_khz = recording_header(recording)->tsc_khz,
		.take = take,
		.data = data,
	};
	struct teavmx_record record;
	uint64_t records;
	int error = 0;

	forget_walk(spans);
	for (records = 0; records < spans->records && !error; records++) {
		if (!recording_next(recording, &record))
			break;
		error = is_signaled(records + 1) ? -EINTR :
			spans_take(&walk, &record);
	}
	return error ?: spans_end(&walk);
}

void spans_free(struct spans *spans)
{
	tree_free(&spans->vcpus, free);
	tree_free(&spans->vms, free);
}
