/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_RAW_EXITS_H
#define _TEAVMX_VMX_RAW_EXITS_H

#include <linux/types.h>

struct teavmx_raw;
struct vcpu_result;
struct vmx_vcpu;

void raw_exit_init(void);
bool raw_exit_emulate(struct vmx_vcpu *vmx);
void raw_exit_default_reasons(unsigned long *reasons);
u64 raw_exit_fast_reasons(const struct teavmx_raw *raw);
void raw_exit_settle(struct vmx_vcpu *vmx, struct vcpu_result *result);

#endif
