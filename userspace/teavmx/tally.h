/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_TALLY_H
#define TEAVMX_TALLY_H

#include <uapi/vmx.h>
#include <userspace/lib/recording.h>

#include "spans.h"

/* One for each basic exit reason, and one for those without a name */
#define TALLY_REASONS	(VMX_EXIT_MAX + 2)
#define TALLY_TYPES	32

/**
 * struct tally_reason - the exits with one reason
 * @reason: basic exit reason
 * @count: how many
 * @timed: those of them whose time is known
 * @time: sum of their times, in ns
 * @longest: the longest of these
 */
struct tally_reason {
	uint32_t reason;
	uint64_t count;
	uint64_t timed;
	uint64_t time;
	uint64_t longest;
};

/**
 * struct tally_exit - an exit and its time
 * @record: the exit, without bytes
 * @time: its cost in ns, as of SPAN_EXIT
 */
struct tally_exit {
	struct teavmx_record record;
	uint64_t time;
};

/**
 * struct tally_gap - records that were lost
 * @vm: their VM, 0 if it is not known which VMs they are of
 * @first: number of the first one
 * @last: number of the last one; of VM 0 how many VMs have ended
 */
struct tally_gap {
	uint32_t vm;
	uint64_t first;
	uint64_t last;
};

/**
 * struct tally_place - exits at one RIP
 * @vm: the VM
 * @reason: basic exit reason
 * @service: what a VMCALL of a TEA program requests, enum teavmx_tea_service; 0 of others
 * @cp: code pointer of the process that requests a service, else 0
 * @rip: guest RIP, 0 with a service
 * @count: how many
 */
struct tally_place {
	uint32_t vm;
	uint32_t reason;
	uint32_t service;
	uint32_t cp;
	uint64_t rip;
	uint64_t count;
};

/**
 * struct tally - what is counted of a recording
 * @limit: entries that @slowest may have
 * @records: all records but lost ones
 * @types: of them, those of each type
 * @spans: what the recording has
 * @reasons: the exits by reason, by tally_finish() in descending order of their number
 * @slowest: exits with the longest times, longest first
 * @slowest_count: entries there
 * @gaps: lost records, in the order of the recording
 * @gap_count: entries there
 * @places: exits by RIP, by tally_finish() in a fixed order, as many as @place_tree has
 * @place_tree: the same, in the order of the recording
 *
 * All zero but @limit and @slowest is an empty one.
 */
struct tally {
	size_t limit;
	uint64_t records;
	uint64_t types[TALLY_TYPES];
	struct spans spans;
	struct tally_reason reasons[TALLY_REASONS];
	struct tally_exit *slowest;
	size_t slowest_count;
	struct tally_gap *gaps;
	size_t gap_count;
	struct tally_place *places;
	struct tree place_tree;
};

/**
 * tally_read() - count a recording
 * @tally: an empty tally; to be freed also after an error
 * @recording: the recording; it is read to its end
 *
 * Return: 0, or -1 without memory.
 */
int tally_read(struct tally *tally, struct recording *recording);

/**
 * tally_free() - release what a tally points to
 * @tally: the tally
 */
void tally_free(struct tally *tally);

#endif
