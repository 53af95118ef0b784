/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_INJECT_H
#define _TEAVMX_VMX_INJECT_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct vmx_vcpu;

/* Number of events that a host program can queue for one vCPU. */
#define INJECT_MAX 32

/**
 * struct vmx_event - an event for a guest
 * @info: VM-entry interruption information; if it is not valid there is no event
 * @error: error code
 * @length: instruction length
 */
struct vmx_event {
	u32 info;
	u32 error;
	u32 length;
};

/**
 * struct inject_state - state of the guest that the injection of an event changes
 * @dr7: DR7 as the guest wrote it
 * @debugctl: IA32_DEBUGCTL
 * @flags: RFLAGS
 * @blocking: interruptibility state
 * @activity: activity state
 */
struct inject_state {
	u64 dr7;
	u64 debugctl;
	u64 flags;
	u32 blocking;
	u32 activity;
};

/**
 * struct inject_queue - events that wait for a vCPU
 * @lock: guards @count and @list; it is taken in VMX root operation, so holders
 *	must have interrupts off and must not sleep
 * @count: number of events
 * @list: the events, the oldest first. There is room for one more than host
 *	programs can queue, because an event that was taken may be given back
 */
struct inject_queue {
	raw_spinlock_t lock;
	unsigned int count;
	struct vmx_event list[INJECT_MAX + 1];
};

void inject_queue_init(struct inject_queue *queue);
void inject_queue_copy(struct inject_queue *to,
		       const struct inject_queue *from);
int inject_queue_add(struct inject_queue *queue, const struct vmx_event *event);

/*
 * The vCPU's thread calls these in VMX root operation, with interrupts off and
 * the guest's VMCS current.
 */
void inject_exception(struct vmx_vcpu *vmx, const struct vmx_event *event);
void inject_before_entry(struct vmx_vcpu *vmx);
void inject_entry_failed(struct vmx_vcpu *vmx);
void inject_after_exit(struct vmx_vcpu *vmx);
bool inject_answered(struct vmx_vcpu *vmx);
bool inject_triple_fault(struct vmx_vcpu *vmx);
bool inject_window(struct vmx_vcpu *vmx);

#endif
