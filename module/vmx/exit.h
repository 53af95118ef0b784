/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_EXIT_H
#define _TEAVMX_VMX_EXIT_H

#include "../backend.h"
#include "run.h"

void vmx_exit_now(const struct vmx_exit *exit);
enum vcpu_turn vmx_exit_handle(struct teavmx_vcpu *vcpu);

#endif
