/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_EMULATE_H
#define _TEAVMX_VMX_EMULATE_H

#include <linux/types.h>

#include "../entry.h"

struct vmx_guest;
struct vmx_vcpu;

/* The number of no MSR */
#define RDMSR_NONE U64_MAX

/*
 * Instructions of raw guests that exit. All functions except the last two are
 * called in VMX root operation with interrupts off and the guest's VMCS
 * current.
 */

void emulate_before_entry(struct vmx_vcpu *vmx);
void emulate_exit(struct vmx_vcpu *vmx);

/*
 * Handlers of the exit table in exits.c. They return true when the guest can
 * continue, false when the exit is for the host program.
 */
bool emulate_exception(struct vmx_vcpu *vmx);
bool emulate_undefined(struct vmx_vcpu *vmx);
bool emulate_nothing(struct vmx_vcpu *vmx);
bool emulate_invlpg(struct vmx_vcpu *vmx);
bool emulate_cpuid(struct vmx_vcpu *vmx);
bool emulate_cr(struct vmx_vcpu *vmx);
bool emulate_dr(struct vmx_vcpu *vmx);
bool emulate_rdmsr(struct vmx_vcpu *vmx);
bool emulate_wrmsr(struct vmx_vcpu *vmx);
bool emulate_rdtsc(struct vmx_vcpu *vmx);
bool emulate_xsetbv(struct vmx_vcpu *vmx);
bool emulate_invpcid(struct vmx_vcpu *vmx);
bool emulate_protection(struct vmx_vcpu *vmx);
bool emulate_retry(struct vmx_vcpu *vmx);

/*
 * What the fast path does instead of the handlers of the same names. They are
 * noinstr and do not advance RIP; false leaves the exit to the slow path, with
 * nothing changed.
 */
bool fast_rdmsr(struct vmx_vcpu *vmx);
bool fast_wrmsr(struct vmx_vcpu *vmx);
bool fast_cr(struct vmx_vcpu *vmx, u64 qualification);
bool fast_dr(struct vmx_vcpu *vmx, u64 qualification);

/* Functions that the handlers use. */
bool emulate_advance(struct vmx_vcpu *vmx);
bool emulate_fault(struct vmx_vcpu *vmx, u8 vector);
bool emulate_fault_error(struct vmx_vcpu *vmx, u8 vector, u32 error);
u64 emulate_get(struct vmx_vcpu *vmx, unsigned int number);
void emulate_debug_status(struct vmx_guest *guest, u64 status);
void emulate_put(struct vmx_vcpu *vmx, unsigned int number, u64 value);
bool emulate_long_mode(void);
unsigned int emulate_privilege(void);

/**
 * emulate_put_msr() - put the value of an MSR into registers, as RDMSR does
 * @regs: receives it
 * @value: the value
 */
static __always_inline void emulate_put_msr(struct vmx_regs *regs, u64 value)
{
	regs->rax = (u32)value;
	regs->rdx = value >> 32;
}

bool emulate_msr_known(u32 number);
bool emulate_msr_is_register(u32 number);

#endif
