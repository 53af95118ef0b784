// SPDX-License-Identifier: GPL-2.0-only
#include "fastpath.h"
#include "raw/cpuid.h"
#include "raw/emulate.h"
#include "../trace/trace.h"
#include "run.h"
#include "vmcs.h"

#include <linux/bits.h>
#include <linux/container_of.h>
#include <linux/instrumentation.h>
#include <linux/ktime.h>
#include <asm/asm.h>
#include <asm/msr.h>
#include <asm/processor-flags.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>
#include <uapi/vmx_exit_fields.h>

/*
 * The fast path answers exits whose answer needs little of the host, and the
 * guest is entered again by VMRESUME. entry.S calls it while the CPU still holds
 * the registers of the guest, so all of it is noinstr, as is the rest of the switch
 * (see switch.c). Each case that is not the usual one is left to the slow path,
 * which ends the guest run first: there is no state that only the fast path has.
 *
 * Interrupts are off all the time, but an interrupt of the host that is pending
 * ends the next entry before the guest executes an instruction. The wait for it
 * is therefore one answer long, however fast the guest exits. An exit of a guest
 * that blocks interrupts by MOV SS or STI is left to the slow path.
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
 * A guest run that is traced has none, as the fast path cannot call a tracepoint: a
 * trace then has each entry and each exit, at its time.
 *
 * Context: VMX root operation, interrupts off, its VMCS current.
 */
void vmx_fastpath_open(struct vmx_vcpu *vmx)
{
	struct vmx_fastpath *fastpath = &vmx->fastpath;

	fastpath->end = fastpath->first;
	if (static_branch_unlikely(&trace_runs))
		trace_vmx_entry(vmx->vm_id, vmx->vcpu_id, vmx->rip);
	else if (fastpath_allowed(vmx))
		fastpath->end += fastpath->room;
	vmx->cpuid_leaf = CPUID_NONE;
	vmx->rdmsr_number = RDMSR_NONE;
}

/**
 * vmx_fastpath_skip() - note the time of an exit that was made up without an entry
 * @vmx: the vCPU
 *
 * Context: interrupts off.
 */
void vmx_fastpath_skip(struct vmx_vcpu *vmx)
{
	vmx->fastpath.entered = rdtsc();
	vmx->fastpath.left = vmx->fastpath.entered;
	vmx->exit.guest_ticks = 0;
}

/* What the VMCS has of each exit that the fast path answers */
struct fastpath_fields {
	u64 reason;
	u64 flags;
	u64 blocking;
	u64 rip;
	u64 length;
};

/*
 * Reads one of them. @n is the number of a label, @fixup a label to go to if the
 * instruction raises an exception.
 */
#define FASTPATH_VMREAD(n, name, fixup)					\
	"mov %[" #name "_field], %k[" #name "]\n"			\
	#n ":\tvmread %[" #name "], %[" #name "]\n\t"			\
	_ASM_EXTABLE(n##b, fixup)

/*
 * If the last VMREAD has succeeded, all have: the CPU is in VMX operation with a
 * current VMCS, which nothing begins meanwhile, and has these fields. After an
 * emergency VMXOFF one of them raises an exception. It continues at the STC then,
 * and the first one does the same and leaves CF set.
 */
static __always_inline bool fastpath_read(struct fastpath_fields *to)
{
	bool failed;

	if (vmx_fails(VMX_FAIL_VMREAD))
		return false;
	asm volatile("6:\tstc\n\t"
		     FASTPATH_VMREAD(1, reason, 7f)
		     FASTPATH_VMREAD(2, flags, 6b)
		     FASTPATH_VMREAD(3, blocking, 6b)
		     FASTPATH_VMREAD(4, rip, 6b)
		     FASTPATH_VMREAD(5, length, 6b)
		     "7:"
		     : [failed] "=@ccbe" (failed),
		       [reason] "=&r" (to->reason),
		       [flags] "=&r" (to->flags),
		       [blocking] "=&r" (to->blocking),
		       [rip] "=&r" (to->rip),
		       [length] "=&r" (to->length)
		     : [reason_field] "i" (VM_EXIT_REASON),
		       [flags_field] "i" (GUEST_RFLAGS),
		       [blocking_field] "i" (GUEST_INTERRUPTIBILITY_INFO),
		       [rip_field] "i" (GUEST_RIP),
		       [length_field] "i" (VM_EXIT_INSTRUCTION_LEN));
	return !failed;
}

static __always_inline bool fastpath_write_rip(u64 rip)
{
	if (vmx_fails(VMX_FAIL_VMWRITE))
		return false;
	asm goto("1:\tvmwrite %[rip], %[field]\n\t"
		 "jbe %l[failed]\n\t"
		 _ASM_EXTABLE(1b, %l[failed])
		 : : [field] "r" ((u64)GUEST_RIP), [rip] "r" (rip)
		 : "cc" : failed);
	return true;
failed:
	return false;
}

/* A reason with a flag in its high half is never fast. */
static __always_inline bool fastpath_knows(const struct vmx_fastpath *fastpath,
					   u64 reason)
{
	return reason < BITS_PER_TYPE(fastpath->reasons) &&
	       fastpath->reasons >> reason & 1;
}

/*
 * Is advancing RIP all that completes the instruction? See emulate_advance(). RIP
 * is cut to 32 bits outside of 64-bit mode, so an instruction that crosses 4 GiB
 * is for the slow path too.
 */
static __always_inline bool fastpath_is_plain(const struct fastpath_fields *read)
{
	u32 end;

	return !((read->flags & (X86_EFLAGS_TF | X86_EFLAGS_RF)) |
		 read->blocking) &&
	       !__builtin_add_overflow((u32)read->rip, (u32)read->length, &end);
}

static __always_inline void fastpath_stamp(struct fastpath_exit *exit)
{
	u32 high;

	asm volatile("rdtsc" : "=a" (exit->tsc_low), "=d" (high));
	exit->tsc_high = high;
}

/*
 * Is the last answer that to this CPUID, too? What an answer depends on can change
 * only between two guest runs, or by MOV CR4.
 */
static __always_inline bool fastpath_knows_cpuid(const struct vmx_vcpu *vmx)
{
	const struct vmx_cpuid_entry *last = &vmx->cpuid;

	return vmx->cpuid_leaf == (u32)vmx->regs.rax &&
	       (!last->has_subleaf || last->subleaf == (u32)vmx->regs.rcx);
}

/*
 * Was the last RDMSR of this guest run of the same MSR? WRMSR forgets it, and so does
 * the next run.
 */
static __always_inline bool fastpath_knows_msr(const struct vmx_vcpu *vmx)
{
	return vmx->rdmsr_number == (u32)vmx->regs.rcx;
}

static __always_inline bool fastpath_cpuid(struct vmx_vcpu *vmx)
{
	if (!vmx_cpuid_look_up(vmx, vmx->regs.rax, vmx->regs.rcx))
		return false;
	vmx_cpuid_put(&vmx->regs, &vmx->cpuid);
	return true;
}

/*
 * What vmx_fastpath() returns. It is a constant, but the compiler would load it
 * long before, in instructions that each exit executes.
 */
static __always_inline unsigned int fastpath_result(unsigned int result)
{
	OPTIMIZER_HIDE_VAR(result);
	return result;
}

/*
 * For tests, this resets the launch state of the VMCS, so that VMRESUME fails as it
 * does with a VMCS that was not launched.
 */
static __always_inline void fastpath_fail(void)
{
	u64 vmcs;

	if (vmx_fails(VMX_FAIL_VMRESUME) && vmx_vmptrst(&vmcs) &&
	    vmx_vmclear(vmcs))
		vmx_vmptrld(vmcs);
}

/* The exit is answered. Returns what vmx_fastpath() does. */
static __always_inline unsigned int fastpath_add(struct vmx_fastpath *fastpath,
						 struct fastpath_exit *exit)
{
	u32 high;

	fastpath_fail();
	fastpath->next = exit + 1;
	asm volatile("rdtsc" : "=a" (exit->end_low), "=d" (high));
	return fastpath_result(0);
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
		return fastpath_cpuid(vmx);
	case VMX_EXIT_MSR_READ:
		return fast_rdmsr(vmx);
	case VMX_EXIT_MSR_WRITE:
		return fast_wrmsr(vmx);
	case VMX_EXIT_CR_ACCESS:
		vmx->cpuid_leaf = CPUID_NONE;
		return vmx_vmread(EXIT_QUALIFICATION, &exit->detail) &&
		       fast_cr(vmx, exit->detail);
	case VMX_EXIT_DR_ACCESS:
		return vmx_vmread(EXIT_QUALIFICATION, &exit->detail) &&
		       fast_dr(vmx, exit->detail);
	default:
		return false;
	}
}

/* Instructions that do nothing in a guest: see emulate_nothing() */
#define FASTPATH_SKIPPED						\
	(BIT_ULL(VMX_EXIT_INVD) | BIT_ULL(VMX_EXIT_WBINVD) |		\
	 BIT_ULL(VMX_EXIT_PAUSE_INSTRUCTION))

/*
 * It is not inlined, so that vmx_fastpath() has no registers to save. The argument is
 * that of vmx_fastpath(), which would compute the vCPU for each exit.
 */
static noinline noinstr unsigned int fastpath_other(struct vmx_regs *regs)
{
	struct vmx_vcpu *vmx = container_of(regs, struct vmx_vcpu, regs);
	struct fastpath_exit *exit = vmx->fastpath.next;

	if (fastpath_answer(vmx, exit))
		return fastpath_add(&vmx->fastpath, exit);
	vmx_vmwrite(GUEST_RIP, exit->rip);
	return VMX_FASTPATH_ENDS;
}

static noinline noinstr unsigned int fastpath_port(struct vmx_vcpu *vmx)
{
	struct fastpath_exit *exit = vmx->fastpath.next;

	if (vmx_tea_fast(&vmx->tea, &vmx->regs))
		return fastpath_add(&vmx->fastpath, exit);
	vmx_vmwrite(GUEST_RIP, exit->rip);
	return VMX_FASTPATH_ENDS;
}

/* A VMCALL of a TEA guest. It calls nothing that returns to it, as above. */
static noinline noinstr unsigned int fastpath_vmcall(struct vmx_regs *regs)
{
	struct vmx_vcpu *vmx = container_of(regs, struct vmx_vcpu, regs);
	struct fastpath_exit *exit = vmx->fastpath.next;

	exit->detail = vmx->regs.rax;
	if (!vmx_tea_fast_pid(&vmx->tea, &vmx->regs))
		return fastpath_port(vmx);
	return fastpath_add(&vmx->fastpath, exit);
}

/**
 * vmx_fastpath() - answer an exit on the fast path
 * @regs: registers of the guest, part of a struct vmx_vcpu
 *
 * Who requests something of the vCPU, has an event for it or changes the policy of
 * its VM, sends an interrupt afterwards, which ends the next entry. So nothing of
 * that has to be looked for here.
 *
 * Called by entry.S. Context: VMX root operation, interrupts off, the registers
 * of the guest loaded.
 *
 * Return: 0 if the guest has to be entered again at once, VMX_FASTPATH_ENDS if the
 * exit is as it was.
 */
noinstr unsigned int vmx_fastpath(struct vmx_regs *regs)
{
	struct vmx_vcpu *vmx = container_of(regs, struct vmx_vcpu, regs);
	struct vmx_fastpath *fastpath = &vmx->fastpath;
	struct fastpath_exit *exit = fastpath->next;
	struct fastpath_fields read;

	if (exit == fastpath->end || !fastpath_read(&read))
		return fastpath_result(VMX_FASTPATH_ENDS);
	/* So that the branches are not combined, which takes more instructions. */
	asm volatile("");
	if (!fastpath_knows(fastpath, read.reason) ||
	    !fastpath_is_plain(&read) ||
	    !fastpath_write_rip(read.rip + read.length))
		return fastpath_result(VMX_FASTPATH_ENDS);
	fastpath_stamp(exit);
	exit->rip = read.rip;
	exit->reason = read.reason;
	exit->length = read.length;
	if (likely(read.reason == VMX_EXIT_CPUID && fastpath_knows_cpuid(vmx)))
		vmx_cpuid_put(&vmx->regs, &vmx->cpuid);
	else if (read.reason == VMX_EXIT_MSR_READ && fastpath_knows_msr(vmx))
		emulate_put_msr(&vmx->regs, vmx->rdmsr_value);
	else if (!(BIT_ULL(read.reason) & FASTPATH_SKIPPED))
		return read.reason == VMX_EXIT_VMCALL ? fastpath_vmcall(regs) :
							fastpath_other(regs);
	return fastpath_add(fastpath, exit);
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

	if (!vmx_fastpath_count(fastpath) && !vmx->exit.entered)
		return;
	fastpath->cpu = vmx->exit.cpu;
	fastpath->tsc = rdtsc();
	fastpath->time = ktime_get_ns();
}
