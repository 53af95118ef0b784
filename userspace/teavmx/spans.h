/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_SPANS_H
#define TEAVMX_SPANS_H

#include <userspace/lib/recording.h>

#include "tree.h"

/*
 * What each vCPU of a recording did, as intervals of time. Those of a vCPU are in the
 * order of time, and do not overlap but for states, which contain the others.
 */

/**
 * enum span_kind - What an interval is.
 * @SPAN_EXIT: a VMX exit, from the exit to the next entry, or state; to the next exit if
 *	the recording lacks the time in the guest. Other records do not end it
 * @SPAN_STATE: a state begins; its end is not known yet
 * @SPAN_STATE_END: a state has ended
 * @SPAN_POINT: any other record, at one time
 */
enum span_kind {
	SPAN_EXIT,
	SPAN_STATE,
	SPAN_STATE_END,
	SPAN_POINT,
};

/**
 * struct span - An interval of a vCPU.
 * @kind: what it is
 * @open: of SPAN_EXIT: its end is not in the recording, and @to is @from
 * @vcpu: number of the vCPU, from 0; SPANS_NO_VCPU for what is about a VM or all
 * @guest: of SPAN_EXIT: ns in the guest before @from, 0 if unknown
 * @from: its begin in ns after the first record of the recording
 * @to: its end
 * @record: of SPAN_STATE_END the one with which it began, else the record
 */
struct span {
	enum span_kind kind;
	bool open;
	uint32_t vcpu;
	uint64_t guest;
	uint64_t from;
	uint64_t to;
	const struct teavmx_record *record;
};

#define SPANS_NO_VCPU	UINT32_MAX

/**
 * struct spans_vcpu - A vCPU of a recording.
 * @vm: its VM
 * @id: its number in the VM
 * @number: its number in struct spans
 * @exits: VMX exits
 */
struct spans_vcpu {
	uint32_t vm;
	uint32_t id;
	uint32_t number;
	uint64_t exits;
};

/**
 * struct spans - What a recording has.
 * @vcpus: each struct spans_vcpu, in the order of their first records
 * @vms: the VMs that have records other than lost ones
 * @first: CLOCK_MONOTONIC of the first record, in ns
 * @length: ns from there to the last one
 * @records: number of records
 * @exits: number of VMX exits
 * @lost: number of records that the recording lacks as they were lost
 * @left_out: number of those that a filter has left out between others, as far as the
 *	last walk has come
 */
struct spans {
	struct tree vcpus;
	struct tree vms;
	uint64_t first;
	uint64_t length;
	uint64_t records;
	uint64_t exits;
	uint64_t lost;
	uint64_t left_out;
};

/* spans_vcpu() - the vCPU with a number */
static inline const struct spans_vcpu *spans_vcpu(const struct spans *spans, size_t number)
{
	return spans->vcpus.entries[number];
}

/**
 * spans_survey() - Read a recording once, to know what it has.
 * @spans: receives it
 * @recording: a recording of which nothing was read
 *
 * Return: 0, -EINTR after a signal, or -ENOMEM. spans_free() is due in each case.
 */
int spans_survey(struct spans *spans, struct recording *recording);

/**
 * spans_add() - Count a record, and its VM and vCPU.
 * @spans: what the recording has so far; all zero at its begin
 * @record: the next record
 *
 * Return: 0 or -ENOMEM.
 */
int spans_add(struct spans *spans, const struct teavmx_record *record);

/**
 * struct spans_walk - How far the intervals of a recording are known.
 * @spans: what it has; only one walk at a time
 * @begin: CLOCK_MONOTONIC, in ns, that the times of intervals are relative to
 * @tsc_khz: ticks of guest times in a ms, or 0
 * @take: called for each interval; what it points to is valid until it returns. If it
 *	does not return 0, the walk ends
 * @data: passed on to @take
 *
 * What follows belongs to spans.c. All zero but the others is the begin of a walk.
 */
struct spans_walk {
	struct spans *spans;
	uint64_t begin;
	uint32_t tsc_khz;
	int (*take)(const struct span *span, void *data);
	void *data;

	uint64_t now;
	uint64_t losses;
};

/**
 * spans_take() - Hand over the intervals that end with a record.
 * @walk: the walk
 * @record: the next record; that of a VM or vCPU without spans_add() is left out
 *
 * Return: 0 or what @walk->take returned.
 */
int spans_take(struct spans_walk *walk, const struct teavmx_record *record);

/**
 * spans_end() - Hand over the intervals that the end of the recording ends.
 * @walk: the walk
 *
 * Return: as spans_take().
 */
int spans_end(struct spans_walk *walk);

/**
 * spans_walk() - Read a recording, and hand over its intervals.
 * @spans: what spans_survey() has found; what was appended since is left out
 * @recording: the same recording, opened again
 * @take: called for each interval; what it points to is valid until it returns. If it
 *	does not return 0, the walk ends
 * @data: passed on to @take
 *
 * Return: 0, -EINTR after a signal, or what @take returned.
 */
int spans_walk(struct spans *spans, struct recording *recording,
	       int (*take)(const struct span *span, void *data), void *data);

/**
 * spans_free() - Release what spans_survey() or spans_add() has allocated.
 * @spans: what a recording has
 */
void spans_free(struct spans *spans);

#endif
