// SPDX-License-Identifier: GPL-2.0-only
#include "cpu.h"
#include "caps.h"
#include "fail.h"
#include "hyperv.h"
#include "vmcs.h"

#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <asm/perf_event.h>
#include <asm/tlbflush.h>

/*
 * VMX root operation of this CPU. In share mode vmx_root_enter() enters it with
 * interrupts off for one guest run, and vmx_root_leave() leaves it before
 * interrupts are enabled again. So other hypervisors, CPU hotplug, suspend,
 * reboot and kexec never find a CPU in root operation because of this module.
 * In own mode (own.c) the CPU is in root operation already.
 */

/* How often, and for how long, a thread waits for KVM to leave or to enter VMX */
#define ROOT_WAITS	100
#define ROOT_WAIT_US	1000

/*
 * The VMXON region of each possible CPU. It is allocated at load, as neither
 * vmx_root_enter() nor a hotplug callback with interrupts off could do so.
 */
static DEFINE_PER_CPU(void *, vmxon_region);

/*
 * vmx_cpu_hold() brought this CPU into root operation. The flag is written by
 * its CPU with interrupts off, so no lock guards it.
 */
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
 * vmx_cpu_init() - allocate the VMXON regions of all possible CPUs
 *
 * Call after vmx_caps_init() succeeded: a region begins with the VMCS revision
 * identifier of vmx_caps.
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
	/* VMPTRST raises #UD if CR4.VMXE is set but no VMXON was executed. */
	return vmx_vmptrst(&root->previous) ? 0 : -EBUSY;
}

/*
 * Executes VMXON with interrupts off. Returns 0, -EBUSY when CR4.VMXE is set
 * already, -EACCES when VM entries use an enlightened VMCS of Hyper-V, or -EIO
 * when VMXON fails.
 */
static int cpu_on(void)
{
	u64 region = __pa(__this_cpu_read(vmxon_region));

	if (vmx_hyperv_enlightened(smp_processor_id()) ||
	    vmx_fails(VMX_FAIL_ENLIGHTENED))
		return -EACCES;
	/*
	 * The shadow is tested, not CR4 itself, because cr4_set_bits_irqsoff()
	 * and every other writer in the kernel derive the new CR4 from it.
	 */
	if (cr4_read_shadow() & X86_CR4_VMXE || vmx_fails(VMX_FAIL_BUSY))
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
	/*
	 * VMXOFF fails only after the emergency callback has executed VMXOFF on
	 * this CPU. Nothing is left to undo then, so the result is ignored.
	 */
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
 * vmx_cpu_off_emergency() - execute VMXOFF on a CPU that is about to be stopped
 *
 * Restores neither the Intel PT state nor the flags of this file, as the CPU
 * does not return to what it was doing.
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
 * Where another hypervisor (KVM) is in root operation already, its current VMCS
 * is recorded in @root, and a VMCS of ours may be made current.
 *
 * Context: interrupts off until after vmx_root_leave().
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
 * vmx_root_wait() - wait a little after vmx_root_enter() has returned -EBUSY
 * @waits: 0 at first; how often the caller has waited
 *
 * The thread in which KVM of Linux 6.12 enters VMX operation on a CPU can be preempted
 * between CR4.VMXE and VMXON, and the one in which it leaves it after VMXOFF.
 *
 * Context: sleeps.
 *
 * Return: false if this took too long, so that another program must be the reason.
 */
bool vmx_root_wait(unsigned int *waits)
{
	if (++*waits > ROOT_WAITS)
		return false;
	usleep_range(ROOT_WAIT_US, 2 * ROOT_WAIT_US);
	return true;
}

/**
 * vmx_root_refusal() - why vmx_root_enter() failed
 * @err: the errno that it returned
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
		return "KVM uses enlightened VMCSs of Hyper-V; load it with enlightened_vmcs=0";
	default:
		return "a VMX instruction failed";
	}
}

/**
 * vmx_root_leave() - undo vmx_root_enter() on this CPU
 * @root: filled by a vmx_root_enter() that succeeded
 *
 * No VMCS of ours may be active on this CPU any more: the caller has executed
 * VMCLEAR. Context: interrupts off since vmx_root_enter().
 */
void vmx_root_leave(struct vmx_root *root)
{
	if (root->kept)
		return;
	if (root->borrowed) {
		/*
		 * The other hypervisor was interrupted between its own VMPTRLD
		 * and VM entry, perhaps, so its VMCS becomes current again.
		 */
		if (root->previous != ~0ULL && !vmx_vmptrld(root->previous))
			vmcs_failed("VMPTRLD", 0, root->previous);
		vmcs_take_failures();
		return;
	}
	cpu_off();
}
