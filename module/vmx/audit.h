/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_AUDIT_H
#define _TEAVMX_VMX_AUDIT_H

#include <linux/types.h>

/*
 * The self-audit compares host state that a guest, a VM entry or a VM exit
 * could disturb before and after each guest run. AUDIT_MSRS(X) has the rows
 * X(NAME, number), AUDIT_REGISTERS(X) those of everything else.
 */
#define AUDIT_REGISTERS(X) \
	X(CR0) X(CR2) X(CR3) X(CR4) X(CR8) X(XCR0) X(PKRU) \
	X(DR0) X(DR1) X(DR2) X(DR3) X(DR6) X(DR7) \
	X(CS) X(SS) X(DS) X(ES) X(FS) X(GS) X(TR) X(LDTR) \
	X(GDT_BASE) X(GDT_LIMIT) X(IDT_BASE) X(IDT_LIMIT)

#define AUDIT_MSRS(X) \
	X(DEBUGCTL, MSR_IA32_DEBUGCTLMSR) \
	X(EFER, MSR_EFER) \
	X(PAT, MSR_IA32_CR_PAT) \
	X(SYSENTER_CS, MSR_IA32_SYSENTER_CS) \
	X(SYSENTER_ESP, MSR_IA32_SYSENTER_ESP) \
	X(SYSENTER_EIP, MSR_IA32_SYSENTER_EIP) \
	X(STAR, MSR_STAR) \
	X(LSTAR, MSR_LSTAR) \
	X(CSTAR, MSR_CSTAR) \
	X(FMASK, MSR_SYSCALL_MASK) \
	X(FS_BASE, MSR_FS_BASE) \
	X(GS_BASE, MSR_GS_BASE) \
	X(KERNEL_GS_BASE, MSR_KERNEL_GS_BASE) \
	X(XSS, MSR_IA32_XSS) \
	X(XFD, MSR_IA32_XFD) \
	X(BNDCFGS, MSR_IA32_BNDCFGS) \
	X(UMWAIT_CONTROL, MSR_IA32_UMWAIT_CONTROL) \
	X(SPEC_CTRL, MSR_IA32_SPEC_CTRL) \
	X(TSC_AUX, MSR_TSC_AUX)

enum audit_item {
#define AUDIT_ITEM(name, ...) AUDIT_##name,
	AUDIT_REGISTERS(AUDIT_ITEM)
	AUDIT_MSRS(AUDIT_ITEM)
#undef AUDIT_ITEM
	AUDIT_ITEMS
};

/**
 * struct audit_state - the host's state at one moment
 * @value: by enum audit_item; 0 for what this CPU does not have
 */
struct audit_state {
	u64 value[AUDIT_ITEMS];
};

/**
 * struct audit_change - an item of host state that a guest run changed
 * @item: enum audit_item
 * @before: value before the run
 * @after: value after it
 */
struct audit_change {
	u32 item;
	u64 before;
	u64 after;
};

/**
 * struct audit - the audit of one vCPU
 * @before: filled by audit_begin()
 * @after: filled by audit_end()
 */
struct audit {
	struct audit_state before;
	struct audit_state after;
};

void audit_init(void);
struct audit *audit_create(void);
void audit_begin(struct audit *audit);
void audit_end(struct audit *audit);
bool audit_next(const struct audit *audit, struct audit_change *change);
const char *audit_name(u32 item);

#endif
