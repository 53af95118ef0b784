/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_BACKEND_H
#define _TEAVMX_BACKEND_H

#include <linux/types.h>

struct netlink_ext_ack;
struct teavmx_vcpu;

/**
 * struct vmcs_write - a VMCS field that a test wants overwritten
 * @field: encoding
 * @value: what to write
 */
struct vmcs_write {
	u32 field;
	u64 value;
};

/**
 * struct vcpu_bounds - when a vCPU shall pause by itself
 * @exits: VMX exits left, 0 for any number
 * @time: guest time left, in ns or what the backend counts in, 0 for any
 * @steps: instructions left, 0 for any number
 * @until: enum tea_debug_until, for a process under a debugger
 */
struct vcpu_bounds {
	u64 exits;
	u64 time;
	u64 steps;
	u32 until;
};

/**
 * enum vcpu_turn - how a turn of the vCPU's loop ended
 * @VCPU_AGAIN: there is more to do
 * @VCPU_PAUSED: it cannot go on before VCPU_RUN; vcpu->stop tells why
 * @VCPU_EXITED: the program ended with vcpu->exit_code
 */
enum vcpu_turn {
	VCPU_AGAIN,
	VCPU_PAUSED,
	VCPU_EXITED,
};

/**
 * struct backend_ops - a way to run a payload
 * @missing: why it cannot be used here, one sentence; NULL when it can
 * @create: build what the vCPU needs, after its payload is loaded; called
 *	with vm->lock held. 0, or a negative errno with nothing left behind and
 *	perhaps a sentence in @extack
 * @bound: can it keep these bounds? Then it turns the time into what it counts
 *	in. 0, or -EOPNOTSUPP with a sentence
 * @run: execute for a bounded time; called by the vCPU's thread only, may
 *	sleep
 * @destroy: undo @create; also after a @create that failed or never was
 */
struct backend_ops {
	const char *(*missing)(void);
	int (*create)(struct teavmx_vcpu *vcpu,
		      struct netlink_ext_ack *extack);
	int (*bound)(struct teavmx_vcpu *vcpu, struct vcpu_bounds *bounds,
		     const char **refused);
	enum vcpu_turn (*run)(struct teavmx_vcpu *vcpu);
	void (*destroy)(struct teavmx_vcpu *vcpu);
};

extern const struct backend_ops soft_backend;
extern const struct backend_ops vmx_backend;

#endif
