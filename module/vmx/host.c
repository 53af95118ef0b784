// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <linux/percpu.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/processor.h>
#include <asm/segment.h>

/*
 * Host state that every exit changes and that the VMCS does not hold, or holds
 * in part only (SDM "Loading Host State"). The registers that a raw guest can
 * change without an exit are in raw/guest.c.
 */

/* The value that an exit loads into DR7. */
#define EXIT_DR7	0x400

/**
 * vmx_host_has_segments() - has the current process segments that an exit
 *	changes?
 *
 * A 32-bit process has; a 64-bit one only if it has loaded them itself.
 *
 * Return: true when a selector is not 0.
 */
bool vmx_host_has_segments(void)
{
	u16 ds, es, fs, gs;

	savesegment(ds, ds);
	savesegment(es, es);
	savesegment(fs, fs);
	savesegment(gs, gs);
	return ds | es | fs | gs;
}

/**
 * vmx_host_save() - save host state that an exit changes
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
 * vmx_host_restore() - restore the descriptor tables after an exit
 * @host: filled by vmx_host_save() on this CPU
 *
 * vmx_host_restore_rest() restores the rest, which no instruction of the host
 * depends on. Context: interrupts off.
 */
noinstr void vmx_host_restore(const struct vmx_host *host)
{
	/* The kernel's function for it may be out of line, and then it can be traced. */
	asm volatile("lgdt %0" : : "m" (host->gdt));
	native_load_idt(&host->idt);
	if (host->ldt)
		asm volatile("lldt %0" : : "m" (host->ldt));
}

/**
 * vmx_host_restore_rest() - restore the TSS, the debug registers and IA32_DEBUGCTL
 * @host: filled by vmx_host_save() on this CPU
 *
 * Context: interrupts off.
 */
void vmx_host_restore_rest(const struct vmx_host *host)
{
	/*
	 * An exit sets the TSS limit to 0x67, too low for the I/O bitmap. This
	 * has the kernel reload TR before a task that uses ioperm() runs.
	 */
	invalidate_tss_limit();
	if (host->debugctl)
		update_debugctlmsr(host->debugctl);
	if (host->dr7 != EXIT_DR7)
		native_set_debugreg(7, host->dr7);
}
