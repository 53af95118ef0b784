/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_STATE_H
#define _TEAVMX_VMX_STATE_H

#include "guest.h"
#include "inject.h"
#include "regs.h"
#include "../exit.h"

#include <linux/types.h>

struct vmx_vcpu;

/**
 * struct vmx_state - all that a raw vCPU has beside RAM, at one moment
 * @registers: its registers
 * @pdptes: PDPTEs of PAE paging, which may differ from those in RAM
 * @tsc_offset: its TSC offset
 * @msrs: values of the MSRs that the host program has added
 * @msr_count: number of @msrs that have got their first value
 * @mtrr_default: IA32_MTRR_DEF_TYPE
 * @exit: the last exit
 * @event: the event for the next entry
 * @queue: events that wait
 * @advance: RIP has to go past the instruction that exited
 * @triple_fault: exceptions have met so that there is no next entry
 * @over: the next step is made with all rights to pages with breakpoints
 * @over_rip: RIP of the instruction that @over is for
 * @skip: the breakpoint at @skip_rip was reported
 * @skip_rip: RIP of its instruction
 */
struct vmx_state {
	struct vmx_registers registers;
	u64 pdptes[4];
	u64 tsc_offset;
	u64 msrs[GUEST_MSRS];
	unsigned int msr_count;
	u64 mtrr_default;
	struct vmx_exit exit;
	struct vmx_event event;
	struct inject_queue queue;
	bool advance;
	bool triple_fault;
	bool over;
	u64 over_rip;
	bool skip;
	u64 skip_rip;
};

int vmx_state_save(struct vmx_vcpu *vmx, struct vmx_state *state);
int vmx_state_restore(struct vmx_vcpu *vmx, const struct vmx_state *state,
		      u64 tsc_change);

#endif
