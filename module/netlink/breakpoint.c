// SPDX-License-Identifier: GPL-2.0-only
#include "gen.h"
#include "debug.h"
#include "request.h"
#include "../payload/raw.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../vmx/raw/breakpoint.h"
#include "../vmx/run.h"
#include "../vmx/raw/step.h"

#include <linux/align.h>
#include <linux/mm.h>
#include <linux/sched.h>

/* Requests about breakpoints of raw VMs. */

static bool is_page(u32 kind)
{
	return kind >= TEAVMX_BREAKPOINT_KIND_PAGE_EXECUTE;
}

static int refuse(struct genl_info *info, unsigned int attr, int err,
		  const char *why)
{
	NL_SET_BAD_ATTR(info->extack, netlink_attr(info, attr));
	/* A constant of the caller: it outlives the request. */
	info->extack->_msg = why;
	return err;
}

static int check_size(struct genl_info *info, const struct vmx_break *new)
{
	switch (new->size) {
	case 1: case 2: case 4: case 8:
		break;
	default:
		return refuse(info, TEAVMX_A_BREAKPOINT_SIZE, -EINVAL,
			      "the size is 1, 2, 4 or 8 bytes");
	}
	if (new->kind == TEAVMX_BREAKPOINT_KIND_INSTRUCTION && new->size != 1)
		return refuse(info, TEAVMX_A_BREAKPOINT_SIZE, -EINVAL,
			      "a breakpoint at an instruction has no size");
	if (!IS_ALIGNED(new->address, new->size))
		return refuse(info, TEAVMX_A_BREAKPOINT_ADDRESS, -EINVAL,
			      "the address is not a multiple of the size");
	return 0;
}

static int check_page(struct genl_info *info, const struct vmx_break *new)
{
	const char *missing = step_missing(true);

	if (netlink_attr(info, TEAVMX_A_BREAKPOINT_SIZE))
		return refuse(info, TEAVMX_A_BREAKPOINT_SIZE, -EINVAL,
			      "a breakpoint at a page has no size");
	if (!PAGE_ALIGNED(new->address))
		return refuse(info, TEAVMX_A_BREAKPOINT_ADDRESS, -EINVAL,
			      "the address of a page is a multiple of 4096");
	return missing ? refuse(info, TEAVMX_A_BREAKPOINT_KIND, -EOPNOTSUPP,
				missing) : 0;
}

/* The kinds are few and their numbers come from anybody. */
static int parse(struct genl_info *info, struct vmx_break *which)
{
	struct nlattr *kind, *address;

	kind = netlink_need(info, TEAVMX_A_BREAKPOINT_KIND,
			    "the kind of breakpoint is missing");
	address = netlink_need(info, TEAVMX_A_BREAKPOINT_ADDRESS,
			       "the address is missing");
	if (!kind || !address)
		return -EINVAL;
	which->kind = nla_get_u32(kind);
	which->address = nla_get_u64(address);
	if (which->kind > TEAVMX_BREAKPOINT_KIND_PAGE_ACCESS)
		return refuse(info, TEAVMX_A_BREAKPOINT_KIND, -EINVAL,
			      "there is no such kind of breakpoint");
	return 0;
}

/* Those that run have the old rights until they enter the guest again. */
static void tell_vcpus(struct teavmx_vm *vm)
{
	struct teavmx_vcpu *vcpu;
	unsigned long id;

	xa_for_each(&vm->vcpus, id, vcpu)
		if (vcpu->task)
			kick_process(vcpu->task);
}

static int set_page(struct genl_info *info, struct teavmx_vcpu *vcpu,
		    const struct vmx_break *new)
{
	struct teavmx_vm *vm = vcpu->vm;
	int err = check_page(info, new);

	if (err)
		return err;
	err = ram_guard(&vm->raw->ram, new->address, new->kind);
	switch (err) {
	case 0:
		tell_vcpus(vm);
		return 0;
	case -ERANGE:
		return refuse(info, TEAVMX_A_BREAKPOINT_ADDRESS, err,
			      "the address is outside of the RAM");
	case -EEXIST:
		return refuse(info, TEAVMX_A_BREAKPOINT_ADDRESS, err,
			      "there is such a breakpoint already");
	default:
		return refuse(info, TEAVMX_A_BREAKPOINT_ADDRESS, err,
			      "not enough memory for the breakpoint");
	}
}

static int set_break(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct nlattr *size = netlink_attr(info, TEAVMX_A_BREAKPOINT_SIZE);
	struct vmx_break new = { .size = size ? nla_get_u8(size) : 1 };
	const char *refused = NULL;
	int err;

	if (vcpu->debug)
		return netlink_debug_break_set(info, vcpu);
	err = netlink_need_stopped(info, vcpu) ?: parse(info, &new);
	if (err)
		return err;
	if (is_page(new.kind))
		return set_page(info, vcpu, &new);
	err = check_size(info, &new);
	if (err)
		return err;
	err = break_set(vcpu->vmx, &new, &refused);
	return refused ? refuse(info, TEAVMX_A_BREAKPOINT_ADDRESS, err,
				refused) : netlink_no_vmx(info, err);
}

int teavmx_nl_break_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_BREAKPOINT_VM_ID,
				 TEAVMX_A_BREAKPOINT_VCPU, set_break);
}

static int clear_break(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct teavmx_ram *ram;
	struct vmx_break which;
	int err;

	if (vcpu->debug)
		return netlink_debug_break_clear(info, vcpu);
	err = netlink_need_stopped(info, vcpu);
	if (err)
		return err;
	ram = &vcpu->vm->raw->ram;
	if (!netlink_attr(info, TEAVMX_A_BREAKPOINT_KIND) &&
	    !netlink_attr(info, TEAVMX_A_BREAKPOINT_ADDRESS)) {
		break_clear_all(vcpu->vmx);
		ram_unguard_all(ram);
		return 0;
	}
	err = parse(info, &which);
	if (err)
		return err;
	err = is_page(which.kind) ?
	      ram_unguard(ram, which.address, which.kind) :
	      break_clear(vcpu->vmx, which.kind, which.address);
	return err ? refuse(info, TEAVMX_A_BREAKPOINT_ADDRESS, err,
			    "there is no such breakpoint") : 0;
}

int teavmx_nl_break_clear_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_BREAKPOINT_VM_ID,
				 TEAVMX_A_BREAKPOINT_VCPU, clear_break);
}
