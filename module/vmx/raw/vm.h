/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_RAW_VM_H
#define _TEAVMX_VMX_RAW_VM_H

#include <linux/bitops.h>
#include <linux/types.h>

#include <uapi/teavmx.h>

#include "guest.h"
#include "../../memory/ram.h"

struct vmx_cpuid;

#define RAW_REASONS (TEAVMX_HOST_REASONS_SIZE * BITS_PER_BYTE)

/**
 * struct raw_msr - an MSR that the host program has kept for its guests
 * @number: its number
 * @value: its first value in each vCPU
 */
struct raw_msr {
	u32 number;
	u64 value;
};

/**
 * struct teavmx_raw - what all vCPUs of a raw VM share
 * @ram: its RAM
 * @host_reasons: exit reasons for the host program; changed with the VM
 *	locked, read by its vCPUs at any time
 * @host_exceptions: exception vectors for the host program; likewise
 * @changes: counts changes of the two; a vCPU whose VMCS is of an older count
 *	writes its controls anew
 * @cpuid: what CPUID says; replaced with the VM locked
 * @msrs: further MSRs of its vCPUs
 * @msr_count: how many; grows with the VM locked, and never shrinks
 * @tsc_offset: added to the TSC, so that it began with the VM; set once
 */
struct teavmx_raw {
	struct teavmx_ram ram;
	DECLARE_BITMAP(host_reasons, RAW_REASONS);
	u32 host_exceptions;
	unsigned int changes;
	struct vmx_cpuid __rcu *cpuid;
	struct raw_msr msrs[GUEST_MSRS];
	unsigned int msr_count;
	u64 tsc_offset;
};

static inline bool raw_for_host(const struct teavmx_raw *raw, u16 reason)
{
	return reason < RAW_REASONS && test_bit(reason, raw->host_reasons);
}

#endif
