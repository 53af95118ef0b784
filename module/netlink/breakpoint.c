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

/* A reply has at most so many breakpoints. */
#define BREAKS_MAX 64

/* Size of the nest that put_break() adds. */
#define BREAK_SIZE \
	(nla_total_size(nla_total_size(sizeof(u32)) + \
			nla_total_size_64bit(sizeof(u64)) + \
			nla_total_size(sizeof(u8)) + nla_total_size(0)))

static int put_break(struct sk_buff *skb, const struct payload_break *one)
{
	struct nlattr *nest = nla_nest_start(skb, TEAVMX_A_BREAKPOINT_ENTRY);

	if (!nest ||
	    nla_put_u32(skb, TEAVMX_A_BREAKPOINT_ENTRY_KIND, one->kind) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_BREAKPOINT_ENTRY_ADDRESS,
			      one->address, TEAVMX_A_BREAKPOINT_ENTRY_PAD) ||
	    (one->size &&
	     nla_put_u8(skb, TEAVMX_A_BREAKPOINT_ENTRY_SIZE, one->size)) ||
	    (one->hit && nla_put_flag(skb, TEAVMX_A_BREAKPOINT_ENTRY_HIT)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_breaks(struct sk_buff *skb, struct teavmx_vcpu *vcpu, u64 place)
{
	const struct payload_ops *payload = vcpu->vm->payload;
	struct payload_break one;
	unsigned int i;
	u64 next;

	for (i = 0; i < BREAKS_MAX; i++) {
		if (!payload->break_next(vcpu, &place, &one))
			return 0;
		if (put_break(skb, &one))
			return -EMSGSIZE;
	}
	next = place;
	if (!payload->break_next(vcpu, &place, &one))
		return 0;
	return nla_put_u64_64bit(skb, TEAVMX_A_BREAKPOINT_NEXT, next,
				 TEAVMX_A_BREAKPOINT_PAD);
}

static int get_breaks(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct nlattr *next = netlink_attr(info, TEAVMX_A_BREAKPOINT_NEXT);
	struct sk_buff *reply;
	void *header;
	int err = vcpu->vm->payload->inspect(vcpu, false, info->extack);

	if (err)
		return err;
	reply = netlink_new_reply(info, TEAVMX_CMD_BREAK_GET,
				  BREAKS_MAX * BREAK_SIZE +
				  nla_total_size_64bit(sizeof(u64)), &header);
	if (!reply)
		return -ENOMEM;
	return netlink_send_reply(reply, header, info,
				  put_breaks(reply, vcpu,
					     next ? nla_get_u64(next) : 0));
}

int teavmx_nl_break_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_BREAKPOINT_VM_ID,
				 TEAVMX_A_BREAKPOINT_VCPU_ID, get_breaks);
}
