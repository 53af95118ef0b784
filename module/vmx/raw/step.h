/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_STEP_H
#define _TEAVMX_VMX_STEP_H

#include <linux/types.h>

struct vmx_vcpu;

/**
 * enum step_way - how the processor is made to stop after one step
 * @STEP_NONE: it is not
 * @STEP_MONITOR: monitor trap flag
 * @STEP_TRAP: RFLAGS.TF, and every exception exits
 * @STEP_EVENT: the entry delivers an event; the timer runs out right after it
 * @STEP_BREAK: a breakpoint of ours at the next instruction
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
 * @over: one step is to be made, with every right to its pages, whatever the
 *	bounds say
 * @over_rip: the instruction it is for
 * @way: how the entry under way makes a step
 * @loads_flags: STEP_TRAP: the instruction loads RFLAGS.TF
 * @guest_trap: STEP_TRAP: RFLAGS.TF was the guest's wish too
 * @slot: STEP_BREAK: the debug register
 * @target: STEP_BREAK: the next instruction
 * @processor: processor-based controls to put back
 * @exceptions: exception bitmap to put back
 * @blocking: interruptibility to put back
 * @debugctl: IA32_DEBUGCTL to put back
 */
struct vmx_step {
	bool over;
	u64 over_rip;
	u8 way;
	bool loads_flags;
	bool guest_trap;
	u8 slot;
	u64 target;
	u32 processor;
	u32 exceptions;
	u32 blocking;
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
