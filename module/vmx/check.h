/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_CHECK_H
#define _TEAVMX_VMX_CHECK_H

#include <linux/types.h>

struct vmx_exit;

/* More than these are the consequence of the first ones. */
#define VMX_FINDINGS 8

/**
 * struct vmx_finding - a field of the VMCS that breaks a rule of VM entry
 * @rule: enum vmx_check_rule
 * @field: its encoding, enum vmcs_encoding
 * @value: what it holds
 */
struct vmx_finding {
	u32 rule;
	u32 field;
	u64 value;
};

/**
 * struct vmx_findings - what the doctor found
 * @count: how many; those beyond VMX_FINDINGS are dropped
 * @list: in the order of the SDM's chapter "VM Entries"
 */
struct vmx_findings {
	unsigned int count;
	struct vmx_finding list[VMX_FINDINGS];
};

void vmx_check(struct vmx_findings *findings);
void vmx_check_guest(struct vmx_findings *findings);
void vmx_check_failed(struct vmx_findings *findings,
		      const struct vmx_exit *exit);

#endif
