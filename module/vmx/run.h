/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_RUN_H
#define _TEAVMX_VMX_RUN_H

#include "../backend.h"
#include "raw/breakpoint.h"
#include "entry.h"
#include "check.h"
#include "ept.h"
#include "raw/inject.h"
#include "speculation.h"
#include "raw/step.h"

#include <uapi/teavmx.h>
#include <uapi/vmx_exit_fields.h>

struct teavmx_raw;
struct vcpu_bounds;
struct vmx_guest;
struct vmx_perf;

/**
 * struct vmx_exit - what one attempt to run the guest gave
 * @entered: VMLAUNCH got as far as an exit reason; else @error is valid
 * @error: VM-instruction error, 0 when the instruction faulted
 * @reason: the whole 32-bit exit reason
 * @fields: which of the following are defined, enum vmx_exit_field bits; the
 *	others are 0
 * @length: VM-exit instruction length
 * @intr_info: VM-exit interruption information
 * @qualification: exit qualification, always defined
 * @rip: guest RIP, always defined
 * @gpa: guest-physical address
 * @linear: guest-linear address
 * @info: VM-exit instruction information
 * @intr_error: VM-exit interruption error code
 * @vectoring: IDT-vectoring information
 * @vectoring_error: IDT-vectoring error code
 * @cpu: host CPU
 *
 * Read from the VMCS before interrupts come on; the rest of the module knows
 * only this copy.
 */
struct vmx_exit {
	bool entered;
	u32 error;
	u32 reason;
	u32 fields;
	u32 length;
	u32 intr_info;
	u64 qualification;
	u64 rip;
	u64 gpa;
	u64 linear;
	u32 info;
	u32 intr_error;
	u32 vectoring;
	u32 vectoring_error;
	u32 cpu;
};

/**
 * struct vmx_vcpu - the VMX half of a vCPU
 * @regs: guest registers that entry.S switches
 * @exit: the last exit
 * @ept: its extended page tables, which are @own_ept or of its raw VM
 * @own_ept: extended page tables of its own
 * @vmcs: its VMCS, always clear when interrupts are on
 * @rip: guest RIP for the next entry
 * @rsp: guest RSP for the first entry
 * @guest_cr3: guest CR3
 * @speculation: measures around its runs
 * @perf: MSRs of performance counters that an entry and an exit switch
 * @perf_count: how many, as in the VMCS
 * @initialized: the VMCS has been filled
 * @begun: there was an entry
 * @ept_cpu: CPU that was told about @ept last, or -1
 * @writes: fields to overwrite before the first entry
 * @write_count: how many
 * @audit: host state around the last stay, or NULL
 * @bounds: when it has to pause by itself; they count down
 * @reached: enum teavmx_stop: what it has to pause for after this exit
 * @ours: the last exit is about steps and breakpoints, not for the guest
 * @debug: what of a debug exception is for the guest, as in DR6
 * @timer_value: what the preemption timer was set to
 * @timer_tsc: when
 * @step: single steps
 * @raw: its raw VM, or NULL; what follows is for vCPUs of those
 * @guest: registers that nothing else switches
 * @apic_id: which of the VM's processors it is, from 0
 * @raw_changes: raw->changes when the controls were written
 * @answered: the last exit was emulated, the guest can go on
 * @split_lock: the last exit was the host's split-lock detection
 * @advance: RIP has to go past the instruction that exited
 * @breaks: breakpoints by debug registers
 * @ept_changes: raw->ram.changes when the CPU was told about @ept last
 * @ept_open: the VMCS has the tables without guarded pages
 * @event: to be delivered at the next entry, or delivered at this one
 * @triple_fault: exceptions have met so that there is no next entry
 * @queue: events that wait
 * @windows: interrupt-window and NMI-window exiting, as in the controls
 * @exit_soon: leave the guest right after @event is delivered
 * @findings: what the doctor found out about the last entry
 *
 * Used by the vCPU's thread only.
 */
struct vmx_vcpu {
	struct vmx_regs regs;
	struct vmx_exit exit;
	struct ept *ept;
	struct ept own_ept;
	void *vmcs;
	u64 rip;
	u64 rsp;
	u64 guest_cr3;
	struct vmx_speculation speculation;
	struct vmx_perf *perf;
	unsigned int perf_count;
	bool initialized;
	bool begun;
	int ept_cpu;
	struct vmcs_write *writes;
	unsigned int write_count;
	struct audit *audit;
	struct vcpu_bounds *bounds;
	u8 reached;
	bool ours;
	u64 debug;
	u32 timer_value;
	u64 timer_tsc;
	struct vmx_step step;
	struct teavmx_raw *raw;
	struct vmx_guest *guest;
	u8 apic_id;
	unsigned int raw_changes;
	bool answered;
	bool split_lock;
	bool advance;
	struct vmx_event event;
	struct vmx_breaks breaks;
	unsigned int ept_changes;
	bool ept_open;
	bool triple_fault;
	struct inject_queue *queue;
	u32 windows;
	bool exit_soon;
	struct vmx_findings findings;
};

/**
 * vmx_reached() - a vCPU has to pause after this exit
 * @vmx: the vCPU
 * @stop: enum teavmx_stop; the first counts, but a breakpoint before all
 */
static inline void vmx_reached(struct vmx_vcpu *vmx, u8 stop)
{
	if (!vmx->reached || stop == TEAVMX_STOP_BREAKPOINT)
		vmx->reached = stop;
}

int vmx_with_vmcs(struct vmx_vcpu *vmx,
		  int (*act)(struct vmx_vcpu *vmx, void *data), void *data);

#endif
