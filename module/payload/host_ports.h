/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_HOST_PORTS_H
#define _TEAVMX_HOST_PORTS_H

#include <linux/types.h>

struct tea_access;
struct teavmx_vcpu;

/**
 * enum host_state - state of a read of a host port
 * @HOST_IDLE: there is no read
 * @HOST_ASKED: it waits for the host program
 * @HOST_ANSWERED: the host program has given the value
 * @HOST_REFUSED: the host program has refused it, so the process ends
 */
enum host_state {
	HOST_IDLE,
	HOST_ASKED,
	HOST_ANSWERED,
	HOST_REFUSED,
};

/**
 * struct host_request - the last access of a vCPU to a host port
 * @number: number of the access, counted from 1
 * @state: enum host_state
 * @size: 1 or 2 bytes
 * @value: the value, with HOST_ANSWERED
 *
 * Guarded by vcpu->lock; the vCPU's thread alone writes all but the answer.
 */
struct host_request {
	u32 number;
	u8 state;
	u8 size;
	u16 value;
};

/**
 * struct host_answer - an answer of the host program
 * @request: number of the access
 * @refused: there is no value, the access fails
 * @value: the value that the process reads
 */
struct host_answer {
	u32 request;
	bool refused;
	u16 value;
};

int host_port_access(struct teavmx_vcpu *vcpu, struct tea_access *access);
int host_port_answer(struct teavmx_vcpu *vcpu,
		     const struct host_answer *answer);

#endif
