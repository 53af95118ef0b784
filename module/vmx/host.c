// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <linux/hw_breakpoint.h>
#include <linux/percpu.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/segment.h>

/*
 * SDM "Loading Host State": what follows is not in the VMCS, or is there in
 * less than its full width. The guest runs at privilege level 3 with debug
 * register, MSR and control register access exiting, so it cannot have
 * changed anything else; a payload at level 0 would need IA32_KERNEL_GS_BASE
 * saved here as well, as SWAPGS never exits.
 */

/**
 * vmx_host_save() - note what an exit would destroy
 * @host: receives it
 *
 * Context: interrupts off until after vmx_host_restore().
 */
void vmx_host_save(struct vmx_host *host)
{
	native_store_gdt(&host->gdt);
	store_idt(&host->idt);
	store_ldt(host->ldt);
	savesegment(ds, host->ds);
	savesegment(es, host->es);
	savesegment(fs, host->fs);
	savesegment(gs, host->gs);
	rdmsrl(MSR_FS_BASE, host->fs_base);
	host->debugctl = get_debugctlmsr();
}

static void restore_selectors(const struct vmx_host *host)
{
	if (host->ds)
		loadsegment(ds, host->ds);
	if (host->es)
		loadsegment(es, host->es);
	if (host->fs) {
		loadsegment(fs, host->fs);
		wrmsrl(MSR_FS_BASE, host->fs_base);
	}
	if (host->gs)
		load_gs_index(host->gs);
}

/**
 * vmx_host_restore() - put it back
 * @host: filled by vmx_host_save() on this CPU
 */
void vmx_host_restore(const struct vmx_host *host)
{
	native_load_gdt(&host->gdt);
	native_load_idt(&host->idt);
	/* The TSS limit is now 0x67; whoever needs more reloads TR. */
	invalidate_tss_limit();
	if (host->ldt)
		asm volatile("lldt %0" : : "m" (host->ldt));
	if (unlikely(host->ds | host->es | host->fs | host->gs))
		restore_selectors(host);
	if (host->debugctl)
		update_debugctlmsr(host->debugctl);
	/* The exit left DR7 at 0x400. */
	if (hw_breakpoint_active())
		hw_breakpoint_restore();
}
