/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_STEP_H
#define _TEAVMX_VMX_STEP_H

#include <linux/types.h>

struct vmx_vcpu;

/**
 * enum step_way - how the guest run is ended after one step
 * @STEP_NONE: no step is made
 * @STEP_MONITOR: by the monitor trap flag
 * @STEP_TRAP: by RFLAGS.TF, and every exception exits
 * @STEP_EVENT: the entry injects an event, and the timer expires after it
 * @STEP_BREAK: by a breakpoint of the engine at the following instruction
 */
enum step_way {
	STEP_NONE,
	STEP_MONITOR,
	STEP_TRAP,
	STEP_EVENT,
	STEP_BREAK,
};

/**
 * struct vmx_step - single steps of a vCPU
 * @over: one step is made with all rights to guarded pages, even if no bound
 *	requests a step
 * @over_rip: RIP of the instruction that @over is for
 * @way: how the current entry makes a step
 * @loads_flags: STEP_TRAP: the instruction loads RFLAGS.TF
 * @guest_trap: STEP_TRAP: the guest had set RFLAGS.TF itself
 * @slot: STEP_BREAK: number of the debug register
 * @processor: processor-based controls to restore
 * @exceptions: exception bitmap to restore
 * @blocking: interruptibility state to restore
 * @pending: pending debug exceptions to restore if the entry fails
 * @debugctl: IA32_DEBUGCTL to restore
 */
struct vmx_step {
	bool over;
	u64 over_rip;
	u8 way;
	bool loads_flags;
	bool guest_trap;
	u8 slot;
	u32 processor;
	u32 exceptions;
	u32 blocking;
	u64 pending;
	u64 debugctl;
};

const char *step_missing(void);
void step_before_entry(struct vmx_vcpu *vmx);
void step_before_plain_entry(struct vmx_vcpu *vmx);
void step_after_exit(struct vmx_vcpu *vmx, bool ran);
void step_done(struct vmx_vcpu *vmx);
bool step_takes_exit(const struct vmx_vcpu *vmx);
bool step_is_trap(const struct vmx_vcpu *vmx);

#endif
