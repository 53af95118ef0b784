// SPDX-License-Identifier: GPL-2.0-only
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/tea.h>
#include <userspace/common/cli.h>

#include "recorded.h"
#include "tally.h"

static int compare_places(const void *a, const void *b)
{
	const struct tally_place *x = a, *y = b;

	return recorded_order(x->vm, y->vm) ?: recorded_order(x->reason, y->reason) ?:
	       recorded_order(x->service, y->service) ?: recorded_order(x->cp, y->cp) ?:
	       recorded_order(x->rip, y->rip);
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

static int take_span(const struct span *span, void *data)
{
	struct tally *tally = data;
	struct tally_reason *reason;
	uint64_t time = span->to - span->from;

	if (span->kind != SPAN_EXIT || span->open)
		return 0;
	reason = reason_of(tally, span->record->reason);
	reason->timed++;
	reason->time += time;
	if (time > reason->longest)
		reason->longest = time;
	add_slow(tally, span->record, time);
	return 0;
}

/*
 * The service that a TEA interpreter requests by an exit, or 0. A hostile guest
 * can have any value there.
 */
static uint32_t tea_service(const struct teavmx_record *exit)
{
	uint64_t number = TEA_CALL_SERVICE(exit->value);

	if ((exit->reason & VMX_EXIT_BASIC_MASK) != VMX_EXIT_VMCALL ||
	    !TEAVMX_RECORD_HAS(exit, PID) || number > UINT32_MAX ||
	    !teavmx_tea_service_name((uint32_t)number))
		return 0;
	return (uint32_t)number;
}

static int add_place(struct tally *tally, const struct teavmx_record *exit)
{
	struct tally_place key = {
		.vm = exit->vm,
		.reason = exit->reason & VMX_EXIT_BASIC_MASK,
	};
	struct tally_place *place;

	key.service = tea_service(exit);
	if (key.service)
		key.cp = TEA_CALL_CP(exit->value);
	else
		key.rip = exit->rip;
	place = tree_find_or_add(&tally->place_tree, &key, sizeof(key), compare_places);
	if (!place)
		return -1;
	place->count++;
	return 0;
}

static int add_exit(struct tally *tally, const struct teavmx_record *exit)
{
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
	return 0;
}

static int add_record(struct tally *tally, const struct teavmx_record *record)
{
	if (record->type == TEAVMX_EVENT_TYPE_LOST)
		return add_gap(tally, record);
	tally->records++;
	tally->types[record->type < TALLY_TYPES ? record->type : 0]++;
	return record->type == TEAVMX_EVENT_TYPE_VMX_EXIT ? add_exit(tally, record) : 0;
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
	struct spans_walk walk = {
		.spans = &tally->spans,
		.tsc_khz = recording_header(recording)->tsc_khz,
		.take = take_span,
		.data = tally,
	};
	struct teavmx_record record;

	while (recording_next(recording, &record))
		if (add_record(tally, &record) || spans_add(&tally->spans, &record) ||
		    spans_take(&walk, &record))
			return -1;
	return spans_end(&walk) ?: tally_finish(tally);
}

void tally_free(struct tally *tally)
{
	spans_free(&tally->spans);
	tree_free(&tally->place_tree, free);
	free(tally->gaps);
	free(tally->places);
}
