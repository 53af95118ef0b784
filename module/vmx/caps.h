/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_CAPS_H
#define _TEAVMX_VMX_CAPS_H

#include <linux/types.h>

/**
 * enum vmx_word - the 32-bit words of VMX controls
 * @VMX_PIN: pin-based
 * @VMX_PROC: primary processor-based
 * @VMX_PROC2: secondary processor-based
 * @VMX_EXIT: VM-exit
 * @VMX_ENTRY: VM-entry
 * @VMX_WORDS: how many there are
 */
enum vmx_word {
	VMX_PIN,
	VMX_PROC,
	VMX_PROC2,
	VMX_EXIT,
	VMX_ENTRY,
	VMX_WORDS,
};

/**
 * struct vmx_allowed - settings that a word of controls allows
 * @must: bits that must be 1
 * @may: bits that may be 1
 */
struct vmx_allowed {
	u32 must;
	u32 may;
};

/**
 * struct vmx_caps - the VMX capabilities of a CPU that the module uses
 * @basic: IA32_VMX_BASIC
 * @misc: IA32_VMX_MISC
 * @ept: IA32_VMX_EPT_VPID_CAP
 * @cr0_fixed0: IA32_VMX_CR0_FIXED0
 * @cr0_fixed1: IA32_VMX_CR0_FIXED1
 * @cr4_fixed0: IA32_VMX_CR4_FIXED0
 * @cr4_fixed1: IA32_VMX_CR4_FIXED1
 * @pin: pin-based controls for TEA guests
 * @proc: primary processor-based controls for them
 * @proc2: secondary processor-based controls for them
 * @exit: VM-exit controls for all guests
 * @entry: VM-entry controls for TEA guests
 * @reserved: 0; fills the gap before @allowed, as all bytes are compared
 * @allowed: settings that each word of controls allows
 *
 * SDM appendix "VMX Capability Reporting Facility". A vCPU may run on any CPU
 * with the same VMCS, so these are the same on every CPU that is in use;
 * vmx_caps_check_cpu() compares them byte by byte.
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
	struct vmx_allowed allowed[VMX_WORDS];
};

struct cpumask;

extern struct vmx_caps vmx_caps;

int vmx_caps_init(void);
bool vmx_caps_check_cpu(void);
const struct cpumask *vmx_caps_cpumask(void);
const char *vmx_caps_missing(void);
const char *vmx_caps_raw_missing(void);
unsigned int vmx_caps_cpus(void);

#endif
