/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_SPECULATION_H
#define _TEAVMX_VMX_SPECULATION_H

struct vmx_vcpu;

void speculation_before_entry(const struct vmx_vcpu *vmx);
void speculation_after_exit(void);

#endif
