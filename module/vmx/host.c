// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <linux/percpu.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/processor.h>

/*
 * SDM "Loading Host State": what follows is not in the VMCS, or is there in
 * less than its full width, whatever guest runs. The registers that a raw guest
 * can change without an exit are in guest.c.
 */

/* What an exit sets DR7 to */
#define EXIT_DR7	0x400

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
	host->dr7 = native_get_debugreg(7);
	host->debugctl = get_debugctlmsr();
}

/**
 * vmx_host_restore() - restore what the next instructions of the host may need
 * @host: filled by vmx_host_save() on this CPU
 *
 * vmx_host_restore_debug() restores the rest. Context: interrupts off.
 */
noinstr void vmx_host_restore(const struct vmx_host *host)
{
	native_load_gdt(&host->gdt);
	native_load_idt(&host->idt);
	/* The TSS limit is now 0x67; whoever needs more reloads TR. */
	invalidate_tss_limit();
	if (host->ldt)
		asm volatile("lldt %0" : : "m" (host->ldt));
}

/**
 * vmx_host_restore_debug() - restore the debug registers and IA32_DEBUGCTL
 * @host: filled by vmx_host_save() on this CPU
 *
 * Context: interrupts off.
 */
void vmx_host_restore_debug(const struct vmx_host *host)
{
	if (host->debugctl)
		update_debugctlmsr(host->debugctl);
	if (host->dr7 != EXIT_DR7)
		native_set_debugreg(7, host->dr7);
}
