/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_LOAD_H
#define _TEAVMX_VMX_LOAD_H

struct vmx_vcpu;

int vmx_load(struct vmx_vcpu *vmx, int (*act)(struct vmx_vcpu *vmx, void *data),
	     void *data);
int vmx_with_vmcs(struct vmx_vcpu *vmx,
		  int (*act)(struct vmx_vcpu *vmx, void *data), void *data);

#endif
