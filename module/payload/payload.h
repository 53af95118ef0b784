/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_PAYLOAD_H
#define _TEAVMX_PAYLOAD_H

#include "../backend.h"

struct tea_access;
struct teavmx_vcpu;
struct vcpu_params;
struct vmx_regs;
struct vmx_vcpu;

/* What a guest runs: how it is loaded and what its exits mean. */

int payload_tea_init(void);
void payload_tea_exit(void);
int payload_tea_load(struct teavmx_vcpu *vcpu,
		     const struct vcpu_params *params, int *code);
void payload_tea_entry(struct vmx_vcpu *vmx, bool debugged);
enum vcpu_turn payload_tea_vmcall(struct teavmx_vcpu *vcpu,
				  struct vmx_regs *regs);
void payload_tea_finish(struct teavmx_vcpu *vcpu, u8 code);
int payload_tea_port(struct teavmx_vcpu *vcpu, struct tea_access *access);
int payload_tea_command(struct teavmx_vcpu *vcpu, const u8 *packet,
			unsigned int size);

enum vcpu_turn payload_raw_touch(struct teavmx_vcpu *vcpu);
int payload_raw_answer(struct teavmx_vcpu *vcpu, u64 value,
		       const char **refused);

#endif
