/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_PAYLOAD_RAW_BREAK_H
#define _TEAVMX_PAYLOAD_RAW_BREAK_H

#include <linux/types.h>

struct netlink_ext_ack;
struct payload_break;
struct teavmx_vcpu;

/* Breakpoints of raw guests: see struct payload_ops. */
int payload_raw_break_set(struct teavmx_vcpu *vcpu,
			  const struct payload_break *new,
			  struct netlink_ext_ack *extack);
int payload_raw_break_clear(struct teavmx_vcpu *vcpu,
			    const struct payload_break *which,
			    struct netlink_ext_ack *extack);
void payload_raw_break_clear_all(struct teavmx_vcpu *vcpu);
bool payload_raw_break_next(struct teavmx_vcpu *vcpu, u64 *place,
			    struct payload_break *found);

#endif
