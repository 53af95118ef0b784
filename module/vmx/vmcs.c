// SPDX-License-Identifier: GPL-2.0-only
#include "vmcs.h"
#include "caps.h"
#include "run.h"
#include "vpid.h"

#include <linux/gfp.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <asm/cpu_entry_area.h>
#include <asm/desc.h>
#include <asm/fsgsbase.h>
#include <asm/msr.h>
#include <asm/segment.h>
#include <asm/special_insns.h>
#include <asm/tlbflush.h>

/* Segment access rights, SDM "Guest Register State". */
#define AR_UNUSABLE	0x10000
#define AR_CODE64_DPL3	0xa0fb
#define AR_DATA_DPL3	0xc0f3
#define AR_TSS64_BUSY	0x008b

/*
 * Segment selectors of a TEA guest. It has no GDT, so the index is arbitrary,
 * but the RPL must be its privilege level.
 */
#define GUEST_CODE	0x1b
#define GUEST_DATA	0x23

/* Failed VMX instructions of this CPU: how many, and what is known of the first */
struct vmcs_failures {
	unsigned int count;
	const char *what;
	unsigned long field;
	u64 value;
};

static DEFINE_PER_CPU(struct vmcs_failures, failures);

/**
 * vmcs_failed() - count a failed VMX instruction
 * @what: the instruction, a constant
 * @field: its field, or 0
 * @value: its operand, or 0
 *
 * The fast path calls it too, so vmcs_take_failures() prints the message.
 *
 * Context: preemption off.
 */
noinstr void vmcs_failed(const char *what, unsigned long field, u64 value)
{
	struct vmcs_failures *list = raw_cpu_ptr(&failures);

	if (list->count++)
		return;
	list->what = what;
	list->field = field;
	list->value = value;
}

/**
 * vmcs_take_failures() - reset the count of failed VMX instructions
 *
 * vmcs_failed() counts. The caller checks many VMREADs and VMWRITEs by one call
 * after all of them. The first of them is reported in the kernel's log.
 *
 * Context: preemption off.
 *
 * Return: how many have failed on this CPU since the last call.
 */
unsigned int vmcs_take_failures(void)
{
	struct vmcs_failures *list = this_cpu_ptr(&failures);
	unsigned int count = list->count;

	if (count)
		pr_err_ratelimited("%s of field 0x%lx failed (value 0x%llx), %u failures\n",
				   list->what, list->field, list->value, count);
	list->count = 0;
	return count;
}

/**
 * vmcs_create() - allocate a page with the VMCS revision identifier
 *
 * It can be a VMCS or a VMXON region: both have the same format (SDM "Format of
 * the VMCS Region").
 *
 * Return: the page, to be freed by vmcs_destroy(), or NULL.
 */
void *vmcs_create(void)
{
	u32 *vmcs = (u32 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);

	if (vmcs)
		*vmcs = vmx_basic_vmcs_revision_id(vmx_caps.basic);
	return vmcs;
}

/**
 * vmcs_destroy() - free a VMCS that is not active on any CPU
 * @vmcs: may be NULL
 */
void vmcs_destroy(void *vmcs)
{
	free_page((unsigned long)vmcs);
}

/**
 * vmcs_write_common_controls() - write the controls that all guests share
 * @vmx: the vCPU, with its extended page tables
 *
 * Mask and match of the page-fault error code are 0, so bit 14 of the exception
 * bitmap alone decides whether page faults exit.
 *
 * Context: VMX root operation, interrupts off, the VMCS current.
 */
void vmcs_write_common_controls(const struct vmx_vcpu *vmx)
{
	vmcs_write32(PAGE_FAULT_ERROR_CODE_MASK, 0);
	vmcs_write32(PAGE_FAULT_ERROR_CODE_MATCH, 0);
	vmcs_write32(CR3_TARGET_COUNT, 0);
	vmcs_write32(VM_EXIT_MSR_STORE_COUNT, 0);
	vmcs_write32(VM_EXIT_MSR_LOAD_COUNT, 0);
	vmcs_write32(VM_ENTRY_MSR_LOAD_COUNT, 0);
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, 0);
	vmcs_write64(VMCS_LINK_POINTER, ~0ULL);
	vmcs_write64(EPT_POINTER, ept_pointer(vmx->ept));
	if (vpid_used())
		vmcs_write16(VIRTUAL_PROCESSOR_ID, vmx->vpid.vpid);
}

static void write_controls(const struct vmx_vcpu *vmx)
{
	vmcs_write32(PIN_BASED_VM_EXEC_CONTROL, vmx_caps.pin);
	vmcs_write32(CPU_BASED_VM_EXEC_CONTROL, vmx_caps.proc);
	vmcs_write32(SECONDARY_VM_EXEC_CONTROL, vmx_caps.proc2);
	vmcs_write32(VM_EXIT_CONTROLS, vmx_caps.exit);
	vmcs_write32(VM_ENTRY_CONTROLS, vmx_caps.entry);
	/* A TEA guest has no IDT, so every exception exits. */
	vmcs_write32(EXCEPTION_BITMAP, ~0U);
	vmcs_write_common_controls(vmx);
}

static void write_guest_segments(void)
{
	vmcs_write16(GUEST_CS_SELECTOR, GUEST_CODE);
	vmcs_write16(GUEST_SS_SELECTOR, GUEST_DATA);
	vmcs_write16(GUEST_DS_SELECTOR, 0);
	vmcs_write16(GUEST_ES_SELECTOR, 0);
	vmcs_write16(GUEST_FS_SELECTOR, 0);
	vmcs_write16(GUEST_GS_SELECTOR, 0);
	vmcs_write16(GUEST_LDTR_SELECTOR, 0);
	vmcs_write16(GUEST_TR_SELECTOR, 0);

	vmcs_write32(GUEST_CS_AR_BYTES, AR_CODE64_DPL3);
	vmcs_write32(GUEST_SS_AR_BYTES, AR_DATA_DPL3);
	vmcs_write32(GUEST_DS_AR_BYTES, AR_UNUSABLE);
	vmcs_write32(GUEST_ES_AR_BYTES, AR_UNUSABLE);
	vmcs_write32(GUEST_FS_AR_BYTES, AR_UNUSABLE);
	vmcs_write32(GUEST_GS_AR_BYTES, AR_UNUSABLE);
	vmcs_write32(GUEST_LDTR_AR_BYTES, AR_UNUSABLE);
	vmcs_write32(GUEST_TR_AR_BYTES, AR_TSS64_BUSY);

	vmcs_write32(GUEST_CS_LIMIT, ~0U);
	vmcs_write32(GUEST_SS_LIMIT, ~0U);
	vmcs_write32(GUEST_TR_LIMIT, 0x67);
	/*
	 * The guest has no descriptor tables, and an event could not be
	 * delivered through them: at privilege level 3 there is no handler.
	 */
	vmcs_write32(GUEST_GDTR_LIMIT, 0);
	vmcs_write32(GUEST_IDTR_LIMIT, 0);

	vmcs_writel(GUEST_CS_BASE, 0);
	vmcs_writel(GUEST_SS_BASE, 0);
	vmcs_writel(GUEST_DS_BASE, 0);
	vmcs_writel(GUEST_ES_BASE, 0);
	vmcs_writel(GUEST_FS_BASE, 0);
	vmcs_writel(GUEST_GS_BASE, 0);
	vmcs_writel(GUEST_LDTR_BASE, 0);
	vmcs_writel(GUEST_TR_BASE, 0);
	vmcs_writel(GUEST_GDTR_BASE, 0);
	vmcs_writel(GUEST_IDTR_BASE, 0);
}

/*
 * A TEA guest runs in 64-bit mode at privilege level 3. With CR0.EM and CR0.TS
 * set and CR4.OSFXSR and CR4.OSXSAVE clear, every x87, SSE and AVX instruction
 * raises an exception. The guest/host masks own all bits of CR0 and CR4, so the
 * guest cannot change that. At level 3 SWAPGS, MOV CR8 and other instructions
 * that would reach host state raise #GP. IF is set, and POPF cannot clear it at
 * this level.
 */
static void write_guest_registers(const struct vmx_vcpu *vmx)
{
	unsigned long cr0 = X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS |
			    X86_CR0_ET | X86_CR0_NE | X86_CR0_WP | X86_CR0_PG;
	unsigned long cr4 = X86_CR4_PAE;
	/*
	 * CR4.MCE of the guest must be that of the host: a machine check in a
	 * guest with MCE clear shuts the processor down.
	 */
	unsigned long mce = __read_cr4() & X86_CR4_MCE;

	vmcs_writel(CR0_READ_SHADOW, cr0);
	vmcs_writel(CR4_READ_SHADOW, cr4);
	vmcs_writel(CR0_GUEST_HOST_MASK, ~0UL);
	vmcs_writel(CR4_GUEST_HOST_MASK, ~0UL);
	vmcs_writel(GUEST_CR0, (cr0 | vmx_caps.cr0_fixed0) &
			       vmx_caps.cr0_fixed1);
	vmcs_writel(GUEST_CR4, (cr4 | mce | vmx_caps.cr4_fixed0) &
			       vmx_caps.cr4_fixed1);
	vmcs_writel(GUEST_CR3, vmx->guest_cr3);
	vmcs_write64(GUEST_IA32_EFER, EFER_LME | EFER_LMA | EFER_NX);
	vmcs_write64(GUEST_IA32_PAT, VMCS_RESET_PAT);
	vmcs_write64(GUEST_IA32_DEBUGCTL, 0);
	vmcs_writel(GUEST_DR7, 0x400);
	vmcs_writel(GUEST_RSP, vmx->rsp);
	vmcs_writel(GUEST_RFLAGS, X86_EFLAGS_FIXED | X86_EFLAGS_IF);
	vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS, 0);
	vmcs_writel(GUEST_SYSENTER_ESP, 0);
	vmcs_writel(GUEST_SYSENTER_EIP, 0);
	vmcs_write32(GUEST_SYSENTER_CS, 0);
	vmcs_write32(GUEST_INTERRUPTIBILITY_INFO, 0);
	vmcs_write32(GUEST_ACTIVITY_STATE, 0);
}

/**
 * vmcs_write_guest() - write all of the guest-state area but RIP
 * @vmx: a TEA vCPU
 *
 * Nothing of what a guest has left there remains. Each entry writes RIP and the
 * preemption timer.
 *
 * Context: VMX root operation, interrupts off, the VMCS current.
 */
void vmcs_write_guest(struct vmx_vcpu *vmx)
{
	write_guest_segments();
	write_guest_registers(vmx);
}

/**
 * vmcs_write_host_constants() - write host state that never changes
 *
 * Context: VMX root operation, interrupts off.
 */
void vmcs_write_host_constants(void)
{
	u64 pat, efer;

	rdmsrl(MSR_IA32_CR_PAT, pat);
	rdmsrl(MSR_EFER, efer);
	vmcs_write64(HOST_IA32_PAT, pat);
	vmcs_write64(HOST_IA32_EFER, efer);
	vmcs_write16(HOST_CS_SELECTOR, __KERNEL_CS);
	vmcs_write16(HOST_SS_SELECTOR, __KERNEL_DS);
	/*
	 * RPL and TI must be 0 (SDM "Checks on Host Segment and
	 * Descriptor-Table Registers"), and a kernel thread has null selectors
	 * in these registers anyway.
	 */
	vmcs_write16(HOST_DS_SELECTOR, 0);
	vmcs_write16(HOST_ES_SELECTOR, 0);
	vmcs_write16(HOST_FS_SELECTOR, 0);
	vmcs_write16(HOST_GS_SELECTOR, 0);
	vmcs_write16(HOST_TR_SELECTOR, GDT_ENTRY_TSS * 8);
	vmcs_writel(HOST_RIP, (unsigned long)vmx_exit_label);
}

/**
 * vmcs_init() - fill the current VMCS, all but what vmcs_write_host_cpu()
 *	and vmcs_write_host_task() write
 * @vmx: whose VMCS it is
 *
 * Context: VMX root operation, interrupts off.
 */
void vmcs_init(struct vmx_vcpu *vmx)
{
	write_controls(vmx);
	vmcs_write_guest(vmx);
	vmcs_write_host_constants();
}

/**
 * vmcs_write_host_cpu() - host state that differs between CPUs
 *
 * Context: VMX root operation, interrupts off.
 */
void vmcs_write_host_cpu(void)
{
	unsigned int cpu = smp_processor_id();
	struct desc_ptr gdt, idt;
	unsigned long msr;

	native_store_gdt(&gdt);
	store_idt(&idt);
	vmcs_writel(HOST_GDTR_BASE, gdt.address);
	vmcs_writel(HOST_IDTR_BASE, idt.address);
	vmcs_writel(HOST_TR_BASE,
		    (unsigned long)&get_cpu_entry_area(cpu)->tss.x86_tss);
	rdmsrl(MSR_GS_BASE, msr);
	vmcs_writel(HOST_GS_BASE, msr);
	rdmsrl(MSR_IA32_SYSENTER_CS, msr);
	vmcs_write32(HOST_IA32_SYSENTER_CS, msr);
	rdmsrl(MSR_IA32_SYSENTER_ESP, msr);
	vmcs_writel(HOST_IA32_SYSENTER_ESP, msr);
	rdmsrl(MSR_IA32_SYSENTER_EIP, msr);
	vmcs_writel(HOST_IA32_SYSENTER_EIP, msr);
}

/**
 * vmcs_write_host_task() - write host state that a context switch can change
 * @last: what is in the VMCS; updated
 *
 * A kernel thread runs in the address space of the task that ran before it, and
 * with that task's FS base. Context: VMX root operation, interrupts off.
 */
void vmcs_write_host_task(struct vmcs_host_task *last)
{
	struct vmcs_host_task now = {
		.cr0 = read_cr0() & ~X86_CR0_TS,
		.cr3 = __read_cr3(),
		.cr4 = native_read_cr4(),
	};
	bool all = !last->cr0;

	rdmsrl(MSR_FS_BASE, now.fs_base);
	if (all || now.fs_base != last->fs_base)
		vmcs_writel(HOST_FS_BASE, now.fs_base);
	if (now.cr0 != last->cr0)
		vmcs_writel(HOST_CR0, now.cr0);
	if (all || now.cr3 != last->cr3)
		vmcs_writel(HOST_CR3, now.cr3);
	if (all || now.cr4 != last->cr4)
		vmcs_writel(HOST_CR4, now.cr4);
	*last = now;
}
