/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_EXIT_H
#define _TEAVMX_VMX_EXIT_H

#include "../backend.h"
#include "run.h"

const char *vmx_exit_no_length(const struct vmx_exit *exit);
bool vmx_exit_emulate(struct vmx_vcpu *vmx);
void vmx_exit_default_reasons(unsigned long *reasons);
void vmx_exit_now(const struct vmx_exit *exit);
enum vcpu_turn vmx_exit_handle(struct teavmx_vcpu *vcpu);

#endif
