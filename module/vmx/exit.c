// SPDX-License-Identifier: GPL-2.0-only
#include "exit.h"
#include "raw/emulate.h"
#include "raw/inject.h"
#include "raw/vmcs.h"
#include "../event.h"
#include "../payload/raw.h"
#include "../payload/tea.h"
#include "../stats.h"
#include "../vcpu.h"

#include <linux/nospec.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <asm/cpu.h>
#include <asm/mce.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>

/*
 * Exits have three handlers. `now` runs with interrupts still off, for what
 * belongs to the host and cannot wait. `handle` runs in the vCPU's thread and
 * may sleep. `emulate` is for raw guests: it does what the instruction would
 * have done, with interrupts off and the VMCS still current, and is true when
 * the guest can go on. A row without `handle` stops a TEA vCPU, as the payload
 * had no reason to cause that exit; what a raw vCPU cannot go on after is for
 * its host program.
 */
struct exit_row {
	void (*now)(const struct vmx_exit *exit);
	enum vcpu_turn (*handle)(struct teavmx_vcpu *vcpu);
	bool (*emulate)(struct vmx_vcpu *vmx);
};

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

static void exception_nmi_now(const struct vmx_exit *exit)
{
	u32 vector = exit->intr_info & INTR_INFO_VECTOR_MASK;

	if ((exit->intr_info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR)
		deliver_nmi();
	else if (vector == X86_TRAP_MC)
		deliver_machine_check();
}

static void machine_check_now(const struct vmx_exit *exit)
{
	deliver_machine_check();
}

static enum vcpu_turn cannot_go_on(struct teavmx_vcpu *vcpu, u8 stop)
{
	return vcpu->vm->raw ? vcpu_stop(vcpu, stop) : vcpu_break(vcpu);
}

/*
 * The kernel turns detection off on this CPU for a moment, and slows down who
 * needed that; where it allows no split locks, the vCPU pauses. The signal that
 * comes with the refusal is for processes.
 */
static enum vcpu_turn handle_split_lock(struct teavmx_vcpu *vcpu)
{
	if (handle_guest_split_lock(vcpu->vmx->exit.rip))
		return VCPU_AGAIN;
	flush_signals(current);
	return vcpu_stop(vcpu, TEAVMX_STOP_EXIT);
}

/*
 * A bus lock slows down every CPU. Who takes them gets one in each tick.
 */
static void throttle_bus_locks(const struct vmx_exit *exit)
{
	if (exit->reason & VMX_EXIT_FLAG(BUS_LOCK) ||
	    (u16)exit->reason == VMX_EXIT_BUS_LOCK)
		schedule_timeout_idle(1);
}

/* Bit 0: the guest's state is lost (SDM "Instruction Timeout"). */
#define NOTIFY_CONTEXT_INVALID	BIT(0)

static enum vcpu_turn handle_notify(struct teavmx_vcpu *vcpu)
{
	if (vcpu->vmx->exit.qualification & NOTIFY_CONTEXT_INVALID)
		return cannot_go_on(vcpu, TEAVMX_STOP_EXIT);
	return VCPU_AGAIN;
}

static enum vcpu_turn handle_exception_nmi(struct teavmx_vcpu *vcpu)
{
	u32 info = vcpu->vmx->exit.intr_info;

	if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR)
		return VCPU_AGAIN;
	return cannot_go_on(vcpu, TEAVMX_STOP_EXIT);
}

/*
 * The host took its interrupt as soon as interrupts came on; a timer or a bus
 * lock needs nothing more either.
 */
static enum vcpu_turn handle_nothing(struct teavmx_vcpu *vcpu)
{
	return VCPU_AGAIN;
}

/* All that a TEA guest may touch is there from the start. */
static enum vcpu_turn handle_ept_violation(struct teavmx_vcpu *vcpu)
{
	return vcpu->vm->raw ? payload_raw_touch(vcpu) : vcpu_break(vcpu);
}

static enum vcpu_turn handle_vmcall(struct teavmx_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = vcpu->vmx;

	if (vmx->raw)
		return vcpu_stop(vcpu, TEAVMX_STOP_EXIT);
	vmx->rip += vmx->exit.length;
	step_done(vmx);
	return payload_tea_vmcall(vcpu, &vmx->regs);
}

#define STOPS(name) [VMX_EXIT_##name] = { }
#define EMULATES(name, function) [VMX_EXIT_##name] = { .emulate = (function) }
#define UNDEFINED(name) EMULATES(name, emulate_undefined)
#define RETRIES(name) EMULATES(name, emulate_retry)

/* A row for every reason that uapi/vmx.h names. */
static const struct exit_row exit_table[] = {
	[VMX_EXIT_EXCEPTION_NMI] = {
		.now = exception_nmi_now,
		.handle = handle_exception_nmi,
		.emulate = emulate_exception,
	},
	[VMX_EXIT_EXTERNAL_INTERRUPT] = { .handle = handle_nothing },
	STOPS(TRIPLE_FAULT),
	STOPS(INIT),
	STOPS(SIPI),
	STOPS(IO_SMI),
	STOPS(OTHER_SMI),
	EMULATES(INTERRUPT_WINDOW, inject_window),
	EMULATES(NMI_WINDOW, inject_window),
	STOPS(TASK_SWITCH),
	EMULATES(CPUID, emulate_cpuid),
	UNDEFINED(GETSEC),
	STOPS(HLT),
	EMULATES(INVD, emulate_nothing),
	EMULATES(INVLPG, emulate_nothing),
	EMULATES(RDPMC, emulate_protection),
	EMULATES(RDTSC, emulate_rdtsc),
	STOPS(RSM),
	[VMX_EXIT_VMCALL] = { .handle = handle_vmcall },
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
	EMULATES(MSR_READ, emulate_rdmsr),
	EMULATES(MSR_WRITE, emulate_wrmsr),
	STOPS(INVALID_GUEST_STATE),
	STOPS(MSR_LOAD_FAIL),
	UNDEFINED(MWAIT_INSTRUCTION),
	STOPS(MONITOR_TRAP_FLAG),
	UNDEFINED(MONITOR_INSTRUCTION),
	EMULATES(PAUSE_INSTRUCTION, emulate_nothing),
	[VMX_EXIT_MCE_DURING_VMENTRY] = { .now = machine_check_now },
	STOPS(TPR_BELOW_THRESHOLD),
	STOPS(APIC_ACCESS),
	STOPS(VIRTUALIZED_EOI),
	RETRIES(GDTR_IDTR),
	RETRIES(LDTR_TR),
	[VMX_EXIT_EPT_VIOLATION] = { .handle = handle_ept_violation },
	STOPS(EPT_MISCONFIG),
	UNDEFINED(INVEPT),
	EMULATES(RDTSCP, emulate_rdtsc),
	[VMX_EXIT_PREEMPTION_TIMER] = { .handle = handle_nothing },
	UNDEFINED(INVVPID),
	EMULATES(WBINVD, emulate_nothing),
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
	[VMX_EXIT_BUS_LOCK] = { .handle = handle_nothing },
	[VMX_EXIT_NOTIFY] = { .handle = handle_notify },
	STOPS(SEAMCALL),
	STOPS(TDCALL),
	STOPS(RDMSRLIST),
	STOPS(WRMSRLIST),
	STOPS(URDMSR),
	STOPS(UWRMSR),
	STOPS(RDMSR_IMM),
	STOPS(WRMSR_IMM),
};

#define HAS_ROW(name, number, text) && (number) < ARRAY_SIZE(exit_table)
static_assert(true VMX_EXIT_REASONS_TABLE(HAS_ROW));
static_assert(ARRAY_SIZE(exit_table) == STATS_UNKNOWN);

/* Reasons without a row, known or not, get the empty one: stop. */
static const struct exit_row *find_row(u32 reason)
{
	static const struct exit_row unknown;
	u16 basic = reason;

	if (basic >= ARRAY_SIZE(exit_table))
		return &unknown;
	return &exit_table[array_index_nospec(basic, ARRAY_SIZE(exit_table))];
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
	const struct exit_row *row = find_row(exit->reason);

	if (row->now)
		row->now(exit);
}

static void report_findings(struct teavmx_vcpu *vcpu)
{
	const struct vmx_findings *findings = &vcpu->vmx->findings;
	unsigned int i;

	for (i = 0; i < findings->count; i++)
		event_finding(vcpu, &findings->list[i]);
}

/**
 * vmx_exit_default_reasons() - what goes to the host program of a raw VM if
 *	it says nothing
 * @reasons: bitmap of RAW_REASONS bits, all zeros; receives the reasons that
 *	there is no other answer to and no control for
 */
void vmx_exit_default_reasons(unsigned long *reasons)
{
	unsigned int reason;

	for (reason = 0; reason < ARRAY_SIZE(exit_table); reason++) {
		const struct exit_row *row = &exit_table[reason];

		if (!row->emulate && !row->handle &&
		    !vmcs_raw_has_control(reason))
			__set_bit(reason, reasons);
	}
	__set_bit(VMX_EXIT_VMCALL, reasons);
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

/**
 * vmx_exit_emulate() - do what the instruction of a raw guest would have done
 * @vmx: its vCPU, after an exit
 *
 * Context: VMX root operation, interrupts off, its VMCS current.
 *
 * Return: true when the guest can go on.
 */
bool vmx_exit_emulate(struct vmx_vcpu *vmx)
{
	const struct exit_row *row = find_row(vmx->exit.reason);

	return row->emulate && row->emulate(vmx);
}

/* An access to a page that has a breakpoint; with `over` it was reported. */
static bool meets_guard(struct vmx_vcpu *vmx)
{
	const struct vmx_exit *exit = &vmx->exit;

	if ((u16)exit->reason != VMX_EXIT_EPT_VIOLATION || vmx->step.over ||
	    !ram_guard_met(&vmx->raw->ram, exit->gpa, exit->qualification))
		return false;
	vmx->step.over = true;
	vmx->step.over_rip = vmx->rip;
	return true;
}

static enum vcpu_turn handle_raw(struct teavmx_vcpu *vcpu,
				 const struct exit_row *row)
{
	struct vmx_vcpu *vmx = vcpu->vmx;

	if (vmx->exit.reason & VMX_EXIT_REASONS_FAILED_VMENTRY)
		return vcpu_stop(vcpu, TEAVMX_STOP_FAIL);
	if (vmx->ours)
		return VCPU_AGAIN;
	if (meets_guard(vmx))
		return vcpu_stop(vcpu, TEAVMX_STOP_BREAKPOINT);
	if (vmx->split_lock)
		return handle_split_lock(vcpu);
	/* First: it may be routed to the host program since. */
	if (vmx->answered)
		return VCPU_AGAIN;
	if (raw_for_host(vmx->raw, vmx->exit.reason))
		return vcpu_stop(vcpu, TEAVMX_STOP_EXIT);
	return row->handle ? row->handle(vcpu) :
			     vcpu_stop(vcpu, TEAVMX_STOP_EXIT);
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
 * vmx_exit_handle() - record and handle the last exit of a vCPU
 * @vcpu: the vCPU; called by its thread
 *
 * An entry that failed (either way), an exit without a handler and an unknown
 * reason are recorded like any other and stop the vCPU.
 *
 * Return: enum vcpu_turn.
 */
enum vcpu_turn vmx_exit_handle(struct teavmx_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = vcpu->vmx;
	const struct vmx_exit *exit = &vmx->exit;
	const struct exit_row *row;

	if (!exit->entered) {
		event_vmx_fail(vcpu, exit->error, exit->cpu);
		report_findings(vcpu);
		return cannot_go_on(vcpu, TEAVMX_STOP_FAIL);
	}

	stats_count_exit(&vcpu->stats, exit->reason);
	if (vmx->bounds->exits && !--vmx->bounds->exits)
		vmx_reached(vmx, TEAVMX_STOP_EXITS);
	event_vmx_exit(vcpu, exit);
	report_findings(vcpu);
	throttle_bus_locks(exit);

	/*
	 * What do_machine_check() has left for this thread to do is done at its
	 * end, and the memory that failed may be this guest's.
	 */
	if (is_machine_check(exit))
		return vcpu_break(vcpu);
	row = find_row(exit->reason);
	if (vcpu->vm->raw)
		return handle_raw(vcpu, row);
	if (vmx->ours)
		return VCPU_AGAIN;
	if (exit->reason & VMX_EXIT_REASONS_FAILED_VMENTRY || !row->handle)
		return vcpu_break(vcpu);
	return row->handle(vcpu);
}
