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
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <asm/debugreg.h>
#include <asm/msr-index.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>

/*
 * Breakpoints by debug registers. The host program's live in registers that
 * the guest does not use, from just before the entry to just after the exit;
 * between them, and so whenever the guest's DR7 is looked at, it is the guest's
 * own. Every debug exception exits and is sorted here.
 */

/* SDM "Debug Control Register (DR7)": for register n, two bits and four. */
#define DR7_ENABLED(dr7, n)	(((dr7) >> (2 * (n))) & 3)
#define DR7_LOCAL(n)		BIT_ULL(2 * (n))
#define DR7_CONDITION(n, rw)	((u64)(rw) << (16 + 4 * (n)))
#define DR7_LENGTH(n, length)	((u64)(length) << (18 + 4 * (n)))
#define DR7_RW(dr7, n)		(((dr7) >> (16 + 4 * (n))) & 3)

#define RW_EXECUTE	0
#define RW_WRITE	1
#define RW_ACCESS	3

/* Bit 13 of an exit qualification: access to a debug register. */
#define QUALIFICATION_BD	BIT(13)

/* Bit 12 of the pending debug exceptions: an enabled breakpoint was met. */
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
 * @new: the breakpoint; its kind, size and address go together
 * @refused: receives why not, a constant
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
		*refused = "there is such a breakpoint already";
		return -EEXIST;
	}
	for (one = vmx->breaks.list; one < vmx->breaks.list + BREAKPOINTS;
	     one++) {
		used += one->set;
		if (!one->set && !place)
			place = one;
	}
	if (!place || used >= BREAKPOINTS) {
		*refused = "the processor's four debug registers are in use";
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

/* Take a register that nobody uses; -1 when there is none. */
static int break_arm(struct vmx_vcpu *vmx, u64 address, unsigned int rw, u8 size)
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

/* SDM "Instruction-Breakpoint Exception Condition": RF suspends them. */
static void skip_reported(struct vmx_breaks *breaks, u64 rip)
{
	breaks->skipping = breaks->skip && breaks->skip_rip == rip;
	breaks->skip = false;
	if (breaks->skipping)
		vmcs_writel(GUEST_RFLAGS,
			    vmcs_readl(GUEST_RFLAGS) | X86_EFLAGS_RF);
}

/**
 * break_before_entry() - bring breakpoints to the debug registers
 * @vmx: a raw vCPU
 *
 * Context: VMX root operation, interrupts off, its VMCS current.
 */
void break_before_entry(struct vmx_vcpu *vmx)
{
	struct vmx_breaks *breaks = &vmx->breaks;
	const struct vmx_break *one = breaks->list;

	memcpy(vmx->guest->live_dr, vmx->guest->dr, sizeof(vmx->guest->dr));
	breaks->guest_dr7 = vmcs_readl(GUEST_DR7);
	breaks->guest = dr7_enabled(breaks->guest_dr7);
	breaks->live = 0;
	breaks->instructions = 0;
	for (; one < breaks->list + BREAKPOINTS; one++)
		if (one->set)
			break_arm(vmx, one->address, break_condition(one->kind), one->size);
	skip_reported(breaks, vmx->rip);
}

/**
 * break_borrow() - for one entry, a breakpoint at an instruction
 * @vmx: a raw vCPU; after break_before_entry()
 * @linear: the instruction
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
 * break_after_exit() - give the guest its DR7 back
 * @vmx: a raw vCPU
 *
 * Context: as break_before_entry().
 */
void break_after_exit(struct vmx_vcpu *vmx)
{
	struct vmx_breaks *breaks = &vmx->breaks;

	if (breaks->live)
		vmcs_writel(GUEST_DR7, breaks->guest_dr7);
	/* The page of the instruction is missing: RF may be gone, it is not. */
	if (breaks->skipping && vmx->rip == breaks->skip_rip &&
	    (u16)vmx->exit.reason == VMX_EXIT_EPT_VIOLATION)
		breaks->skip = true;
}

/**
 * break_is_due() - is there a breakpoint at the next instruction?
 * @vmx: a raw vCPU; after break_before_entry()
 *
 * The guest's own count. Context: as break_before_entry().
 *
 * Return: true when the processor will find one before it executes it.
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

/* Has the step ended where it should? Then that is no breakpoint's hit. */
static u8 take_borrowed(struct vmx_vcpu *vmx, u8 hits)
{
	const struct vmx_step *step = &vmx->step;

	if (step->way != STEP_BREAK || !(hits & BIT(step->slot)))
		return hits;
	/* The instruction is done, and RF with it. */
	vmcs_writel(GUEST_RFLAGS,
		    vmcs_readl(GUEST_RFLAGS) & ~(u64)X86_EFLAGS_RF);
	return hits & ~BIT(step->slot);
}

/**
 * break_take_pending() - note hits that an exit of the monitor trap flag overtook
 * @vmx: a raw vCPU, after such an exit; break_after_exit() was called
 *
 * The exit comes before the debug exception of the instruction that it ends and
 * leaves it pending (SDM "Monitor Trap Flag", "Saving Non-Register State"). What
 * of it is the host program's is noted now; the guest's is for its next entry.
 * Context: as break_before_entry().
 */
void break_take_pending(struct vmx_vcpu *vmx)
{
	u64 pending = vmcs_readl(GUEST_PENDING_DBG_EXCEPTIONS);
	struct vmx_breaks *breaks = &vmx->breaks;
	u64 hits = pending & breaks->live;

	if (!hits)
		return;
	vcpu_reached(vmx->result, TEAVMX_STOP_BREAKPOINT);
	pending &= ~hits;
	if (!(pending & breaks->guest))
		pending &= ~PENDING_ENABLED;
	vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS, pending);
}

/**
 * break_sort() - whose is a debug exception?
 * @vmx: a raw vCPU, after an exit with step_is_trap(); step_after_exit() was
 *	called
 *
 * A hit of the host program's breakpoints is noted. Context: as
 * break_before_entry().
 *
 * Return: what of the exit qualification is for the guest.
 */
u64 break_sort(struct vmx_vcpu *vmx)
{
	u64 qualification = vmx->exit.qualification;
	struct vmx_breaks *breaks = &vmx->breaks;
	const struct vmx_step *step = &vmx->step;
	u64 mine = breaks->guest | QUALIFICATION_BD;
	u8 hits = take_borrowed(vmx, qualification & breaks->live);

	if (hits) {
		vcpu_reached(vmx->result, TEAVMX_STOP_BREAKPOINT);
		breaks->skip = hits & breaks->instructions;
		breaks->skip_rip = vmx->rip;
	}
	/* SDM "Exit Qualification for Debug Exceptions": bits 3:0 as in DR6. */
	if (step->way != STEP_TRAP ||
	    (step->guest_trap && !(step->debugctl & DEBUGCTLMSR_BTF)))
		mine |= DR_STEP;
	return qualification & mine;
}
