/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_GUEST_H
#define _TEAVMX_VMX_GUEST_H

#include "../fpu.h"

#include <linux/types.h>
#include <asm/processor-flags.h>

/* Number of MSRs that a host program can add to those of its guests. */
#define GUEST_MSRS 64

/* Bits of CR0 and CR4 that a raw guest may use, where the processor has them. */
#define GUEST_CR0_BITS							\
	(X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS |		\
	 X86_CR0_ET | X86_CR0_NE | X86_CR0_WP | X86_CR0_AM |		\
	 X86_CR0_NW | X86_CR0_CD | X86_CR0_PG)
#define GUEST_CR4_BITS							\
	(X86_CR4_VME | X86_CR4_PVI | X86_CR4_TSD | X86_CR4_DE |		\
	 X86_CR4_PSE | X86_CR4_PAE | X86_CR4_MCE | X86_CR4_PGE |	\
	 X86_CR4_PCE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT |		\
	 X86_CR4_UMIP | X86_CR4_FSGSBASE | X86_CR4_PCIDE |		\
	 X86_CR4_OSXSAVE | X86_CR4_SMEP | X86_CR4_SMAP)

/*
 * Bits of the pending debug exceptions with which VM entry delivers one: a
 * breakpoint that was enabled, a single step (SDM "Delivery of Pending Debug
 * Exceptions after VM Entry").
 */
#define PENDING_DEBUG_DUE (BIT(12) | BIT(14))

/* SDM "Debug Control Register (DR7)": GD */
#define DR7_GENERAL_DETECT 0x2000ULL

/**
 * struct vmx_guest - registers of a raw guest that neither the VMCS nor
 *	entry.S switches
 * @cr2: CR2
 * @cr8: task priority; there is no interrupt controller behind it
 * @xcr0: XCR0
 * @dr: DR0 to DR3
 * @live_dr: @dr with breakpoints of the engine added: see breakpoint.c
 * @dr6: DR6
 * @dr7: DR7 as the guest wrote it; vmx_guest_write_dr7() after a change
 * @star: IA32_STAR
 * @lstar: IA32_LSTAR
 * @cstar: IA32_CSTAR
 * @fmask: IA32_FMASK
 * @kernel_gs_base: IA32_KERNEL_GS_BASE
 * @tsc_aux: IA32_TSC_AUX
 * @mtrr_default: IA32_MTRR_DEF_TYPE, which has no effect
 * @msrs: values of the MSRs that the host program has added, in its order
 * @msr_count: number of @msrs that have got their first value
 * @msr_row: number of the row for the last MSR in emulate_msr.c
 * @fpu: x87, SSE and AVX registers
 */
struct vmx_guest {
	u64 cr2;
	u64 cr8;
	u64 xcr0;
	u64 dr[4];
	u64 live_dr[4];
	u64 dr6;
	u64 dr7;
	u64 star;
	u64 lstar;
	u64 cstar;
	u64 fmask;
	u64 kernel_gs_base;
	u64 tsc_aux;
	u64 mtrr_default;
	u64 msrs[GUEST_MSRS];
	unsigned int msr_count;
	unsigned int msr_row;
	struct vmx_fpu fpu;
};

/**
 * struct vmx_guest_host - host registers that a raw guest's replace
 * @cr2: CR2
 * @xcr0: XCR0, 0 where the kernel does not use XSAVE
 * @dr: DR0 to DR3
 * @dr7: DR7
 * @star: IA32_STAR
 * @lstar: IA32_LSTAR
 * @cstar: IA32_CSTAR
 * @fmask: IA32_FMASK
 * @kernel_gs_base: IA32_KERNEL_GS_BASE
 * @tsc_aux: IA32_TSC_AUX
 * @debug: @dr and @dr7 were replaced
 * @long_mode: the MSRs were replaced
 */
struct vmx_guest_host {
	u64 cr2;
	u64 xcr0;
	u64 dr[4];
	u64 dr7;
	u64 star;
	u64 lstar;
	u64 cstar;
	u64 fmask;
	u64 kernel_gs_base;
	u64 tsc_aux;
	bool debug;
	bool long_mode;
};

struct vmx_guest *vmx_guest_create(void);
u64 vmx_guest_cr4_bits(void);
bool vmx_guest_canonical(u64 address);
bool vmx_guest_has_tsc_aux(void);
void vmx_guest_write_dr7(const struct vmx_guest *guest);
void vmx_guest_load(struct vmx_guest *guest, struct vmx_guest_host *host);
void vmx_guest_store(struct vmx_guest *guest, struct vmx_guest_host *host);

#endif
