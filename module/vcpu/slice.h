/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_SLICE_H
#define _TEAVMX_SLICE_H

#include <linux/types.h>

#include <uapi/tea.h>

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

/**
 * struct vcpu_end - how a run of a batch ended
 * @steps: TEA instructions
 * @size: bytes in @message
 * @message: the exit message
 */
struct vcpu_end {
	u64 steps;
	u8 size;
	u8 message[TEA_MESSAGE_MAX];
};

/**
 * struct vcpu_batch - runs of one program that one request makes
 * @count: how many, at least 1
 * @done: so many have ended in the request
 * @size: bytes of the arguments of one run
 * @arguments: those of all runs, one after the other
 * @ends: @count entries, of which @done are filled in
 * @begin: time-stamp counter at its begin
 * @first_event: receives the number that its first record will get
 */
struct vcpu_batch {
	u32 count;
	u32 done;
	size_t size;
	const u8 *arguments;
	struct vcpu_end *ends;
	u64 begin;
	u64 first_event;
};

int vcpu_run_slice(struct teavmx_vcpu *vcpu, const struct vcpu_bounds *bounds,
		   struct vcpu_slice *slice, struct netlink_ext_ack *extack);
int vcpu_run_batch(struct teavmx_vcpu *vcpu, struct vcpu_batch *batch,
		   struct vcpu_slice *slice, struct netlink_ext_ack *extack);

#endif
