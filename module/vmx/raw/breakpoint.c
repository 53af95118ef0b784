// SPDX-License-Identifier: GPL-2.0-only
#include "breakpoint.h"
#include "guest.h"
#include "linear.h"
#include "../load.h"
#include "../run.h"
#include "../vmcs.h"

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <asm/debugreg.h>
#include <asm/msr-index.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>

/*
 * Breakpoints by debug registers. Those of the host program use registers that
 * the guest does not use, and only from break_before_entry() to
 * break_after_exit(). At all other times GUEST_DR7 has the guest's own value,
 * so code that reads it needs not know of them. Every debug exception exits,
 * and break_sort() decides whether it is for the guest or the host program.
 */

/*
 * DR7 has two enable bits for register n in its low half and a condition and a
 * length, of two bits each, in its high half (SDM "Debug Control Register
 * (DR7)").
 */
#define DR7_ENABLED(dr7, n)	(((dr7) >> (2 * (n))) & 3)
#define DR7_LOCAL(n)		BIT_ULL(2 * (n))
#define DR7_CONDITION(n, rw)	((u64)(rw) << (16 + 4 * (n)))
#define DR7_LENGTH(n, length)	((u64)(length) << (18 + 4 * (n)))
#define DR7_RW(dr7, n)		(((dr7) >> (16 + 4 * (n))) & 3)
#define DR7_LEN(dr7, n)		(((dr7) >> (18 + 4 * (n))) & 3)

#define RW_EXECUTE	0
#define RW_WRITE	1
#define RW_PORT		2
#define RW_ACCESS	3

/*
 * Bit 13 of the exit qualification of a debug exception: an access to a debug
 * register was detected.
 */
#define QUALIFICATION_BD	BIT(13)

/* Bit 12 of the pending debug exceptions: an enabled breakpoint was hit. */
#define PENDING_ENABLED		BIT_ULL(12)

static unsigned int break_condition(u32 kind)
{
	switch (kind) {
	case TEAVMX_BREAKPOINT_KIND_WRITE:
		return RW_WRITE;
	case TEAVMX_BREAKPOINT_KIND_ACCESS:
		return RW_ACCESS;
	default:
		return RW_EXECUTE;
	}
}

static unsigned int break_length(u8 size)
{
	switch (size) {
	case 2:
		return 1;
	case 4:
		return 3;
	case 8:
		return 2;
	default:
		return 0;
	}
}

static u8 dr7_enabled(u64 dr7)
{
	u8 mask = 0;
	unsigned int i;

	for (i = 0; i < BREAKPOINTS; i++)
		if (DR7_ENABLED(dr7, i))
			mask |= BIT(i);
	return mask;
}

static struct vmx_break *break_find(struct vmx_vcpu *vmx, u32 kind, u64 address)
{
	struct vmx_break *one = vmx->breaks.list;

	for (; one < vmx->breaks.list + BREAKPOINTS; one++)
		if (one->set && one->kind == kind && one->address == address)
			return one;
	return NULL;
}

static int count_guest(struct vmx_vcpu *vmx, void *data)
{
	return hweight8(dr7_enabled(vmcs_readl(GUEST_DR7)));
}

/**
 * break_set() - set a breakpoint
 * @vmx: a raw vCPU that does not run
 * @new: the breakpoint; the caller has checked that kind, size and address are
 *	a valid combination
 * @refused: receives a message for -EEXIST and -ENOSPC, a constant
 *
 * Context: may sleep.
 *
 * Return: 0, -EEXIST, -ENOSPC, or another errno when VMX cannot be used.
 */
int break_set(struct vmx_vcpu *vmx, const struct vmx_break *new,
	      const char **refused)
{
	struct vmx_break *one, *place = NULL;
	int used = vmx_with_vmcs(vmx, count_guest, NULL);

	if (used < 0)
		return used;
	if (break_find(vmx, new->kind, new->address)) {
		*refused = "this breakpoint is set already; delete it to change its size";
		return -EEXIST;
	}
	for (one = vmx->breaks.list; one < vmx->breaks.list + BREAKPOINTS;
	     one++) {
		used += one->set;
		if (!one->set && !place)
			place = one;
	}
	if (!place || used >= BREAKPOINTS) {
		*refused = "the processor's four debug registers are in use; delete a breakpoint";
		return -ENOSPC;
	}
	*place = *new;
	place->set = true;
	return 0;
}

/**
 * break_clear() - delete a breakpoint
 * @vmx: a raw vCPU that does not run
 * @kind: enum teavmx_breakpoint_kind
 * @address: linear address
 *
 * Return: 0 or -ENOENT.
 */
int break_clear(struct vmx_vcpu *vmx, u32 kind, u64 address)
{
	struct vmx_break *one = break_find(vmx, kind, address);

	if (!one)
		return -ENOENT;
	one->set = false;
	return 0;
}

/**
 * break_clear_all() - delete all breakpoints by debug registers
 * @vmx: a raw vCPU that does not run
 */
void break_clear_all(struct vmx_vcpu *vmx)
{
	unsigned int i;

	for (i = 0; i < BREAKPOINTS; i++)
		vmx->breaks.list[i].set = false;
}

/**
 * break_next() - find a breakpoint by a debug register
 * @vmx: a raw vCPU that does not run
 * @place: where to begin, from 0 on; receives the place of the breakpoint, or
 *	BREAKPOINTS when there is none
 *
 * Return: the breakpoint, or NULL.
 */
const struct vmx_break *break_next(const struct vmx_vcpu *vmx, u64 *place)
{
	const struct vmx_break *one;

	for (; *place < BREAKPOINTS; ++*place) {
		one = &vmx->breaks.list[array_index_nospec(*place, BREAKPOINTS)];
		if (one->set)
			return one;
	}
	return NULL;
}

/*
 * Uses a debug register that neither the guest nor another breakpoint uses.
 * Returns its number, or -1 when there is none.
 */
static int break_arm(struct vmx_vcpu *vmx, u64 address, unsigned int rw,
		     u8 size)
{
	struct vmx_breaks *breaks = &vmx->breaks;
	unsigned int n = ffz(breaks->guest | breaks->live);
	u64 dr7 = vmcs_readl(GUEST_DR7);

	if (n >= BREAKPOINTS)
		return -1;
	breaks->live |= BIT(n);
	if (rw == RW_EXECUTE)
		breaks->instructions |= BIT(n);
	vmx->guest->live_dr[n] = address;
	dr7 &= ~(DR7_CONDITION(n, 3) | DR7_LENGTH(n, 3));
	dr7 |= DR7_LOCAL(n) | DR7_CONDITION(n, rw) |
	       DR7_LENGTH(n, break_length(size));
	vmcs_writel(GUEST_DR7, dr7);
	return n;
}

/*
 * If the instruction breakpoint at this RIP was reported already, the guest has
 * to execute the instruction now. RFLAGS.RF suppresses instruction breakpoints
 * for one instruction (SDM "Instruction-Breakpoint Exception Condition").
 */
static void skip_reported(struct vmx_breaks *breaks, u64 rip)
{
	breaks->skipping = breaks->skip && breaks->skip_rip == rip;
	breaks->skip = false;
	if (!breaks->skipping)
		return;
	breaks->flags = vmcs_readl(GUEST_RFLAGS);
	vmcs_writel(GUEST_RFLAGS, breaks->flags | X86_EFLAGS_RF);
}

/**
 * break_before_entry() - set the debug registers for the next guest run
 * @vmx: a raw vCPU
 *
 * Context: VMX root operation, interrupts off, its VMCS current.
 */
void break_before_entry(struct vmx_vcpu *vmx)
{
	struct vmx_breaks *breaks = &vmx->breaks;
	struct vmx_break *one = breaks->list;

	memcpy(vmx->guest->live_dr, vmx->guest->dr, sizeof(vmx->guest->dr));
	breaks->guest_dr7 = vmcs_readl(GUEST_DR7);
	breaks->guest = dr7_enabled(breaks->guest_dr7);
	breaks->live = 0;
	breaks->instructions = 0;
	for (; one < breaks->list + BREAKPOINTS; one++) {
		one->hit = false;
		if (one->set)
			one->number = break_arm(vmx, one->address,
						break_condition(one->kind),
						one->size);
	}
	skip_reported(breaks, vmx->rip);
}

/**
 * break_borrow() - set an instruction breakpoint for the next guest run only
 * @vmx: a raw vCPU; after break_before_entry()
 * @linear: linear address of the instruction
 *
 * Context: as break_before_entry().
 *
 * Return: number of the debug register, or -1 when none is left.
 */
int break_borrow(struct vmx_vcpu *vmx, u64 linear)
{
	return break_arm(vmx, linear, RW_EXECUTE, 1);
}

/**
 * break_after_exit() - restore the guest's DR7
 * @vmx: a raw vCPU
 * @ran: the guest ran; false when the entry failed: then RFLAGS is restored too
 *
 * Context: as break_before_entry(), after step_after_exit().
 */
void break_after_exit(struct vmx_vcpu *vmx, bool ran)
{
	struct vmx_breaks *breaks = &vmx->breaks;

	if (breaks->live)
		vmcs_writel(GUEST_DR7, breaks->guest_dr7);
	if (!ran && breaks->skipping) {
		vmcs_writel(GUEST_RFLAGS, breaks->flags);
		breaks->skip = true;
		return;
	}
	/*
	 * The instruction caused an EPT violation and will be executed again.
	 * The exit may have cleared RFLAGS.RF, so the next entry sets it again.
	 */
	if (breaks->skipping && vmx->rip == breaks->skip_rip &&
	    (u16)vmx->exit.reason == VMX_EXIT_EPT_VIOLATION)
		breaks->skip = true;
}

/**
 * break_is_due() - is there a breakpoint at the next instruction?
 * @vmx: a raw vCPU; after break_before_entry()
 *
 * Breakpoints of the guest count as well as those of the host program. Context:
 * as break_before_entry().
 *
 * Return: true when the processor will raise a debug exception before it
 * executes the instruction.
 */
bool break_is_due(const struct vmx_vcpu *vmx)
{
	const struct vmx_breaks *breaks = &vmx->breaks;
	u64 dr7 = vmcs_readl(GUEST_DR7);
	unsigned int i;

	if (!(breaks->guest | breaks->live) ||
	    vmcs_readl(GUEST_RFLAGS) & X86_EFLAGS_RF)
		return false;
	for (i = 0; i < BREAKPOINTS; i++)
		if (DR7_ENABLED(dr7, i) && DR7_RW(dr7, i) == RW_EXECUTE &&
		    vmx->guest->live_dr[i] == linear_rip(vmx))
			return true;
	return false;
}

/* The processor ignores the bits of an address that its length covers. */
static bool break_meets_port(const struct vmx_vcpu *vmx, unsigned int n,
			     u64 dr7)
{
	static const u8 lengths[] = { 1, 2, 8, 4 };
	u64 length = lengths[DR7_LEN(dr7, n)];
	u64 first = vmx->guest->dr[n] & ~(length - 1);
	u64 port = EXIT_IO_PORT(vmx->exit.qualification);
	u64 size = EXIT_IO_SIZE(vmx->exit.qualification);

	return DR7_ENABLED(dr7, n) && DR7_RW(dr7, n) == RW_PORT &&
	       (port - first < length || first - port < size);
}

/**
 * break_take_port() - make the guest's breakpoints on a port pending
 * @vmx: a raw vCPU whose IN or OUT is being completed; before
 *	break_before_entry()
 *
 * The exit has priority over the debug exception, which the processor would
 * raise after the instruction (SDM "Debug Control Register (DR7)").
 *
 * Context: as break_before_entry().
 */
void break_take_port(const struct vmx_vcpu *vmx)
{
	u64 dr7 = vmcs_readl(GUEST_DR7);
	u64 hits = 0;
	unsigned int n;

	if (!dr7_enabled(dr7) || !(vmcs_readl(GUEST_CR4) & X86_CR4_DE))
		return;
	for (n = 0; n < BREAKPOINTS; n++)
		if (break_meets_port(vmx, n, dr7))
			hits |= BIT(n);
	if (hits)
		vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS, hits |
			    PENDING_ENABLED |
			    vmcs_readl(GUEST_PENDING_DBG_EXCEPTIONS));
}

/*
 * Removes the breakpoint of break_borrow() from @hits: it ends a single step,
 * and is no breakpoint of the host program.
 */
static u8 take_borrowed(struct vmx_vcpu *vmx, u8 hits)
{
	const struct vmx_step *step = &vmx->step;

	if (step->way != STEP_BREAK || !(hits & BIT(step->slot)))
		return hits;
	/*
	 * The exit by an instruction breakpoint saves RFLAGS with RF set. The
	 * instruction before it is complete, which would have cleared RF.
	 */
	vmcs_writel(GUEST_RFLAGS,
		    vmcs_readl(GUEST_RFLAGS) & ~(u64)X86_EFLAGS_RF);
	return hits & ~BIT(step->slot);
}

/* Reports that debug registers of the host program have been hit. */
static void break_reach(struct vmx_vcpu *vmx, u8 hits)
{
	struct vmx_break *one = vmx->breaks.list;

	for (; one < vmx->breaks.list + BREAKPOINTS; one++)
		one->hit = one->set && one->number >= 0 &&
			   hits & BIT(one->number);
	vcpu_reached(vmx->result, TEAVMX_STOP_BREAKPOINT);
}

/**
 * break_take_pending() - report hits that an MTF exit has left pending
 * @vmx: a raw vCPU, after an exit by the monitor trap flag; break_after_exit()
 *	was called
 *
 * The exit comes before the debug exception of the instruction that it ends and
 * leaves it pending (SDM "Monitor Trap Flag", "Saving Non-Register State").
 * Hits of the host program's breakpoints are removed from the pending
 * exceptions and reported; those of the guest's are delivered at its next
 * entry.
 *
 * Context: as break_before_entry().
 */
void break_take_pending(struct vmx_vcpu *vmx)
{
	u64 pending = vmcs_readl(GUEST_PENDING_DBG_EXCEPTIONS);
	struct vmx_breaks *breaks = &vmx->breaks;
	u64 hits = pending & breaks->live;

	if (!hits)
		return;
	break_reach(vmx, hits);
	pending &= ~hits;
	if (!(pending & breaks->guest))
		pending &= ~PENDING_ENABLED;
	vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS, pending);
}

/**
 * break_sort() - split a debug exception between host program and guest
 * @vmx: a raw vCPU, after an exit with step_is_trap(); step_after_exit() was
 *	called
 *
 * A hit of a breakpoint of the host program is reported in the result.
 *
 * Context: as break_before_entry().
 *
 * Return: the bits of the exit qualification that are for the guest, 0 when it
 * must not see the exception.
 */
u64 break_sort(struct vmx_vcpu *vmx)
{
	u64 qualification = vmx->exit.qualification;
	struct vmx_breaks *breaks = &vmx->breaks;
	const struct vmx_step *step = &vmx->step;
	u64 mine = breaks->guest | QUALIFICATION_BD;
	u8 hits = take_borrowed(vmx, qualification & breaks->live);

	if (hits) {
		break_reach(vmx, hits);
		breaks->skip = hits & breaks->instructions;
		breaks->skip_rip = vmx->rip;
	}
	/*
	 * The exit qualification has the bits of DR6 (SDM "Exit Qualification
	 * for Debug Exceptions"). BS is for the guest unless the engine's own
	 * RFLAGS.TF caused it.
	 */
	if (step->way != STEP_TRAP ||
	    (step->guest_trap && !(step->debugctl & DEBUGCTLMSR_BTF)))
		mine |= DR_STEP;
	return qualification & mine;
}
