/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_ENTRY_H
#define _TEAVMX_VMX_ENTRY_H

/* Offsets into struct vmx_regs for entry.S; run.c asserts that they match. */
#define VMX_REGS_RAX	0
#define VMX_REGS_RCX	8
#define VMX_REGS_RDX	16
#define VMX_REGS_RBX	24
#define VMX_REGS_RBP	32
#define VMX_REGS_RSI	40
#define VMX_REGS_RDI	48
#define VMX_REGS_R8	56
#define VMX_REGS_R9	64
#define VMX_REGS_R10	72
#define VMX_REGS_R11	80
#define VMX_REGS_R12	88
#define VMX_REGS_R13	96
#define VMX_REGS_R14	104
#define VMX_REGS_R15	112

/* Flags of vmx_enter(), documented at its definition in entry.S. */
#define VMX_ENTER_FLUSH		1

/* Return value of vmx_fastpath(), a bit that no flag above has */
#define VMX_FASTPATH_ENDS	2

/* Return values of vmx_enter(), documented at its definition in entry.S. */
#define VMX_ENTER_EXIT	0
#define VMX_ENTER_FAIL	1
#define VMX_ENTER_FAULT	2

#ifndef __ASSEMBLY__
#include <linux/types.h>

/**
 * struct vmx_regs - guest registers that the processor does not switch
 *
 * RSP, RIP and RFLAGS are in the VMCS.
 */
struct vmx_regs {
	u64 rax;
	u64 rcx;
	u64 rdx;
	u64 rbx;
	u64 rbp;
	u64 rsi;
	u64 rdi;
	u64 r8;
	u64 r9;
	u64 r10;
	u64 r11;
	u64 r12;
	u64 r13;
	u64 r14;
	u64 r15;
};

int vmx_enter(struct vmx_regs *regs, unsigned int flags);

/* The value of HOST_RIP: VM exits arrive there, no C code calls it. */
void vmx_exit_label(void);
#endif

#endif
