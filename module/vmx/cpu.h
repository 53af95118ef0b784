/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_CPU_H
#define _TEAVMX_VMX_CPU_H

#include <linux/types.h>

/**
 * struct vmx_root - state between vmx_root_enter() and vmx_root_leave()
 * @kept: own mode holds the CPU in root operation
 * @borrowed: another hypervisor was in root operation here already
 * @previous: physical address of its current VMCS, all ones when it had none
 */
struct vmx_root {
	bool kept;
	bool borrowed;
	u64 previous;
};

int vmx_cpu_init(void);
void vmx_cpu_exit(void);
int vmx_cpu_hold(void);
void vmx_cpu_release(void);
bool vmx_cpu_held(void);
void vmx_cpu_off_emergency(void);
int vmx_root_enter(struct vmx_root *root);
bool vmx_root_wait(unsigned int *waits);
const char *vmx_root_refusal(int err);
void vmx_root_leave(struct vmx_root *root);

#endif
