/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_BREAKPOINT_H
#define _TEAVMX_VMX_BREAKPOINT_H

#include <linux/types.h>

struct vmx_vcpu;

/* DR0 to DR3: a processor has four breakpoint addresses. */
#define BREAKPOINTS 4

/**
 * struct vmx_break - a breakpoint by a debug register
 * @set: it is set
 * @hit: the last guest run has ended at it
 * @number: number of the debug register while the guest runs, or -1
 * @size: bytes watched
 * @kind: enum teavmx_breakpoint_kind
 * @address: linear address
 */
struct vmx_break {
	bool set;
	bool hit;
	s8 number;
	u8 size;
	u32 kind;
	u64 address;
};

/**
 * struct vmx_breaks - breakpoints of a vCPU
 * @list: those of the host program
 * @live: bitmap of debug registers that the engine uses while the guest runs
 * @instructions: those of @live with an instruction breakpoint
 * @guest: bitmap of debug registers that the guest has enabled
 * @guest_dr7: the guest's DR7
 * @skip: the breakpoint at @skip_rip was reported; the next entry executes the
 *	instruction
 * @skip_rip: RIP of that instruction
 * @skipping: the current entry executes it
 * @flags: the guest's RFLAGS, if @skipping
 */
struct vmx_breaks {
	struct vmx_break list[BREAKPOINTS];
	u8 live;
	u8 instructions;
	u8 guest;
	u64 guest_dr7;
	bool skip;
	u64 skip_rip;
	bool skipping;
	u64 flags;
};

int break_set(struct vmx_vcpu *vmx, const struct vmx_break *new,
	      const char **refused);
int break_clear(struct vmx_vcpu *vmx, u32 kind, u64 address);
void break_clear_all(struct vmx_vcpu *vmx);
const struct vmx_break *break_next(const struct vmx_vcpu *vmx, u64 *place);

void break_before_entry(struct vmx_vcpu *vmx);
void break_after_exit(struct vmx_vcpu *vmx, bool ran);
void break_take_port(const struct vmx_vcpu *vmx);
void break_take_pending(struct vmx_vcpu *vmx);
u64 break_sort(struct vmx_vcpu *vmx);
bool break_is_due(const struct vmx_vcpu *vmx);
int break_borrow(struct vmx_vcpu *vmx, u64 linear);

#endif
