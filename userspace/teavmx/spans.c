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
 * @until: where the last interval has ended
 * @exit: an exit whose end is not known yet, if @exits
 * @state: the record of the state, if @states
 */
struct track {
	uint64_t until;
	bool exits;
	bool states;
	uint64_t exit_guest;
	uint64_t exit_from;
	uint64_t state_from;
	struct teavmx_record exit;
	struct teavmx_record state;
};

struct walk {
	struct spans *spans;
	struct track *tracks;
	uint32_t tsc_khz;
	uint64_t now;
	int (*take)(const struct span *span, void *data);
	void *data;
};

static int compare_vcpus(const void *a, const void *b)
{
	const struct spans_vcpu *first = a;
	const struct spans_vcpu *second = b;

	return recorded_order(first->vm, second->vm) ?:
	       recorded_order(first->id, second->id);
}

static struct spans_vcpu *find_vcpu(const struct spans *spans,
				    const struct teavmx_record *record)
{
	const struct spans_vcpu key = { .vm = record->vm, .id = record->vcpu };

	return tree_find(&spans->vcpus, &key, compare_vcpus);
}

static struct spans_vcpu *add_vcpu(struct spans *spans,
				   const struct teavmx_record *record)
{
	const struct spans_vcpu key = {
		.vm = record->vm,
		.id = record->vcpu,
		.number = (uint32_t)spans->vcpus.count,
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

static void survey_time(struct spans *spans, uint64_t *last, uint64_t time)
{
	if (!time)
		return;
	if (!spans->first || time < spans->first)
		spans->first = time;
	if (time > *last)
		*last = time;
}

static bool is_signaled(uint64_t records)
{
	if (records % SIGNAL_RECORDS)
		return false;
	/* Signals are delivered in a wait only. */
	interrupt_wait(-1, 0);
	return interrupt_seen();
}

static int survey_record(struct spans *spans, const struct teavmx_record *record)
{
	struct spans_vcpu *vcpu;

	spans->records++;
	if (record->type == TEAVMX_EVENT_TYPE_LOST)
		spans->lost += record->lost;
	if (!is_of_vcpu(record))
		return 0;
	vcpu = add_vcpu(spans, record);
	if (!vcpu)
		return -ENOMEM;
	if (record->type == TEAVMX_EVENT_TYPE_VMX_EXIT) {
		spans->exits++;
		vcpu->exits++;
	}
	return 0;
}

int spans_survey(struct spans *spans, struct recording *recording)
{
	struct teavmx_record record;
	uint64_t last = 0;
	int error = 0;

	memset(spans, 0, sizeof(*spans));
	while (!error && recording_next(recording, &record)) {
		survey_time(spans, &last, record.time);
		error = survey_record(spans, &record);
		if (is_signaled(spans->records))
			error = -EINTR;
	}
	spans->length = last - spans->first;
	return error;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int hand_over(const struct walk *walk, enum span_kind kind, uint32_t vcpu,
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

static int give_exit(struct walk *walk, uint32_t vcpu, uint64_t to, bool open)
{
	struct track *track = &walk->tracks[vcpu];
	const struct span span = {
		.kind = SPAN_EXIT,
		.open = open,
		.vcpu = vcpu,
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

static int end_exit(struct walk *walk, uint32_t vcpu, uint64_t now)
{
	return give_exit(walk, vcpu, later(now, walk->tracks[vcpu].exit_from), false);
}

static int leave_exit_open(struct walk *walk, uint32_t vcpu)
{
	return give_exit(walk, vcpu, walk->tracks[vcpu].exit_from, true);
}

static int end_state(struct walk *walk, uint32_t vcpu, uint64_t now)
{
	struct track *track = &walk->tracks[vcpu];

	if (!track->states)
		return 0;
	track->states = false;
	track->until = later(later(now, track->until), track->state_from);
	return hand_over(walk, SPAN_STATE_END, vcpu, track->state_from,
			 track->until, &track->state);
}

static void copy_record(struct teavmx_record *copy,
			const struct teavmx_record *record)
{
	*copy = *record;
	/* They do not outlive the call, and neither exits nor states need them. */
	copy->bytes = NULL;
	copy->size = 0;
	copy->refusal = NULL;
	copy->snapshot = NULL;
}

/* When the guest run began that ended with an exit at this time */
static uint64_t entry_time(const struct walk *walk,
			   const struct teavmx_record *record)
{
	uint64_t guest = walk->tsc_khz ? record->guest_ticks * NS_PER_MS / walk->tsc_khz : 0;

	return walk->now - (guest < walk->now ? guest : walk->now);
}

static int take_exit(struct walk *walk, uint32_t vcpu,
		     const struct teavmx_record *record)
{
	struct track *track = &walk->tracks[vcpu];
	uint64_t entry = entry_time(walk, record);
	int error = end_exit(walk, vcpu, entry);

	entry = later(entry, track->until);
	track->exits = true;
	track->exit_from = later(walk->now, entry);
	track->exit_guest = track->exit_from - entry;
	copy_record(&track->exit, record);
	return error;
}

static int take_state(struct walk *walk, uint32_t vcpu,
		      const struct teavmx_record *record)
{
	struct track *track = &walk->tracks[vcpu];
	int error = end_exit(walk, vcpu, walk->now) ?:
		    end_state(walk, vcpu, walk->now);

	track->states = record->state != TEAVMX_VCPU_STATE_EXITED;
	track->state_from = later(walk->now, track->until);
	track->until = track->state_from;
	copy_record(&track->state, record);
	return error ?: hand_over(walk, track->states ? SPAN_STATE : SPAN_POINT,
				  vcpu, track->state_from, track->state_from,
				  record);
}

/*
 * After a gap it is not known how long the exit before it was, nor in which state the
 * vCPU is. The same holds at the end of a recording for the exits.
 */
static int take_gap(struct walk *walk, uint32_t vm)
{
	size_t i;
	int error = 0;

	for (i = 0; i < walk->spans->vcpus.count && !error; i++) {
		if (vm && spans_vcpu(walk->spans, i)->vm != vm)
			continue;
		error = leave_exit_open(walk, (uint32_t)i) ?:
			end_state(walk, (uint32_t)i, 0);
	}
	return error;
}

static int walk_record(struct walk *walk, const struct teavmx_record *record)
{
	const struct spans_vcpu *vcpu;

	if (record->time)
		walk->now = record->time - walk->spans->first;
	if (record->type == TEAVMX_EVENT_TYPE_LOST ||
	    record->type == TEAVMX_EVENT_TYPE_VM_END)
		return take_gap(walk, record->vm) ?:
		       hand_over(walk, SPAN_POINT, SPANS_NO_VCPU, walk->now,
				 walk->now, record);
	if (!is_of_vcpu(record))
		return hand_over(walk, SPAN_POINT, SPANS_NO_VCPU, walk->now,
				 walk->now, record);
	vcpu = find_vcpu(walk->spans, record);
	if (!vcpu)
		return 0;
	switch (record->type) {
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		return take_exit(walk, vcpu->number, record);
	case TEAVMX_EVENT_TYPE_STATE:
		return take_state(walk, vcpu->number, record);
	default:
		return hand_over(walk, SPAN_POINT, vcpu->number, walk->now,
				 walk->now, record);
	}
}

static int end_walk(struct walk *walk)
{
	uint64_t length = walk->spans->length;
	size_t i;
	int error = 0;

	for (i = 0; i < walk->spans->vcpus.count && !error; i++)
		error = leave_exit_open(walk, (uint32_t)i) ?:
			end_state(walk, (uint32_t)i, length);
	return error;
}

int spans_walk(struct spans *spans, struct recording *recording,
	       int (*take)(const struct span *span, void *data), void *data)
{
	struct walk walk = {
		.spans = spans,
		.tsc_khz = recording_header(recording)->tsc_khz,
		.take = take,
		.data = data,
	};
	struct teavmx_record record;
	uint64_t records;
	int error = 0;

	walk.tracks = calloc(spans->vcpus.count + 1, sizeof(*walk.tracks));
	if (!walk.tracks)
		return -ENOMEM;
	for (records = 0; records < spans->records && !error; records++) {
		if (!recording_next(recording, &record))
			break;
		error = is_signaled(records + 1) ? -EINTR :
			walk_record(&walk, &record);
	}
	error = error ?: end_walk(&walk);
	free(walk.tracks);
	return error;
}

void spans_free(struct spans *spans)
{
	tree_free(&spans->vcpus, free);
}
