// SPDX-License-Identifier: GPL-2.0-only
#include "exit.h"
#include "run.h"

#include <linux/ptrace.h>
#include <linux/sched.h>
#include <asm/mce.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>

/*
 * Exits that are for the host, whatever the guest is: interrupts, NMIs, machine
 * checks and the like. About all other exits the hooks of each kind of guest
 * and the payload decide.
 */

/*
 * An exit by an NMI leaves NMIs blocked until the next IRET. INT 2 calls the
 * host's NMI handler, which ends with one.
 */
static void deliver_nmi(void)
{
	asm volatile("int $2");
}

static void deliver_machine_check(void)
{
#if IS_ENABLED(CONFIG_X86_MCE)
	struct pt_regs regs = {
		/* Privilege level 3: no code of the kernel was interrupted. */
		.cs = 3,
		.flags = X86_EFLAGS_IF,
	};

	do_machine_check(&regs);
#endif
}

static bool is_nmi(const struct vmx_exit *exit)
{
	return (exit->intr_info & INTR_INFO_INTR_TYPE_MASK) ==
	       INTR_TYPE_NMI_INTR;
}

static bool is_machine_check(const struct vmx_exit *exit)
{
	switch ((u16)exit->reason) {
	case VMX_EXIT_MCE_DURING_VMENTRY:
		return true;
	case VMX_EXIT_EXCEPTION_NMI:
		return (exit->intr_info & INTR_INFO_VECTOR_MASK) == X86_TRAP_MC;
	default:
		return false;
	}
}

/**
 * vmx_exit_now() - handle what cannot wait until interrupts are enabled
 * @exit: the exit
 *
 * Delivers an NMI or a machine check that caused the exit to the host.
 *
 * Context: interrupts off, host state restored, VMX root operation left, NMIs
 * possibly blocked.
 */
void vmx_exit_now(const struct vmx_exit *exit)
{
	if ((u16)exit->reason == VMX_EXIT_EXCEPTION_NMI && is_nmi(exit))
		deliver_nmi();
	else if (is_machine_check(exit))
		deliver_machine_check();
}

/*
 * Bit 0 of the exit qualification says that the guest's state was corrupted, so
 * the guest cannot continue (SDM "Instruction Timeout").
 */
#define NOTIFY_CONTEXT_INVALID	BIT(0)

/**
 * vmx_exit_is_hosts() - is an exit only for the host, so that the guest can
 *	continue?
 * @exit: the exit
 *
 * The host handled its interrupt when interrupts were enabled after the exit.
 * The VMX-preemption timer and a bus lock need no action in the guest either.
 *
 * Return: true when it is.
 */
bool vmx_exit_is_hosts(const struct vmx_exit *exit)
{
	switch ((u16)exit->reason) {
	case VMX_EXIT_EXTERNAL_INTERRUPT:
	case VMX_EXIT_PREEMPTION_TIMER:
	case VMX_EXIT_BUS_LOCK:
		return true;
	case VMX_EXIT_EXCEPTION_NMI:
		return is_nmi(exit);
	case VMX_EXIT_NOTIFY:
		return !(exit->qualification & NOTIFY_CONTEXT_INVALID);
	default:
		return false;
	}
}

#define NO_LENGTH_TEXT(name)					\
	name " exit has no instruction length: "		\
	"set RIP with regs-set and run without an answer"
#define NO_LENGTH(name, number, text) [VMX_EXIT_##name] = NO_LENGTH_TEXT("this " #name),

static const char *const no_length_texts[] = {
	VMX_EXIT_REASONS_TABLE(NO_LENGTH)
};

/**
 * vmx_exit_value() - the value that an instruction hands to the host
 * @exit: the exit
 * @value: receives what OUT writes, or RAX of VMCALL
 *
 * Return: false for other exits, for IN, and for OUTS, whose value is in memory.
 */
bool vmx_exit_value(const struct vmx_exit *exit, u64 *value)
{
	u64 io = exit->qualification;

	*value = exit->rax;
	if (exit->reason == VMX_EXIT_VMCALL)
		return true;
	if (exit->reason != VMX_EXIT_IO_INSTRUCTION ||
	    io & (EXIT_IO_IN | EXIT_IO_STRING))
		return false;
	*value &= GENMASK_ULL(8 * EXIT_IO_SIZE(io) - 1, 0);
	return true;
}

/**
 * vmx_exit_no_length() - why an exit cannot be answered
 * @exit: the exit
 *
 * An answer advances RIP past the instruction by its length, which the
 * processor reports only for some exits (SDM "Information for VM Exits Due to
 * Instruction Execution").
 *
 * Return: NULL when the exit has a length, else a message, a constant.
 */
const char *vmx_exit_no_length(const struct vmx_exit *exit)
{
	u16 basic = exit->reason;

	if (exit->fields & VMX_FIELD_LENGTH)
		return NULL;
	if (basic < ARRAY_SIZE(no_length_texts) && no_length_texts[basic])
		return no_length_texts[basic];
	return NO_LENGTH_TEXT("an");
}

static bool is_bus_lock(const struct vmx_exit *exit)
{
	return exit->reason & VMX_EXIT_FLAG(BUS_LOCK) ||
	       (u16)exit->reason == VMX_EXIT_BUS_LOCK;
}

/*
 * A bus lock stalls every CPU of the machine, so the thread sleeps for a tick
 * after each: a guest cannot cause more than one in a tick.
 */
static void throttle_bus_locks(const struct vmx_exit *exit)
{
	if (is_bus_lock(exit))
		schedule_timeout_idle(1);
}

/**
 * vmx_exit_needs_thread() - must the vCPU's thread sort the last exit?
 * @vmx: the vCPU, after a guest run in a process
 *
 * The measures against locks delay the task that takes them, and may send a signal.
 *
 * Return: true when it must.
 */
bool vmx_exit_needs_thread(const struct vmx_vcpu *vmx)
{
	return vmx->exit.entered &&
	       (vmx->split_lock || is_bus_lock(&vmx->exit));
}

/**
 * vmx_exit_sort() - decide what follows the last exit or failed entry
 * @vmx: the vCPU; called by its thread, or by a process unless
 *	vmx_exit_needs_thread()
 * @result: receives the exit, its snapshot and the kind of result
 *
 * Context: may sleep.
 */
void vmx_exit_sort(struct vmx_vcpu *vmx, struct vcpu_result *result)
{
	const struct vmx_exit *exit = &vmx->exit;

	result->exit = exit;
	if (vmx->has_snapshot)
		result->snapshot = vmx->snapshot;
	if (!exit->entered) {
		result->kind = VCPU_FAILED;
		return;
	}
	throttle_bus_locks(exit);
	/*
	 * The vCPU ends after a machine check: the memory that failed may be
	 * this guest's, and do_machine_check() may have queued task work. A
	 * kernel thread executes that only when it exits. A process in a slice
	 * executes it after its request, and may receive SIGBUS.
	 */
	if (is_machine_check(exit))
		result->kind = VCPU_BROKEN;
	else if (exit->reason & VMX_EXIT_REASONS_FAILED_VMENTRY)
		result->kind = VCPU_FAILED;
	else if (!vmx->ours)
		vmx->hooks->settle(vmx, result);
}
