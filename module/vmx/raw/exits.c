// SPDX-License-Identifier: GPL-2.0-only
#include "exits.h"
#include "emulate.h"
#include "inject.h"
#include "vm.h"
#include "vmcs.h"
#include "../run.h"
#include "../vmcs.h"

#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <asm/cpu.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>

/*
 * The table of exits of raw guests: which of them the engine or the payload
 * answers, and which stop the vCPU and go to the host program.
 */

/**
 * struct raw_exit_row - how exits of one reason are answered
 * @answered: by the engine or the payload, without the host program
 * @fast: fastpath_answer() can answer them. What it answers has a length and
 *	no other field that only some exits have: see struct fastpath_exit
 * @emulate: emulates the instruction, with interrupts off and the VMCS still
 *	current; true when the guest can continue. NULL for none
 */
struct raw_exit_row {
	bool answered;
	bool fast;
	bool (*emulate)(struct vmx_vcpu *vmx);
};

#define STOPS(name) [VMX_EXIT_##name] = { }
#define ANSWERS(name) [VMX_EXIT_##name] = { .answered = true }
#define EMULATES(name, function) [VMX_EXIT_##name] = { .emulate = (function) }
#define FAST(name, function)						\
	[VMX_EXIT_##name] = { .emulate = (function), .fast = true +	\
			      BUILD_BUG_ON_ZERO(VMX_EXIT_##name > 63) }
#define UNDEFINED(name) EMULATES(name, emulate_undefined)
#define RETRIES(name) EMULATES(name, emulate_retry)

/*
 * There is a row for every reason that uapi/vmx.h names. An exit for any other
 * reason stops the vCPU.
 */
static const struct raw_exit_row raw_exit_table[] = {
	EMULATES(EXCEPTION_NMI, emulate_exception),
	ANSWERS(EXTERNAL_INTERRUPT),
	STOPS(TRIPLE_FAULT),
	STOPS(INIT),
	STOPS(SIPI),
	STOPS(IO_SMI),
	STOPS(OTHER_SMI),
	EMULATES(INTERRUPT_WINDOW, inject_window),
	EMULATES(NMI_WINDOW, inject_window),
	STOPS(TASK_SWITCH),
	FAST(CPUID, emulate_cpuid),
	UNDEFINED(GETSEC),
	STOPS(HLT),
	FAST(INVD, emulate_nothing),
	EMULATES(INVLPG, emulate_invlpg),
	EMULATES(RDPMC, emulate_protection),
	EMULATES(RDTSC, emulate_rdtsc),
	STOPS(RSM),
	STOPS(VMCALL),
	UNDEFINED(VMCLEAR),
	UNDEFINED(VMLAUNCH),
	UNDEFINED(VMPTRLD),
	UNDEFINED(VMPTRST),
	UNDEFINED(VMREAD),
	UNDEFINED(VMRESUME),
	UNDEFINED(VMWRITE),
	UNDEFINED(VMXOFF),
	UNDEFINED(VMXON),
	FAST(CR_ACCESS, emulate_cr),
	FAST(DR_ACCESS, emulate_dr),
	STOPS(IO_INSTRUCTION),
	FAST(MSR_READ, emulate_rdmsr),
	FAST(MSR_WRITE, emulate_wrmsr),
	STOPS(INVALID_GUEST_STATE),
	STOPS(MSR_LOAD_FAIL),
	UNDEFINED(MWAIT_INSTRUCTION),
	STOPS(MONITOR_TRAP_FLAG),
	UNDEFINED(MONITOR_INSTRUCTION),
	FAST(PAUSE_INSTRUCTION, emulate_nothing),
	STOPS(MCE_DURING_VMENTRY),
	STOPS(TPR_BELOW_THRESHOLD),
	STOPS(APIC_ACCESS),
	STOPS(VIRTUALIZED_EOI),
	RETRIES(GDTR_IDTR),
	RETRIES(LDTR_TR),
	ANSWERS(EPT_VIOLATION),
	STOPS(EPT_MISCONFIG),
	UNDEFINED(INVEPT),
	EMULATES(RDTSCP, emulate_rdtsc),
	ANSWERS(PREEMPTION_TIMER),
	UNDEFINED(INVVPID),
	FAST(WBINVD, emulate_nothing),
	EMULATES(XSETBV, emulate_xsetbv),
	STOPS(APIC_WRITE),
	RETRIES(RDRAND),
	EMULATES(INVPCID, emulate_invpcid),
	UNDEFINED(VMFUNC),
	UNDEFINED(ENCLS),
	RETRIES(RDSEED),
	STOPS(PML_FULL),
	RETRIES(XSAVES),
	RETRIES(XRSTORS),
	STOPS(PCONFIG),
	STOPS(SPP_EVENT),
	STOPS(UMWAIT),
	STOPS(TPAUSE),
	STOPS(LOADIWKEY),
	STOPS(ENCLV),
	STOPS(ENQCMD),
	STOPS(ENQCMDS),
	ANSWERS(BUS_LOCK),
	ANSWERS(NOTIFY),
	STOPS(SEAMCALL),
	STOPS(TDCALL),
	STOPS(RDMSRLIST),
	STOPS(WRMSRLIST),
	STOPS(URDMSR),
	STOPS(UWRMSR),
	STOPS(RDMSR_IMM),
	STOPS(WRMSR_IMM),
};

#define HAS_ROW(name, number, text) && (number) < ARRAY_SIZE(raw_exit_table)
static_assert(true VMX_EXIT_REASONS_TABLE(HAS_ROW));
static_assert(ARRAY_SIZE(raw_exit_table) == VMX_EXIT_MAX + 1);
static_assert(ARRAY_SIZE(raw_exit_table) <= RAW_REASONS);

/*
 * Reasons without a row get an empty one, as the processor may report a reason
 * that is newer than the table.
 */
static const struct raw_exit_row *raw_exit_find(u16 reason)
{
	static const struct raw_exit_row unknown;

	if (reason >= ARRAY_SIZE(raw_exit_table))
		return &unknown;
	return &raw_exit_table[array_index_nospec(reason,
						  ARRAY_SIZE(raw_exit_table))];
}

/* What the table has for all reasons; a search for each VM would take longer. */
static DECLARE_BITMAP(raw_exit_defaults, RAW_REASONS) __ro_after_init;
static u64 raw_exit_fast __ro_after_init;

/**
 * raw_exit_init() - read the table of exits
 */
void __init raw_exit_init(void)
{
	unsigned int reason;

	for (reason = 0; reason < ARRAY_SIZE(raw_exit_table); reason++) {
		const struct raw_exit_row *row = &raw_exit_table[reason];

		if (!row->emulate && !row->answered &&
		    !vmcs_raw_has_control(reason))
			__set_bit(reason, raw_exit_defaults);
		if (row->fast)
			raw_exit_fast |= BIT_ULL(reason);
	}
	__set_bit(VMX_EXIT_VMCALL, raw_exit_defaults);
}

/**
 * raw_exit_default_reasons() - exits that go to a host program by default
 * @reasons: bitmap of RAW_REASONS bits; receives the reasons that nothing else
 *	answers and that no control can avoid
 */
void raw_exit_default_reasons(unsigned long *reasons)
{
	bitmap_copy(reasons, raw_exit_defaults, RAW_REASONS);
}

/**
 * raw_exit_fast_reasons() - exits that the fast path may answer
 * @raw: VM of the guest
 *
 * Return: a bit for each basic exit reason below 64 that is fast and not routed
 * to the host program.
 */
u64 raw_exit_fast_reasons(const struct teavmx_raw *raw)
{
	return raw_exit_fast & ~READ_ONCE(raw->host_reasons[0]);
}

/**
 * raw_exit_emulate() - emulate the instruction of a raw guest that exited
 * @vmx: its vCPU, after an exit
 *
 * Context: VMX root operation, interrupts off, its VMCS current.
 *
 * Return: true when the guest can continue.
 */
bool raw_exit_emulate(struct vmx_vcpu *vmx)
{
	const struct raw_exit_row *row = raw_exit_find(vmx->exit.reason);

	return row->emulate && row->emulate(vmx);
}

/*
 * Is this an access to a page with a breakpoint? Then the next run steps over
 * the instruction; while it does so (step.over), the access is not reported
 * again.
 */
static bool raw_exit_meets_guard(struct vmx_vcpu *vmx)
{
	const struct vmx_exit *exit = &vmx->exit;

	if ((u16)exit->reason != VMX_EXIT_EPT_VIOLATION || vmx->step.over ||
	    !ram_guard_met(&vmx->raw->ram, exit->gpa, exit->qualification))
		return false;
	vmx->step.over = true;
	vmx->step.over_rip = vmx->rip;
	return true;
}

/*
 * handle_guest_split_lock() disables split-lock detection on this CPU for a
 * moment and delays this thread. Where the kernel allows no split locks it
 * returns false and sends SIGBUS, which a kernel thread does not handle, so the
 * signal is flushed and the vCPU pauses.
 */
static void raw_exit_split_lock(struct vmx_vcpu *vmx,
				struct vcpu_result *result)
{
	if (handle_guest_split_lock(vmx->exit.rip))
		return;
	flush_signals(current);
	vcpu_stop(result, TEAVMX_STOP_EXIT);
}

/**
 * raw_exit_settle() - decide what follows an exit of a raw guest
 * @vmx: the vCPU
 * @result: receives the kind of result and the reason to pause
 *
 * Context: may sleep.
 */
void raw_exit_settle(struct vmx_vcpu *vmx, struct vcpu_result *result)
{
	const struct vmx_exit *exit = &vmx->exit;

	if (raw_exit_meets_guard(vmx))
		vcpu_stop(result, TEAVMX_STOP_BREAKPOINT);
	else if (vmx->split_lock)
		raw_exit_split_lock(vmx, result);
	/*
	 * vmx->answered is tested first: the host program may have routed the
	 * exit to itself after emulate_exit() had answered it.
	 */
	else if (!vmx->answered && (raw_for_host(vmx->raw, exit->reason) ||
				    !vmx_exit_is_hosts(exit)))
		result->kind = VCPU_EXIT;
}
