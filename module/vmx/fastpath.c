// SPDX-License-Identifier: GPL-2.0-only
#include "fastpath.h"
#include "raw/exits.h"
#include "run.h"
#include "vmcs.h"

#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/instrumentation.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/time64.h>
#include <asm/msr.h>
#include <asm/tsc.h>
#include <asm/vmx.h>

#include <uapi/vmx_exit_fields.h>

/*
 * The fast path answers exits whose answer needs little of the host, and the
 * guest is entered again by VMRESUME. For raw guests entry.S calls it while the
 * CPU still holds the registers of the guest, so all of it is noinstr, as is the
 * rest of the switch (see switch.c). For TEA guests vmx_switch() does, as their
 * ports need a lock. Each case that is not the usual one is left to the slow
 * path, which ends the guest run first: there is no state that only the fast
 * path has.
 *
 * Interrupts are off all the time, but an interrupt of the host that is pending
 * ends the next entry before the guest executes an instruction. The wait for it
 * is therefore one answer long, however fast the guest exits. (A TEA guest that
 * is broken could block interrupts by MOV SS, for FASTPATH_EXITS exits.)
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
	return !vmx->perf_count &&
	       (!vmx->hooks->fast_ready || vmx->hooks->fast_ready(vmx));
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
	vmx->cpuid_table = NULL;
}

/* Place for an exit that may be answered, or NULL; it has the reason already. */
static __always_inline struct fastpath_exit *fastpath_next(struct vmx_vcpu *vmx)
{
	struct vmx_fastpath *fastpath = &vmx->fastpath;
	struct fastpath_exit *exit = &fastpath->exits[fastpath->count];
	u64 reason;

	if (fastpath->count >= fastpath->room || READ_ONCE(*vmx->requests) ||
	    !vmx_vmread(VM_EXIT_REASON, &reason))
		return NULL;
	exit->reason = reason;
	exit->rax = vmx->regs.rax;
	return exit;
}

static __always_inline void fastpath_add(struct vmx_vcpu *vmx,
					 struct fastpath_exit *exit)
{
	exit->tsc = rdtsc();
	exit->cpu = vmx->exit.cpu;
	vmx->fastpath.count++;
}

/**
 * vmx_fastpath() - answer an exit of a raw guest on the fast path
 * @regs: registers of the guest, part of a struct vmx_vcpu
 *
 * Called by entry.S. Context: VMX root operation, interrupts off, the registers
 * of the guest loaded.
 *
 * Return: true if the guest has to be entered again at once, false if the exit
 * is as it was.
 */
noinstr bool vmx_fastpath(struct vmx_regs *regs)
{
	struct vmx_vcpu *vmx = container_of(regs, struct vmx_vcpu, regs);
	struct fastpath_exit *exit;

	if (!vmx->guest)
		return false;
	exit = fastpath_next(vmx);
	if (!exit || !raw_exit_fast(vmx, exit))
		return false;
	fastpath_add(vmx, exit);
	return true;
}

/**
 * vmx_fastpath_hook() - answer an exit of a TEA guest on the fast path
 * @vmx: the vCPU
 *
 * Context: VMX root operation, interrupts off. The CPU holds no register of the
 * guest, but the host's LDTR, DR7 and IA32_DEBUGCTL are not restored yet.
 *
 * Return: as vmx_fastpath().
 */
bool vmx_fastpath_hook(struct vmx_vcpu *vmx)
{
	struct fastpath_exit *exit;

	if (!vmx->hooks->fast)
		return false;
	exit = fastpath_next(vmx);
	if (!exit || !vmx->hooks->fast(vmx, exit))
		return false;
	fastpath_add(vmx, exit);
	return true;
}

/**
 * vmx_fastpath_close() - note when a guest run ended
 * @vmx: the vCPU
 *
 * The thread may be preempted and moved to a CPU with another TSC before the
 * exits are recorded, so both clocks are read here. The TSC comes first: a delay
 * between the two then makes no exit earlier than what was recorded before it.
 *
 * Context: interrupts off since the run, on its CPU.
 */
void vmx_fastpath_close(struct vmx_vcpu *vmx)
{
	struct vmx_fastpath *fastpath = &vmx->fastpath;

	if (!fastpath->count)
		return;
	fastpath->tsc = rdtsc();
	fastpath->time = ktime_get_ns();
}

/**
 * vmx_fastpath_time() - when did an exit occur?
 * @exit: the exit
 * @tsc: time-stamp counter at the end of its guest run
 * @time: ktime_get_ns() then
 *
 * A kernel that could not measure the rate of the TSC has a tsc_khz of 0; the
 * exits of a run then have the time of its end.
 *
 * Return: the time as of ktime_get_ns().
 */
u64 vmx_fastpath_time(const struct fastpath_exit *exit, u64 tsc, u64 time)
{
	if (!tsc_khz || exit->tsc > tsc)
		return time;
	return time - mul_u64_u32_div(tsc - exit->tsc, NSEC_PER_MSEC, tsc_khz);
}

/**
 * vmx_fastpath_exit() - convert an exit that the fast path has answered
 * @from: it
 * @to: receives it, in the form of the other exits
 */
void vmx_fastpath_exit(const struct fastpath_exit *from, struct vmx_exit *to)
{
	*to = (struct vmx_exit){
		.entered = true,
		.reason = from->reason,
		.fields = VMX_FIELD_LENGTH,
		.rip = from->rip,
		.rax = from->rax,
		.length = from->length,
		.cpu = from->cpu,
	};
}
