// SPDX-License-Identifier: GPL-2.0-only
#include "hyperv.h"

#include <linux/compiler.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/kconfig.h>

#if IS_ENABLED(CONFIG_HYPERV)
#include <asm/mshyperv.h>
#endif

/*
 * Under Hyper-V, KVM may use enlightened VMCSs: structures in memory in place
 * of VMREAD and VMWRITE. While the VP assist page of a CPU enables them,
 * VMPTRLD has no effect there, and a VM entry runs the guest of the VMCS that
 * the page names (Hyper-V Top Level Functional Specification, "Enlightened
 * VMCS"). That would be KVM's guest and not ours, so cpu.c does not use such a
 * CPU.
 */

/**
 * vmx_hyperv_enlightened() - does a VM entry use Hyper-V's VP assist page?
 * @cpu: the CPU
 *
 * KVM sets enlighten_vmentry when it first makes a VMCS current on a CPU, and
 * clears it when it leaves VMX operation there.
 *
 * Return: true when it does.
 */
bool vmx_hyperv_enlightened(unsigned int cpu)
{
#if IS_ENABLED(CONFIG_HYPERV)
	const struct hv_vp_assist_page *page = hv_get_vp_assist_page(cpu);

	return page && READ_ONCE(page->enlighten_vmentry);
#else
	return false;
#endif
}

/**
 * vmx_hyperv_enlightened_anywhere() - is there such an online CPU?
 *
 * Context: may sleep.
 *
 * Return: true when there is such a CPU.
 */
bool vmx_hyperv_enlightened_anywhere(void)
{
	unsigned int cpu;
	bool found = false;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		found |= vmx_hyperv_enlightened(cpu);
	cpus_read_unlock();
	return found;
}
