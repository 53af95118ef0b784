// SPDX-License-Identifier: GPL-2.0-only
#include "debug.h"
#include "gen.h"
#include "request.h"
#include "../payload/debug.h"
#include "../vcpu.h"
#include "../vm.h"

#include <uapi/regs.h>

/* Requests about TEA processes that are debugged. */

/* Of the caller's constants, which outlive the request */
static int refuse(struct genl_info *info, struct nlattr *attr, int err,
		  const char *why)
{
	if (attr)
		NL_SET_BAD_ATTR(info->extack, attr);
	info->extack->_msg = why;
	return err;
}

static int need_stopped(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	if (!vcpu->debug)
		return refuse(info, NULL, -EINVAL, "the vCPU is not debugged");
	if (!vcpu_is_stopped(vcpu))
		return refuse(info, NULL, -EBUSY, "the vCPU is not paused");
	return 0;
}

/* What it ended with must not change any more. */
static int need_unended(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	int err = need_stopped(info, vcpu);

	if (!err && vcpu->debug->ended)
		err = refuse(info, NULL, -EBUSY, "the process has ended");
	return err;
}

/**
 * netlink_debug_bounds() - can a debugged process keep these bounds?
 * @info: the VCPU_RUN
 * @bounds: the bounds; receives what only such a process has
 *
 * Return: 0, or an errno with a sentence in the request's extack.
 */
int netlink_debug_bounds(struct genl_info *info, struct vcpu_bounds *bounds)
{
	struct nlattr *until = netlink_attr(info, TEAVMX_A_VCPU_UNTIL);

	if (bounds->exits)
		return refuse(info,
			      netlink_attr(info, TEAVMX_A_VCPU_BOUND_EXITS),
			      -EOPNOTSUPP,
			      "a debugged process has no bound of exits");
	if (bounds->time)
		return refuse(info,
			      netlink_attr(info, TEAVMX_A_VCPU_BOUND_TIME),
			      -EOPNOTSUPP,
			      "a debugged process has no bound of time");
	if (!until)
		return 0;
	static_assert((int)TEAVMX_UNTIL_ANY == (int)TEA_DEBUG_UNTIL_ANY);
	static_assert((int)TEAVMX_UNTIL_LEVEL == (int)TEA_DEBUG_UNTIL_LEVEL);
	static_assert((int)TEAVMX_UNTIL_RETURN == (int)TEA_DEBUG_UNTIL_RETURN);
	bounds->until = nla_get_u32(until);
	return 0;
}

/**
 * netlink_debug_regs_get() - answer REGS_GET
 * @info: the request
 * @vcpu: the vCPU, of a locked VM
 *
 * Return: 0, or an errno with a sentence in the request's extack.
 */
int netlink_debug_regs_get(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct tea_registers registers;
	struct sk_buff *reply;
	void *header;
	int err = need_stopped(info, vcpu);

	if (err)
		return err;
	payload_debug_get(vcpu, &registers);
	reply = netlink_new_reply(info, TEAVMX_CMD_REGS_GET,
				  4 * NETLINK_PAIR_SIZE, &header);
	if (!reply)
		return -ENOMEM;
	err = netlink_put_pair(reply, TEAVMX_A_REGISTERS_REGISTER, REGS_TEA_CP,
			       registers.cp) ?:
	      netlink_put_pair(reply, TEAVMX_A_REGISTERS_REGISTER, REGS_TEA_SP,
			       registers.sp) ?:
	      netlink_put_pair(reply, TEAVMX_A_REGISTERS_REGISTER,
			       REGS_TEA_FLAGS, registers.flags) ?:
	      netlink_put_pair(reply, TEAVMX_A_REGISTERS_REGISTER,
			       REGS_TEA_STEPS, registers.steps);
	return netlink_send_reply(reply, header, info, err);
}

static int take_register(struct genl_info *info, struct nlattr *nest,
			 struct tea_registers *registers)
{
	struct nlattr *tb[TEAVMX_A_REGISTER_MAX + 1];
	unsigned int value;
	int err;

	err = netlink_parse_nest(tb, nest, teavmx_register_nl_policy,
				 info->extack);
	if (err)
		return err;
	if (!tb[TEAVMX_A_REGISTER_NUMBER] || !tb[TEAVMX_A_REGISTER_VALUE])
		return refuse(info, nest, -EINVAL,
			      "number and value are needed");
	/* Out of every range, as it is. */
	value = min_t(u64, nla_get_u64(tb[TEAVMX_A_REGISTER_VALUE]), U32_MAX);
	switch (nla_get_u32(tb[TEAVMX_A_REGISTER_NUMBER])) {
	case REGS_TEA_CP:
		registers->cp = value;
		return 0;
	case REGS_TEA_SP:
		registers->sp = value;
		return 0;
	case REGS_TEA_FLAGS:
		registers->flags = value;
		return 0;
	case REGS_TEA_STEPS:
		return refuse(info, nest, -EPERM,
			      "the number of steps cannot be set");
	default:
		return refuse(info, nest, -ENOENT, "there is no such register");
	}
}

/**
 * netlink_debug_regs_set() - do what REGS_SET asks for
 * @info: the request
 * @vcpu: the vCPU, of a locked VM
 *
 * Return: 0, or an errno with a sentence in the request's extack.
 */
int netlink_debug_regs_set(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct tea_registers registers;
	const char *refused;
	struct nlattr *attr;
	int rest;
	int err = need_unended(info, vcpu);

	if (err)
		return err;
	payload_debug_get(vcpu, &registers);
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != TEAVMX_A_REGISTERS_REGISTER)
			continue;
		err = take_register(info, attr, &registers);
		if (err)
			return err;
	}
	err = payload_debug_set(vcpu, &registers, &refused);
	return err ? refuse(info, NULL, err, refused) : 0;
}

static int parse_break(struct genl_info *info, u32 *kind, u64 *address)
{
	struct nlattr *size = netlink_attr(info, TEAVMX_A_BREAKPOINT_SIZE);
	struct nlattr *kind_attr, *address_attr;

	kind_attr = netlink_need(info, TEAVMX_A_BREAKPOINT_KIND,
				 "the kind of breakpoint is missing");
	address_attr = netlink_need(info, TEAVMX_A_BREAKPOINT_ADDRESS,
				    "the address is missing");
	if (!kind_attr || !address_attr)
		return -EINVAL;
	*kind = nla_get_u32(kind_attr);
	*address = nla_get_u64(address_attr);
	if (*kind != TEAVMX_BREAKPOINT_KIND_TEA_CODE &&
	    *kind != TEAVMX_BREAKPOINT_KIND_TEA_STACK)
		return refuse(info, kind_attr, -EINVAL,
			      "a TEA process has no such kind of breakpoint");
	if (size)
		return refuse(info, size, -EINVAL,
			      "a breakpoint of a TEA process has no size");
	return 0;
}

/**
 * netlink_debug_break_set() - do what BREAK_SET asks for
 * @info: the request
 * @vcpu: the vCPU, of a locked VM
 *
 * Return: 0, or an errno with a sentence in the request's extack.
 */
int netlink_debug_break_set(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	const char *refused;
	u64 address;
	u32 kind;
	int err = need_stopped(info, vcpu) ?: parse_break(info, &kind, &address);

	if (err)
		return err;
	err = payload_debug_break_set(vcpu, kind, address, &refused);
	return err ? refuse(info,
			    netlink_attr(info, TEAVMX_A_BREAKPOINT_ADDRESS),
			    err, refused) : 0;
}

/**
 * netlink_debug_break_clear() - do what BREAK_CLEAR asks for
 * @info: the request
 * @vcpu: the vCPU, of a locked VM
 *
 * Return: 0, or an errno with a sentence in the request's extack.
 */
int netlink_debug_break_clear(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	u64 address;
	u32 kind;
	int err = need_stopped(info, vcpu);

	if (err)
		return err;
	if (!netlink_attr(info, TEAVMX_A_BREAKPOINT_KIND) &&
	    !netlink_attr(info, TEAVMX_A_BREAKPOINT_ADDRESS)) {
		payload_debug_break_clear_all(vcpu);
		return 0;
	}
	err = parse_break(info, &kind, &address);
	if (err)
		return err;
	err = payload_debug_break_clear(vcpu, kind, address);
	return err ? refuse(info,
			    netlink_attr(info, TEAVMX_A_BREAKPOINT_ADDRESS),
			    err, "there is no such breakpoint") : 0;
}

/* 0 when the bytes are all in the stack */
static int check_range(struct genl_info *info, struct teavmx_vcpu *vcpu,
		       u64 *address, u32 size)
{
	struct nlattr *attr = netlink_need(info, TEAVMX_A_MEMORY_ADDRESS,
					   "the address is missing");

	if (!attr)
		return -EINVAL;
	*address = nla_get_u64(attr);
	if (size > TEAVMX_MEMORY_CHUNK)
		return refuse(info, NULL, -E2BIG,
			      "one request moves at most 32768 bytes");
	if (*address > vcpu->stack_size || size > vcpu->stack_size - *address)
		return refuse(info, attr, -ERANGE,
			      "the address is outside of the stack");
	return 0;
}

static int mem_read(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct nlattr *size = netlink_need(info, TEAVMX_A_MEMORY_SIZE,
					   "the size is missing");
	struct sk_buff *reply;
	u64 address;
	void *header;
	int err;

	if (!size)
		return -EINVAL;
	err = need_stopped(info, vcpu) ?:
	      check_range(info, vcpu, &address, nla_get_u32(size));
	if (err)
		return err;
	reply = netlink_new_reply(info, TEAVMX_CMD_MEM_READ,
				  nla_total_size(nla_get_u32(size)), &header);
	if (!reply)
		return -ENOMEM;
	err = nla_put(reply, TEAVMX_A_MEMORY_DATA, nla_get_u32(size),
		      vcpu->process.stack + address);
	return netlink_send_reply(reply, header, info, err);
}

/**
 * netlink_debug_mem_read() - answer a MEM_READ of a TEA stack
 * @info: the request
 *
 * Return: 0, or an errno with a sentence in the request's extack.
 */
int netlink_debug_mem_read(struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_MEMORY_VM_ID,
				 TEAVMX_A_MEMORY_VCPU, mem_read);
}

static int mem_write(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct nlattr *data = netlink_need(info, TEAVMX_A_MEMORY_DATA,
					   "the bytes are missing");
	u64 address;
	int err;

	if (!data)
		return -EINVAL;
	err = need_unended(info, vcpu) ?:
	      check_range(info, vcpu, &address, nla_len(data));
	if (!err)
		memcpy(vcpu->process.stack + address, nla_data(data),
		       nla_len(data));
	return err;
}

/**
 * netlink_debug_mem_write() - do what a MEM_WRITE of a TEA stack asks for
 * @info: the request
 *
 * Return: 0, or an errno with a sentence in the request's extack.
 */
int netlink_debug_mem_write(struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_MEMORY_VM_ID,
				 TEAVMX_A_MEMORY_VCPU, mem_write);
}
