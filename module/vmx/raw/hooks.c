// SPDX-License-Identifier: GPL-2.0-only
#include "breakpoint.h"
#include "emulate.h"
#include "exits.h"
#include "guest.h"
#include "inject.h"
#include "step.h"
#include "vm.h"
#include "vmcs.h"
#include "../load.h"
#include "../run.h"
#include "../timer.h"
#include "../vmcs.h"

#include <linux/errno.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>

/* The engine's hooks for raw guests. */

static int raw_check_failures(struct vmx_vcpu *vmx, void *data)
{
	return vmcs_take_failures() ? -EIO : 0;
}

/*
 * REGS_GET and REGS_SET access the guest's registers in the VMCS before the
 * first entry, so the VMCS is filled now.
 */
static int raw_create(struct vmx_vcpu *vmx, const struct vmx_setup *setup)
{
	vmx->raw = setup->raw;
	vmx->apic_id = setup->apic_id;
	vmx->queue = setup->queue;
	vmx->ept = &vmx->raw->ram.ept;
	vmx->guest = vmx_guest_create();
	if (!vmx->guest)
		return -ENOMEM;
	return vmx_with_vmcs(vmx, raw_check_failures, NULL);
}

static bool raw_prepare(struct vmx_vcpu *vmx)
{
	emulate_before_entry(vmx);
	return !vmx->result->stop && !inject_triple_fault(vmx);
}

/*
 * A CPU that the vCPU did not run on last may have cached translations of
 * another guest whose tables, freed since, had their root at the same address.
 * And the rights of pages may have been removed since the last entry.
 */
static void raw_prepare_ept(struct vmx_vcpu *vmx, bool new_cpu)
{
	struct teavmx_ram *ram = &vmx->raw->ram;
	/*
	 * Pairs with smp_store_release() in memory/ram.c: entries that were
	 * changed before the count are seen as changed after INVEPT.
	 */
	unsigned int changes = smp_load_acquire(&ram->changes);

	if (new_cpu || vmx->ept_changes != changes)
		ept_forget(vmx->ept);
	vmx->ept_changes = changes;
	if (vmx->step.over)
		ept_forget(&ram->open);
	if (vmx->step.over == vmx->ept_open)
		return;
	vmx->ept_open = vmx->step.over;
	vmcs_write64(EPT_POINTER, ept_pointer(vmx->ept_open ? &ram->open :
							      vmx->ept));
}

static void raw_before_entry(struct vmx_vcpu *vmx, bool new_cpu)
{
	/*
	 * More events wait than one entry can inject, so the run ends at once.
	 */
	if (vmx->exit_soon)
		vmx_timer_expire(vmx);
	break_before_entry(vmx);
	step_before_entry(vmx);
	raw_prepare_ept(vmx, new_cpu);
}

/*
 * Finds out whether an exit is only for single steps and breakpoints
 * (vmx->ours): neither the guest nor the payload must see such an exit.
 */
static void raw_sort_exit(struct vmx_vcpu *vmx)
{
	u16 reason = vmx->exit.reason;

	if (step_is_trap(vmx)) {
		vmx->debug = break_sort(vmx);
		vmx->ours = !vmx->debug;
	} else if (reason == VMX_EXIT_MONITOR_TRAP_FLAG) {
		vmx->ours = step_takes_exit(vmx);
		break_take_pending(vmx);
	} else if (reason == VMX_EXIT_PREEMPTION_TIMER) {
		vmx->ours = vmx->step.way == STEP_EVENT;
	}
}

static void raw_after_exit(struct vmx_vcpu *vmx, bool ran)
{
	step_after_exit(vmx, ran);
	break_after_exit(vmx, ran);
	vmx->ours = false;
	vmx->debug = 0;
	if (!ran) {
		inject_entry_failed(vmx);
		return;
	}
	vmx_timer_take(vmx);
	raw_sort_exit(vmx);
	emulate_exit(vmx);
}

/*
 * No breakpoint or window of the engine may be armed: what an exit means would
 * depend on it. A window that is routed to the host program is not armed for
 * the first entry after its exit only. And the slow path has to see that an
 * event was delivered.
 */
static bool raw_fast_ready(const struct vmx_vcpu *vmx)
{
	return !(vmx->event.info & INTR_INFO_VALID_MASK) &&
	       !vmx->breaks.live && !vmx->breaks.skipping && !vmx->windows &&
	       !vmx->exit_soon &&
	       !raw_for_host(vmx->raw, VMX_EXIT_INTERRUPT_WINDOW) &&
	       !raw_for_host(vmx->raw, VMX_EXIT_NMI_WINDOW);
}

const struct vmx_hooks vmx_raw_hooks = {
	.create = raw_create,
	.init = vmcs_raw_init,
	.prepare = raw_prepare,
	.before_entry = raw_before_entry,
	.after_exit = raw_after_exit,
	.fast_ready = raw_fast_ready,
	.settle = raw_exit_settle,
	.step_missing = step_missing,
};
