/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_RUN_H
#define _TEAVMX_VMX_RUN_H

#include "../backend.h"
#include "entry.h"
#include "check.h"
#include "ept.h"

/**
 * struct vmx_exit - what one attempt to run the guest gave
 * @entered: VMLAUNCH got as far as an exit reason; else @error is valid
 * @error: VM-instruction error, 0 when the instruction faulted
 * @reason: the whole 32-bit exit reason
 * @length: VM-exit instruction length
 * @intr_info: VM-exit interruption information
 * @qualification: exit qualification
 * @rip: guest RIP
 * @gpa: guest-physical address, only for EPT exits
 * @cpu: host CPU
 *
 * Read from the VMCS before interrupts come on; the rest of the module knows
 * only this copy.
 */
struct vmx_exit {
	bool entered;
	u32 error;
	u32 reason;
	u32 length;
	u32 intr_info;
	u64 qualification;
	u64 rip;
	u64 gpa;
	u32 cpu;
};

/**
 * struct vmx_vcpu - the VMX half of a vCPU
 * @regs: guest registers that entry.S switches
 * @exit: the last exit
 * @ept: its extended page tables
 * @vmcs: its VMCS, always clear when interrupts are on
 * @rip: guest RIP for the next entry
 * @rsp: guest RSP for the first entry
 * @guest_cr3: guest CR3
 * @serial: number of this guest, never used again
 * @initialized: the VMCS has been filled
 * @ept_cpu: CPU that was told about @ept last, or -1
 * @writes: fields to overwrite before the first entry
 * @write_count: how many
 * @audit: host state around the last stay, or NULL
 * @findings: what the doctor found out about the last entry
 *
 * Used by the vCPU's thread only.
 */
struct vmx_vcpu {
	struct vmx_regs regs;
	struct vmx_exit exit;
	struct ept ept;
	void *vmcs;
	u64 rip;
	u64 rsp;
	u64 guest_cr3;
	u64 serial;
	bool initialized;
	int ept_cpu;
	struct vmcs_write *writes;
	unsigned int write_count;
	struct audit *audit;
	struct vmx_findings findings;
};

#endif
