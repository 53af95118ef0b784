/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_PERF_H
#define _TEAVMX_VMX_PERF_H

struct vmx_perf;
struct vmx_vcpu;

struct vmx_perf *perf_create(void);
void perf_before_entry(struct vmx_vcpu *vmx);
void perf_without_exit(struct vmx_vcpu *vmx);

#endif
