/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_VPID_H
#define _TEAVMX_VMX_VPID_H

#include "caps.h"
#include "run.h"
#include "vmcs.h"

#include <asm/vmx.h>

/*
 * With VPIDs an entry and an exit keep the translations of linear addresses that
 * the processor has cached. It uses only those that it has cached with the same
 * VPID and the same address of the extended page tables (SDM "Caching Translation
 * Information"). So only vCPUs of one raw VM, which share these tables, need
 * different numbers, and none is allocated. KVM takes numbers from 1 up. If it had
 * 65,535 vCPUs, the tables would still differ.
 *
 * INVEPT at the first entry on a CPU invalidates what the CPU has cached of the
 * tables with any VPID. So a number is safe that another vCPU had before, and so
 * are translations of a vCPU that was on another CPU meanwhile, or of a CPU that was
 * offline.
 */
#define VPID_LAST 0xffff

/**
 * vpid_used() - have guests VPIDs?
 *
 * Return: true when they have.
 */
static __always_inline bool vpid_used(void)
{
	return vmx_caps.allowed[VMX_PROC2].may & SECONDARY_EXEC_ENABLE_VPID;
}

/**
 * vpid_forget() - invalidate the guest's translations that this CPU has cached
 * @vmx: the vCPU
 *
 * It is called when the host does what invalidates them on a processor. Without
 * VPIDs each exit has invalidated them.
 *
 * Context: VMX root operation, interrupts off; code that is noinstr may call it.
 */
static __always_inline void vpid_forget(const struct vmx_vcpu *vmx)
{
	if (vpid_used() &&
	    !vmx_invvpid(VMX_VPID_EXTENT_SINGLE_CONTEXT, &vmx->vpid))
		vmcs_failed("INVVPID", 0, vmx->vpid.vpid);
}

#endif
