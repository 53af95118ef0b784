/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_VMCS_RAW_H
#define _TEAVMX_VMX_VMCS_RAW_H

#include <linux/types.h>

struct vmx_vcpu;

void vmcs_raw_init(struct vmx_vcpu *vmx);
bool vmcs_raw_has_control(u16 reason);
void vmcs_raw_controls(struct vmx_vcpu *vmx);
bool vmcs_raw_can_run(u16 reason);
void vmcs_raw_set_cr0(u64 value);
void vmcs_raw_set_cr4(u64 value);
void vmcs_raw_set_efer(u64 value);
bool vmcs_raw_load_pdptes(struct vmx_vcpu *vmx);

#endif
