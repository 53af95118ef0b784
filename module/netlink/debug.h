/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_NETLINK_DEBUG_H
#define _TEAVMX_NETLINK_DEBUG_H

struct genl_info;
struct teavmx_vcpu;
struct vcpu_bounds;

/* What requests mean for a TEA process that is debugged. */

int netlink_debug_bounds(struct genl_info *info, struct vcpu_bounds *bounds);
int netlink_debug_regs_get(struct genl_info *info, struct teavmx_vcpu *vcpu);
int netlink_debug_regs_set(struct genl_info *info, struct teavmx_vcpu *vcpu);
int netlink_debug_break_set(struct genl_info *info, struct teavmx_vcpu *vcpu);
int netlink_debug_break_clear(struct genl_info *info,
			      struct teavmx_vcpu *vcpu);
int netlink_debug_mem_read(struct genl_info *info);
int netlink_debug_mem_write(struct genl_info *info);

#endif
