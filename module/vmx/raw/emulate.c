// SPDX-License-Identifier: GPL-2.0-only
#include "emulate.h"
#include "exits.h"
#include "guest.h"
#include "inject.h"
#include "../run.h"
#include "../vmcs.h"
#include "../vpid.h"
#include "vmcs.h"
#include "vm.h"

#include <linux/bits.h>
#include <asm/debugreg.h>
#include <asm/processor.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

/* The L bit and the DPL in the access rights of a segment. */
#define RIGHTS_L		BIT(13)
#define RIGHTS_DPL(rights)	(((rights) >> 5) & 3)

/**
 * emulate_long_mode() - is the guest in 64-bit mode?
 *
 * Return: true for 64-bit mode, false for compatibility mode and all others.
 */
noinstr bool emulate_long_mode(void)
{
	return vmcs_read32(VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE &&
	       vmcs_read32(GUEST_CS_AR_BYTES) & RIGHTS_L;
}

/**
 * emulate_privilege() - privilege level of the guest
 *
 * Return: 0 to 3.
 */
noinstr unsigned int emulate_privilege(void)
{
	return RIGHTS_DPL(vmcs_read32(GUEST_SS_AR_BYTES));
}

/*
 * RIP is cut to 32 bits in 16-bit code too: it does not wrap at 0xffff. An
 * instruction beyond that is outside the segment limit, and its fetch raises
 * #GP.
 */
static u64 wrap_rip(u64 rip)
{
	return !(rip >> 32) || emulate_long_mode() ? rip : (u32)rip;
}

/*
 * With RFLAGS.TF set, a single-step exception follows each instruction; with
 * DEBUGCTL.BTF set too, it follows taken branches only, none of which exits.
 */
static bool emulate_step_is_due(u64 rflags)
{
	return rflags & X86_EFLAGS_TF &&
	       !(vmcs_read64(GUEST_IA32_DEBUGCTL) & DEBUGCTLMSR_BTF);
}

/**
 * emulate_advance() - complete the instruction that exited
 * @vmx: the vCPU
 *
 * Advances RIP and does what the processor does after each instruction: it ends
 * blocking by STI and MOV SS, clears RFLAGS.RF, and with RFLAGS.TF set makes a
 * single-step exception pending (SDM "Guest Non-Register State").
 *
 * Return: true, for handlers to return.
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
	if (emulate_step_is_due(rflags))
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
 * emulate_fault() - raise an exception without error code in the guest
 * @vmx: the vCPU
 * @vector: vector of the exception
 *
 * RIP remains at the instruction. Return: true, for handlers to return.
 */
bool emulate_fault(struct vmx_vcpu *vmx, u8 vector)
{
	return raise_fault(vmx, vector, 0);
}

/**
 * emulate_fault_error() - raise an exception with error code in the guest
 * @vmx: the vCPU
 * @vector: vector of the exception
 * @error: the error code, which is not delivered in real mode
 *
 * RIP remains at the instruction. Return: true, for handlers to return.
 */
bool emulate_fault_error(struct vmx_vcpu *vmx, u8 vector, u32 error)
{
	if (!(vmcs_readl(GUEST_CR0) & X86_CR0_PE))
		return raise_fault(vmx, vector, 0);
	return raise_fault(vmx, vector | INTR_INFO_DELIVER_CODE_MASK, error);
}

/**
 * emulate_protection() - raise #GP(0) in the guest
 * @vmx: the vCPU
 *
 * It is a handler of the exit table, and other handlers call it.
 *
 * Return: true, for handlers to return.
 */
bool emulate_protection(struct vmx_vcpu *vmx)
{
	return emulate_fault_error(vmx, X86_TRAP_GP, 0);
}

/* Number of RSP, the general register that is in the VMCS */
#define NUMBER_RSP	4

/* Any other general register */
static __always_inline u64 *general_register(struct vmx_vcpu *vmx,
					     unsigned int number)
{
	static const u8 places[16] = {
		VMX_REGS_RAX, VMX_REGS_RCX, VMX_REGS_RDX, VMX_REGS_RBX,
		0, VMX_REGS_RBP, VMX_REGS_RSI, VMX_REGS_RDI,
		VMX_REGS_R8, VMX_REGS_R9, VMX_REGS_R10, VMX_REGS_R11,
		VMX_REGS_R12, VMX_REGS_R13, VMX_REGS_R14, VMX_REGS_R15,
	};

	return (u64 *)((u8 *)&vmx->regs + places[number & 15]);
}

/**
 * emulate_get() - read an instruction's register operand
 * @vmx: the vCPU
 * @number: general register as instructions number them
 *
 * Return: the value, of 64 bits in 64-bit mode and of 32 bits elsewhere.
 */
noinstr u64 emulate_get(struct vmx_vcpu *vmx, unsigned int number)
{
	u64 value = number == NUMBER_RSP ? vmcs_readl(GUEST_RSP) :
					   *general_register(vmx, number);

	return emulate_long_mode() ? value : (u32)value;
}

/**
 * emulate_put() - write an instruction's register operand
 * @vmx: the vCPU
 * @number: general register as instructions number them
 * @value: the value; cut to 32 bits outside of 64-bit mode
 */
noinstr void emulate_put(struct vmx_vcpu *vmx, unsigned int number, u64 value)
{
	if (!emulate_long_mode())
		value = (u32)value;
	if (number == NUMBER_RSP)
		vmcs_writel(GUEST_RSP, value);
	else
		*general_register(vmx, number) = value;
}

/**
 * emulate_debug_status() - change DR6 as a debug exception does
 * @guest: registers of the guest
 * @status: bits that the exception sets
 *
 * Bits 3:0 are replaced by those of this exception. The others are only set,
 * and remain set until software clears them (SDM "Debug Status Register
 * (DR6)").
 */
void emulate_debug_status(struct vmx_guest *guest, u64 status)
{
	guest->dr6 = (guest->dr6 & ~(u64)DR_TRAP_BITS) | status;
}

/*
 * Split-lock detection of the host raises #AC also if the guest has not enabled
 * alignment checks. Such an exception is not the guest's.
 */
static bool is_split_lock(void)
{
	return boot_cpu_has(X86_FEATURE_SPLIT_LOCK_DETECT) &&
	       !vmx_alignment_is_checked(vmcs_readl(GUEST_CR0),
					 vmcs_readl(GUEST_RFLAGS),
					 emulate_privilege());
}

/**
 * emulate_exception() - deliver an exception that exited to the guest
 * @vmx: the vCPU
 *
 * Return: true; false for an exception that the host program has routed to
 * itself, for NMIs and machine checks, and for split locks (vmx->split_lock).
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
	/* INT1 raises a debug exception too, but sets no bit in DR6. */
	if (step_is_trap(vmx))
		emulate_debug_status(vmx->guest, vmx->debug);
	/* Neither a page fault that exits nor its injection writes CR2. */
	if (vector == X86_TRAP_PF)
		vmx->guest->cr2 = exit->qualification;
	inject_exception(vmx, &event);
	return true;
}

/**
 * emulate_undefined() - raise #UD for an instruction that guests do not have
 * @vmx: the vCPU
 *
 * Return: true.
 */
bool emulate_undefined(struct vmx_vcpu *vmx)
{
	return emulate_fault(vmx, X86_TRAP_UD);
}

/**
 * emulate_nothing() - skip an instruction without effect in a guest
 * @vmx: the vCPU
 *
 * Caches are coherent, so WBINVD and INVD need not write them back. PAUSE is only
 * a hint.
 *
 * Return: true.
 */
bool emulate_nothing(struct vmx_vcpu *vmx)
{
	return emulate_advance(vmx);
}

/**
 * emulate_invlpg() - INVLPG, which may invalidate more than one address
 * @vmx: the vCPU
 *
 * Return: true.
 */
bool emulate_invlpg(struct vmx_vcpu *vmx)
{
	vpid_forget(vmx);
	return emulate_advance(vmx);
}

/**
 * emulate_retry() - execute an instruction again that no longer has to exit
 * @vmx: the vCPU
 *
 * The host program had the exit routed to itself when the guest was entered,
 * and has changed that since. The next entry has the new controls, with which
 * the processor executes the instruction itself.
 *
 * Return: true; false where the processor does not allow the control to be 0.
 */
bool emulate_retry(struct vmx_vcpu *vmx)
{
	return vmcs_raw_can_run(vmx->exit.reason);
}

/* Completes the instruction that the host program has answered. */
static void emulate_answered(struct vmx_vcpu *vmx)
{
	if (inject_answered(vmx))
		return;
	if ((u16)vmx->exit.reason == VMX_EXIT_IO_INSTRUCTION)
		break_take_port(vmx);
	emulate_advance(vmx);
}

/**
 * emulate_before_entry() - prepare the guest's state for an entry
 * @vmx: the vCPU
 *
 * Writes new controls, completes an instruction that the host program answered,
 * and chooses the event that the entry injects.
 */
void emulate_before_entry(struct vmx_vcpu *vmx)
{
	if (vmx->raw_changes != READ_ONCE(vmx->raw->changes))
		vmcs_raw_controls(vmx);
	if (vmx->advance)
		emulate_answered(vmx);
	vmx->advance = false;
	/*
	 * Completing the instruction may have been the last step that was
	 * requested. Then there is no entry, and events remain in the queue.
	 */
	if (vmx->result->stop)
		return;
	inject_before_entry(vmx);
}

/*
 * A debug exception ends HLT (SDM "HLT—Halt"), and with RFLAGS.TF set one
 * follows HLT at once. So the guest does not halt, and the exit is not reported
 * to the host program even if exits for HLT are routed to it.
 */
static bool emulate_stepped_hlt(struct vmx_vcpu *vmx)
{
	return (u16)vmx->exit.reason == VMX_EXIT_HLT &&
	       emulate_step_is_due(vmcs_readl(GUEST_RFLAGS)) &&
	       emulate_advance(vmx);
}

static bool is_alignment_check(const struct vmx_exit *exit)
{
	return (u16)exit->reason == VMX_EXIT_EXCEPTION_NMI &&
	       (exit->intr_info & INTR_INFO_VECTOR_MASK) == X86_TRAP_AC;
}

/**
 * emulate_exit() - handle an exit without the host program, if possible
 * @vmx: the vCPU; vmx->answered is set to whether the guest can continue
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
