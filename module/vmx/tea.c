// SPDX-License-Identifier: GPL-2.0-only
#include "port_gate.h"
#include "raw/step.h"
#include "run.h"
#include "timer.h"
#include "vmcs.h"

#include <asm/vmx.h>

#include <uapi/vmx.h>

/*
 * The engine's hooks for TEA guests. Such a guest runs at privilege level 3
 * only and has neither interrupts nor debug registers, so most of what raw/
 * does for raw guests is not needed.
 */

static void tea_reset(struct vmx_vcpu *vmx, const struct vmx_setup *setup)
{
	vmx->rip = setup->rip;
	vmx->rsp = setup->rsp;
	vmx->guest_cr3 = setup->cr3;
	vmx->regs.rdi = setup->arguments[0];
	vmx->regs.rsi = setup->arguments[1];
	vmx->regs.rdx = setup->arguments[2];
}

static int tea_create(struct vmx_vcpu *vmx, const struct vmx_setup *setup)
{
	vmx->ept = &vmx->own_ept;
	vmx->tea = setup->tea;
	vmx->fastpath.reasons = BIT_ULL(VMX_EXIT_VMCALL);
	tea_reset(vmx, setup);
	return ept_create(vmx->ept, setup->shared, setup->space);
}

/*
 * A CPU that the vCPU did not run on last may have cached translations of
 * another guest whose tables, freed since, had their root at the same address.
 */
static void tea_before_entry(struct vmx_vcpu *vmx, bool new_cpu)
{
	step_before_plain_entry(vmx);
	if (new_cpu)
		ept_forget(vmx->ept);
}

static void tea_after_exit(struct vmx_vcpu *vmx, bool ran)
{
	u16 reason = vmx->exit.reason;

	step_after_exit(vmx, ran);
	vmx->ours = false;
	if (!ran)
		return;
	vmx_timer_take(vmx);
	if (step_is_trap(vmx))
		vmx->ours = vmx->step.way == STEP_TRAP;
	else if (reason == VMX_EXIT_MONITOR_TRAP_FLAG)
		vmx->ours = step_takes_exit(vmx);
	else if (reason == VMX_EXIT_PREEMPTION_TIMER)
		vmx->ours = vmx->step.way == STEP_EVENT;
}

/**
 * vmx_tea_fast() - execute a VMCALL of a TEA guest on the fast path
 * @tea: the guest
 * @regs: its registers
 *
 * Only port accesses that wait for nothing and make no event are fast.
 *
 * Context: as vmx_fastpath().
 *
 * Return: true when the access is complete, and its result is in @regs; false
 * when the slow path has to do it, and neither ports nor @regs have changed.
 */
noinstr bool vmx_tea_fast(struct vmx_tea *tea, struct vmx_regs *regs)
{
	struct tea_access *access = &tea->access;
	u64 service = TEA_CALL_SERVICE(regs->rax);
	enum tea_port_result result;

	if (service != TEA_VMCALL_PORT_READ &&
	    service != TEA_VMCALL_PORT_WRITE)
		return false;
	if (!vmx_tea_is_shown(tea))
		return false;
	vmx_tea_access(regs, access);
	if (vmx_tea_wakes_others(access) || !port_gate_enter(tea->gate))
		return false;
	/* Without a wake-up, only a result of DONE means that ports changed. */
	result = tea_port_access(tea->ports, access);
	port_gate_leave(tea->gate);
	if (result != TEA_PORT_DONE)
		return false;
	regs->rdx = access->value;
	regs->rax = TEA_EXIT_NORMAL;
	return true;
}

/**
 * vmx_tea_remap() - change the rights of a TEA guest to a region of its memory
 * @vmx: the vCPU; its guest does not run
 * @region: the region, with the new rights
 *
 * The next entry is as on another CPU, where tea_before_entry() invalidates what is
 * cached. Other CPUs on which the guest ran do so before it runs there again.
 *
 * Return: 0, as the region is mapped already.
 */
int vmx_tea_remap(struct vmx_vcpu *vmx, const struct space_region *region)
{
	vmx->ept_cpu = -1;
	return ept_map(vmx->ept, region);
}

/**
 * vmx_tea_unmap() - take memory from a TEA guest
 * @vmx: the vCPU; its guest does not run
 * @gpa: guest-physical address, page aligned
 * @size: bytes, a multiple of the page size
 *
 * As vmx_tea_remap(). No CPU uses the memory afterwards, so it can be freed.
 *
 * Return: 0, as the memory is mapped.
 */
int vmx_tea_unmap(struct vmx_vcpu *vmx, u64 gpa, size_t size)
{
	u64 end = gpa + size;
	int err = 0;

	vmx->ept_cpu = -1;
	for (; !err && gpa < end; gpa += PAGE_SIZE)
		err = ept_map_page(vmx->ept, gpa, 0, 0, VMX_EPT_RWX_MASK);
	return err;
}

static void tea_settle(struct vmx_vcpu *vmx, struct vcpu_result *result)
{
	result->kind = VCPU_EXIT;
	if ((u16)vmx->exit.reason == VMX_EXIT_VMCALL) {
		vmx->rip += vmx->exit.length;
		step_done(vmx);
	}
}

const struct vmx_hooks vmx_tea_hooks = {
	.create = tea_create,
	.reset = tea_reset,
	.init = vmcs_init,
	.rewind = vmcs_write_guest,
	.before_entry = tea_before_entry,
	.after_exit = tea_after_exit,
	.settle = tea_settle,
};
