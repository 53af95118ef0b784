/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_EVENT_LOG_H
#define _TEAVMX_EVENT_LOG_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "kept.h"
#include "../stats/cost.h"
#include "../vmx/exit.h"
#include "../vmx/fastpath.h"

#include <uapi/teavmx.h>

struct vmx_snapshot;

#define EVENT_BYTES 32

/* In struct event_record only: exits that the fast path has answered */
#define EVENT_FAST_EXITS 0xff

/**
 * struct event_state - the part of a record for state
 * @state: enum teavmx_vcpu_state
 * @stop: enum teavmx_stop of a paused vCPU
 * @port: port that holds a sleeping or waiting vCPU
 */
struct event_state {
	u8 state;
	u8 stop;
	u16 port;
};

/**
 * struct event_change - the part of a record for host-changed
 * @item: enum audit_item
 * @before: value before the guest run
 * @after: value after it
 */
struct event_change {
	u32 item;
	u64 before;
	u64 after;
};

/**
 * struct event_request - the part of a record for port-request
 * @number: its number among the vCPU's
 * @port: port that is accessed
 * @size: 1 or 2 bytes
 * @write: it is a write
 * @value: what is written
 */
struct event_request {
	u32 number;
	u16 port;
	u8 size;
	bool write;
	u16 value;
};

/**
 * struct event_text - the part of a record for messages, text and packets
 * @refusal: tea-refused, why; a constant
 * @size: bytes in @bytes
 * @bytes: message, text or packet
 */
struct event_text {
	const char *refusal;
	u8 size;
	u8 bytes[EVENT_BYTES];
};

/**
 * struct event_fast - the part of a record for exits of the fast path
 * @tsc: time-stamp counter when the time of the record was read
 * @cpu: host CPU of the guest run
 * @entered: time-stamp counter at its first entry, bits 31:0
 * @exits: the exits of one guest run, at least 1; for readers each is a vmx-exit
 *	with a number of its own
 */
struct event_fast {
	u64 tsc;
	u32 cpu;
	u32 entered;
	struct fastpath_exit exits[];
};

/**
 * struct event_record - one event, or some exits that the fast path answered
 * @time: ns of CLOCK_MONOTONIC; of EVENT_FAST_EXITS: the end of the guest run
 * @vcpu: the vCPU
 * @type: enum teavmx_event_type or EVENT_FAST_EXITS
 * @pid: the vCPU's process, 0 in a raw VM
 * @size: bytes that are allocated for the record, a multiple of 8. Only the
 *	member that belongs to @type is in them
 * @state: state
 * @exit: vmx-exit, vmx-fail
 * @change: host-changed
 * @request: port-request
 * @text: the other types
 * @fast: EVENT_FAST_EXITS
 */
struct event_record {
	u64 time;
	u32 vcpu;
	u8 type;
	u8 pid;
	u16 size;
	union {
		struct event_state state;
		struct vmx_exit exit;
		struct event_change change;
		struct event_request request;
		struct event_text text;
		struct event_fast fast;
	};
};

/* Bytes that a record with this member needs */
#define EVENT_SIZE(member) \
	ALIGN(offsetofend(struct event_record, member), 8)
/* The same for so many exits of the fast path */
#define EVENT_FAST_SIZE(count) \
	(EVENT_SIZE(fast) + ALIGN((count) * sizeof(struct fastpath_exit), 8))

/**
 * event_count() - how many numbers has a record?
 * @record: the record
 *
 * Return: the number of its exits if the fast path answered them, else 1.
 */
static inline unsigned int event_count(const struct event_record *record)
{
	if (record->type != EVENT_FAST_EXITS)
		return 1;
	return (record->size - EVENT_SIZE(fast)) / sizeof(struct fastpath_exit);
}

/**
 * event_type() - the type of a record for readers
 * @record: the record
 *
 * Return: enum teavmx_event_type.
 */
static inline u32 event_type(const struct event_record *record)
{
	return record->type == EVENT_FAST_EXITS ? TEAVMX_EVENT_TYPE_VMX_EXIT :
						  record->type;
}

/**
 * struct event_chunk - a page of records
 * @first: number of the first record
 * @used: bytes in @data
 * @data: whole records, one after the other
 */
struct event_chunk {
	u64 first;
	u64 used;
	u8 data[PAGE_SIZE - 2 * sizeof(u64)];
};

#define EVENT_CHUNK_SIZE sizeof_field(struct event_chunk, data)

/*
 * A batch with so many records becomes a chunk of the log, and the records of a
 * smaller one are copied.
 */
#define EVENT_ADOPT 56

/*
 * A chunk that is no longer filled has so many records at least, as the largest
 * record that is copied did not fit. One that a batch follows that is no copy may
 * have fewer, but the two together have twice as many: so many chunks hold the
 * records of a log.
 */
#define EVENT_CHUNK_MIN \
	((EVENT_CHUNK_SIZE - EVENT_FAST_SIZE(EVENT_ADOPT - 1)) / \
	 EVENT_SIZE(exit))

#define EVENT_LOSSLESS_MIN 256

/* So many of a log's records have a snapshot, each of which needs some KiB. */
#define EVENT_SNAPSHOTS 16

/*
 * A guest causes these allocations, so they fail at the limit of the VM's memory
 * cgroup. Otherwise the kernel would kill a process there.
 */
#define EVENT_GFP (GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/**
 * struct event_snapshot - the snapshot of a record
 * @seq: number of the record
 * @snapshot: as in struct vcpu_result, or NULL
 */
struct event_snapshot {
	u64 seq;
	struct vmx_snapshot *snapshot;
};

/**
 * struct event_log - the last records of a VM
 * @ref: one reference of the VM until it ends, and one of event/stream.c
 * @vm: number of the VM; set once
 * @cgroup: event_cgroup() of its creator; set once
 * @begun: ktime_get_ns() when streams could receive the log; set once
 * @ended: the same when the VM had ended, 0 before that
 * @places: the places of streams in this log; struct event_place
 * @ended_list: node in the list of logs whose VM has ended
 * @costs: what the exits of the VM have cost; it has a lock of its own
 * @lossless: vCPUs wait before records are lost to a stream; set once
 * @wanted: if @lossless, the oldest record that a stream has not sent, U64_MAX without
 *	streams; it is written under @lock
 * @room: waits for @wanted to grow
 * @lock: guards the rest, @ended and @places, and keeps messages in the order of the
 *	sequence
 * @next: sequence number for the next record, from 1
 * @size: so many of the last records are kept
 * @ring_size: pointers in @ring
 * @oldest: place of the oldest chunk in @ring
 * @count: chunks in @ring, at least one, which follow @oldest
 * @ring: the chunks
 * @kept: older records that are no exits
 * @snapshots: the last EVENT_SNAPSHOTS snapshots, NULL before the first one
 * @snapshot_count: how many came so far; the next one is at @snapshot_count %
 *	EVENT_SNAPSHOTS
 */
struct event_log {
	struct kref ref;
	u32 vm;
	u64 cgroup;
	u64 begun;
	u64 ended;
	struct list_head places;
	struct list_head ended_list;
	struct cost_group costs;
	bool lossless;
	u64 wanted;
	wait_queue_head_t room;
	struct mutex lock;
	u64 next;
	u32 size;
	u32 ring_size;
	u32 oldest;
	u32 count;
	struct event_chunk **ring;
	struct event_kept kept;
	struct event_snapshot *snapshots;
	unsigned int snapshot_count;
};

/**
 * struct event_cursor - a place in a log
 * @log: the log
 * @seq: number of the record here; that of a record to come at the end
 * @record: the record, not valid at the end
 * @index: which exit of the record this is, for EVENT_FAST_EXITS, else 0
 * @chunk: how many chunks are before that of @record
 * @is_kept: @record is in event_log.kept
 */
struct event_cursor {
	const struct event_log *log;
	u64 seq;
	const struct event_record *record;
	unsigned int index;
	u32 chunk;
	bool is_kept;
};

struct event_log *event_log_new(u32 size, bool lossless);
void event_log_put(struct event_log *log);
void event_log_add(struct event_log *log, const struct event_record *record);
void event_log_adopt(struct event_log *log, struct event_chunk **batch,
		     unsigned int count);
void event_log_add_snapshot(struct event_log *log,
			    struct vmx_snapshot *snapshot);
const struct vmx_snapshot *event_log_snapshot(const struct event_log *log,
					      u64 seq);
u64 event_log_first(struct event_log *log, u64 *next);

void event_cursor_set(struct event_cursor *cursor, const struct event_log *log,
		      u64 seq);
void event_cursor_skip(struct event_cursor *cursor, unsigned int count);
void event_cursor_next(struct event_cursor *cursor);
u32 event_cursor_reason(const struct event_cursor *cursor);
void event_cursor_fast_exit(const struct event_cursor *cursor,
			    struct vmx_exit *exit);

#endif
