/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_LANES_H
#define TEAVMX_LANES_H

#include <userspace/lib/recording.h>

#include "tree.h"

/* The two recordings that are compared */
#define LANES_SIDES	2
/* Records before a difference that are shown */
#define LANES_CONTEXT	3

/**
 * struct lane_item - a copy of a record
 * @next: the one after it in a queue
 * @record: the record; what it points to is in @bytes
 * @bytes: its bytes, and its refusal
 */
struct lane_item {
	struct lane_item *next;
	struct teavmx_record record;
	char bytes[];
};

/**
 * enum lane_end - why two recordings of a vCPU are not compared further
 * @LANE_EQUAL: they have no difference so far
 * @LANE_DIFFERS: two records differ
 * @LANE_LOST: records were lost on one side
 * @LANE_SHORT: one side has no further record
 */
enum lane_end {
	LANE_EQUAL,
	LANE_DIFFERS,
	LANE_LOST,
	LANE_SHORT,
};

/**
 * struct lane - records of one vCPU that have a fixed order
 * @vm: number of its VM in the order of the recordings, from 0
 * @vcpu: the vCPU
 * @text: the type of its records if it has the characters of text, 0 for the lane of
 *	all other records; the host fetches text when it exits for any reason, so its
 *	place among the others is not fixed, nor is how it is divided
 * @end: why it has ended
 * @short_side: which side has ended, or has lost records
 * @equal: records that are equal, or characters
 * @context: the last ones of these records, the oldest first, of the first recording;
 *	none of text
 * @items: records that have no match: when the lane has ended, those that differ
 * @tail: last ones of @items while these are a queue
 */
struct lane {
	uint32_t vm;
	uint32_t vcpu;
	uint32_t text;
	enum lane_end end;
	unsigned int short_side;
	uint64_t equal;
	struct lane_item *context[LANES_CONTEXT];
	struct lane_item *items[LANES_SIDES];
	struct lane_item *tail[LANES_SIDES];
};

/**
 * struct lane_vm - a VM of one recording
 * @id: its number there
 * @lost: records of it were lost
 */
struct lane_vm {
	uint32_t id;
	bool lost;
};

/**
 * struct lanes - the comparison of two recordings
 * @all: compare also exits that the host causes
 * @lanes: each struct lane, in the order in which they began
 * @left_out: exits of the host that are not compared, on both sides
 * @vms_lost: VMs whose last records were lost, on both sides
 *
 * What follows belongs to lanes.c. All zero but @all is an empty one.
 */
struct lanes {
	bool all;
	struct tree lanes;
	uint64_t left_out;
	uint64_t vms_lost;

	struct lane_vm *vms[LANES_SIDES];
	size_t vm_count[LANES_SIDES];
};

/* lanes_lane() - the lane with a number, in the order in which they began */
static inline struct lane *lanes_lane(const struct lanes *lanes, size_t number)
{
	return lanes->lanes.entries[number];
}

/**
 * lanes_read() - compare two recordings
 * @lanes: an empty comparison; to be freed also after an error
 * @recordings: the recordings; they are read to their ends
 *
 * Return: 0, or -1 without memory.
 */
int lanes_read(struct lanes *lanes, struct recording *const recordings[LANES_SIDES]);

/**
 * lanes_differences() - which fields of two records differ
 * @a: a record
 * @b: another one
 * @each: called with the name of each, as in JSON; may be null
 * @data: passed on to it
 *
 * Times, numbers and CPUs are not compared.
 *
 * Return: how many.
 */
unsigned int lanes_differences(const struct teavmx_record *a,
			       const struct teavmx_record *b,
			       void (*each)(const char *name, void *data), void *data);

/**
 * lanes_free() - release what a comparison points to
 * @lanes: the comparison
 */
void lanes_free(struct lanes *lanes);

#endif
