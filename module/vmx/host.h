/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_HOST_H
#define _TEAVMX_VMX_HOST_H

#include <linux/types.h>
#include <asm/desc_defs.h>

/**
 * struct vmx_host - host state that a VM exit changes and the VMCS does not
 *	bring back
 * @gdt: the exit forces the limit to 0xffff
 * @idt: likewise
 * @debugctl: the exit clears it
 * @fs_base: loading a selector changes it
 * @ldt: the exit loads a null LDTR
 * @ds: selectors that the host fields of the VMCS may not hold
 * @es: likewise
 * @fs: likewise
 * @gs: likewise
 */
struct vmx_host {
	struct desc_ptr gdt;
	struct desc_ptr idt;
	unsigned long debugctl;
	unsigned long fs_base;
	u16 ldt;
	u16 ds;
	u16 es;
	u16 fs;
	u16 gs;
};

void vmx_host_save(struct vmx_host *host);
void vmx_host_restore(const struct vmx_host *host);

#endif
