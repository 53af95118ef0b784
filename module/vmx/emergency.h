/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_EMERGENCY_H
#define _TEAVMX_VMX_EMERGENCY_H

#include <linux/types.h>

int vmx_emergency_init(void);
void vmx_emergency_exit(void);
bool vmx_emergency_possible(void);
bool vmx_emergency_kvm_loaded(void);

#endif
