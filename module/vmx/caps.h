/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_CAPS_H
#define _TEAVMX_VMX_CAPS_H

#include <linux/types.h>

/**
 * struct vmx_caps - what this project needs of a CPU's VMX capabilities
 * @basic: IA32_VMX_BASIC
 * @misc: IA32_VMX_MISC
 * @ept: IA32_VMX_EPT_VPID_CAP
 * @cr0_fixed0: IA32_VMX_CR0_FIXED0
 * @cr0_fixed1: IA32_VMX_CR0_FIXED1
 * @cr4_fixed0: IA32_VMX_CR4_FIXED0
 * @cr4_fixed1: IA32_VMX_CR4_FIXED1
 * @pin: pin-based controls to use
 * @proc: primary processor-based controls to use
 * @proc2: secondary processor-based controls to use
 * @exit: VM-exit controls to use
 * @entry: VM-entry controls to use
 *
 * SDM appendix "VMX Capability Reporting Facility". The same on every CPU
 * that is in use; compared byte by byte.
 */
struct vmx_caps {
	u64 basic;
	u64 misc;
	u64 ept;
	u64 cr0_fixed0;
	u64 cr0_fixed1;
	u64 cr4_fixed0;
	u64 cr4_fixed1;
	u32 pin;
	u32 proc;
	u32 proc2;
	u32 exit;
	u32 entry;
	u32 reserved;
};

extern struct vmx_caps vmx_caps;

int vmx_caps_init(void);
bool vmx_caps_check_cpu(void);
const char *vmx_caps_missing(void);
unsigned int vmx_caps_cpus(void);

#endif
