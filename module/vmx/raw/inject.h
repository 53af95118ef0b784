/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_INJECT_H
#define _TEAVMX_VMX_INJECT_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct vmx_vcpu;

/* Events that a host program can have waiting for one vCPU. */
#define INJECT_MAX 32

/**
 * struct vmx_event - an event for a guest
 * @info: VM-entry interruption information; nothing when it is not valid
 * @error: error code
 * @length: instruction length
 */
struct vmx_event {
	u32 info;
	u32 error;
	u32 length;
};

/**
 * struct inject_queue - events that wait for a vCPU
 * @lock: guards the rest; taken in VMX root operation, so nothing waits and
 *	nothing is interrupted while it is held
 * @count: how many
 * @list: they, the oldest first. One more than host programs can queue: an
 *	event that was taken may have to come back
 */
struct inject_queue {
	raw_spinlock_t lock;
	unsigned int count;
	struct vmx_event list[INJECT_MAX + 1];
};

void inject_queue_init(struct inject_queue *queue);
int inject_queue_add(struct inject_queue *queue, const struct vmx_event *event);

/* For the vCPU's thread, in root operation with the guest's VMCS current. */
void inject_exception(struct vmx_vcpu *vmx, const struct vmx_event *event);
void inject_before_entry(struct vmx_vcpu *vmx);
void inject_after_exit(struct vmx_vcpu *vmx);
bool inject_answered(struct vmx_vcpu *vmx);
bool inject_triple_fault(struct vmx_vcpu *vmx);
bool inject_window(struct vmx_vcpu *vmx);

#endif
