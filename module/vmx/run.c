// SPDX-License-Identifier: GPL-2.0-only
#include "run.h"
#include "audit.h"
#include "caps.h"
#include "cpu.h"
#include "exit.h"
#include "host.h"
#include "load.h"
#include "perf.h"
#include "raw/vm.h"
#include "snapshot.h"
#include "switch.h"
#include "timer.h"
#include "../trace/trace.h"
#include "vmcs.h"
#include "vpid.h"

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/vtime.h>
#include <asm/debugreg.h>

#include <uapi/vmx.h>

/*
 * A guest run: interrupts off, root operation, VMPTRLD, VMLAUNCH, exit, VMCLEAR,
 * root operation given back, interrupts on. Exits that the fast path answers
 * (fastpath.c) are followed by VMRESUME in the same run. Between runs nothing of
 * ours is on the CPU, so the thread may be preempted or moved and the CPU may go
 * away.
 */

#define VMX_EXIT_FAILED_ENTRY VMX_EXIT_REASONS_FAILED_VMENTRY

static_assert(offsetof(struct vmx_regs, rax) == VMX_REGS_RAX);
static_assert(offsetof(struct vmx_regs, rbx) == VMX_REGS_RBX);
static_assert(offsetof(struct vmx_regs, rdi) == VMX_REGS_RDI);
static_assert(offsetof(struct vmx_regs, r8) == VMX_REGS_R8);
static_assert(offsetof(struct vmx_regs, r15) == VMX_REGS_R15);
static_assert(sizeof(struct vmx_regs) == VMX_REGS_R15 + sizeof(u64));

/* Tests: break fields, and see that no register value leaks into the host. */
static void write_broken_fields(struct vmx_vcpu *vmx)
{
	const struct vmcs_write *write;

	for (write = vmx->writes; write < vmx->writes + vmx->write_count;
	     write++) {
		/* State changes as the guest runs, controls stay broken. */
		if (vmx->begun && !VMCS_IS_CONTROL(write->field))
			continue;
		if (!vmx_vmwrite(write->field, write->value))
			vmcs_failed("VMWRITE", write->field, write->value);
	}
	/* One of them may be of the host. */
	if (vmx->write_count)
		vmx->host_task.cr0 = 0;
}

/* Now it is sure that there will be an entry. */
static void prepare_entry(struct vmx_vcpu *vmx)
{
	int cpu = smp_processor_id();
	bool new_cpu = vmx->ept_cpu != cpu;

	if (new_cpu)
		vmcs_write_host_cpu();
	vmx->ept_cpu = cpu;
	if (vmx->was_stopped)
		vpid_forget(vmx);
	vmx->was_stopped = false;
	vmcs_write_host_task(&vmx->host_task);
	vmx_timer_arm(vmx);
	vmx->hooks->before_entry(vmx, new_cpu);
	perf_before_entry(vmx);
	write_broken_fields(vmx);
	vmx_fastpath_open(vmx);
}

/*
 * Real mode has no error codes (SDM "Information for VM Exits Due to Vectored
 * Events"), but an emulated processor may say that it has. An entry that
 * delivers such an event again would fail.
 */
static void drop_error_codes(struct vmx_exit *exit)
{
	if (!((exit->intr_info | exit->vectoring) &
	      INTR_INFO_DELIVER_CODE_MASK) ||
	    vmcs_readl(GUEST_CR0) & X86_CR0_PE)
		return;
	exit->intr_info &= ~INTR_INFO_DELIVER_CODE_MASK;
	exit->vectoring &= ~VECTORING_INFO_DELIVER_CODE_MASK;
}

/* Bits of the instruction information of OUTS, and of segment access rights */
#define OUTS_SEGMENT(info)	(((info) >> 15) & 7)
#define RIGHTS_UNUSABLE		BIT(16)

/*
 * SDM "Basic VM-Exit Information": the linear address of INS and OUTS needs a
 * usable segment. Without instruction information (bit 54 of IA32_VMX_BASIC)
 * the segment of OUTS is not known.
 */
static void drop_string_fields(struct vmx_exit *exit)
{
	bool in = exit->qualification & EXIT_IO_IN;
	u32 segment;

	if ((u16)exit->reason != VMX_EXIT_IO_INSTRUCTION ||
	    !(exit->fields & VMX_FIELD_INFO))
		return;
	if (!(vmx_caps.basic & BIT_ULL(54))) {
		exit->fields &= ~VMX_FIELD_INFO;
		if (!in)
			exit->fields &= ~VMX_FIELD_LINEAR;
	}
	segment = in ? 0 : OUTS_SEGMENT(vmcs_read32(VMX_INSTRUCTION_INFO));
	if (vmcs_read32(GUEST_ES_AR_BYTES + 2 * segment) & RIGHTS_UNUSABLE)
		exit->fields &= ~VMX_FIELD_LINEAR;
}

static u32 read_field(const struct vmx_exit *exit, u32 present, u32 field)
{
	return exit->fields & present ? vmcs_read32(field) : 0;
}

/* The rest of the exit's fields; those that are undefined are 0. */
static void read_details(struct vmx_exit *exit)
{
	exit->length = read_field(exit, VMX_FIELD_LENGTH,
				  VM_EXIT_INSTRUCTION_LEN);
	exit->info = read_field(exit, VMX_FIELD_INFO, VMX_INSTRUCTION_INFO);
	exit->intr_error = read_field(exit, VMX_FIELD_INTR_ERROR,
				      VM_EXIT_INTR_ERROR_CODE);
	exit->vectoring_error = read_field(exit, VMX_FIELD_VECTORING_ERROR,
					   IDT_VECTORING_ERROR_CODE);
	exit->linear = 0;
	exit->gpa = 0;
	if (exit->fields & VMX_FIELD_LINEAR)
		exit->linear = vmcs_readl(GUEST_LINEAR_ADDRESS);
	if (exit->fields & VMX_FIELD_PHYSICAL)
		exit->gpa = vmcs_read64(GUEST_PHYSICAL_ADDRESS);
}

/*
 * Only these exits have interruption information (SDM "Information for VM Exits
 * Due to Vectored Events").
 */
static bool has_intr_info(u16 reason)
{
	return reason == VMX_EXIT_EXCEPTION_NMI ||
	       reason == VMX_EXIT_EXTERNAL_INTERRUPT;
}

static void read_exit(struct vmx_vcpu *vmx)
{
	struct vmx_exit *exit = &vmx->exit;

	exit->reason = vmcs_read32(VM_EXIT_REASON);
	exit->qualification = vmcs_readl(EXIT_QUALIFICATION);
	exit->intr_info = has_intr_info(exit->reason) ?
			  vmcs_read32(VM_EXIT_INTR_INFO) : 0;
	exit->vectoring = vmcs_read32(IDT_VECTORING_INFO_FIELD);
	exit->rip = vmcs_readl(GUEST_RIP);
	exit->rax = vmx->regs.rax;
	drop_error_codes(exit);
	exit->fields = vmx_exit_fields(exit->reason, exit->qualification,
				       exit->intr_info, exit->vectoring);
	drop_string_fields(exit);
	if (!(exit->fields & VMX_FIELD_INTR))
		exit->intr_info = 0;
	if (!(exit->fields & VMX_FIELD_VECTORING))
		exit->vectoring = 0;
	read_details(exit);
	vmx->rip = exit->rip;
}

static void take_snapshot(struct vmx_vcpu *vmx)
{
	vmx_snapshot_take(vmx, vmx->snapshot);
	vmx->has_snapshot = true;
}

static void enter_guest(struct vmx_vcpu *vmx)
{
	struct vmx_exit *exit = &vmx->exit;
	int result;

	/* Tests check that an entry that works has no finding. */
	if (vmx->write_count && !vmx->begun)
		take_snapshot(vmx);
	vmx->begun = true;
	result = vmx_switch(vmx);

	exit->guest_ticks = vmx_fastpath_ticks(&vmx->fastpath);
	exit->entered = result == VMX_ENTER_EXIT;
	exit->error = 0;
	if (exit->entered)
		read_exit(vmx);
	else
		perf_without_exit(vmx);
	if (result == VMX_ENTER_FAIL)
		exit->error = vmcs_read32(VM_INSTRUCTION_ERROR);
	if (!exit->entered || exit->reason & VMX_EXIT_FAILED_ENTRY) {
		take_snapshot(vmx);
		vmx->hooks->after_exit(vmx, false);
		return;
	}
	vmx->hooks->after_exit(vmx, true);
}

/* Without an entry vmx->exit.entered stays false, or the exit is made up. */
static int prepare_and_enter(struct vmx_vcpu *vmx, void *data)
{
	bool enters = !vmx->hooks->prepare || vmx->hooks->prepare(vmx);

	vmcs_writel(GUEST_RIP, vmx->rip);
	if (enters)
		prepare_entry(vmx);
	if (vmcs_take_failures()) {
		if (enters)
			perf_without_exit(vmx);
		return -EIO;
	}
	if (enters)
		enter_guest(vmx);
	else if (vmx->exit.entered)
		vmx_fastpath_skip(vmx);
	vmx->attempted = enters || vmx->exit.entered;
	return 0;
}

/*
 * Ends what vtime_account_guest_enter() began. A tick that ended the guest's run
 * comes when interrupts are on; this thread must then still be known to run a
 * guest, or the time would be the system's.
 */
static void count_guest_time(void)
{
	preempt_disable();
	local_irq_enable();
	/* STI takes effect behind the next instruction; CLI must not be it. */
	nop();
	local_irq_disable();
	vtime_account_guest_exit();
	local_irq_enable();
	preempt_enable();
}

/* -EAGAIN: something else is due first. */
static int enter_once(struct vmx_vcpu *vmx)
{
	struct vmx_root root;
	int err;

	local_irq_disable();
	/*
	 * With interrupts off a later request ends the guest run by its IPI. A
	 * run that begins with a reason to pause enters no guest and must not be
	 * left out: it completes the instruction that was answered.
	 */
	if (!vmx->result->stop &&
	    (need_resched() || READ_ONCE(*vmx->requests))) {
		local_irq_enable();
		return -EAGAIN;
	}
	vmx->exit.entered = false;
	vmx_fastpath_reset(&vmx->fastpath);
	vmx->has_snapshot = false;
	vmx->exit.cpu = smp_processor_id();
	audit_begin(vmx->audit);
	vtime_account_guest_enter();
	err = vmx_root_enter(&root);
	if (!err) {
		err = vmx_load(vmx, prepare_and_enter, NULL);
		vmx_root_leave(&root);
	}
	audit_end(vmx->audit);
	vmx_fastpath_close(vmx);
	/*
	 * Not in root operation any more: an NMI may be there to stop this CPU
	 * for a crash kernel, and then it would stay there and ignore INIT.
	 */
	if (vmx->exit.entered) {
		vmx_exit_now(&vmx->exit);
		trace_vmx_exit(vmx->vm_id, vmx->vcpu_id, &vmx->exit);
	}
	count_guest_time();
	return err;
}

/*
 * A CPU that came online later may have other capabilities. The thread then
 * excludes it from its CPUs, unless the host's administrator allows it no other.
 */
static bool leave_cpu(unsigned int cpu)
{
	cpumask_var_t cpus;
	bool left;

	if (!alloc_cpumask_var(&cpus, GFP_KERNEL))
		return false;
	/* Another task may call set_cpus_allowed_ptr() for this one meanwhile. */
	raw_spin_lock_irq(&current->pi_lock);
	cpumask_copy(cpus, &current->cpus_mask);
	raw_spin_unlock_irq(&current->pi_lock);
	cpumask_clear_cpu(cpu, cpus);
	left = !set_cpus_allowed_ptr(current, cpus);
	free_cpumask_var(cpus);
	return left;
}

/**
 * vmx_enter_process() - prepare guest runs in the current process
 * @vmx: the vCPU; it does not run
 * @cycles: the longest time that the guest may have in each of them, in cycles of
 *	the TSC
 *
 * Without a timer only the next interrupt of the host would end a run.
 *
 * Return: false when the guest cannot run in this process.
 */
bool vmx_enter_process(struct vmx_vcpu *vmx, u64 cycles)
{
	if (!vmx_timer_saved() || vmx_host_has_segments())
		return false;
	vmx->slice = min_t(u64, vmx_timer_tsc_ticks(cycles), U32_MAX);
	return true;
}

/**
 * vmx_leave() - the caller, which has run the guest, does so no more for now
 * @vmx: the vCPU
 */
void vmx_leave(struct vmx_vcpu *vmx)
{
	vmx->slice = 0;
	vmx->was_stopped = true;
	speculation_leave(&vmx->speculation);
}

static int run_once(struct vmx_vcpu *vmx)
{
	unsigned int waits = 0;
	int err;

	do {
		err = enter_once(vmx);
	} while (!vmx->slice &&
		 ((err == -EOPNOTSUPP && leave_cpu(vmx->exit.cpu)) ||
		  (err == -EBUSY && vmx_root_wait(&waits))));
	if (vmx->slice && !err && vmx->attempted)
		vmx->unsorted = vmx_exit_needs_thread(vmx);
	return err;
}

/*
 * What sleeps or changes the current task is left to the thread, which repeats
 * the run, or only takes the exit that a run in a process has left to it.
 */
static int run_or_take_exit(struct vmx_vcpu *vmx, struct vcpu_result *result)
{
	int err = 0;

	if (vmx->unsorted)
		vmx_fastpath_reset(&vmx->fastpath);
	else
		err = run_once(vmx);
	if (vmx->slice &&
	    (vmx->unsorted || err == -EOPNOTSUPP || err == -EBUSY)) {
		/* The exits of the fast path need no thread. */
		result->fastpath = &vmx->fastpath;
		result->kind = VCPU_THREAD;
		return -EAGAIN;
	}
	vmx->unsorted = false;
	return err;
}

/**
 * vmx_run() - run the guest until its next exit
 * @vmx: the vCPU; called by its thread, or by a process between
 *	vmx_enter_process() and vmx_leave()
 * @result: all zeros; receives what the run led to
 *
 * Context: may sleep.
 */
void vmx_run(struct vmx_vcpu *vmx, struct vcpu_result *result)
{
	int err;

	vmx->result = result;
	err = run_or_take_exit(vmx, result);
	if (err == -EAGAIN)
		return;
	result->audit = vmx->audit;
	result->fastpath = &vmx->fastpath;
	if (err) {
		pr_err_ratelimited("VM %u vCPU %u: no VMX operation on CPU %u: %s\n",
				   vmx->vm_id, vmx->vcpu_id, vmx->exit.cpu,
				   vmx_root_refusal(err));
		result->kind = VCPU_BROKEN;
	} else if (vmx->attempted) {
		vmx_exit_sort(vmx, result);
	}
}

/* A value that is not canonical, so using it as a pointer faults. */
#define POISON 0xdeadbeefdeadbeefULL

static void poison_registers(struct vmx_vcpu *vmx)
{
	u64 *reg = (u64 *)&vmx->regs;
	unsigned int i;

	for (i = 0; i < sizeof(vmx->regs) / sizeof(*reg); i++)
		reg[i] = POISON;
}

/**
 * vmx_reset() - take a guest back to where vmx_create() has left it
 * @vmx: the vCPU; does not run
 * @setup: what @entry of its payload says, as for vmx_create()
 *
 * All fields of the VMCS that a guest run changes are written again before the next
 * entry; all of them if tests have overwritten some. The measures against speculation
 * are not concerned: vmx_leave() ends them.
 */
void vmx_reset(struct vmx_vcpu *vmx, const struct vmx_setup *setup)
{
	vmx->regs = (struct vmx_regs){ };
	if (vmx->write_count) {
		poison_registers(vmx);
		vmx->perf_count = 0;
		vmx->initialized = false;
		/* The host's fields that depend on the CPU are written, too. */
		vmx->ept_cpu = -1;
	}
	vmx->exit = (struct vmx_exit){ };
	vmx->step = (struct vmx_step){ };
	vmx->rewound = true;
	vmx->begun = false;
	vmx->unsorted = false;
	vmx->hooks->reset(vmx, setup);
}

/**
 * vmx_destroy() - undo vmx_create()
 * @vmx: a vCPU that does not run any more, or NULL
 */
void vmx_destroy(struct vmx_vcpu *vmx)
{
	if (!vmx)
		return;
	speculation_leave(&vmx->speculation);
	ept_destroy(&vmx->own_ept);
	vmcs_destroy(vmx->vmcs);
	kfree(vmx->writes);
	kfree(vmx->audit);
	kfree(vmx->perf);
	kfree(vmx->snapshot);
	kfree(vmx->guest);
	kfree(vmx);
}

/* All but the memory; false without memory for it. */
static bool allocate_vcpu(struct vmx_vcpu *vmx)
{
	vmx->audit = audit_create();
	vmx->vmcs = vmcs_create();
	vmx->perf = perf_create();
	vmx->snapshot = kmalloc(sizeof(*vmx->snapshot), GFP_KERNEL_ACCOUNT);
	return vmx->vmcs && vmx->perf && vmx->snapshot;
}

/**
 * vmx_create() - make the VMX half of a vCPU
 * @setup: what the guest needs; its writes are taken over on success
 *
 * Return: it, for vmx_destroy(), or an error pointer.
 */
struct vmx_vcpu *vmx_create(const struct vmx_setup *setup)
{
	struct vmx_vcpu *vmx = kzalloc(sizeof(*vmx), GFP_KERNEL_ACCOUNT);
	int err = -ENOMEM;

	if (!vmx)
		return ERR_PTR(-ENOMEM);
	vmx->hooks = setup->hooks;
	vmx->vm_id = setup->vm_id;
	vmx->vcpu_id = setup->vcpu_id;
	vmx->bounds = setup->bounds;
	vmx->requests = setup->requests;
	vmx->ept_cpu = -1;
	vmx->vpid.vpid = VPID_LAST - setup->apic_id;
	speculation_begin(&vmx->speculation);
	if (setup->write_count)
		poison_registers(vmx);
	if (allocate_vcpu(vmx))
		err = vmx->hooks->create(vmx, setup);
	if (err) {
		vmx_destroy(vmx);
		return ERR_PTR(err);
	}
	vmx->writes = setup->writes;
	vmx->write_count = setup->write_count;
	return vmx;
}
