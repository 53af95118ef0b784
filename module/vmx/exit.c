// SPDX-License-Identifier: GPL-2.0-only
#include "exit.h"
#include "../event.h"
#include "../payload.h"
#include "../stats.h"
#include "../vcpu.h"

#include <linux/nospec.h>
#include <linux/ptrace.h>
#include <asm/mce.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>

/*
 * Exits have two handlers. `now` runs with interrupts still off, for what
 * belongs to the host and cannot wait. `handle` runs in the vCPU's thread and
 * may sleep. A row without `handle` stops the vCPU: the payload had no reason
 * to cause that exit.
 */
struct exit_row {
	void (*now)(const struct vmx_exit *exit);
	enum vcpu_turn (*handle)(struct teavmx_vcpu *vcpu);
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

static enum vcpu_turn handle_exception_nmi(struct teavmx_vcpu *vcpu)
{
	u32 info = vcpu->vmx->exit.intr_info;

	if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR)
		return VCPU_AGAIN;
	return vcpu_break(vcpu);
}

/* The host took its interrupt as soon as interrupts came on. */
static enum vcpu_turn handle_nothing(struct teavmx_vcpu *vcpu)
{
	return VCPU_AGAIN;
}

static enum vcpu_turn handle_vmcall(struct teavmx_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = vcpu->vmx;

	vmx->rip += vmx->exit.length;
	return payload_tea_vmcall(vcpu, &vmx->regs);
}

#define STOPS(name) [VMX_EXIT_##name] = { }

/* A row for every reason that uapi/vmx.h names. */
static const struct exit_row exit_table[] = {
	[VMX_EXIT_EXCEPTION_NMI] = {
		.now = exception_nmi_now,
		.handle = handle_exception_nmi,
	},
	[VMX_EXIT_EXTERNAL_INTERRUPT] = { .handle = handle_nothing },
	STOPS(TRIPLE_FAULT),
	STOPS(INIT),
	STOPS(SIPI),
	STOPS(IO_SMI),
	STOPS(OTHER_SMI),
	STOPS(INTERRUPT_WINDOW),
	STOPS(NMI_WINDOW),
	STOPS(TASK_SWITCH),
	STOPS(CPUID),
	STOPS(GETSEC),
	STOPS(HLT),
	STOPS(INVD),
	STOPS(INVLPG),
	STOPS(RDPMC),
	STOPS(RDTSC),
	STOPS(RSM),
	[VMX_EXIT_VMCALL] = { .handle = handle_vmcall },
	STOPS(VMCLEAR),
	STOPS(VMLAUNCH),
	STOPS(VMPTRLD),
	STOPS(VMPTRST),
	STOPS(VMREAD),
	STOPS(VMRESUME),
	STOPS(VMWRITE),
	STOPS(VMXOFF),
	STOPS(VMXON),
	STOPS(CR_ACCESS),
	STOPS(DR_ACCESS),
	STOPS(IO_INSTRUCTION),
	STOPS(MSR_READ),
	STOPS(MSR_WRITE),
	STOPS(INVALID_GUEST_STATE),
	STOPS(MSR_LOAD_FAIL),
	STOPS(MWAIT_INSTRUCTION),
	STOPS(MONITOR_TRAP_FLAG),
	STOPS(MONITOR_INSTRUCTION),
	STOPS(PAUSE_INSTRUCTION),
	[VMX_EXIT_MCE_DURING_VMENTRY] = { .now = machine_check_now },
	STOPS(TPR_BELOW_THRESHOLD),
	STOPS(APIC_ACCESS),
	STOPS(VIRTUALIZED_EOI),
	STOPS(GDTR_IDTR),
	STOPS(LDTR_TR),
	STOPS(EPT_VIOLATION),
	STOPS(EPT_MISCONFIG),
	STOPS(INVEPT),
	STOPS(RDTSCP),
	[VMX_EXIT_PREEMPTION_TIMER] = { .handle = handle_nothing },
	STOPS(INVVPID),
	STOPS(WBINVD),
	STOPS(XSETBV),
	STOPS(APIC_WRITE),
	STOPS(RDRAND),
	STOPS(INVPCID),
	STOPS(VMFUNC),
	STOPS(ENCLS),
	STOPS(RDSEED),
	STOPS(PML_FULL),
	STOPS(XSAVES),
	STOPS(XRSTORS),
	STOPS(PCONFIG),
	STOPS(SPP_EVENT),
	STOPS(UMWAIT),
	STOPS(TPAUSE),
	STOPS(LOADIWKEY),
	STOPS(ENCLV),
	STOPS(ENQCMD),
	STOPS(ENQCMDS),
	STOPS(BUS_LOCK),
	STOPS(NOTIFY),
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
	const struct vmx_exit *exit = &vcpu->vmx->exit;
	const struct exit_row *row;

	if (!exit->entered) {
		event_vmx_fail(vcpu, exit->error, exit->cpu);
		report_findings(vcpu);
		return vcpu_break(vcpu);
	}

	stats_count_exit(&vcpu->stats, exit->reason);
	event_vmx_exit(vcpu, exit);
	report_findings(vcpu);

	row = find_row(exit->reason);
	if (exit->reason & VMX_EXIT_REASONS_FAILED_VMENTRY || !row->handle)
		return vcpu_break(vcpu);
	return row->handle(vcpu);
}
