// SPDX-License-Identifier: GPL-2.0-only
#include "perf.h"
#include "run.h"
#include "vmcs.h"

#include <linux/build_bug.h>
#include <linux/kvm_host.h>
#include <linux/perf_event.h>
#include <linux/slab.h>
#include <asm/msr.h>
#include <asm/perf_event.h>

#include "perf_list.h"

/*
 * Performance counters while a guest runs. PEBS writes its records to a linear
 * address of the host, which the guest's page tables would translate; and an
 * event that excludes guests must not count in one. The perf subsystem names
 * the MSRs that need another value in a guest, and the MSR-load areas of the VM
 * entry and the VM exit switch them.
 */

/*
 * kmalloc() aligns an allocation to its size only if that is a power of two.
 * The areas have to be aligned to 16 bytes (SDM "VM-Entry Controls for MSRs").
 */
static_assert(!(sizeof(struct vmx_perf) & (sizeof(struct vmx_perf) - 1)));

/*
 * perf_guest_get_msrs() reads the state of the performance counters that KVM
 * emulates. Guests of this module have no such counters.
 */
static struct kvm_pmu perf_no_counters;

/**
 * perf_create() - allocate the MSR-load areas of a vCPU
 *
 * Return: the areas, to be freed by kfree(), or NULL.
 */
struct vmx_perf *perf_create(void)
{
	return kmalloc(sizeof(struct vmx_perf), GFP_KERNEL_ACCOUNT);
}

static void write_count(struct vmx_vcpu *vmx, unsigned int count)
{
	if (count == vmx->perf_count)
		return;
	vmcs_write64(VM_ENTRY_MSR_LOAD_ADDR, __pa(vmx->perf->guest));
	vmcs_write64(VM_EXIT_MSR_LOAD_ADDR, __pa(vmx->perf->host));
	vmcs_write32(VM_ENTRY_MSR_LOAD_COUNT, count);
	vmcs_write32(VM_EXIT_MSR_LOAD_COUNT, count);
	vmx->perf_count = count;
}

/**
 * perf_before_entry() - have the next entry and exit switch the counters
 * @vmx: the vCPU whose VMCS is current
 *
 * Context: VMX root operation, interrupts off until after the exit.
 */
void perf_before_entry(struct vmx_vcpu *vmx)
{
	struct perf_guest_switch_msr *msrs;
	unsigned int filled;
	int count = 0;

	msrs = perf_guest_get_msrs(&count, &perf_no_counters);
	filled = perf_list_fill(vmx->perf, msrs, count);
	/*
	 * PEBS may still write a record for a while after it is disabled. The
	 * MSR-load area of the entry would disable it too late: the record
	 * would be written to an address of the guest.
	 */
	if (perf_list_has(vmx->perf, filled, MSR_IA32_PEBS_ENABLE))
		wrmsrl(MSR_IA32_PEBS_ENABLE, 0);
	write_count(vmx, filled);
}

/**
 * perf_without_exit() - undo perf_before_entry() when no entry followed
 * @vmx: the vCPU
 *
 * No exit has loaded the host's value of IA32_PEBS_ENABLE: VMLAUNCH failed
 * before it loaded any guest state, or was not executed.
 *
 * Context: as for perf_before_entry().
 */
void perf_without_exit(struct vmx_vcpu *vmx)
{
	unsigned int i;

	for (i = 0; i < vmx->perf_count; i++)
		if (vmx->perf->host[i].index == MSR_IA32_PEBS_ENABLE)
			wrmsrl(MSR_IA32_PEBS_ENABLE, vmx->perf->host[i].value);
}
