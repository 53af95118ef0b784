// SPDX-License-Identifier: GPL-2.0-only
#include "run.h"
#include "audit.h"
#include "caps.h"
#include "cpu.h"
#include "exit.h"
#include "host.h"
#include "own.h"
#include "speculation.h"
#include "vmcs.h"
#include "../payload.h"
#include "../vcpu.h"

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/irqflags.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <asm/tsc.h>

#include <uapi/vmx.h>

/*
 * The vmx backend. One turn enters the guest once: interrupts off, root
 * operation, VMPTRLD, VMLAUNCH, exit, VMCLEAR, root operation given back,
 * interrupts on. Between turns nothing of ours is on the CPU, so the thread
 * may be preempted or moved and the CPU may go away.
 */

/* Longest stay in the guest; matters where no interrupt would end it. */
#define SLICE_MS 4

#define VMX_EXIT_FAILED_ENTRY VMX_EXIT_REASONS_FAILED_VMENTRY

static_assert(offsetof(struct vmx_regs, rax) == VMX_REGS_RAX);
static_assert(offsetof(struct vmx_regs, rbx) == VMX_REGS_RBX);
static_assert(offsetof(struct vmx_regs, rdi) == VMX_REGS_RDI);
static_assert(offsetof(struct vmx_regs, r8) == VMX_REGS_R8);
static_assert(offsetof(struct vmx_regs, r15) == VMX_REGS_R15);
static_assert(sizeof(struct vmx_regs) == VMX_REGS_R15 + sizeof(u64));

static u32 slice_ticks(void)
{
	u64 ticks = (u64)tsc_khz * SLICE_MS;

	/* Bits 4:0 of IA32_VMX_MISC: the timer counts when this TSC bit flips. */
	ticks >>= vmx_caps.misc & GENMASK_ULL(4, 0);
	return clamp_t(u64, ticks, 1, U32_MAX);
}

/* Tests: break fields, and see that no register value leaks into the host. */
static void write_broken_fields(struct vmx_vcpu *vmx)
{
	unsigned int i;

	for (i = 0; i < vmx->write_count; i++)
		if (!vmx_vmwrite(vmx->writes[i].field, vmx->writes[i].value))
			vmcs_failed("VMWRITE", vmx->writes[i].field,
				    vmx->writes[i].value);
}

static void prepare(struct vmx_vcpu *vmx)
{
	int cpu = smp_processor_id();

	if (!vmx->initialized)
		vmcs_init(vmx);
	if (vmx->ept_cpu != cpu) {
		vmcs_write_host_cpu();
		/* A freed table of another guest may have been at this root. */
		if (!vmx_invept(VMX_EPT_EXTENT_CONTEXT, ept_pointer(&vmx->ept)))
			vmcs_failed("INVEPT", 0, ept_pointer(&vmx->ept));
		vmx->ept_cpu = cpu;
	}
	vmcs_write_host_task();
	vmcs_writel(GUEST_RIP, vmx->rip);
	if (vmx_caps.pin & PIN_BASED_VMX_PREEMPTION_TIMER)
		vmcs_write32(VMX_PREEMPTION_TIMER_VALUE, slice_ticks());
	if (!vmx->initialized)
		write_broken_fields(vmx);
	vmx->initialized = true;
}

static void read_exit(struct vmx_vcpu *vmx)
{
	struct vmx_exit *exit = &vmx->exit;
	u16 basic;

	exit->reason = vmcs_read32(VM_EXIT_REASON);
	exit->length = vmcs_read32(VM_EXIT_INSTRUCTION_LEN);
	exit->intr_info = vmcs_read32(VM_EXIT_INTR_INFO);
	exit->qualification = vmcs_readl(EXIT_QUALIFICATION);
	exit->rip = vmcs_readl(GUEST_RIP);
	exit->gpa = 0;
	basic = exit->reason;
	if (basic == VMX_EXIT_EPT_VIOLATION || basic == VMX_EXIT_EPT_MISCONFIG)
		exit->gpa = vmcs_read64(GUEST_PHYSICAL_ADDRESS);
	vmx->rip = exit->rip;
}

static void enter(struct vmx_vcpu *vmx)
{
	struct vmx_exit *exit = &vmx->exit;
	struct vmx_host host;
	int result;

	vmx->findings.count = 0;
	/* Tests: the doctor must have nothing to say of an entry that works. */
	if (vmx->write_count)
		vmx_check(&vmx->findings);
	vmx_host_save(&host);
	speculation_before_entry(vmx);
	result = vmx_enter(&vmx->regs);
	speculation_after_exit();
	/* An entry that failed before it loaded guest state changed nothing. */
	if (result == VMX_ENTER_EXIT)
		vmx_host_restore(&host);

	exit->entered = result == VMX_ENTER_EXIT;
	exit->error = 0;
	if (exit->entered)
		read_exit(vmx);
	else if (result == VMX_ENTER_FAIL)
		exit->error = vmcs_read32(VM_INSTRUCTION_ERROR);
	if (!exit->entered || exit->reason & VMX_EXIT_FAILED_ENTRY)
		vmx_check_failed(&vmx->findings, exit);
}

/* Root operation is taken; make the VMCS current, use it, let it go. */
static int enter_in_root(struct vmx_vcpu *vmx)
{
	u64 vmcs = __pa(vmx->vmcs);
	int err = 0;

	/* The clear launch state is needed before a VMCS is used at all. */
	if (!vmx->initialized && !vmx_vmclear(vmcs))
		return -EIO;
	if (!vmx_vmptrld(vmcs))
		return -EIO;
	vmcs_take_failures();
	prepare(vmx);
	if (vmcs_take_failures())
		err = -EIO;
	else
		enter(vmx);
	if (!vmx_vmclear(vmcs))
		err = -EIO;
	return err;
}

/* 0 with vmx->exit filled, -EAGAIN when something else is due first. */
static int enter_once(struct teavmx_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = vcpu->vmx;
	struct vmx_root root;
	int err;

	local_irq_disable();
	/* With interrupts off a later request ends the stay by its IPI. */
	if (need_resched() || vcpu_killed(vcpu)) {
		local_irq_enable();
		return -EAGAIN;
	}
	vmx->exit.entered = false;
	vmx->exit.cpu = smp_processor_id();
	audit_begin(vmx->audit);
	err = vmx_root_enter(&root);
	if (!err) {
		err = enter_in_root(vmx);
		vmx_root_leave(&root);
	}
	audit_end(vmx->audit);
	/*
	 * Not in root operation any more: an NMI may be there to stop this CPU
	 * for a crash kernel, and then it would stay there and ignore INIT.
	 */
	if (vmx->exit.entered)
		vmx_exit_now(&vmx->exit);
	local_irq_enable();
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

static enum vcpu_turn vmx_run(struct teavmx_vcpu *vcpu)
{
	int err = enter_once(vcpu);

	if (err == -EAGAIN)
		return VCPU_AGAIN;
	report_changes(vcpu);
	if (err) {
		pr_err_ratelimited("VM %u vCPU %u: no VMX operation on CPU %u (%d)\n",
				   vcpu->vm->id, vcpu->id,
				   vcpu->vmx->exit.cpu, err);
		return vcpu_break(vcpu);
	}
	return vmx_exit_handle(vcpu);
}

static void vmx_destroy(struct teavmx_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = vcpu->vmx;

	if (!vmx)
		return;
	vcpu->vmx = NULL;
	ept_destroy(&vmx->ept);
	vmcs_destroy(vmx->vmcs);
	kfree(vmx->writes);
	kfree(vmx->audit);
	kfree(vmx);
}

/* A value that is not canonical, so using it as a pointer faults. */
#define POISON 0xdeadbeefdeadbeefULL

static void init_registers(struct vmx_vcpu *vmx)
{
	u64 *reg = (u64 *)&vmx->regs;
	unsigned int i;

	if (vmx->write_count)
		for (i = 0; i < sizeof(vmx->regs) / sizeof(*reg); i++)
			reg[i] = POISON;
	payload_tea_entry(vmx);
}

/* From the first vmx vCPU of a VM to the end of the VM (vm.c). */
static int hold_for_vm(struct teavmx_vm *vm, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&vm->lock);
	if (vm->holds_vmx)
		return 0;
	err = vmx_own_get(extack);
	vm->holds_vmx = !err;
	return err;
}

/* Serial numbers of guests; unlike addresses they are never used again. */
static atomic64_t serials;

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
	vmx->ept_cpu = -1;
	vmx->serial = atomic64_inc_return(&serials);
	vmx->writes = vcpu->vmcs_writes;
	vmx->write_count = vcpu->vmcs_write_count;
	vcpu->vmcs_writes = NULL;
	vmx->audit = audit_create();

	err = -ENOMEM;
	vmx->vmcs = vmcs_create();
	if (!vmx->vmcs)
		goto err_destroy;
	err = ept_create(&vmx->ept, &vcpu->space);
	if (err)
		goto err_destroy;
	init_registers(vmx);
	return 0;

err_destroy:
	vmx_destroy(vcpu);
	return err;
}

const struct backend_ops vmx_backend = {
	.missing = vmx_caps_missing,
	.create = vmx_create,
	.run = vmx_run,
	.destroy = vmx_destroy,
};
