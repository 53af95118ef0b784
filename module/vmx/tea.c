// SPDX-License-Identifier: GPL-2.0-only
#include "raw/step.h"
#include "run.h"
#include "timer.h"
#include "vmcs.h"

#include <uapi/vmx.h>

/*
 * The engine's hooks for TEA guests. Such a guest runs at privilege level 3
 * only and has neither interrupts nor debug registers, so most of what raw/
 * does for raw guests is not needed.
 */

static int tea_create(struct vmx_vcpu *vmx, const struct vmx_setup *setup)
{
	vmx->ept = &vmx->own_ept;
	vmx->rip = setup->rip;
	vmx->rsp = setup->rsp;
	vmx->guest_cr3 = setup->cr3;
	vmx->call = setup->call;
	vmx->call_data = setup->call_data;
	vmx->regs.rdi = setup->arguments[0];
	vmx->regs.rsi = setup->arguments[1];
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

static bool tea_fast(struct vmx_vcpu *vmx, struct fastpath_exit *exit)
{
	u64 length;

	if (exit->reason != VMX_EXIT_VMCALL ||
	    !vmx_vmread(GUEST_RIP, &exit->rip) ||
	    !vmx_vmread(VM_EXIT_INSTRUCTION_LEN, &length) ||
	    !vmx->call(vmx->call_data, &vmx->regs))
		return false;
	exit->length = length;
	return vmx_vmwrite(GUEST_RIP, exit->rip + length);
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
	.init = vmcs_init,
	.before_entry = tea_before_entry,
	.after_exit = tea_after_exit,
	.fast = tea_fast,
	.settle = tea_settle,
};
