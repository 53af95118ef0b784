/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_RUN_H
#define _TEAVMX_VMX_RUN_H

#include "../backend/backend.h"
#include "raw/breakpoint.h"
#include "raw/cpuid.h"
#include "entry.h"
#include "exit.h"
#include "ept.h"
#include "fastpath.h"
#include "raw/inject.h"
#include "speculation.h"
#include "raw/step.h"
#include "tea.h"
#include "vmcs.h"

#include <uapi/teavmx.h>
#include <uapi/vmx_exit_fields.h>

struct teavmx_raw;
struct teavmx_space;
struct vmx_guest;
struct vmx_hooks;
struct vmx_perf;
struct vmx_snapshot;
struct vmx_vcpu;

/**
 * struct vmx_setup - what a new vCPU needs
 * @hooks: what differs between kinds of guests
 * @vm_id: number of the VM, for messages
 * @vcpu_id: number of the vCPU, likewise
 * @bounds: when the vCPU pauses by itself; they count down
 * @requests: not 0 while there are requests that end the run of the guest
 * @writes: VMCS fields to overwrite, for kfree(), or NULL
 * @write_count: how many
 * @space: memory of a TEA guest
 * @shared: tables of the memory that it shares with others
 * @rip: first RIP of a TEA guest
 * @rsp: its first RSP
 * @cr3: its CR3
 * @arguments: its first RDI, RSI and RDX
 * @tea: what the fast path needs of a TEA guest
 * @raw: VM of a raw guest
 * @apic_id: which of the VM's processors a raw guest is, from 0
 * @queue: events that wait for a raw guest
 */
struct vmx_setup {
	const struct vmx_hooks *hooks;
	u32 vm_id;
	u32 vcpu_id;
	struct vcpu_bounds *bounds;
	const unsigned long *requests;
	struct vmcs_write *writes;
	unsigned int write_count;
	const struct teavmx_space *space;
	const struct ept *shared;
	u64 rip;
	u64 rsp;
	u64 cr3;
	u64 arguments[3];
	struct vmx_tea tea;
	struct teavmx_raw *raw;
	u8 apic_id;
	struct inject_queue *queue;
};

/**
 * struct vmx_hooks - what differs between kinds of guests
 * @create: complete a new vCPU; 0 or a negative errno
 * @reset: set the registers to their first values, which are those of @create;
 *	NULL for guests that are never reset
 * @init: fill the VMCS, all but what vmcs_write_host_cpu() and
 *	vmcs_write_host_task() write
 * @rewind: write what a guest run changes in the VMCS, after @reset; NULL where
 *	that is
 * @prepare: bring the guest to where the next entry begins. False when there
 *	must be none, with a reason to pause in the result or an exit in
 *	vmx->exit; the hook is NULL where there always is an entry
 * @before_entry: prepare the VMCS for this one entry; the argument is true if
 *	the CPU is another one than at the last entry
 * @after_exit: undo that; vmx->ours is then true if the exit is for the
 *	engine alone. The argument is false when the entry failed
 * @fast_ready: may the run that begins answer exits on the fast path? NULL for
 *	always
 * @settle: what becomes of an exit: the result's kind. Called with interrupts
 *	on, may sleep
 * @step_missing: why there are no single steps, a constant, or NULL; the hook
 *	is NULL where there always are
 *
 * @init to @fast_ready are called in VMX root operation with interrupts off and
 * the VMCS current.
 */
struct vmx_hooks {
	int (*create)(struct vmx_vcpu *vmx, const struct vmx_setup *setup);
	void (*reset)(struct vmx_vcpu *vmx, const struct vmx_setup *setup);
	void (*init)(struct vmx_vcpu *vmx);
	void (*rewind)(struct vmx_vcpu *vmx);
	bool (*prepare)(struct vmx_vcpu *vmx);
	void (*before_entry)(struct vmx_vcpu *vmx, bool new_cpu);
	void (*after_exit)(struct vmx_vcpu *vmx, bool ran);
	bool (*fast_ready)(const struct vmx_vcpu *vmx);
	void (*settle)(struct vmx_vcpu *vmx, struct vcpu_result *result);
	const char *(*step_missing)(void);
};

extern const struct vmx_hooks vmx_tea_hooks;
extern const struct vmx_hooks vmx_raw_hooks;

/**
 * struct vmx_vcpu - the VMX half of a vCPU
 * @hooks: what differs between kinds of guests; set once
 * @vm_id: number of the VM, for messages
 * @vcpu_id: number of the vCPU, likewise
 * @regs: guest registers that entry.S switches
 * @exit: the last exit that the fast path did not answer
 * @fastpath: the exits of the last run that it answered
 * @ept: its extended page tables, which are @own_ept or of its raw VM
 * @own_ept: extended page tables of its own
 * @vpid: its VPID, as INVVPID expects it; set once
 * @vmcs: its VMCS, always clear when interrupts are on
 * @host_task: host state in it that a context switch can change
 * @rip: guest RIP for the next entry
 * @rsp: guest RSP for the first entry
 * @guest_cr3: guest CR3
 * @tea: as in struct vmx_setup
 * @speculation: measures around its runs
 * @perf: MSRs of performance counters that an entry and an exit switch
 * @perf_count: how many, as in the VMCS
 * @initialized: the VMCS has been filled
 * @rewound: the guest's state in it is that from before vmx_reset()
 * @begun: there was an entry
 * @ept_cpu: CPU of the last entry, or -1
 * @writes: fields to overwrite before the first entry
 * @write_count: how many
 * @audit: host state around the last guest run, or NULL
 * @bounds: when it has to pause by itself; they count down
 * @requests: not 0 while there are requests that end the run of the guest
 * @result: of the run under way
 * @attempted: @exit is of an entry in this run, or was made up in it
 * @slice: longest guest run in ticks of the timer while a process runs the
 *	guest, 0 while the thread does
 * @was_stopped: the host program may have changed the guest's page tables, or the
 *	registers that point to them, since the last entry
 * @unsorted: the thread has to sort the last exit, which was in a process
 * @ours: the last exit is about steps and breakpoints, not for the guest
 * @debug: what of a debug exception is for the guest, as in DR6
 * @timer_value: what the preemption timer was set to
 * @timer_tsc: when
 * @step: single steps
 * @raw: its raw VM; this and what follows is for raw guests
 * @guest: registers that nothing else switches, or NULL
 * @apic_id: which of the VM's processors it is, from 0
 * @cpuid: its last answer to CPUID, with its leaf and subleaf
 * @cpuid_leaf: the leaf, or CPUID_NONE if @cpuid must not be used again
 * @rdmsr_number: the MSR of its last RDMSR on the fast path, or RDMSR_NONE if
 *	@rdmsr_value may have changed
 * @rdmsr_value: value of that MSR
 * @raw_changes: raw->changes when the controls were written
 * @answered: the last exit was emulated, the guest can go on
 * @split_lock: the last exit was the host's split-lock detection
 * @advance: RIP has to go past the instruction that exited
 * @breaks: breakpoints by debug registers
 * @ept_changes: raw->ram.changes at the last entry
 * @ept_open: the VMCS has the tables without guarded pages
 * @event: to be delivered at the next entry, or delivered at this one
 * @before_event: the guest's state from before @event was written
 * @triple_fault: exceptions have met so that there is no next entry
 * @queue: events that wait
 * @windows: interrupt-window and NMI-window exiting, as in the controls
 * @exit_soon: leave the guest right after @event is delivered
 * @snapshot: its VMCS after an entry of this run that failed, or before its
 *	first entry when fields were overwritten
 * @has_snapshot: @snapshot is of this run
 *
 * Used by the vCPU's thread only or, from vmx_enter_process() to vmx_leave(), by
 * one process.
 */
struct vmx_vcpu {
	const struct vmx_hooks *hooks;
	u32 vm_id;
	u32 vcpu_id;
	struct vmx_regs regs;
	struct vmx_exit exit;
	struct vmx_fastpath fastpath;
	struct ept *ept;
	struct ept own_ept;
	struct vmx_invvpid vpid;
	void *vmcs;
	struct vmcs_host_task host_task;
	u64 rip;
	u64 rsp;
	u64 guest_cr3;
	struct vmx_tea tea;
	struct vmx_speculation speculation;
	struct vmx_perf *perf;
	unsigned int perf_count;
	bool initialized;
	bool rewound;
	bool begun;
	int ept_cpu;
	struct vmcs_write *writes;
	unsigned int write_count;
	struct audit *audit;
	struct vcpu_bounds *bounds;
	const unsigned long *requests;
	struct vcpu_result *result;
	bool attempted;
	u32 slice;
	bool was_stopped;
	bool unsorted;
	bool ours;
	u64 debug;
	u32 timer_value;
	u64 timer_tsc;
	struct vmx_step step;
	struct teavmx_raw *raw;
	struct vmx_guest *guest;
	u8 apic_id;
	struct vmx_cpuid_entry cpuid;
	u64 cpuid_leaf;
	u64 rdmsr_number;
	u64 rdmsr_value;
	unsigned int raw_changes;
	bool answered;
	bool split_lock;
	bool advance;
	struct vmx_event event;
	struct inject_state before_event;
	struct vmx_breaks breaks;
	unsigned int ept_changes;
	bool ept_open;
	bool triple_fault;
	struct inject_queue *queue;
	u32 windows;
	bool exit_soon;
	struct vmx_snapshot *snapshot;
	bool has_snapshot;
};

struct vmx_vcpu *vmx_create(const struct vmx_setup *setup);
bool vmx_enter_process(struct vmx_vcpu *vmx, u64 cycles);
void vmx_leave(struct vmx_vcpu *vmx);
void vmx_run(struct vmx_vcpu *vmx, struct vcpu_result *result);
void vmx_reset(struct vmx_vcpu *vmx, const struct vmx_setup *setup);
void vmx_destroy(struct vmx_vcpu *vmx);

#endif
