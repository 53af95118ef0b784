/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_SNAPSHOT_H
#define _TEAVMX_VMX_SNAPSHOT_H

#include "caps_read.h"

#include <linux/types.h>

#include <uapi/vmcs.h>
#include <uapi/vmx_check.h>

struct vmx_vcpu;

#define VMX_SNAPSHOT_COUNT_ONE(...) + 1
#define VMX_SNAPSHOT_FIELDS (VMCS_FIELDS(VMX_SNAPSHOT_COUNT_ONE))
#define VMX_SNAPSHOT_WORDS (VMX_CHECK_WORDS(VMX_SNAPSHOT_COUNT_ONE))

/**
 * struct vmx_fact - one value of a snapshot
 * @number: encoding of a VMCS field, or enum vmx_check_word
 * @value: its value
 */
struct vmx_fact {
	u32 number;
	u64 value;
};

/**
 * struct vmx_snapshot - what the rules of VM entry need to know
 * @field_count: how many fields this CPU has
 * @word_count: entries in @words
 * @fields: the fields of the VMCS, by width and area
 * @words: properties of the CPU, and words of memory that fields point to
 * @caps: the capability MSRs of the CPU; none are read for VMCS_GET
 */
struct vmx_snapshot {
	unsigned int field_count;
	unsigned int word_count;
	struct vmx_fact fields[VMX_SNAPSHOT_FIELDS];
	struct vmx_fact words[VMX_SNAPSHOT_WORDS];
	struct vmx_caps_msrs caps;
};

void vmx_snapshot_take(const struct vmx_vcpu *vmx,
		       struct vmx_snapshot *snapshot);
int vmx_snapshot_read(struct vmx_vcpu *vmx, struct vmx_snapshot *snapshot);

#endif
