/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_SPECULATION_H
#define _TEAVMX_VMX_SPECULATION_H

#include <linux/preempt.h>
#include <linux/types.h>

/**
 * struct vmx_speculation - measures against speculation around one vCPU's runs
 * @notifier: called when its thread leaves a CPU
 * @watched: @notifier is registered
 * @alone: since the last entry no other task has run on this CPU
 * @trained: the guest has run since the last barrier
 * @flush_l1d: the next entry needs an empty L1 data cache
 */
struct vmx_speculation {
#ifdef CONFIG_PREEMPT_NOTIFIERS
	struct preempt_notifier notifier;
	bool watched;
#endif
	bool alone;
	bool trained;
	bool flush_l1d;
};

void speculation_init(void);
void speculation_exit(void);
void speculation_begin(struct vmx_speculation *state);
void speculation_leave(struct vmx_speculation *state);
void speculation_before_entry(struct vmx_speculation *state);
void speculation_barrier(void);
void speculation_after_exit(struct vmx_speculation *state);

#endif
