/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_EVENT_H
#define _TEAVMX_EVENT_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "vmx/exit.h"

#include <uapi/tea.h>
#include <uapi/teavmx.h>

struct audit_change;
struct teavmx_vcpu;
struct teavmx_vm;
struct vmx_fastpath;
struct vmx_snapshot;

#define EVENT_BYTES 32

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
 * @size: 1 or 2 bytes
 * @write: it is a write
 * @value: what is written
 */
struct event_request {
	u32 number;
	u8 size;
	bool write;
	u16 value;
};

/**
 * struct event_record - one event
 * @seq: number in the VM's sequence, set when the record enters the log
 * @time: ns of CLOCK_MONOTONIC
 * @vcpu: the vCPU
 * @type: enum teavmx_event_type
 * @size: bytes in @bytes
 * @pid: the vCPU's process, 0 in a raw VM
 * @state: enum teavmx_vcpu_state
 * @stop: enum teavmx_stop of a paused vCPU
 * @port: port that holds a sleeping or waiting vCPU, or that is accessed
 * @refusal: tea-refused, why; a constant
 * @snapshot: vmx-exit, vmx-fail: as in struct vcpu_result, or NULL; owned by
 *	the batch and then by the log
 * @exit: vmx-exit, vmx-fail
 * @change: host-changed
 * @request: port-request
 * @bytes: message, text or packet
 */
struct event_record {
	u64 seq;
	u64 time;
	u32 vcpu;
	u8 type;
	u8 size;
	u8 pid;
	u8 state;
	u8 stop;
	u16 port;
	const char *refusal;
	struct vmx_snapshot *snapshot;
	union {
		struct vmx_exit exit;
		struct event_change change;
		struct event_request request;
		u8 bytes[EVENT_BYTES];
	};
};

#define EVENT_BATCH 32
/*
 * So many of a log's records have a snapshot: each needs as much memory as 32
 * records.
 */
#define EVENT_SNAPSHOTS 16

/**
 * struct event_batch - records of one vCPU that are not in the log yet
 * @count: records in @records
 * @text: one more than the place of the record that takes more text, or 0
 * @records: in the order of their making
 *
 * Used by the vCPU's thread only (by its creator before there is a thread).
 */
struct event_batch {
	unsigned int count;
	unsigned int text;
	struct event_record records[EVENT_BATCH];
};

/**
 * struct event_log - the last records of a VM
 * @lock: guards all of it, and keeps messages in the order of the sequence
 * @next: sequence number for the next record, from 1
 * @size: records in @ring
 * @ring: record number n is at n % @size
 * @snapshots: numbers of the last records that came with a snapshot, 0 for none
 * @snapshot_count: how many came so far; the next one is at @snapshot_count %
 *	EVENT_SNAPSHOTS
 */
struct event_log {
	struct mutex lock;
	u64 next;
	u32 size;
	struct event_record *ring;
	u64 snapshots[EVENT_SNAPSHOTS];
	unsigned int snapshot_count;
};

/**
 * struct event_sink - what receives records when they enter a log
 * @wants: does a VM have listeners?
 * @send: send the records of a VM, of which @seq is the first; the log is locked
 */
struct event_sink {
	bool (*wants)(u32 vm);
	void (*send)(u32 vm, const struct event_log *log, u64 seq);
};

void event_set_sink(const struct event_sink *sink);

int event_log_init(struct event_log *log, u32 size);
void event_log_destroy(struct event_log *log);
u64 event_log_first(struct event_log *log, u64 *next);
u64 event_log_oldest(const struct event_log *log);

void event_state(struct teavmx_vcpu *vcpu, u8 state, u16 port);
void event_text(struct teavmx_vcpu *vcpu, enum teavmx_event_type type,
		u8 character);
void event_bytes(struct teavmx_vcpu *vcpu, enum teavmx_event_type type,
		 const u8 *bytes, size_t size);
void event_refused(struct teavmx_vcpu *vcpu, const u8 *bytes, size_t size,
		   const char *refusal);
void event_request(struct teavmx_vcpu *vcpu, u16 port,
		   const struct event_request *request);
void event_vmx(struct teavmx_vcpu *vcpu, const struct vmx_exit *exit,
	       const struct vmx_snapshot *snapshot);
void event_fast_exits(struct teavmx_vcpu *vcpu,
		      const struct vmx_fastpath *fastpath);
void event_host_changed(struct teavmx_vcpu *vcpu,
			const struct audit_change *change);
void event_flush_locked(struct teavmx_vcpu *vcpu);
void event_flush(struct teavmx_vcpu *vcpu);
void event_flush_old(struct teavmx_vcpu *vcpu);

#endif
