// SPDX-License-Identifier: GPL-2.0-only
#include "exits.h"
#include "emulate.h"
#include "inject.h"
#include "vm.h"
#include "vmcs.h"
#include "../run.h"
#include "../vmcs.h"

#include <linux/bitops.h>
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
 * enum raw_fast - what the fast path does for exits of one reason
 * @FAST_NO: it leaves them to the slow path
 * @FAST_NOTHING: it only completes the instruction
 * @FAST_CPUID: fast_cpuid()
 * @FAST_RDMSR: fast_rdmsr()
 * @FAST_WRMSR: fast_wrmsr()
 *
 * These are numbers and not pointers to functions: speculation_test follows all
 * code between an exit and the next entry.
 */
enum raw_fast {
	FAST_NO,
	FAST_NOTHING,
	FAST_CPUID,
	FAST_RDMSR,
	FAST_WRMSR,
};

/**
 * struct raw_exit_row - how exits of one reason are answered
 * @answered: by the engine or the payload, without the host program
 * @fast: enum raw_fast. Exits of a reason that is fast have a length and no
 *	other field that only some exits have: see struct fastpath_exit
 * @emulate: emulates the instruction, with interrupts off and the VMCS still
 *	current; true when the guest can continue. NULL for none
 */
struct raw_exit_row {
	bool answered;
	u8 fast;
	bool (*emulate)(struct vmx_vcpu *vmx);
};

#define STOPS(name) [VMX_EXIT_##name] = { }
#define ANSWERS(name) [VMX_EXIT_##name] = { .answered = true }
#define EMULATES(name, function) [VMX_EXIT_##name] = { .emulate = (function) }
#define FAST(name, function, how)					\
	[VMX_EXIT_##name] = { .emulate = (function), .fast = FAST_##how }
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
	FAST(CPUID, emulate_cpuid, CPUID),
	UNDEFINED(GETSEC),
	STOPS(HLT),
	FAST(INVD, emulate_nothing, NOTHING),
	EMULATES(INVLPG, emulate_nothing),
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
	EMULATES(CR_ACCESS, emulate_cr),
	EMULATES(DR_ACCESS, emulate_dr),
	STOPS(IO_INSTRUCTION),
	FAST(MSR_READ, emulate_rdmsr, RDMSR),
	FAST(MSR_WRITE, emulate_wrmsr, WRMSR),
	STOPS(INVALID_GUEST_STATE),
	STOPS(MSR_LOAD_FAIL),
	UNDEFINED(MWAIT_INSTRUCTION),
	STOPS(MONITOR_TRAP_FLAG),
	UNDEFINED(MONITOR_INSTRUCTION),
	FAST(PAUSE_INSTRUCTION, emulate_nothing, NOTHING),
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
	FAST(WBINVD, emulate_nothing, NOTHING),
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

/**
 * raw_exit_default_reasons() - exits that go to a host program by default
 * @reasons: bitmap of RAW_REASONS bits, all zeros; receives the reasons that
 *	nothing else answers and that no control can avoid
 */
void raw_exit_default_reasons(unsigned long *reasons)
{
	unsigned int reason;

	for (reason = 0; reason < ARRAY_SIZE(raw_exit_table); reason++) {
		const struct raw_exit_row *row = &raw_exit_table[reason];

		if (!row->emulate && !row->answered &&
		    !vmcs_raw_has_control(reason))
			__set_bit(reason, reasons);
	}
	__set_bit(VMX_EXIT_VMCALL, reasons);
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

/* Reasons with a flag in their high half are not in the table, and not fast. */
static __always_inline u8 raw_exit_how_fast(u32 reason)
{
	if (reason >= ARRAY_SIZE(raw_exit_table))
		return FAST_NO;
	reason = array_index_nospec(reason, ARRAY_SIZE(raw_exit_table));
	return raw_exit_table[reason].fast;
}

static __always_inline bool raw_exit_answer(struct vmx_vcpu *vmx, u8 fast)
{
	switch (fast) {
	case FAST_CPUID:
		return fast_cpuid(vmx);
	case FAST_RDMSR:
		return fast_rdmsr(vmx);
	case FAST_WRMSR:
		return fast_wrmsr(vmx);
	default:
		return true;
	}
}

/*
 * Has a request changed what the entries of this run depend on, or does an event
 * wait? vmx->event was injected by the first entry; the slow path has to see
 * that it was delivered.
 */
static __always_inline bool raw_exit_has_news(const struct vmx_vcpu *vmx)
{
	const struct teavmx_raw *raw = vmx->raw;

	return vmx->raw_changes != READ_ONCE(raw->changes) ||
	       vmx->ept_changes != READ_ONCE(raw->ram.changes) ||
	       READ_ONCE(vmx->queue->count) ||
	       vmx->event.info & INTR_INFO_VALID_MASK;
}

/*
 * Reads what completing an instruction depends on. False where that is more
 * than advancing RIP: see emulate_advance(). RIP is cut to 32 bits outside of
 * 64-bit mode, so an instruction that crosses 4 GiB is for the slow path too.
 */
static __always_inline bool raw_exit_is_plain(struct fastpath_exit *exit)
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

/**
 * raw_exit_fast() - answer an exit of a raw guest on the fast path
 * @vmx: its vCPU
 * @exit: has the reason; receives RIP and length
 *
 * Context: as vmx_fastpath().
 *
 * Return: true when the instruction is complete, false when nothing has changed.
 */
noinstr bool raw_exit_fast(struct vmx_vcpu *vmx, struct fastpath_exit *exit)
{
	u8 fast = raw_exit_how_fast(exit->reason);

	if (fast == FAST_NO ||
	    arch_test_bit(exit->reason, vmx->raw->host_reasons) ||
	    raw_exit_has_news(vmx) || !raw_exit_is_plain(exit) ||
	    !raw_exit_answer(vmx, fast))
		return false;
	return vmx_vmwrite(GUEST_RIP, exit->rip + exit->length);
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
