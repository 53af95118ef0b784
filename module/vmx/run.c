// SPDX-License-Identifier: GPL-2.0-only
#include "run.h"
#include "audit.h"
#include "caps.h"
#include "cpu.h"
#include "raw/emulate.h"
#include "exit.h"
#include "raw/guest.h"
#include "hyperv.h"
#include "own.h"
#include "perf.h"
#include "raw/step.h"
#include "switch.h"
#include "timer.h"
#include "vmcs.h"
#include "raw/vmcs.h"
#include "../payload/raw.h"
#include "../payload/tea.h"
#include "../vcpu.h"

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/netlink.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/vtime.h>
#include <asm/debugreg.h>

#include <uapi/vmx.h>

/*
 * The vmx backend. One turn enters the guest once: interrupts off, root
 * operation, VMPTRLD, VMLAUNCH, exit, VMCLEAR, root operation given back,
 * interrupts on. Between turns nothing of ours is on the CPU, so the thread
 * may be preempted or moved and the CPU may go away.
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
}

static void init_vmcs(struct vmx_vcpu *vmx)
{
	if (vmx->raw)
		vmcs_raw_init(vmx);
	else
		vmcs_init(vmx);
	vmx->initialized = true;
}

static void forget_translations(const struct ept *ept)
{
	if (!vmx_invept(VMX_EPT_EXTENT_CONTEXT, ept_pointer(ept)))
		vmcs_failed("INVEPT", 0, ept_pointer(ept));
}

/*
 * Nothing is known of what this CPU has stored: a freed table of another guest
 * may have been at this root, or pages may have been guarded since.
 */
static void prepare_ept(struct vmx_vcpu *vmx, bool new_cpu)
{
	struct teavmx_ram *ram = vmx->raw ? &vmx->raw->ram : NULL;
	/* What was guarded before the count is seen as guarded. */
	unsigned int changes = ram ? smp_load_acquire(&ram->changes) : 0;

	if (new_cpu || vmx->ept_changes != changes)
		forget_translations(vmx->ept);
	vmx->ept_changes = changes;
	if (vmx->step.over)
		forget_translations(&ram->open);
	if (vmx->step.over == vmx->ept_open)
		return;
	vmx->ept_open = vmx->step.over;
	vmcs_write64(EPT_POINTER, ept_pointer(vmx->ept_open ? &ram->open :
							      vmx->ept));
}

static void prepare_guest(struct vmx_vcpu *vmx)
{
	if (vmx->raw)
		emulate_before_entry(vmx);
	vmcs_writel(GUEST_RIP, vmx->rip);
}

/* Now it is sure that there will be an entry. */
static void prepare_entry(struct vmx_vcpu *vmx)
{
	int cpu = smp_processor_id();
	bool new_cpu = vmx->ept_cpu != cpu;

	if (new_cpu)
		vmcs_write_host_cpu();
	vmx->ept_cpu = cpu;
	vmcs_write_host_task();
	vmx_timer_arm(vmx);
	if (vmx->exit_soon)
		vmx_timer_expire(vmx);
	if (vmx->raw)
		break_before_entry(vmx);
	step_before_entry(vmx);
	prepare_ept(vmx, new_cpu);
	perf_before_entry(vmx);
	write_broken_fields(vmx);
	vmx->begun = true;
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
	bool in = exit->qualification & BIT(3);
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

static void read_exit(struct vmx_vcpu *vmx)
{
	struct vmx_exit *exit = &vmx->exit;

	exit->reason = vmcs_read32(VM_EXIT_REASON);
	exit->qualification = vmcs_readl(EXIT_QUALIFICATION);
	exit->intr_info = vmcs_read32(VM_EXIT_INTR_INFO);
	exit->vectoring = vmcs_read32(IDT_VECTORING_INFO_FIELD);
	exit->rip = vmcs_readl(GUEST_RIP);
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

/* Steps and breakpoints: nobody else has to know of them. */
static void sort_exit(struct vmx_vcpu *vmx, bool ran)
{
	u16 reason = vmx->exit.reason;

	step_after_exit(vmx, ran);
	if (vmx->raw)
		break_after_exit(vmx);
	vmx->ours = false;
	vmx->debug = 0;
	if (!ran)
		return;
	vmx_timer_take(vmx);
	if (step_is_trap(vmx)) {
		vmx->debug = vmx->raw ? break_sort(vmx) : DR_STEP;
		vmx->ours = vmx->raw ? !vmx->debug :
				       vmx->step.way == STEP_TRAP;
	} else if (reason == VMX_EXIT_MONITOR_TRAP_FLAG) {
		vmx->ours = step_takes_exit(vmx);
		if (vmx->raw)
			break_take_pending(vmx);
	} else if (reason == VMX_EXIT_PREEMPTION_TIMER) {
		vmx->ours = vmx->step.way == STEP_EVENT;
	}
}

static void enter(struct vmx_vcpu *vmx)
{
	struct vmx_exit *exit = &vmx->exit;
	int result;

	vmx->findings.count = 0;
	/* Tests: the doctor must have nothing to say of an entry that works. */
	if (vmx->write_count)
		vmx_check(&vmx->findings);
	result = vmx_switch(vmx);

	exit->entered = result == VMX_ENTER_EXIT;
	exit->error = 0;
	if (exit->entered)
		read_exit(vmx);
	else
		perf_without_exit(vmx);
	if (result == VMX_ENTER_FAIL)
		exit->error = vmcs_read32(VM_INSTRUCTION_ERROR);
	if (!exit->entered || exit->reason & VMX_EXIT_FAILED_ENTRY) {
		vmx_check_failed(&vmx->findings, exit);
		sort_exit(vmx, false);
		return;
	}
	sort_exit(vmx, true);
	if (vmx->raw)
		emulate_exit(vmx);
}

/* 1 without an entry: the vCPU has to pause. */
static int prepare_and_enter(struct vmx_vcpu *vmx, void *data)
{
	bool enters;

	prepare_guest(vmx);
	enters = !vmx->reached && !inject_triple_fault(vmx);
	if (enters)
		prepare_entry(vmx);
	if (vmcs_take_failures()) {
		if (enters)
			perf_without_exit(vmx);
		return -EIO;
	}
	if (enters)
		enter(vmx);
	return vmx->reached && !enters;
}

/* Root operation is taken; make the VMCS current, use it, let it go. */
static int use_vmcs(struct vmx_vcpu *vmx,
		    int (*act)(struct vmx_vcpu *vmx, void *data), void *data)
{
	u64 vmcs = __pa(vmx->vmcs);
	int err;

	/* The clear launch state is needed before a VMCS is used at all. */
	if (!vmx->initialized && !vmx_vmclear(vmcs))
		return -EIO;
	if (!vmx_vmptrld(vmcs))
		return -EIO;
	vmcs_take_failures();
	if (!vmx->initialized)
		init_vmcs(vmx);
	err = act(vmx, data);
	if (!vmx_vmclear(vmcs))
		err = -EIO;
	return err;
}

/* A use of a VMCS beside running its guest */
struct vmcs_use {
	struct vmx_vcpu *vmx;
	int (*act)(struct vmx_vcpu *vmx, void *data);
	void *data;
	int err;
};

/* Interrupts are off. */
static void with_vmcs_here(void *info)
{
	struct vmcs_use *use = info;
	struct vmx_root root;

	use->err = vmx_root_enter(&root);
	if (use->err)
		return;
	use->err = use_vmcs(use->vmx, use->act, use->data);
	vmx_root_leave(&root);
}

/**
 * vmx_with_vmcs() - do something with the VMCS of a vCPU
 * @vmx: the vCPU; does not run
 * @act: is called with the VMCS current, initialized, in VMX root operation,
 *	with interrupts off, perhaps in an interrupt
 * @data: passed on to @act
 *
 * Uses this CPU, or another where this one is unlike the others. Context: may
 * sleep.
 *
 * Return: what @act returned, or a negative errno when VMX cannot be used.
 */
int vmx_with_vmcs(struct vmx_vcpu *vmx,
		  int (*act)(struct vmx_vcpu *vmx, void *data), void *data)
{
	struct vmcs_use use = { .vmx = vmx, .act = act, .data = data };
	int err = smp_call_function_any(vmx_caps_cpumask(), with_vmcs_here,
					&use, true);

	return err ? err : use.err;
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

/* 0 with vmx->exit filled, 1 without an entry, -EAGAIN when something else is due first. */
static int enter_once(struct teavmx_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = vcpu->vmx;
	struct vmx_root root;
	int err;

	local_irq_disable();
	/* With interrupts off a later request ends the stay by its IPI. */
	if (need_resched() || READ_ONCE(vcpu->requests)) {
		local_irq_enable();
		return -EAGAIN;
	}
	vmx->exit.entered = false;
	vmx->exit.cpu = smp_processor_id();
	audit_begin(vmx->audit);
	vtime_account_guest_enter();
	err = vmx_root_enter(&root);
	if (!err) {
		err = use_vmcs(vmx, prepare_and_enter, NULL);
		vmx_root_leave(&root);
	}
	audit_end(vmx->audit);
	/*
	 * Not in root operation any more: an NMI may be there to stop this CPU
	 * for a crash kernel, and then it would stay there and ignore INIT.
	 */
	if (vmx->exit.entered)
		vmx_exit_now(&vmx->exit);
	count_guest_time();
	return err;
}

/* Also to the kernel's log: events are only for who asks for them. */
static void report_changes(struct teavmx_vcpu *vcpu)
{
	struct audit_change change = { };

	for (; audit_next(vcpu->vmx->audit, &change); change.item++) {
		event_host_changed(vcpu, &change);
		pr_err_ratelimited("VM %u vCPU %u: host state changed: %s from 0x%llx to 0x%llx\n",
				   vcpu->vm->id, vcpu->id,
				   audit_name(change.item), change.before,
				   change.after);
	}
}

/* A bound or a breakpoint was met in this turn, or nothing. */
static enum vcpu_turn end_turn(struct teavmx_vcpu *vcpu, enum vcpu_turn turn)
{
	struct vmx_vcpu *vmx = vcpu->vmx;
	u8 reached = vmx->reached;

	vmx->reached = TEAVMX_STOP_NONE;
	if (reached && (turn == VCPU_AGAIN ||
			(turn == VCPU_PAUSED &&
			 reached == TEAVMX_STOP_BREAKPOINT)))
		return vcpu_stop(vcpu, reached);
	return turn;
}

static int vmx_bound(struct teavmx_vcpu *vcpu, struct vcpu_bounds *bounds,
		     const char **refused)
{
	const char *missing = NULL;

	if (bounds->time)
		missing = vmx_timer_missing();
	if (bounds->steps && !missing)
		missing = step_missing(vcpu->vm->raw);
	if (missing) {
		*refused = missing;
		return -EOPNOTSUPP;
	}
	if (bounds->time)
		bounds->time = vmx_timer_ticks(bounds->time);
	return 0;
}

/*
 * A CPU that came online later may have other capabilities. The thread then
 * keeps away from it, unless the host's administrator allows it no other.
 */
static bool leave_cpu(unsigned int cpu)
{
	cpumask_var_t cpus;
	bool left;

	if (!alloc_cpumask_var(&cpus, GFP_KERNEL))
		return false;
	cpumask_copy(cpus, current->cpus_ptr);
	cpumask_clear_cpu(cpu, cpus);
	left = !set_cpus_allowed_ptr(current, cpus);
	free_cpumask_var(cpus);
	return left;
}

static enum vcpu_turn vmx_run(struct teavmx_vcpu *vcpu)
{
	int err = enter_once(vcpu);

	if (err == -EAGAIN)
		return VCPU_AGAIN;
	if (err == -EOPNOTSUPP && leave_cpu(vcpu->vmx->exit.cpu))
		return VCPU_AGAIN;
	report_changes(vcpu);
	if (err > 0)
		return end_turn(vcpu, VCPU_AGAIN);
	if (err) {
		pr_err_ratelimited("VM %u vCPU %u: no VMX operation on CPU %u: %s\n",
				   vcpu->vm->id, vcpu->id,
				   vcpu->vmx->exit.cpu, vmx_root_refusal(err));
		return vcpu_break(vcpu);
	}
	return end_turn(vcpu, vmx_exit_handle(vcpu));
}

static void vmx_destroy(struct teavmx_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = vcpu->vmx;

	if (!vmx)
		return;
	vcpu->vmx = NULL;
	speculation_end(&vmx->speculation);
	ept_destroy(&vmx->own_ept);
	vmcs_destroy(vmx->vmcs);
	kfree(vmx->writes);
	kfree(vmx->audit);
	kfree(vmx->perf);
	kfree(vmx->guest);
	kfree(vmx);
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

static int create_tea(struct teavmx_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = vcpu->vmx;
	int err;

	vmx->ept = &vmx->own_ept;
	err = ept_create(vmx->ept, &vcpu->space);
	if (!err)
		payload_tea_entry(vcpu, vmx);
	return err;
}

static int check_failures(struct vmx_vcpu *vmx, void *data)
{
	return vmcs_take_failures() ? -EIO : 0;
}

/* Its registers are in the VMCS, so that is filled at once. */
static int create_raw(struct teavmx_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = vcpu->vmx;

	vmx->raw = vcpu->vm->raw;
	vmx->apic_id = vcpu->apic_id;
	vmx->queue = &vcpu->injections;
	vmx->ept = &vmx->raw->ram.ept;
	vmx->guest = vmx_guest_create();
	if (!vmx->guest)
		return -ENOMEM;
	return vmx_with_vmcs(vmx, check_failures, NULL);
}

/* From the first vmx vCPU of a VM to the end of the VM (vm.c). */
static int hold_for_vm(struct teavmx_vm *vm, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&vm->lock);
	if (vmx_hyperv_enlightened_anywhere()) {
		NL_SET_ERR_MSG(extack,
			       "KVM uses enlightened VMCSs of Hyper-V, which leave no VMX to others: load kvm_intel with enlightened_vmcs=0, or unload it");
		return -EBUSY;
	}
	if (vm->holds_vmx)
		return 0;
	err = vmx_own_get(extack);
	vm->holds_vmx = !err;
	return err;
}

static int vmx_create(struct teavmx_vcpu *vcpu,
		      struct netlink_ext_ack *extack)
{
	struct vmx_vcpu *vmx;
	int err;

	err = hold_for_vm(vcpu->vm, extack);
	if (err)
		return err;
	vmx = kzalloc(sizeof(*vmx), GFP_KERNEL_ACCOUNT);
	if (!vmx)
		return -ENOMEM;
	vcpu->vmx = vmx;
	vmx->bounds = &vcpu->bounds;
	vmx->ept_cpu = -1;
	speculation_begin(&vmx->speculation);
	vmx->writes = vcpu->vmcs_writes;
	vmx->write_count = vcpu->vmcs_write_count;
	vcpu->vmcs_writes = NULL;
	vmx->audit = audit_create();

	err = -ENOMEM;
	vmx->vmcs = vmcs_create();
	vmx->perf = perf_create();
	if (!vmx->vmcs || !vmx->perf)
		goto err_destroy;
	if (vmx->write_count)
		poison_registers(vmx);
	err = vcpu->vm->raw ? create_raw(vcpu) : create_tea(vcpu);
	if (err)
		goto err_destroy;
	return 0;

err_destroy:
	vmx_destroy(vcpu);
	return err;
}

const struct backend_ops vmx_backend = {
	.missing = vmx_caps_missing,
	.create = vmx_create,
	.bound = vmx_bound,
	.run = vmx_run,
	.destroy = vmx_destroy,
};
