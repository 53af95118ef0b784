/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_PAYLOAD_DEBUG_H
#define _TEAVMX_PAYLOAD_DEBUG_H

#include <linux/types.h>

#include "../backend.h"
#include "../tea/debug.h"

struct teavmx_vcpu;

/**
 * struct vcpu_debug - what a vCPU under a debugger has
 * @control: when it has to stop. Breakpoints are changed with the VM locked
 *	while the vCPU does not run, all else by its thread
 * @guest: the copy in guest memory (vmx), or NULL; only for its thread
 * @ended: the process has come to its end, only its exit message is missing
 */
struct vcpu_debug {
	struct tea_debug control;
	struct tea_debug *guest;
	bool ended;
};

int payload_debug_load(struct teavmx_vcpu *vcpu);
void payload_debug_free(struct teavmx_vcpu *vcpu);

/* For the vCPU's own thread. */
void payload_debug_begin(struct teavmx_vcpu *vcpu);
void payload_debug_request(struct teavmx_vcpu *vcpu);
bool payload_debug_pause_due(const struct teavmx_vcpu *vcpu);
enum vcpu_turn payload_debug_stop(struct teavmx_vcpu *vcpu, u64 cause);
enum vcpu_turn payload_debug_end(struct teavmx_vcpu *vcpu, u8 code);
enum vcpu_turn payload_debug_soft(struct teavmx_vcpu *vcpu);

/* For requests, while the vCPU does not run. */
int payload_debug_break_set(struct teavmx_vcpu *vcpu, u32 kind, u64 address,
			    const char **refused);
int payload_debug_break_clear(struct teavmx_vcpu *vcpu, u32 kind, u64 address);
void payload_debug_break_clear_all(struct teavmx_vcpu *vcpu);
void payload_debug_get(struct teavmx_vcpu *vcpu,
		       struct tea_registers *registers);
int payload_debug_set(struct teavmx_vcpu *vcpu,
		      const struct tea_registers *registers,
		      const char **refused);

#endif
