// SPDX-License-Identifier: GPL-2.0-only
#include "fastpath.h"
#include "raw/emulate.h"
#include "raw/vm.h"
#include "run.h"
#include "vmcs.h"

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/instrumentation.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/time64.h>
#include <asm/msr.h>
#include <asm/processor-flags.h>
#include <asm/tsc.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>
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

/* Is there room for one more exit? Reads its reason then. */
static __always_inline bool fastpath_begin(const struct vmx_vcpu *vmx,
					   struct fastpath_exit *exit)
{
	const struct vmx_fastpath *fastpath = &vmx->fastpath;
	u64 reason;

	if (fastpath->count >= fastpath->room || READ_ONCE(*vmx->requests) ||
	    !vmx_vmread(VM_EXIT_REASON, &reason))
		return false;
	exit->reason = reason;
	return true;
}

static __always_inline void fastpath_add(struct vmx_vcpu *vmx,
					 const struct fastpath_exit *exit)
{
	struct vmx_fastpath *fastpath = &vmx->fastpath;
	struct fastpath_exit *to = &fastpath->exits[fastpath->count];

	*to = *exit;
	to->tsc = rdtsc();
	to->cpu = vmx->exit.cpu;
	fastpath->count++;
}

/*
 * Has a request changed what the entries of this run depend on, or does an event
 * wait?
 */
static __always_inline bool fastpath_has_news(const struct vmx_vcpu *vmx)
{
	const struct teavmx_raw *raw = vmx->raw;

	return vmx->raw_changes != READ_ONCE(raw->changes) ||
	       vmx->ept_changes != READ_ONCE(raw->ram.changes) ||
	       READ_ONCE(vmx->queue->count);
}

/* A reason with a flag in its high half is never fast. */
static __always_inline bool fastpath_knows(const struct vmx_vcpu *vmx,
					   u32 reason)
{
	return reason < BITS_PER_TYPE(vmx->fastpath.reasons) &&
	       vmx->fastpath.reasons >> reason & 1;
}

/*
 * Reads what completing an instruction depends on. False where that is more
 * than advancing RIP: see emulate_advance(). RIP is cut to 32 bits outside of
 * 64-bit mode, so an instruction that crosses 4 GiB is for the slow path too.
 */
static __always_inline bool fastpath_is_plain(struct fastpath_exit *exit)
{
	u64 flags, blocking, length;

	if (!vmx_vmread(GUEST_RFLAGS, &flags) ||
	    flags & (X86_EFLAGS_TF | X86_EFLAGS_RF) ||
	    !vmx_vmread(GUEST_INTERRUPTIBILITY_INFO, &blocking) || blocking ||
	    !vmx_vmread(GUEST_RIP, &exit->rip) ||
	    !vmx_vmread(VM_EXIT_INSTRUCTION_LEN, &length))
		return false;
	exit->length = length;
	return !((exit->rip ^ (exit->rip + length)) >> 32);
}

/*
 * What an instruction does besides that RIP advances. There are no pointers to
 * functions here: speculation_test follows all code between an exit and the
 * next entry.
 */
static __always_inline bool fastpath_answer(struct vmx_vcpu *vmx,
					    struct fastpath_exit *exit)
{
	switch (exit->reason) {
	case VMX_EXIT_CPUID:
		return fast_cpuid(vmx);
	case VMX_EXIT_MSR_READ:
		return fast_rdmsr(vmx);
	case VMX_EXIT_MSR_WRITE:
		return fast_wrmsr(vmx);
	case VMX_EXIT_CR_ACCESS:
		return vmx_vmread(EXIT_QUALIFICATION, &exit->detail) &&
		       fast_cr(vmx, exit->detail);
	case VMX_EXIT_DR_ACCESS:
		return vmx_vmread(EXIT_QUALIFICATION, &exit->detail) &&
		       fast_dr(vmx, exit->detail);
	default:
		return true;
	}
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
	struct fastpath_exit exit = { };

	if (!vmx->guest || !fastpath_begin(vmx, &exit) ||
	    !fastpath_knows(vmx, exit.reason) || fastpath_has_news(vmx) ||
	    !fastpath_is_plain(&exit) || !fastpath_answer(vmx, &exit) ||
	    !vmx_vmwrite(GUEST_RIP, exit.rip + exit.length))
		return false;
	fastpath_add(vmx, &exit);
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
	struct fastpath_exit exit = { .detail = vmx->regs.rax };

	if (!vmx->hooks->fast || !fastpath_begin(vmx, &exit) ||
	    !vmx->hooks->fast(vmx, &exit))
		return false;
	fastpath_add(vmx, &exit);
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
		.length = from->length,
		.cpu = from->cpu,
	};
	if (from->reason == VMX_EXIT_VMCALL)
		to->rax = from->detail;
	else
		to->qualification = from->detail;
}
