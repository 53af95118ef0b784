// SPDX-License-Identifier: GPL-2.0-only
#include "step.h"
#include "breakpoint.h"
#include "../caps.h"
#include "guest.h"
#include "instruction.h"
#include "../run.h"
#include "../timer.h"
#include "../vmcs.h"

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/moduleparam.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <asm/debugreg.h>
#include <asm/msr-index.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>

/*
 * Single steps. The monitor trap flag makes them where it is available.
 * Otherwise RFLAGS.TF does, which the guest must not notice: step_after_exit()
 * restores its own value of the flag, and no instruction that stores RFLAGS may
 * run with the engine's value. So there are these rules:
 * - Every exception exits, and the next entry injects it with the guest's flags.
 * - An entry that injects an event ends by the VMX-preemption timer, which
 *   expires between the delivery and the first instruction of the handler (SDM
 *   "VMX-Preemption Timer" under "VM Entries").
 * - INT n is injected as such an event.
 * - Other instructions that store the flag run without it, up to a breakpoint
 *   at the instruction that follows.
 */

#define BLOCKING (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)

/*
 * Some emulated processors offer the monitor trap flag but ignore it. So the
 * first step sets both this flag and RFLAGS.TF, and trap_finished() sees by the
 * exit whether the flag works.
 */
enum monitor {
	MONITOR_UNKNOWN,
	MONITOR_WORKS,
	MONITOR_BROKEN,
};

static enum monitor monitor;

static bool monitor_wanted = true;
module_param_named(monitor_trap, monitor_wanted, bool, 0444);
MODULE_PARM_DESC(monitor_trap,
		 "make single steps by the monitor trap flag where the CPU has it (default), else by RFLAGS.TF");

static bool monitor_offered(void)
{
	return monitor_wanted && vmx_caps.allowed[VMX_PROC].may &
				 CPU_BASED_MONITOR_TRAP_FLAG;
}

/*
 * Without a timer there is no other way to step, so the flag is used untested;
 * step_missing() relies on that.
 */
static bool use_monitor(void)
{
	if (!monitor_offered())
		return false;
	return monitor == MONITOR_WORKS ||
	       (monitor == MONITOR_UNKNOWN && !vmx_timer_usable());
}

/**
 * step_missing() - why there are no single steps of raw guests
 *
 * Return: a message, a constant, or NULL when there are.
 */
const char *step_missing(void)
{
	if (monitor_offered() || vmx_timer_usable())
		return NULL;
	return "single steps require the monitor trap flag or a reliable VMX-preemption timer";
}

/**
 * step_is_trap() - is an exit a debug exception that hardware raised?
 * @vmx: the vCPU, after an exit
 *
 * Return: true when it is.
 */
bool step_is_trap(const struct vmx_vcpu *vmx)
{
	return (u16)vmx->exit.reason == VMX_EXIT_EXCEPTION_NMI &&
	       (vmx->exit.intr_info & (INTR_INFO_INTR_TYPE_MASK |
				       INTR_INFO_VECTOR_MASK)) ==
	       (INTR_TYPE_HARD_EXCEPTION | X86_TRAP_DB);
}

static void by_monitor(struct vmx_step *step)
{
	step->way = STEP_MONITOR;
	step->processor = vmcs_read32(CPU_BASED_VM_EXEC_CONTROL);
	vmcs_write32(CPU_BASED_VM_EXEC_CONTROL,
		     step->processor | CPU_BASED_MONITOR_TRAP_FLAG);
}

static void by_event(struct vmx_vcpu *vmx)
{
	vmx->step.way = STEP_EVENT;
	vmx_timer_expire(vmx);
}

static void take_exceptions(struct vmx_step *step)
{
	step->exceptions = vmcs_read32(EXCEPTION_BITMAP);
	vmcs_write32(EXCEPTION_BITMAP, ~0U);
}

/*
 * With RFLAGS.TF set and blocking by STI or MOV SS, VM entry requires a pending
 * single-step trap (SDM "Checks on Guest Non-Register State"). With MOV SS it
 * is delivered after the next instruction, as it should. With STI it would be
 * delivered before it, so blocking by STI is removed. STI only keeps interrupts
 * away from this instruction, so interrupt-window exiting is removed too.
 */
static void lift_blocking(struct vmx_step *step)
{
	step->blocking = vmcs_read32(GUEST_INTERRUPTIBILITY_INFO);
	step->pending = vmcs_readl(GUEST_PENDING_DBG_EXCEPTIONS);
	if (step->blocking & GUEST_INTR_STATE_MOV_SS) {
		vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS,
			    step->pending | DR_STEP);
	} else if (step->blocking & GUEST_INTR_STATE_STI) {
		vmcs_write32(GUEST_INTERRUPTIBILITY_INFO,
			     step->blocking & ~(u32)GUEST_INTR_STATE_STI);
		vmcs_write32(CPU_BASED_VM_EXEC_CONTROL,
			     step->processor & ~CPU_BASED_INTR_WINDOW_EXITING);
	}
}

static void by_trap(struct vmx_step *step, bool loads_flags)
{
	u64 flags = vmcs_readl(GUEST_RFLAGS);

	step->way = STEP_TRAP;
	step->loads_flags = loads_flags;
	step->guest_trap = flags & X86_EFLAGS_TF;
	step->processor = vmcs_read32(CPU_BASED_VM_EXEC_CONTROL);
	step->debugctl = vmcs_read64(GUEST_IA32_DEBUGCTL);
	vmcs_writel(GUEST_RFLAGS, flags | X86_EFLAGS_TF);
	if (step->debugctl & DEBUGCTLMSR_BTF)
		vmcs_write64(GUEST_IA32_DEBUGCTL,
			     step->debugctl & ~(u64)DEBUGCTLMSR_BTF);
	lift_blocking(step);
	take_exceptions(step);
	if (monitor_offered() && monitor == MONITOR_UNKNOWN && !loads_flags &&
	    !step->guest_trap)
		vmcs_write32(CPU_BASED_VM_EXEC_CONTROL,
			     step->processor | CPU_BASED_MONITOR_TRAP_FLAG);
}

static void by_instruction(struct vmx_vcpu *vmx)
{
	struct instruction instruction;
	int slot = -1;
	bool due;

	instruction_look(vmx, &instruction);
	/*
	 * If an instruction breakpoint is due, it is delivered before the
	 * instruction is executed, so its kind does not matter.
	 */
	due = break_is_due(vmx);
	if (!due && instruction.kind == INSTRUCTION_SHOWS)
		slot = break_borrow(vmx, instruction.next);
	if (due || instruction.kind == INSTRUCTION_OTHER) {
		by_trap(&vmx->step, false);
	} else if (instruction.kind == INSTRUCTION_INT) {
		vmcs_write32(VM_ENTRY_INTR_INFO_FIELD,
			     instruction.vector | INTR_TYPE_SOFT_INTR |
			     INTR_INFO_VALID_MASK);
		vmcs_write32(VM_ENTRY_INSTRUCTION_LEN, instruction.length);
		by_event(vmx);
	} else if (slot >= 0) {
		vmx->step.way = STEP_BREAK;
		vmx->step.slot = slot;
		take_exceptions(&vmx->step);
	} else {
		by_trap(&vmx->step, instruction.kind == INSTRUCTION_LOADS);
	}
}

/*
 * A pending debug exception is delivered before the next instruction. The guest
 * must find its own RFLAGS.TF then, so this entry makes no step.
 */
static bool exception_is_due(void)
{
	return vmcs_readl(GUEST_PENDING_DBG_EXCEPTIONS) & PENDING_DEBUG_DUE &&
	       !(vmcs_read32(GUEST_INTERRUPTIBILITY_INFO) &
		 GUEST_INTR_STATE_MOV_SS);
}

/*
 * A pending MTF exit (SDM "Event Injection", type "other event") ends the entry
 * before anything is executed or delivered, and is for the host program.
 */
static bool exit_is_injected(void)
{
	u32 info = vmcs_read32(VM_ENTRY_INTR_INFO_FIELD);

	return info & INTR_INFO_VALID_MASK &&
	       (info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_OTHER_EVENT;
}

/*
 * If a step is requested, has the entry make one by the monitor trap flag or by
 * the timer. Returns true when the caller has to do so by RFLAGS.TF or another
 * way that depends on the next instruction.
 */
static bool step_begin(struct vmx_vcpu *vmx)
{
	struct vmx_step *step = &vmx->step;

	step->way = STEP_NONE;
	if (vmx->rip != step->over_rip)
		step->over = false;
	if (!vmx->bounds->steps && !step->over)
		return false;
	/* A halted guest has no instruction to step over. */
	if (vmcs_read32(GUEST_ACTIVITY_STATE) || exit_is_injected())
		return false;
	if (use_monitor())
		by_monitor(step);
	else if (vmcs_read32(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_VALID_MASK)
		by_event(vmx);
	else
		return !exception_is_due();
	return false;
}

/**
 * step_before_entry() - have the entry make a step, if one is requested
 * @vmx: a raw vCPU; its breakpoints and the timer are set, the event is written
 *
 * Context: VMX root operation, interrupts off, its VMCS current.
 */
void step_before_entry(struct vmx_vcpu *vmx)
{
	if (step_begin(vmx))
		by_instruction(vmx);
}

/**
 * step_before_plain_entry() - the same for a guest that cannot see RFLAGS.TF
 * @vmx: a TEA vCPU; the timer is set
 *
 * Context: as step_before_entry().
 */
void step_before_plain_entry(struct vmx_vcpu *vmx)
{
	if (step_begin(vmx))
		by_trap(&vmx->step, false);
}

/*
 * Sets the pending single-step trap as the guest's own RFLAGS.TF requires:
 * lift_blocking() did so for the flag of the engine.
 */
static void restore_pending(const struct vmx_step *step, u64 flags)
{
	u32 blocking = vmcs_read32(GUEST_INTERRUPTIBILITY_INFO);
	u64 pending = vmcs_readl(GUEST_PENDING_DBG_EXCEPTIONS) &
		      ~(u64)DR_STEP;

	if (blocking & BLOCKING && flags & X86_EFLAGS_TF &&
	    !(step->debugctl & DEBUGCTLMSR_BTF))
		pending |= DR_STEP;
	vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS, pending);
}

static void restore_trap(const struct vmx_step *step, bool finished)
{
	u64 flags = vmcs_readl(GUEST_RFLAGS);

	if (!finished || !step->loads_flags) {
		flags &= ~(u64)X86_EFLAGS_TF;
		if (step->guest_trap)
			flags |= X86_EFLAGS_TF;
		vmcs_writel(GUEST_RFLAGS, flags);
	}
	if (!finished && step->blocking & GUEST_INTR_STATE_STI)
		vmcs_write32(GUEST_INTERRUPTIBILITY_INFO,
			     vmcs_read32(GUEST_INTERRUPTIBILITY_INFO) |
			     GUEST_INTR_STATE_STI);
	if (step->debugctl & DEBUGCTLMSR_BTF)
		vmcs_write64(GUEST_IA32_DEBUGCTL, step->debugctl);
	vmcs_write32(CPU_BASED_VM_EXEC_CONTROL, step->processor);
	vmcs_write32(EXCEPTION_BITMAP, step->exceptions);
	restore_pending(step, flags);
}

static bool trap_finished(const struct vmx_vcpu *vmx)
{
	bool monitored = (u16)vmx->exit.reason == VMX_EXIT_MONITOR_TRAP_FLAG;
	bool trapped = step_is_trap(vmx) && vmx->exit.qualification & DR_STEP;

	if (monitored)
		WRITE_ONCE(monitor, MONITOR_WORKS);
	else if (trapped && monitor == MONITOR_UNKNOWN && monitor_offered() &&
		 !vmx->step.loads_flags && !vmx->step.guest_trap)
		WRITE_ONCE(monitor, MONITOR_BROKEN);
	return monitored || trapped;
}

static bool step_finished(const struct vmx_vcpu *vmx)
{
	const struct vmx_exit *exit = &vmx->exit;

	switch (vmx->step.way) {
	case STEP_MONITOR:
		return (u16)exit->reason == VMX_EXIT_MONITOR_TRAP_FLAG;
	case STEP_TRAP:
		return trap_finished(vmx);
	case STEP_EVENT:
		/*
		 * With valid vectoring information the delivery itself exited.
		 */
		return !(exit->vectoring & VECTORING_INFO_VALID_MASK) &&
		       (u16)exit->reason != VMX_EXIT_TRIPLE_FAULT;
	case STEP_BREAK:
		return step_is_trap(vmx) &&
		       exit->qualification & (BIT(vmx->step.slot) | DR_STEP);
	default:
		return false;
	}
}

/**
 * step_takes_exit() - was an MTF exit caused by a single step?
 * @vmx: the vCPU, after step_after_exit()
 *
 * Return: false when the host program has routed these exits to itself, or
 * injected this one.
 */
bool step_takes_exit(const struct vmx_vcpu *vmx)
{
	const struct vmx_step *step = &vmx->step;

	return (step->way == STEP_MONITOR || step->way == STEP_TRAP) &&
	       !(step->processor & CPU_BASED_MONITOR_TRAP_FLAG);
}

/**
 * step_after_exit() - restore the guest's own state, and count the step
 * @vmx: the vCPU
 * @ran: the guest ran; false when the entry failed, which changed no state
 *
 * Context: as step_before_entry().
 */
void step_after_exit(struct vmx_vcpu *vmx, bool ran)
{
	const struct vmx_step *step = &vmx->step;
	bool done = ran && step_finished(vmx);

	switch (step->way) {
	case STEP_MONITOR:
		vmcs_write32(CPU_BASED_VM_EXEC_CONTROL, step->processor);
		break;
	case STEP_TRAP:
		restore_trap(step, done);
		if (!ran)
			vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS,
				    step->pending);
		break;
	case STEP_BREAK:
		vmcs_write32(EXCEPTION_BITMAP, step->exceptions);
		break;
	}
	if (done)
		step_done(vmx);
}

/**
 * step_done() - count one step of the guest
 * @vmx: the vCPU
 *
 * When its bound is used up, the result of the run gets TEAVMX_STOP_STEPS.
 */
void step_done(struct vmx_vcpu *vmx)
{
	struct vcpu_bounds *bounds = vmx->bounds;

	vmx->step.over = false;
	if (bounds->steps && !--bounds->steps)
		vcpu_reached(vmx->result, TEAVMX_STOP_STEPS);
}
