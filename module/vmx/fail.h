/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_FAIL_H
#define _TEAVMX_VMX_FAIL_H

#ifdef __KERNEL__
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/types.h>
#endif

/*
 * For tests, a module that was built with INJECT=1 lets one VMX instruction fail. In
 * any other module vmx_fails() is false at compile time. Tests include the numbers.
 */

/**
 * enum vmx_failure - what can fail
 * @VMX_FAIL_vmxon: VMXON
 * @VMX_FAIL_vmclear: VMCLEAR
 * @VMX_FAIL_vmptrld: VMPTRLD
 * @VMX_FAIL_INVEPT: INVEPT
 * @VMX_FAIL_INVVPID: INVVPID
 * @VMX_FAIL_VMREAD: VMREAD
 * @VMX_FAIL_VMWRITE: VMWRITE
 * @VMX_FAIL_VMLAUNCH: VMLAUNCH, as no VMCS is current
 * @VMX_FAIL_VMRESUME: VMRESUME, as the VMCS was not launched
 * @VMX_FAIL_OFF: VMLAUNCH, as the CPU has left VMX operation
 * @VMX_FAIL_CONTROL: a control that the engine looks for when it is loaded, or another
 *	property of the CPU
 * @VMX_FAIL_BUSY: VMXON, as CR4.VMXE is set already; the CPU is not in VMX operation
 * @VMX_FAIL_ENLIGHTENED: VMXON, as VM entries use an enlightened VMCS of Hyper-V
 * @VMX_FAIL_UNLIKE: VMXON, as the CPU differs from the others
 */
enum vmx_failure {
	VMX_FAIL_vmxon = 1,
	VMX_FAIL_vmclear,
	VMX_FAIL_vmptrld,
	VMX_FAIL_INVEPT,
	VMX_FAIL_INVVPID,
	VMX_FAIL_VMREAD,
	VMX_FAIL_VMWRITE,
	VMX_FAIL_VMLAUNCH,
	VMX_FAIL_VMRESUME,
	VMX_FAIL_OFF,
	VMX_FAIL_CONTROL,
	VMX_FAIL_BUSY,
	VMX_FAIL_ENLIGHTENED,
	VMX_FAIL_UNLIKE,
};

#ifdef __KERNEL__
#ifdef TEAVMX_INJECT

extern unsigned int vmx_fail_step;
extern atomic_t vmx_fail_nth;

/**
 * vmx_fails() - does a step fail now?
 * @step: the step
 *
 * Context: any; it is called by noinstr code.
 *
 * Return: true for the one that the parameters fail_step and fail_nth chose.
 */
static __always_inline bool vmx_fails(enum vmx_failure step)
{
	return READ_ONCE(vmx_fail_step) == step &&
	       arch_atomic_dec_and_test(&vmx_fail_nth);
}

#else

static __always_inline bool vmx_fails(enum vmx_failure step)
{
	return false;
}

#endif
#endif

#endif
