/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_SWITCH_H
#define _TEAVMX_VMX_SWITCH_H

struct vmx_vcpu;

int vmx_switch(struct vmx_vcpu *vmx);

#endif
