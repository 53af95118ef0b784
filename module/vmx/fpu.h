/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_FPU_H
#define _TEAVMX_VMX_FPU_H

#include <linux/types.h>

#include <uapi/regs.h>

/* SDM "XSAVE Area": XSAVE and XRSTOR fault on any other alignment. */
#define VMX_FPU_ALIGN 64

/**
 * struct vmx_fpu - x87, SSE and AVX registers of a guest
 * @word: XSAVE area in standard format; the header is at byte 512
 */
struct vmx_fpu {
	u64 word[TEAVMX_REG_FPU_WORDS];
} __aligned(VMX_FPU_ALIGN);

void vmx_fpu_init(void);
bool vmx_fpu_host_has_xsave(void);
u64 vmx_fpu_xcr0_bits(void);
bool vmx_fpu_xcr0_good(u64 value);
void vmx_fpu_reset(struct vmx_fpu *fpu);
void vmx_fpu_load(const struct vmx_fpu *fpu, u64 xcr0, u64 *host_xcr0);
void vmx_fpu_store(struct vmx_fpu *fpu, u64 xcr0, u64 host_xcr0);
void vmx_fpu_clear(void);

#endif
