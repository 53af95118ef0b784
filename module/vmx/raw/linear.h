/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_LINEAR_H
#define _TEAVMX_VMX_LINEAR_H

#include <linux/types.h>

struct vmx_vcpu;

u64 linear_rip(const struct vmx_vcpu *vmx);
size_t linear_read(const struct vmx_vcpu *vmx, u64 linear, u8 *to,
		   size_t size);

#endif
