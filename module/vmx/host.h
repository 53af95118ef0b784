/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_HOST_H
#define _TEAVMX_VMX_HOST_H

#include <linux/types.h>
#include <asm/desc_defs.h>

/**
 * struct vmx_host - host state that an exit changes and the VMCS does not hold
 * @gdt: the exit forces the limit to 0xffff
 * @idt: likewise
 * @debugctl: the exit clears it
 * @dr7: the exit sets it to 0x400
 * @ldt: the exit loads a null LDTR
 *
 * DS, ES, FS and GS need no field: they are null in a kernel thread, and
 * vmx_host_has_segments() excludes processes where they are not; the exit loads
 * null selectors.
 */
struct vmx_host {
	struct desc_ptr gdt;
	struct desc_ptr idt;
	unsigned long debugctl;
	unsigned long dr7;
	u16 ldt;
};

bool vmx_host_has_segments(void);
void vmx_host_save(struct vmx_host *host);
void vmx_host_restore(const struct vmx_host *host);
void vmx_host_restore_rest(const struct vmx_host *host);

#endif
