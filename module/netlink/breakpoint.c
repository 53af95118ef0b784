// SPDX-License-Identifier: GPL-2.0-only
#include "gen.h"
#include "request.h"
#include "../payload/payload.h"
#include "../vcpu.h"
#include "../vm.h"

/*
 * Requests about breakpoints. The payload of the VM decides which kinds there
 * are.
 */

static int breakpoint_parse(struct genl_info *info, struct payload_break *which)
{
	which->kind_attr = netlink_need(info, TEAVMX_A_BREAKPOINT_KIND,
					"the kind of breakpoint is missing");
	which->address_attr = netlink_need(info, TEAVMX_A_BREAKPOINT_ADDRESS,
					   "the address is missing");
	which->size_attr = netlink_attr(info, TEAVMX_A_BREAKPOINT_SIZE);
	if (!which->kind_attr || !which->address_attr)
		return -EINVAL;
	which->kind = nla_get_u32(which->kind_attr);
	which->address = nla_get_u64(which->address_attr);
	if (which->size_attr)
		which->size = nla_get_u8(which->size_attr);
	return 0;
}

static int set_break(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	const struct payload_ops *payload = vcpu->vm->payload;
	struct payload_break new = { };
	int err;

	err = payload->inspect(vcpu, false, info->extack) ?:
	      breakpoint_parse(info, &new);
	if (err)
		return err;
	err = payload->break_set(vcpu, &new, info->extack);
	return netlink_no_vmx(info, err);
}

int teavmx_nl_break_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_BREAKPOINT_VM_ID,
				 TEAVMX_A_BREAKPOINT_VCPU_ID, set_break);
}

static int clear_break(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	const struct payload_ops *payload = vcpu->vm->payload;
	struct payload_break which = { };
	int err = payload->inspect(vcpu, false, info->extack);

	if (err)
		return err;
	if (!netlink_attr(info, TEAVMX_A_BREAKPOINT_KIND) &&
	    !netlink_attr(info, TEAVMX_A_BREAKPOINT_ADDRESS)) {
		payload->break_clear_all(vcpu);
		return 0;
	}
	return breakpoint_parse(info, &which) ?:
	       payload->break_clear(vcpu, &which, info->extack);
}

int teavmx_nl_break_clear_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_BREAKPOINT_VM_ID,
				 TEAVMX_A_BREAKPOINT_VCPU_ID, clear_break);
}
