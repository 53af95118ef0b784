/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_PAYLOAD_DEBUG_H
#define _TEAVMX_PAYLOAD_DEBUG_H

#include <linux/types.h>

#include "payload.h"
#include "../vcpu.h"
#include "../tea/debug.h"

/**
 * struct vcpu_debug - state of a vCPU under a debugger
 * @control: conditions to stop. Breakpoints are changed under vm->lock while
 *	the vCPU is stopped, all other members by its thread
 * @guest: the copy in guest memory (vmx), or NULL; only its thread accesses it
 * @ended: the process has ended, only its exit message is missing
 * @code: exit code, valid with @ended
 */
struct vcpu_debug {
	struct tea_debug control;
	struct tea_debug *guest;
	bool ended;
	u8 code;
};

int payload_debug_load(struct teavmx_vcpu *vcpu);
void payload_debug_free(struct teavmx_vcpu *vcpu);
void payload_debug_reset(struct teavmx_vcpu *vcpu);
bool payload_debug_is_on(const struct teavmx_vcpu *vcpu);

/* The thread of the vCPU calls these. */
void payload_debug_begin(struct teavmx_vcpu *vcpu, struct vcpu_result *result);
void payload_debug_pause(struct teavmx_vcpu *vcpu, struct vcpu_result *result);
void payload_debug_stop(struct teavmx_vcpu *vcpu, u64 cause,
			struct vcpu_result *result);
void payload_debug_end(struct teavmx_vcpu *vcpu, u8 code,
		       struct vcpu_result *result);
bool payload_debug_soft(struct teavmx_vcpu *vcpu, struct vcpu_result *result);

/**
 * payload_debug_pause_due() - must a process stop waiting at a port?
 * @vcpu: the vCPU; called by its thread
 *
 * A request to pause may be in control.request already: it was passed on while
 * a guest was executing the instruction that now waits.
 *
 * Return: true for a process under a debugger that has to pause, so that its
 * instruction has to be undone.
 */
static inline bool payload_debug_pause_due(const struct teavmx_vcpu *vcpu)
{
	return vcpu->debug && (vcpu->debug->control.request ||
			       test_bit(VCPU_REQUEST_PAUSE, &vcpu->requests));
}

/* Operations of requests: see struct payload_ops. */
int payload_debug_bound(struct teavmx_vcpu *vcpu, struct payload_run *run,
			struct netlink_ext_ack *extack);
int payload_debug_inspect(struct teavmx_vcpu *vcpu, bool change,
			  struct netlink_ext_ack *extack);
int payload_debug_register_check(const struct vmx_register *reg,
				 const char **refused);
int payload_debug_regs_get(struct teavmx_vcpu *vcpu,
			   struct vmx_registers *registers);
int payload_debug_regs_set(struct teavmx_vcpu *vcpu,
			   const struct vmx_register *changes,
			   unsigned int count, struct netlink_ext_ack *extack);
int payload_debug_mem_read(const struct payload_memory *access,
			   struct netlink_ext_ack *extack);
int payload_debug_mem_write(const struct payload_memory *access,
			    struct netlink_ext_ack *extack);
int payload_debug_break_set(struct teavmx_vcpu *vcpu,
			    const struct payload_break *new,
			    struct netlink_ext_ack *extack);
int payload_debug_break_clear(struct teavmx_vcpu *vcpu,
			      const struct payload_break *which,
			      struct netlink_ext_ack *extack);
void payload_debug_break_clear_all(struct teavmx_vcpu *vcpu);
bool payload_debug_break_next(struct teavmx_vcpu *vcpu, u64 *place,
			      struct payload_break *found);

#endif
