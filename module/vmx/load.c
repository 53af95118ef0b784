// SPDX-License-Identifier: GPL-2.0-only
#include "load.h"
#include "caps.h"
#include "cpu.h"
#include "run.h"
#include "vmcs.h"

#include <linux/errno.h>
#include <linux/smp.h>
#include <asm/page.h>

/* Loading the VMCS of a vCPU, to run its guest or for anything else. */

/**
 * vmx_load() - do something with the VMCS of a vCPU on this CPU
 * @vmx: the vCPU
 * @act: is called with the VMCS current and initialized
 * @data: passed on to @act
 *
 * Context: VMX root operation, interrupts off.
 *
 * Return: what @act returned, or -EIO when the VMCS cannot be loaded or
 * cleared.
 */
int vmx_load(struct vmx_vcpu *vmx, int (*act)(struct vmx_vcpu *vmx, void *data),
	     void *data)
{
	u64 vmcs = __pa(vmx->vmcs);
	int err;

	/* The clear launch state is needed before a VMCS is used at all. */
	if (!vmx->initialized && !vmx_vmclear(vmcs))
		return -EIO;
	if (!vmx_vmptrld(vmcs))
		return -EIO;
	vmcs_take_failures();
	if (!vmx->initialized) {
		vmx->hooks->init(vmx);
		vmx->initialized = true;
	}
	err = act(vmx, data);
	if (!vmx_vmclear(vmcs))
		err = -EIO;
	return err;
}

/* A use of a VMCS beside running its guest */
struct load_use {
	struct vmx_vcpu *vmx;
	int (*act)(struct vmx_vcpu *vmx, void *data);
	void *data;
	int err;
};

/* Interrupts are off. */
static void load_here(void *info)
{
	struct load_use *use = info;
	struct vmx_root root;

	use->err = vmx_root_enter(&root);
	if (use->err)
		return;
	use->err = vmx_load(use->vmx, use->act, use->data);
	vmx_root_leave(&root);
}

/**
 * vmx_with_vmcs() - do something with the VMCS of a vCPU
 * @vmx: the vCPU; does not run
 * @act: is called with the VMCS current, initialized, in VMX root operation,
 *	with interrupts off, perhaps in an interrupt
 * @data: passed on to @act
 *
 * Uses this CPU, or another where this one is unlike the others. Context: may
 * sleep.
 *
 * Return: what @act returned, or a negative errno when VMX cannot be used.
 */
int vmx_with_vmcs(struct vmx_vcpu *vmx,
		  int (*act)(struct vmx_vcpu *vmx, void *data), void *data)
{
	struct load_use use = { .vmx = vmx, .act = act, .data = data };
	int err = smp_call_function_any(vmx_caps_cpumask(), load_here,
					&use, true);

	return err ? err : use.err;
}
