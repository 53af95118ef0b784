// SPDX-License-Identifier: GPL-2.0-only
#include "load.h"
#include "caps.h"
#include "cpu.h"
#include "run.h"
#include "vmcs.h"

#include <linux/errno.h>
#include <linux/smp.h>
#include <asm/page.h>

/*
 * A VMCS is active only within vmx_load(): VMCLEAR at its end leaves the launch
 * state "clear", writes the data to memory, and lets another CPU load it next.
 */

/**
 * vmx_load() - call a function with the VMCS of a vCPU current on this CPU
 * @vmx: the vCPU
 * @act: called with the VMCS current and initialized
 * @data: passed on to @act
 *
 * Context: VMX root operation, interrupts off.
 *
 * Return: what @act returned, or -EIO when the VMCS cannot be loaded or
 * cleared, or a VMREAD or VMWRITE failed.
 */
int vmx_load(struct vmx_vcpu *vmx, int (*act)(struct vmx_vcpu *vmx, void *data),
	     void *data)
{
	u64 vmcs = __pa(vmx->vmcs);
	unsigned int failed;
	int err;

	/*
	 * The first VMCLEAR initializes the region; VMPTRLD before that has
	 * undefined effects (SDM "Initializing a VMCS").
	 */
	if (!vmx->initialized && !vmx_vmclear(vmcs))
		return -EIO;
	if (!vmx_vmptrld(vmcs))
		return -EIO;
	vmcs_take_failures();
	if (!vmx->initialized) {
		vmx->hooks->init(vmx);
		vmx->host_task.cr0 = 0;
		vmx->initialized = true;
	} else if (vmx->rewound) {
		vmx->hooks->rewind(vmx);
	}
	vmx->rewound = false;
	err = act(vmx, data);
	/* What a VMREAD that failed has returned must not be used. */
	failed = vmcs_take_failures();
	if (!vmx_vmclear(vmcs) || failed)
		err = -EIO;
	return err;
}

/* Arguments of vmx_with_vmcs() for load_here(), and its result. */
struct load_use {
	struct vmx_vcpu *vmx;
	int (*act)(struct vmx_vcpu *vmx, void *data);
	void *data;
	int err;
};

/*
 * Called by smp_call_function_any() on the CPU that it chose, interrupts off.
 */
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
 * vmx_with_vmcs() - call a function with the VMCS of a stopped vCPU current
 * @vmx: the vCPU; does not run
 * @act: called with the VMCS current and initialized, in VMX root operation,
 *	with interrupts off, perhaps in an interrupt handler
 * @data: passed on to @act
 *
 * Uses this CPU if it can run guests, otherwise another one that can.
 *
 * Context: may sleep.
 *
 * Return: what @act returned, or a negative errno when VMX cannot be used.
 */
int vmx_with_vmcs(struct vmx_vcpu *vmx,
		  int (*act)(struct vmx_vcpu *vmx, void *data), void *data)
{
	struct load_use use = { .vmx = vmx, .act = act, .data = data };
	unsigned int waits = 0;
	int err;

	do {
		err = smp_call_function_any(vmx_caps_cpumask(), load_here,
					    &use, true);
	} while (!err && use.err == -EBUSY && vmx_root_wait(&waits));
	return err ? err : use.err;
}
