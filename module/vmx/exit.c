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
 * What exits mean for the host, whatever the guest. The hooks of each kind of
 * guest and its payload decide about all others.
 */

/*
 * NMIs stay blocked from the exit to the next IRET; INT 2 enters the host's
 * handler, which ends with one.
 */
static void deliver_nmi(void)
{
	asm volatile("int $2");
}

static void deliver_machine_check(void)
{
#if IS_ENABLED(CONFIG_X86_MCE)
	struct pt_regs regs = {
		.cs = 3, /* as from user mode: the guest was interrupted */
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
 * vmx_exit_now() - what the host must do before interrupts come on
 * @exit: the exit
 *
 * Context: interrupts off, host state restored, root operation given back, NMIs
 * possibly blocked.
 */
void vmx_exit_now(const struct vmx_exit *exit)
{
	if ((u16)exit->reason == VMX_EXIT_EXCEPTION_NMI && is_nmi(exit))
		deliver_nmi();
	else if (is_machine_check(exit))
		deliver_machine_check();
}

/* Bit 0: the guest's state is lost (SDM "Instruction Timeout"). */
#define NOTIFY_CONTEXT_INVALID	BIT(0)

/**
 * vmx_exit_is_hosts() - is an exit only for the host, so that the guest can
 *	continue?
 * @exit: the exit
 *
 * The host took its interrupt as soon as interrupts came on. A timer or a bus
 * lock needs nothing more either.
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
 * vmx_exit_no_length() - why an exit cannot be answered
 * @exit: the exit
 *
 * RIP goes past an instruction by its length, which the processor gives only
 * for some exits (SDM "Information for VM Exits Due to Instruction Execution").
 *
 * Return: NULL when the exit has a length, else one sentence, a constant.
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

/* A bus lock slows down every CPU: a guest gets one of them in each tick. */
static void throttle_bus_locks(const struct vmx_exit *exit)
{
	if (exit->reason & VMX_EXIT_FLAG(BUS_LOCK) ||
	    (u16)exit->reason == VMX_EXIT_BUS_LOCK)
		schedule_timeout_idle(1);
}

/**
 * vmx_exit_sort() - what comes after the last exit or failed entry
 * @vmx: the vCPU; called by its thread
 * @result: receives it
 *
 * Context: may sleep.
 */
void vmx_exit_sort(struct vmx_vcpu *vmx, struct vcpu_result *result)
{
	const struct vmx_exit *exit = &vmx->exit;

	result->exit = exit;
	result->findings = &vmx->findings;
	if (!exit->entered) {
		result->kind = VCPU_FAILED;
		return;
	}
	throttle_bus_locks(exit);
	/*
	 * What do_machine_check() has left for this thread to do is done at its
	 * end, and the memory that failed may be this guest's.
	 */
	if (is_machine_check(exit))
		result->kind = VCPU_BROKEN;
	else if (exit->reason & VMX_EXIT_REASONS_FAILED_VMENTRY)
		result->kind = VCPU_FAILED;
	else if (!vmx->ours)
		vmx->hooks->settle(vmx, result);
}
