/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_CAPS_READ_H
#define _TEAVMX_VMX_CAPS_READ_H

#include <linux/types.h>

#include <uapi/vmx_caps.h>

struct sk_buff;

/**
 * struct vmx_caps_msr - one capability MSR of a CPU
 * @number: its number
 * @value: its value on that CPU
 */
struct vmx_caps_msr {
	u32 number;
	u64 value;
};

/**
 * struct vmx_caps_msrs - the capability MSRs of a CPU
 * @cpu: the CPU
 * @count: number of @msrs; 0 on a CPU without VMX
 * @msrs: the MSRs, in the order of sources[]
 */
struct vmx_caps_msrs {
	unsigned int cpu;
	unsigned int count;
	struct vmx_caps_msr msrs[VMX_MSR_COUNT];
};

void vmx_caps_read_here(struct vmx_caps_msrs *msrs);
int vmx_caps_read(unsigned int cpu, struct vmx_caps_msrs *msrs);
int vmx_caps_put(struct sk_buff *skb, const struct vmx_caps_msrs *msrs);

#endif
