/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_TIMER_H
#define _TEAVMX_VMX_TIMER_H

#include <linux/types.h>

struct vmx_vcpu;

bool vmx_timer_broken(void);
bool vmx_timer_usable(void);
const char *vmx_timer_missing(void);
bool vmx_timer_saved(void);
u64 vmx_timer_tsc_ticks(u64 cycles);
u64 vmx_timer_ticks(u64 time);
void vmx_timer_expire(struct vmx_vcpu *vmx);
void vmx_timer_arm(struct vmx_vcpu *vmx);
void vmx_timer_take(struct vmx_vcpu *vmx);

#endif
