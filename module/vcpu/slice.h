/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_SLICE_H
#define _TEAVMX_SLICE_H

#include <linux/types.h>

#include "../vmx/exit.h"

struct netlink_ext_ack;
struct teavmx_vcpu;
struct vcpu_bounds;

/**
 * struct vcpu_slice - what a slice of a run led to
 * @state: enum teavmx_vcpu_state; RUNNING when the thread runs the guest now
 * @stop: enum teavmx_stop, why it is paused
 * @has_exit: it is paused for @exit
 * @exit: the VMX exit for the host program
 */
struct vcpu_slice {
	u8 state;
	u8 stop;
	bool has_exit;
	struct vmx_exit exit;
};

int vcpu_run_slice(struct teavmx_vcpu *vcpu, const struct vcpu_bounds *bounds,
		   struct vcpu_slice *slice, struct netlink_ext_ack *extack);

#endif
