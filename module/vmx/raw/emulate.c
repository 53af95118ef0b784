// SPDX-License-Identifier: GPL-2.0-only
#include "emulate.h"
#include "exits.h"
#include "guest.h"
#include "inject.h"
#include "../run.h"
#include "../vmcs.h"
#include "vmcs.h"
#include "vm.h"

#include <linux/bits.h>
#include <asm/debugreg.h>
#include <asm/processor.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

/* Access rights of a segment: 64-bit code, and privilege level. */
#define RIGHTS_L		BIT(13)
#define RIGHTS_DPL(rights)	(((rights) >> 5) & 3)

/**
 * emulate_long_mode() - is the guest in 64-bit mode?
 *
 * Return: true for 64-bit mode, false for compatibility mode and all others.
 */
bool emulate_long_mode(void)
{
	return vmcs_read32(VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE &&
	       vmcs_read32(GUEST_CS_AR_BYTES) & RIGHTS_L;
}

/**
 * emulate_privilege() - privilege level of the guest
 *
 * Return: 0 to 3.
 */
unsigned int emulate_privilege(void)
{
	return RIGHTS_DPL(vmcs_read32(GUEST_SS_AR_BYTES));
}

/*
 * Also 16-bit code has 32 bits here: what comes after offset 0xffff is beyond
 * the limit and the next fetch raises #GP, it does not begin again at 0.
 */
static u64 wrap_rip(u64 rip)
{
	return emulate_long_mode() ? rip : (u32)rip;
}

/* Is a single-step exception due when the instruction at RIP is done? */
static bool emulate_step_is_due(void)
{
	return vmcs_readl(GUEST_RFLAGS) & X86_EFLAGS_TF &&
	       !(vmcs_read64(GUEST_IA32_DEBUGCTL) & DEBUGCTLMSR_BTF);
}

/**
 * emulate_advance() - the instruction that exited is done
 * @vmx: the vCPU
 *
 * What follows every instruction follows: blocking by STI and MOV SS ends, RF
 * is cleared, and with RFLAGS.TF a single-step exception is due (SDM "Guest
 * Non-Register State", pending debug exceptions).
 *
 * Return: true.
 */
bool emulate_advance(struct vmx_vcpu *vmx)
{
	u32 blocking = vmcs_read32(GUEST_INTERRUPTIBILITY_INFO);
	u64 rflags = vmcs_readl(GUEST_RFLAGS);

	vmx->rip = wrap_rip(vmx->rip + vmx->exit.length);
	if (blocking & (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS))
		vmcs_write32(GUEST_INTERRUPTIBILITY_INFO,
			     blocking & ~(GUEST_INTR_STATE_STI |
					  GUEST_INTR_STATE_MOV_SS));
	if (rflags & X86_EFLAGS_RF)
		vmcs_writel(GUEST_RFLAGS, rflags & ~X86_EFLAGS_RF);
	if (emulate_step_is_due())
		vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS,
			    vmcs_readl(GUEST_PENDING_DBG_EXCEPTIONS) |
			    DR_STEP);
	step_done(vmx);
	return true;
}

static bool raise_fault(struct vmx_vcpu *vmx, u32 info, u32 error)
{
	const struct vmx_event event = {
		.info = info | INTR_TYPE_HARD_EXCEPTION | INTR_INFO_VALID_MASK,
		.error = error,
	};

	inject_exception(vmx, &event);
	return true;
}

/**
 * emulate_fault() - the instruction raises an exception without error code
 * @vmx: the vCPU
 * @vector: the exception
 *
 * Return: true.
 */
bool emulate_fault(struct vmx_vcpu *vmx, u8 vector)
{
	return raise_fault(vmx, vector, 0);
}

/**
 * emulate_fault_error() - the instruction raises an exception with error code
 * @vmx: the vCPU
 * @vector: the exception
 * @error: the code; not delivered in real mode
 *
 * Return: true.
 */
bool emulate_fault_error(struct vmx_vcpu *vmx, u8 vector, u32 error)
{
	if (!(vmcs_readl(GUEST_CR0) & X86_CR0_PE))
		return raise_fault(vmx, vector, 0);
	return raise_fault(vmx, vector | INTR_INFO_DELIVER_CODE_MASK, error);
}

/**
 * emulate_protection() - #GP(0): for exits that are nothing else, and for
 *	instructions that turn out to be it
 * @vmx: the vCPU
 *
 * Return: true.
 */
bool emulate_protection(struct vmx_vcpu *vmx)
{
	return emulate_fault_error(vmx, X86_TRAP_GP, 0);
}

/* Where a general register is kept; NULL for RSP, which is in the VMCS. */
static u64 *general_register(struct vmx_vcpu *vmx, unsigned int number)
{
	struct vmx_regs *regs = &vmx->regs;
	u64 *const places[16] = {
		&regs->rax, &regs->rcx, &regs->rdx, &regs->rbx,
		NULL, &regs->rbp, &regs->rsi, &regs->rdi,
		&regs->r8, &regs->r9, &regs->r10, &regs->r11,
		&regs->r12, &regs->r13, &regs->r14, &regs->r15,
	};

	return places[number & 15];
}

/**
 * emulate_get() - read an instruction's register operand
 * @vmx: the vCPU
 * @number: general register as instructions number them
 *
 * Return: the value, of 64 bits in 64-bit mode and of 32 bits elsewhere.
 */
u64 emulate_get(struct vmx_vcpu *vmx, unsigned int number)
{
	const u64 *reg = general_register(vmx, number);
	u64 value = reg ? *reg : vmcs_readl(GUEST_RSP);

	return emulate_long_mode() ? value : (u32)value;
}

/**
 * emulate_put() - write it
 * @vmx: the vCPU
 * @number: general register
 * @value: the value; 32 bits of it outside of 64-bit mode
 */
void emulate_put(struct vmx_vcpu *vmx, unsigned int number, u64 value)
{
	u64 *reg = general_register(vmx, number);

	if (!emulate_long_mode())
		value = (u32)value;
	if (reg)
		*reg = value;
	else
		vmcs_writel(GUEST_RSP, value);
}

/**
 * emulate_debug_status() - what a debug exception leaves in DR6
 * @guest: registers of the guest
 * @status: bits that the exception sets
 *
 * Bits 3:0 are those of this exception alone; the others stay until software
 * clears them (SDM "Debug Status Register (DR6)").
 */
void emulate_debug_status(struct vmx_guest *guest, u64 status)
{
	guest->dr6 = (guest->dr6 & ~(u64)DR_TRAP_BITS) | status;
}

/*
 * Split-lock detection of the host raises #AC too, and then no guest has asked
 * for it.
 */
static bool is_split_lock(void)
{
	return boot_cpu_has(X86_FEATURE_SPLIT_LOCK_DETECT) &&
	       !vmx_alignment_is_checked(vmcs_readl(GUEST_CR0),
					 vmcs_readl(GUEST_RFLAGS),
					 emulate_privilege());
}

/**
 * emulate_exception() - give an exception that exited back to the guest
 * @vmx: the vCPU
 *
 * Return: true, but false for what the host program asked for, for NMIs, for
 * machine checks and for split locks, which vmx->split_lock tells of.
 */
bool emulate_exception(struct vmx_vcpu *vmx)
{
	const struct vmx_exit *exit = &vmx->exit;
	u32 vector = exit->intr_info & INTR_INFO_VECTOR_MASK;
	const struct vmx_event event = {
		.info = exit->intr_info & ~INTR_INFO_UNBLOCK_NMI,
		.error = exit->intr_error,
		.length = exit->length,
	};

	if ((exit->intr_info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR ||
	    vector == X86_TRAP_MC || vmx->split_lock ||
	    READ_ONCE(vmx->raw->host_exceptions) & BIT(vector & 31))
		return false;
	/* INT1 has no cause to tell of. */
	if (step_is_trap(vmx))
		emulate_debug_status(vmx->guest, vmx->debug);
	/* An exit leaves CR2 alone. */
	if (vector == X86_TRAP_PF)
		vmx->guest->cr2 = exit->qualification;
	inject_exception(vmx, &event);
	return true;
}

/**
 * emulate_undefined() - an instruction that this guest's processor lacks
 * @vmx: the vCPU
 *
 * Return: true.
 */
bool emulate_undefined(struct vmx_vcpu *vmx)
{
	return emulate_fault(vmx, X86_TRAP_UD);
}

/**
 * emulate_nothing() - an instruction that has nothing to do here
 * @vmx: the vCPU
 *
 * Caches stay coherent and translations are the processor's own business.
 *
 * Return: true.
 */
bool emulate_nothing(struct vmx_vcpu *vmx)
{
	return emulate_advance(vmx);
}

/**
 * emulate_retry() - an exit that the host program wanted when the guest was
 *	entered, and no longer
 * @vmx: the vCPU
 *
 * The next entry has the new controls, and the instruction runs by itself.
 *
 * Return: true, false where the processor insists on the exit.
 */
bool emulate_retry(struct vmx_vcpu *vmx)
{
	return vmcs_raw_can_run(vmx->exit.reason);
}

/**
 * emulate_before_entry() - what changed since the last exit
 * @vmx: the vCPU
 */
void emulate_before_entry(struct vmx_vcpu *vmx)
{
	if (vmx->raw_changes != READ_ONCE(vmx->raw->changes))
		vmcs_raw_controls(vmx);
	if (vmx->advance && !inject_answered(vmx))
		emulate_advance(vmx);
	vmx->advance = false;
	/* That was the last step: what is due waits for the next entry. */
	if (vmx->result->stop)
		return;
	inject_before_entry(vmx);
}

/*
 * A debug exception ends HLT (SDM "HLT—Halt"), and a single step is due as soon
 * as HLT is done: the guest does not halt, wherever exits for HLT are routed.
 */
static bool emulate_stepped_hlt(struct vmx_vcpu *vmx)
{
	return (u16)vmx->exit.reason == VMX_EXIT_HLT && emulate_step_is_due() &&
	       emulate_advance(vmx);
}

static bool is_alignment_check(const struct vmx_exit *exit)
{
	return (u16)exit->reason == VMX_EXIT_EXCEPTION_NMI &&
	       (exit->intr_info & INTR_INFO_VECTOR_MASK) == X86_TRAP_AC;
}

/**
 * emulate_exit() - try to answer an exit
 * @vmx: the vCPU; vmx->answered tells whether the guest can go on
 */
void emulate_exit(struct vmx_vcpu *vmx)
{
	inject_after_exit(vmx);
	vmx->split_lock = is_alignment_check(&vmx->exit) && is_split_lock();
	vmx->answered = !vmx->ours &&
			(emulate_stepped_hlt(vmx) ||
			 (!raw_for_host(vmx->raw, vmx->exit.reason) &&
			  raw_exit_emulate(vmx)));
}
