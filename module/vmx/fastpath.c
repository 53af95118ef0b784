// SPDX-License-Identifier: GPL-2.0-only
#include "fastpath.h"
#include "raw/exits.h"
#include "run.h"
#include "vmcs.h"

#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/instrumentation.h>
#include <asm/msr.h>
#include <asm/vmx.h>

#include <uapi/vmx_exit_fields.h>

/*
 * The fast path answers exits whose answer needs nothing of the host: entry.S
 * enters the guest again by VMRESUME, while the CPU still holds the registers
 * of the guest. So all of it is noinstr, as is the rest of the switch (see
 * switch.c). It leaves each case that is not the usual one to the slow path,
 * which ends the guest run first: there is no state that only the fast path
 * has.
 *
 * Interrupts are off all the time, but an interrupt of the host that is pending
 * ends the next entry before the guest executes an instruction. The wait for it
 * is therefore one answer long, however fast the guest exits.
 */

static bool fastpath_allowed(const struct vmx_vcpu *vmx)
{
	const struct vcpu_bounds *bounds = vmx->bounds;

	if (bounds->exits || bounds->time || bounds->steps || bounds->until)
		return false;
	if (vmx->step.way != STEP_NONE || vmx->step.over || vmx->write_count)
		return false;
	/*
	 * An NMI may change the host's values of the performance counters, which
	 * the areas of this entry have from before.
	 */
	return !vmx->perf_count && vmx->hooks->fast_ready &&
	       vmx->hooks->fast_ready(vmx);
}

/**
 * vmx_fastpath_open() - decide whether the next guest run has a fast path
 * @vmx: the vCPU, prepared for the entry
 *
 * Context: VMX root operation, interrupts off, its VMCS current.
 */
void vmx_fastpath_open(struct vmx_vcpu *vmx)
{
	vmx->fastpath.room = fastpath_allowed(vmx) ? FASTPATH_EXITS : 0;
}

/**
 * vmx_fastpath() - answer an exit on the fast path
 * @regs: registers of the guest, part of a struct vmx_vcpu
 *
 * Called by entry.S. Context: VMX root operation, interrupts off, the registers
 * of the guest loaded.
 *
 * Return: true if the guest has to be entered again at once, false if the exit
 * is as it was and for the slow path.
 */
noinstr bool vmx_fastpath(struct vmx_regs *regs)
{
	struct vmx_vcpu *vmx = container_of(regs, struct vmx_vcpu, regs);
	struct vmx_fastpath *fastpath = &vmx->fastpath;
	struct fastpath_exit *exit = &fastpath->exits[fastpath->count];
	u64 reason;

	if (fastpath->count >= fastpath->room || READ_ONCE(*vmx->requests) ||
	    !vmx_vmread(VM_EXIT_REASON, &reason))
		return false;
	exit->reason = reason;
	if (!raw_exit_fast(vmx, exit))
		return false;
	exit->tsc = rdtsc();
	exit->cpu = vmx->exit.cpu;
	fastpath->count++;
	if (vmx->speculation.flush_l1d)
		speculation_flush_l1d();
	return true;
}

/**
 * vmx_fastpath_exit() - convert an exit that the fast path has answered
 * @from: it
 * @to: all zeros; receives it, in the form of the other exits
 */
void vmx_fastpath_exit(const struct fastpath_exit *from, struct vmx_exit *to)
{
	to->entered = true;
	to->reason = from->reason;
	to->fields = VMX_FIELD_LENGTH;
	to->rip = from->rip;
	to->length = from->length;
	to->cpu = from->cpu;
}
