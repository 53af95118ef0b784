/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_BREAKPOINT_H
#define _TEAVMX_VMX_BREAKPOINT_H

#include <linux/types.h>

struct vmx_vcpu;

/* Debug registers of a processor. */
#define BREAKPOINTS 4

/**
 * struct vmx_break - a breakpoint by a debug register
 * @set: there is one
 * @size: bytes watched
 * @kind: enum teavmx_breakpoint_kind
 * @address: linear address
 */
struct vmx_break {
	bool set;
	u8 size;
	u32 kind;
	u64 address;
};

/**
 * struct vmx_breaks - breakpoints of a vCPU
 * @list: those of the host program
 * @live: debug registers that are ours while the guest runs
 * @instructions: those of them that wait for an instruction
 * @guest: debug registers that the guest has enabled
 * @guest_dr7: the guest's DR7
 * @skip: the instruction at @skip_rip was reported; it is to be executed
 * @skip_rip: its RIP
 * @skipping: the entry under way is the one that executes it
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
};

int break_set(struct vmx_vcpu *vmx, const struct vmx_break *new,
	      const char **refused);
int break_clear(struct vmx_vcpu *vmx, u32 kind, u64 address);
void break_clear_all(struct vmx_vcpu *vmx);

void break_before_entry(struct vmx_vcpu *vmx);
void break_after_exit(struct vmx_vcpu *vmx);
void break_take_pending(struct vmx_vcpu *vmx);
u64 break_sort(struct vmx_vcpu *vmx);
bool break_is_due(const struct vmx_vcpu *vmx);
int break_borrow(struct vmx_vcpu *vmx, u64 linear);

#endif
