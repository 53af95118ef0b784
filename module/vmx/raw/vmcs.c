// SPDX-License-Identifier: GPL-2.0-only
#include "vmcs.h"
#include "../caps.h"
#include "exits.h"
#include "guest.h"
#include "../run.h"
#include "../vmcs.h"
#include "vm.h"

#include <linux/kernel.h>
#include <asm/msr.h>
#include <asm/special_insns.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include <uapi/vmcs.h>
#include <uapi/vmx.h>

/*
 * The VMCS of a raw guest. The guest begins in real mode (SDM "IA-32 and Intel
 * 64 Processor States"). The host owns all bits of CR0 and CR4, and every
 * access to a port, an MSR or a debug register exits.
 */

/* Segment access rights in real mode (SDM "Guest Register State"). */
#define AR_CODE16	0x009b
#define AR_DATA16	0x0093
#define AR_LDT		0x0082
#define AR_TSS32_BUSY	0x008b

#define REAL_LIMIT	0xffff

/*
 * CR0 after RESET. The guest reads CD and NW as it wrote them, but they have no
 * effect: see vmcs_raw_set_cr0().
 */
#define RESET_CR0	(X86_CR0_CD | X86_CR0_NW | X86_CR0_ET)

/* Controls that are always set where the processor supports them. */
#define WANTED_PIN							\
	(PIN_BASED_EXT_INTR_MASK | PIN_BASED_NMI_EXITING |		\
	 PIN_BASED_VIRTUAL_NMIS | PIN_BASED_VMX_PREEMPTION_TIMER)
#define WANTED_PROC							\
	(CPU_BASED_HLT_EXITING | CPU_BASED_MWAIT_EXITING |		\
	 CPU_BASED_MONITOR_EXITING | CPU_BASED_RDPMC_EXITING |		\
	 CPU_BASED_CR8_LOAD_EXITING | CPU_BASED_CR8_STORE_EXITING |	\
	 CPU_BASED_MOV_DR_EXITING | CPU_BASED_UNCOND_IO_EXITING |	\
	 CPU_BASED_USE_TSC_OFFSETTING |					\
	 CPU_BASED_ACTIVATE_SECONDARY_CONTROLS)
#define WANTED_PROC2							\
	(SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID |	\
	 SECONDARY_EXEC_UNRESTRICTED_GUEST |				\
	 SECONDARY_EXEC_ENABLE_RDTSCP | SECONDARY_EXEC_ENABLE_INVPCID |	\
	 SECONDARY_EXEC_WBINVD_EXITING | SECONDARY_EXEC_ENCLS_EXITING |	\
	 SECONDARY_EXEC_BUS_LOCK_DETECTION |				\
	 SECONDARY_EXEC_NOTIFY_VM_EXITING)

/*
 * A control that decides whether the guest exits for a reason. The controls for
 * interrupt and NMI windows are not in the list: inject.c writes them for each
 * entry.
 */
struct reason_control {
	u16 reason;
	u8 word;
	u32 bit;
};

static const struct reason_control reason_controls[] = {
	{ VMX_EXIT_INVLPG, VMX_PROC, CPU_BASED_INVLPG_EXITING },
	{ VMX_EXIT_RDTSC, VMX_PROC, CPU_BASED_RDTSC_EXITING },
	{ VMX_EXIT_RDTSCP, VMX_PROC, CPU_BASED_RDTSC_EXITING },
	/* "INVLPG exiting" is the control for INVPCID too. */
	{ VMX_EXIT_INVPCID, VMX_PROC, CPU_BASED_INVLPG_EXITING },
	{ VMX_EXIT_CR_ACCESS, VMX_PROC,
	  CPU_BASED_CR3_LOAD_EXITING | CPU_BASED_CR3_STORE_EXITING },
	{ VMX_EXIT_MONITOR_TRAP_FLAG, VMX_PROC, CPU_BASED_MONITOR_TRAP_FLAG },
	{ VMX_EXIT_PAUSE_INSTRUCTION, VMX_PROC, CPU_BASED_PAUSE_EXITING },
	{ VMX_EXIT_GDTR_IDTR, VMX_PROC2, SECONDARY_EXEC_DESC },
	{ VMX_EXIT_LDTR_TR, VMX_PROC2, SECONDARY_EXEC_DESC },
	{ VMX_EXIT_RDRAND, VMX_PROC2, SECONDARY_EXEC_RDRAND_EXITING },
	{ VMX_EXIT_RDSEED, VMX_PROC2, SECONDARY_EXEC_RDSEED_EXITING },
	{ VMX_EXIT_VMFUNC, VMX_PROC2, SECONDARY_EXEC_ENABLE_VMFUNC },
};

/*
 * Exceptions that always exit. A guest can make the processor deliver #DB or
 * #AC endlessly, without an instruction boundary at which an interrupt could
 * exit; machine checks are for the host.
 */
#define ALWAYS_EXCEPTIONS						\
	(BIT(X86_TRAP_DB) | BIT(X86_TRAP_AC) | BIT(X86_TRAP_MC))

static u32 controls_allowed(enum vmx_word word, u32 wanted)
{
	const struct vmx_allowed *control = &vmx_caps.allowed[word];

	return control->must | (wanted & control->may);
}

static const struct reason_control *find_control(u16 reason)
{
	const struct reason_control *control = reason_controls;

	for (; control < reason_controls + ARRAY_SIZE(reason_controls);
	     control++)
		if (control->reason == reason)
			return control;
	return NULL;
}

/**
 * vmcs_raw_has_control() - is there a control for exits of this reason?
 * @reason: basic exit reason
 *
 * Return: true when the guest exits for it only if the control is set.
 */
bool vmcs_raw_has_control(u16 reason)
{
	return find_control(reason);
}

/**
 * vmcs_raw_can_run() - can the processor execute what exits for this reason?
 * @reason: basic exit reason
 *
 * Return: true when a control decides about the exit and can be 0.
 */
bool vmcs_raw_can_run(u16 reason)
{
	const struct reason_control *control = find_control(reason);

	return control &&
	       !(vmx_caps.allowed[control->word].must & control->bit);
}

/**
 * vmcs_raw_controls() - write the controls that decide which exits there are
 * @vmx: the vCPU whose VMCS is current
 *
 * Context: VMX root operation, interrupts off.
 */
void vmcs_raw_controls(struct vmx_vcpu *vmx)
{
	u32 wanted[VMX_WORDS] = {
		[VMX_PROC] = WANTED_PROC | vmx->windows,
		[VMX_PROC2] = WANTED_PROC2,
	};
	const struct teavmx_raw *raw = vmx->raw;
	unsigned int i;

	/*
	 * The count is read before the bitmaps: a change in between is found at
	 * the next entry. Pairs with smp_store_release() in netlink/vm.c.
	 */
	vmx->raw_changes = smp_load_acquire(&raw->changes);
	vmx->fastpath.reasons = raw_exit_fast_reasons(raw);
	for (i = 0; i < ARRAY_SIZE(reason_controls); i++)
		if (raw_for_host(raw, reason_controls[i].reason))
			wanted[reason_controls[i].word] |=
				reason_controls[i].bit;
	vmcs_write32(CPU_BASED_VM_EXEC_CONTROL,
		     controls_allowed(VMX_PROC, wanted[VMX_PROC]));
	vmcs_write32(SECONDARY_VM_EXEC_CONTROL,
		     controls_allowed(VMX_PROC2, wanted[VMX_PROC2]));
	vmcs_write32(EXCEPTION_BITMAP,
		     ALWAYS_EXCEPTIONS | READ_ONCE(raw->host_exceptions));
	if (wanted[VMX_PROC2] & vmx_caps.allowed[VMX_PROC2].may &
	    SECONDARY_EXEC_ENABLE_VMFUNC)
		vmcs_write64(VM_FUNCTION_CONTROL, 0);
}

static void write_controls(struct vmx_vcpu *vmx)
{
	vmcs_write32(PIN_BASED_VM_EXEC_CONTROL,
		     controls_allowed(VMX_PIN, WANTED_PIN));
	vmcs_write32(VM_EXIT_CONTROLS, vmx_caps.exit);
	vmcs_write32(VM_ENTRY_CONTROLS,
		     controls_allowed(VMX_ENTRY, vmx_caps.entry &
						 ~VM_ENTRY_IA32E_MODE));
	vmcs_raw_controls(vmx);
	vmcs_write64(TSC_OFFSET, vmx->raw->tsc_offset);
	vmcs_write_common_controls(vmx);
	if (vmx_caps.allowed[VMX_PROC2].may & SECONDARY_EXEC_ENCLS_EXITING)
		vmcs_write64(ENCLS_EXITING_BITMAP, ~0ULL);
	/*
	 * A window of 0 is safe: the processor adds an internal threshold to it
	 * (SDM "Instruction Timeout").
	 */
	if (vmx_caps.allowed[VMX_PROC2].may & SECONDARY_EXEC_NOTIFY_VM_EXITING)
		vmcs_write32(NOTIFY_WINDOW, 0);
}

/* The rows are in the order of the fields: ES to GS, LDTR, TR. */
static void write_segments(void)
{
	static const u16 rights[] = {
		AR_DATA16, AR_CODE16, AR_DATA16, AR_DATA16, AR_DATA16,
		AR_DATA16, AR_LDT, AR_TSS32_BUSY,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rights); i++) {
		vmcs_write16(GUEST_ES_SELECTOR + 2 * i, 0);
		vmcs_writel(GUEST_ES_BASE + 2 * i, 0);
		vmcs_write32(GUEST_ES_LIMIT + 2 * i, REAL_LIMIT);
		vmcs_write32(GUEST_ES_AR_BYTES + 2 * i, rights[i]);
	}
	vmcs_writel(GUEST_GDTR_BASE, 0);
	vmcs_writel(GUEST_IDTR_BASE, 0);
	vmcs_write32(GUEST_GDTR_LIMIT, REAL_LIMIT);
	vmcs_write32(GUEST_IDTR_LIMIT, REAL_LIMIT);
}

static void write_registers(struct vmx_vcpu *vmx)
{
	vmcs_writel(CR0_GUEST_HOST_MASK, ~0UL);
	vmcs_writel(CR4_GUEST_HOST_MASK, ~0UL);
	vmcs_raw_set_cr0(RESET_CR0);
	vmcs_raw_set_cr4(0);
	vmcs_writel(GUEST_CR3, 0);
	vmcs_write64(GUEST_IA32_EFER, 0);
	vmcs_write64(GUEST_IA32_PAT, VMCS_RESET_PAT);
	vmcs_write64(GUEST_IA32_DEBUGCTL, 0);
	vmx_guest_write_dr7(vmx->guest);
	vmcs_writel(GUEST_RSP, 0);
	/*
	 * IF is clear, as after RESET. Interrupts of the host exit
	 * nevertheless, because of "external-interrupt exiting".
	 */
	vmcs_writel(GUEST_RFLAGS, X86_EFLAGS_FIXED);
	vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS, 0);
	vmcs_writel(GUEST_SYSENTER_ESP, 0);
	vmcs_writel(GUEST_SYSENTER_EIP, 0);
	vmcs_write32(GUEST_SYSENTER_CS, 0);
	vmcs_write32(GUEST_INTERRUPTIBILITY_INFO, 0);
	vmcs_write32(GUEST_ACTIVITY_STATE, 0);
}

/**
 * vmcs_raw_set_cr0() - set the guest's CR0
 * @value: the value that the guest reads; the caller has checked it
 *
 * Context: VMX root operation, interrupts off.
 */
noinstr void vmcs_raw_set_cr0(u64 value)
{
	/* "Unrestricted guest" allows PE and PG to be 0. */
	u64 must = vmx_caps.cr0_fixed0 & ~(u64)(X86_CR0_PE | X86_CR0_PG);

	vmcs_writel(CR0_READ_SHADOW, value);
	/* A guest cannot disable caches, which would slow down the host too. */
	value &= ~(u64)(X86_CR0_CD | X86_CR0_NW);
	vmcs_writel(GUEST_CR0, (value | must) & vmx_caps.cr0_fixed1);
}

/* native_read_cr4() is inline, but not always: a compiler may leave it a function. */
static __always_inline u64 vmcs_host_cr4(void)
{
	unsigned long value;

	asm volatile("mov %%cr4, %0" : "=r" (value));
	return value;
}

/**
 * vmcs_raw_set_cr4() - set the guest's CR4
 * @value: the value that the guest reads; the caller has checked it
 *
 * Context: VMX root operation, interrupts off.
 */
noinstr void vmcs_raw_set_cr4(u64 value)
{
	vmcs_writel(CR4_READ_SHADOW, value);
	/*
	 * CR4.MCE must be that of the host: a machine check in a guest with MCE
	 * clear shuts the processor down.
	 */
	value |= vmcs_host_cr4() & X86_CR4_MCE;
	vmcs_writel(GUEST_CR4,
		    (value | vmx_caps.cr4_fixed0) & vmx_caps.cr4_fixed1);
}

/**
 * vmcs_raw_set_efer() - set the guest's EFER
 * @value: the value that the guest reads; the caller has checked it
 *
 * Context: VMX root operation, interrupts off.
 */
void vmcs_raw_set_efer(u64 value)
{
	u32 entry = vmcs_read32(VM_ENTRY_CONTROLS) & ~VM_ENTRY_IA32E_MODE;

	vmcs_write64(GUEST_IA32_EFER, value);
	if (value & EFER_LMA)
		entry |= VM_ENTRY_IA32E_MODE;
	vmcs_write32(VM_ENTRY_CONTROLS, entry);
}

/**
 * vmcs_raw_load_pdptes() - copy the PDPTEs from guest memory to the VMCS
 * @vmx: the vCPU whose VMCS is current
 *
 * With EPT, a VM entry with PAE paging loads the PDPTEs from the VMCS and not
 * from the address in CR3 (SDM "Loading Page-Directory-Pointer-Table Entries").
 * So this is called after a change of CR0, CR3, CR4 or EFER that the processor
 * did not execute itself.
 *
 * Return: true when they are valid, or PAE paging is not in use.
 */
bool vmcs_raw_load_pdptes(struct vmx_vcpu *vmx)
{
	const u64 reserved = GENMASK_ULL(2, 1) | GENMASK_ULL(8, 5) |
			     ~0ULL << boot_cpu_data.x86_phys_bits;
	u64 pdpte[4];
	unsigned int i;

	if (!(vmcs_readl(GUEST_CR0) & X86_CR0_PG) ||
	    !(vmcs_readl(GUEST_CR4) & X86_CR4_PAE) ||
	    vmcs_read64(GUEST_IA32_EFER) & EFER_LMA)
		return true;
	if (ram_read(&vmx->raw->ram, vmcs_readl(GUEST_CR3) & 0xffffffe0, pdpte,
		     sizeof(pdpte)))
		return false;
	for (i = 0; i < ARRAY_SIZE(pdpte); i++)
		if (pdpte[i] & _PAGE_PRESENT && pdpte[i] & reserved)
			return false;
	for (i = 0; i < ARRAY_SIZE(pdpte); i++)
		vmcs_write64(GUEST_PDPTR0 + 2 * i, pdpte[i]);
	return true;
}

/**
 * vmcs_raw_init() - fill the current VMCS of a raw guest
 * @vmx: the vCPU
 *
 * Leaves out the fields that vmcs_write_host_cpu() and vmcs_write_host_task()
 * write before an entry.
 *
 * Context: VMX root operation, interrupts off.
 */
void vmcs_raw_init(struct vmx_vcpu *vmx)
{
	write_controls(vmx);
	write_segments();
	write_registers(vmx);
	vmcs_write_host_constants();
}
