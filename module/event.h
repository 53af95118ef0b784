/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_EVENT_H
#define _TEAVMX_EVENT_H

#include <linux/types.h>

#include "event/log.h"

#include <uapi/tea.h>
#include <uapi/teavmx.h>

struct audit_change;
struct teavmx_vcpu;
struct vmx_snapshot;

/**
 * struct event_batch - records of one vCPU that are not in the log yet
 * @count: numbers that the records need
 * @text: the record that takes more text, or NULL
 * @snapshot: belongs to the last record and then to the log, or NULL
 * @locked: TSC when a flush last began to lock the log
 * @chunk: the records, in the order of their making; NULL once the vCPU has ended
 *
 * Used by the vCPU's thread or, during a slice, by the process that runs the guest;
 * by a request under vm->lock while neither does.
 */
struct event_batch {
	unsigned int count;
	struct event_record *text;
	struct vmx_snapshot *snapshot;
	u64 locked;
	struct event_chunk *chunk;
};

int event_batch_init(struct event_batch *batch);
void event_batch_free(struct event_batch *batch);

void event_state(struct teavmx_vcpu *vcpu, u8 state, u16 port);
void event_text(struct teavmx_vcpu *vcpu, enum teavmx_event_type type,
		const u8 *bytes, size_t size);
void event_bytes(struct teavmx_vcpu *vcpu, enum teavmx_event_type type,
		 const u8 *bytes, size_t size);
void event_refused(struct teavmx_vcpu *vcpu, const u8 *bytes, size_t size,
		   const char *refusal);
void event_request(struct teavmx_vcpu *vcpu,
		   const struct event_request *request);
void event_vmx(struct teavmx_vcpu *vcpu, const struct vmx_exit *exit,
	       const struct vmx_snapshot *snapshot, u64 time);
void event_fast_open(struct teavmx_vcpu *vcpu, struct vmx_fastpath *fastpath);
void event_fast_exits(struct teavmx_vcpu *vcpu,
		      const struct vmx_fastpath *fastpath);
void event_host_changed(struct teavmx_vcpu *vcpu,
			const struct audit_change *change);
void event_flush_locked(struct teavmx_vcpu *vcpu);
void event_lock(struct teavmx_vcpu *vcpu);
void event_flush(struct teavmx_vcpu *vcpu);
void event_flush_for(struct teavmx_vcpu *vcpu, unsigned int more);
void event_flush_now(struct teavmx_vcpu *vcpu);
void event_flush_old(struct teavmx_vcpu *vcpu);

#endif
