/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_EXIT_H
#define _TEAVMX_VMX_EXIT_H

#include <linux/bits.h>
#include <linux/types.h>

struct vcpu_result;
struct vmx_vcpu;

/* The fields are those of SDM "Exit Qualification for I/O Instructions". */
#define EXIT_IO_SIZE(qualification)	(((qualification) & 7) + 1)
#define EXIT_IO_IN			BIT(3)
#define EXIT_IO_STRING			BIT(4)
#define EXIT_IO_PORT(qualification)	((u16)((qualification) >> 16))

/**
 * struct vmx_exit - result of one VM entry, or of the attempt
 * @qualification: exit qualification, always defined
 * @rip: guest RIP, always defined
 * @rax: guest RAX; 0 if the exit was not by the processor
 * @gpa: guest-physical address
 * @linear: guest-linear address
 * @reason: the whole 32-bit exit reason
 * @fields: which of the fields are defined, enum vmx_exit_field bits; the
 *	others are 0
 * @length: VM-exit instruction length
 * @intr_info: VM-exit interruption information
 * @info: VM-exit instruction information
 * @intr_error: VM-exit interruption error code
 * @vectoring: IDT-vectoring information
 * @vectoring_error: IDT-vectoring error code
 * @error: VM-instruction error, 0 when the instruction faulted
 * @guest_ticks: ticks of the TSC from the entry to the exit, at most U32_MAX
 * @cpu: host CPU
 * @entered: VMLAUNCH ended with an exit reason; otherwise @error is valid
 *
 * The fields are read from the VMCS before interrupts are enabled, as the VMCS
 * is current only until then. The rest of the module uses this copy.
 */
struct vmx_exit {
	u64 qualification;
	u64 rip;
	u64 rax;
	u64 gpa;
	u64 linear;
	u32 reason;
	u32 fields;
	u32 length;
	u32 intr_info;
	u32 info;
	u32 intr_error;
	u32 vectoring;
	u32 vectoring_error;
	u32 error;
	u32 guest_ticks;
	u16 cpu;
	bool entered;
};

bool vmx_exit_value(const struct vmx_exit *exit, u64 *value);
const char *vmx_exit_no_length(const struct vmx_exit *exit);
bool vmx_exit_is_hosts(const struct vmx_exit *exit);
void vmx_exit_now(const struct vmx_exit *exit);
bool vmx_exit_needs_thread(const struct vmx_vcpu *vmx);
void vmx_exit_sort(struct vmx_vcpu *vmx, struct vcpu_result *result);

#endif
