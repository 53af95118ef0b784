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
 *	the recording lacks the time in the guest
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
 * @first: CLOCK_MONOTONIC of the first record, in ns
 * @length: ns from there to the last one
 * @records: number of records
 * @exits: number of VMX exits
 * @lost: number of records that the recording lacks
 */
struct spans {
	struct tree vcpus;
	uint64_t first;
	uint64_t length;
	uint64_t records;
	uint64_t exits;
	uint64_t lost;
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
 * spans_walk() - Read a recording, and hand over its intervals.
 * @spans: what spans_survey() has found; what was appended since is left out
 * @recording: the same recording, opened again
 * @take: called for each interval; what it points to is valid until it returns. If it
 *	does not return 0, the walk ends
 * @data: passed on to @take
 *
 * Return: 0, -EINTR after a signal, -ENOMEM, or what @take returned.
 */
int spans_walk(struct spans *spans, struct recording *recording,
	       int (*take)(const struct span *span, void *data), void *data);

/**
 * spans_free() - Release what spans_survey() has allocated.
 * @spans: what a recording has
 */
void spans_free(struct spans *spans);

#endif
