// SPDX-License-Identifier: GPL-2.0-only
#include "cpu.h"
#include "caps.h"
#include "hyperv.h"
#include "vmcs.h"

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <asm/perf_event.h>
#include <asm/tlbflush.h>

/*
 * VMX root operation of this CPU. In share mode it is taken with interrupts
 * off for the length of one stay in the guest and given back before they come
 * on again. So other hypervisors, CPU hotplug, suspend, reboot and kexec never
 * meet a CPU that we hold. In own mode (own.c) it is there already.
 */

/* The VMXON region: a page for every possible CPU, never freed while loaded. */
static DEFINE_PER_CPU(void *, vmxon_region);

/* This CPU is in root operation by vmx_cpu_hold(); written with IRQs off. */
static DEFINE_PER_CPU(bool, cpu_held);

void vmx_cpu_exit(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		free_page((unsigned long)per_cpu(vmxon_region, cpu));
		per_cpu(vmxon_region, cpu) = NULL;
	}
}

/**
 * vmx_cpu_init() - allocate what root operation needs
 *
 * Call after vmx_caps_init() succeeded.
 *
 * Return: 0 or -ENOMEM.
 */
int vmx_cpu_init(void)
{
	unsigned int cpu;
	void *region;

	for_each_possible_cpu(cpu) {
		region = vmcs_create();
		if (!region) {
			vmx_cpu_exit();
			return -ENOMEM;
		}
		per_cpu(vmxon_region, cpu) = region;
	}
	return 0;
}

static int root_borrow(struct vmx_root *root)
{
	root->borrowed = true;
	/* Fails when CR4.VMXE is set but nobody did VMXON. */
	return vmx_vmptrst(&root->previous) ? 0 : -EBUSY;
}

/*
 * VMXON, with interrupts off. 0, -EBUSY when CR4.VMXE is set already, -EACCES
 * when VM entries use an enlightened VMCS of Hyper-V, -EIO when VMXON fails.
 */
static int cpu_on(void)
{
	u64 region = __pa(__this_cpu_read(vmxon_region));

	if (vmx_hyperv_enlightened(smp_processor_id()))
		return -EACCES;
	/* The shadow, as other parts of the kernel write CR4 from it. */
	if (cr4_read_shadow() & X86_CR4_VMXE)
		return -EBUSY;

	intel_pt_handle_vmx(1);
	cr4_set_bits_irqsoff(X86_CR4_VMXE);
	if (vmx_vmxon(region))
		return 0;

	cr4_clear_bits_irqsoff(X86_CR4_VMXE);
	intel_pt_handle_vmx(0);
	return -EIO;
}

static void cpu_off(void)
{
	/* Fails only after an emergency VMXOFF, and then nothing is left. */
	vmx_vmxoff();
	cr4_clear_bits_irqsoff(X86_CR4_VMXE);
	intel_pt_handle_vmx(0);
}

/**
 * vmx_cpu_hold() - keep this CPU in root operation until vmx_cpu_release()
 *
 * Context: interrupts off.
 *
 * Return: 0, or a negative errno that vmx_root_refusal() explains.
 */
int vmx_cpu_hold(void)
{
	int err;

	lockdep_assert_irqs_disabled();
	if (__this_cpu_read(cpu_held))
		return 0;
	if (!vmx_caps_check_cpu())
		return -EOPNOTSUPP;
	err = cpu_on();
	__this_cpu_write(cpu_held, !err);
	return err;
}

/**
 * vmx_cpu_release() - undo vmx_cpu_hold(), if this CPU is held
 *
 * Context: interrupts off.
 */
void vmx_cpu_release(void)
{
	if (!__this_cpu_read(cpu_held))
		return;
	cpu_off();
	__this_cpu_write(cpu_held, false);
}

/**
 * vmx_cpu_held() - is this CPU held?
 *
 * Context: preemption off.
 *
 * Return: true between vmx_cpu_hold() and vmx_cpu_release().
 */
bool vmx_cpu_held(void)
{
	return __this_cpu_read(cpu_held);
}

/**
 * vmx_cpu_off_emergency() - VMXOFF and no more, for a CPU about to be stopped
 *
 * Context: interrupts off, perhaps in an NMI.
 */
void vmx_cpu_off_emergency(void)
{
	vmx_vmxoff();
	cr4_clear_bits_irqsoff(X86_CR4_VMXE);
}

/**
 * vmx_root_enter() - bring this CPU into VMX root operation
 * @root: receives what vmx_root_leave() needs
 *
 * Where another hypervisor (KVM) is in root operation, its current VMCS is
 * remembered and ours may be made current. Context: interrupts off until
 * after vmx_root_leave().
 *
 * Return: 0, or a negative errno that vmx_root_refusal() explains.
 */
int vmx_root_enter(struct vmx_root *root)
{
	int err;

	root->kept = vmx_cpu_held();
	root->borrowed = false;
	if (root->kept)
		return 0;
	if (!vmx_caps_check_cpu())
		return -EOPNOTSUPP;
	err = cpu_on();
	return err == -EBUSY ? root_borrow(root) : err;
}

/**
 * vmx_root_refusal() - why vmx_root_enter() failed
 * @err: what it returned
 *
 * Return: a clause for a message.
 */
const char *vmx_root_refusal(int err)
{
	switch (err) {
	case -EOPNOTSUPP:
		return "its VMX capabilities are not those of the other CPUs";
	case -EBUSY:
		return "CR4.VMXE is set, but the CPU is not in VMX operation";
	case -EACCES:
		return "KVM has Hyper-V's enlightened VMCS; load it with enlightened_vmcs=0";
	default:
		return "a VMX instruction failed";
	}
}

/**
 * vmx_root_leave() - put this CPU back as vmx_root_enter() found it
 * @root: as filled by a successful vmx_root_enter()
 *
 * Our VMCS must not be active here any more (VMCLEAR).
 */
void vmx_root_leave(struct vmx_root *root)
{
	if (root->kept)
		return;
	if (root->borrowed) {
		/* The other hypervisor may rely on its VMCS being current. */
		if (root->previous != ~0ULL && !vmx_vmptrld(root->previous))
			vmcs_failed("VMPTRLD", 0, root->previous);
		return;
	}
	cpu_off();
}
