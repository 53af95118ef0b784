/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_RAW_VM_H
#define _TEAVMX_VMX_RAW_VM_H

#include <linux/bitops.h>
#include <linux/types.h>

#include <uapi/teavmx.h>

#include "guest.h"
#include "../../memory/ram.h"

struct raw_snapshot;
struct vmx_cpuid;

#define RAW_REASONS (TEAVMX_HOST_REASONS_SIZE * BITS_PER_BYTE)

/**
 * struct raw_msr - an MSR that the host program has added to its guests
 * @number: its number
 * @value: its first value in each vCPU
 */
struct raw_msr {
	u32 number;
	u64 value;
};

/**
 * struct teavmx_raw - state that all vCPUs of a raw VM share
 * @ram: its RAM
 * @host_reasons: exit reasons that are routed to the host program; written
 *	under vm->lock, read by the vCPUs at any time
 * @program_reasons: exit reasons for the host program that the program which
 *	created the VM handles; written and read as @host_reasons
 * @host_exceptions: the same as @host_reasons for exception vectors
 * @changes: incremented after each change of the two; a vCPU that wrote its
 *	controls at another count writes them again before its next entry
 * @cpuid: results of CPUID; replaced under vm->lock, read under RCU
 * @msrs: MSRs that the host program has added
 * @msr_count: number of @msrs; grows under vm->lock, and never shrinks
 * @tsc_offset: TSC offset of its vCPUs, by which the TSC began at 0 when the VM
 *	was created; changes while no vCPU runs
 * @snapshot: its snapshot, or NULL; guarded by vm->lock
 */
struct teavmx_raw {
	struct teavmx_ram ram;
	DECLARE_BITMAP(host_reasons, RAW_REASONS);
	DECLARE_BITMAP(program_reasons, RAW_REASONS);
	u32 host_exceptions;
	unsigned int changes;
	struct vmx_cpuid __rcu *cpuid;
	struct raw_msr msrs[GUEST_MSRS];
	unsigned int msr_count;
	u64 tsc_offset;
	struct raw_snapshot *snapshot;
};

static inline bool raw_for_host(const struct teavmx_raw *raw, u16 reason)
{
	return reason < RAW_REASONS && test_bit(reason, raw->host_reasons);
}

static inline bool raw_for_program(const struct teavmx_raw *raw, u16 reason)
{
	return reason < RAW_REASONS && test_bit(reason, raw->program_reasons);
}

#endif
