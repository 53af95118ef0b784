// SPDX-License-Identifier: GPL-2.0-only
#include "gen.h"
#include "policy.h"
#include "request.h"
#include "../event.h"
#include "../payload/payload.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../vmx/raw/vm.h"
#include "../refuse.h"

/* Requests about VMs. */

/* Size of all attributes of a VM. */
#define VM_MESSAGE_SIZE 256

static int put_memory(struct sk_buff *skb, const struct teavmx_vm *vm)
{
	struct payload_vm_info memory;

	if (!vm->payload->vm_info)
		return 0;
	vm->payload->vm_info(vm, &memory);
	if (nla_put_u64_64bit(skb, TEAVMX_A_VM_MEMORY, memory.memory,
			      TEAVMX_A_VM_PAD) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_VM_MEMORY_USED, memory.memory_used,
			      TEAVMX_A_VM_PAD) ||
	    nla_put(skb, TEAVMX_A_VM_HOST_REASONS, sizeof(memory.host_reasons),
		    memory.host_reasons))
		return -EMSGSIZE;
	if (nla_put(skb, TEAVMX_A_VM_PROGRAM_REASONS,
		    sizeof(memory.program_reasons), memory.program_reasons))
		return -EMSGSIZE;
	return nla_put_u32(skb, TEAVMX_A_VM_HOST_EXCEPTIONS,
			   memory.host_exceptions);
}

static int put_vm(struct sk_buff *skb, struct teavmx_vm *vm)
{
	u64 first, next;

	first = event_log_first(vm->log, &next);
	if (nla_put_u32(skb, TEAVMX_A_VM_ID, vm->id) ||
	    nla_put_u32(skb, TEAVMX_A_VM_FLAGS, vm->flags) ||
	    nla_put_u32(skb, TEAVMX_A_VM_OWNER, vm->owner) ||
	    nla_put_u32(skb, TEAVMX_A_VM_VCPUS, vm->vcpu_count) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_VM_FIRST_SEQ, first,
			      TEAVMX_A_VM_PAD) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_VM_NEXT_SEQ, next,
			      TEAVMX_A_VM_PAD))
		return -EMSGSIZE;
	return put_memory(skb, vm);
}

/**
 * netlink_new_vm_reply() - begin a reply with all attributes of a VM
 * @info: the request
 * @cmd: command of the reply
 * @header: receives the header, for netlink_send_vm()
 *
 * It is allocated before the VM is made: a VM that was deleted again for want of a
 * reply would have been seen by the readers of events.
 *
 * Return: as netlink_new_reply().
 */
struct sk_buff *netlink_new_vm_reply(struct genl_info *info, u8 cmd,
				     void **header)
{
	return netlink_new_reply(info, cmd, VM_MESSAGE_SIZE, header);
}

/**
 * netlink_send_vm() - send a reply with all attributes of a VM
 * @reply: from netlink_new_vm_reply(); consumed
 * @header: header of the message
 * @info: the request
 * @vm: the VM, locked
 *
 * Return: 0 or a negative errno.
 */
int netlink_send_vm(struct sk_buff *reply, void *header,
		    struct genl_info *info, struct teavmx_vm *vm)
{
	return netlink_send_reply(reply, header, info, put_vm(reply, vm));
}

/**
 * netlink_check_flags() - refuse flags that a new VM cannot have
 * @info: the request
 * @flags: attribute with the flags, or NULL
 * @raw: it is a raw VM
 *
 * Return: 0 or -EINVAL.
 */
int netlink_check_flags(struct genl_info *info, const struct nlattr *flags,
			bool raw)
{
	u32 value = flags ? nla_get_u32(flags) : 0;

	if (raw && value & TEAVMX_VM_FLAGS_HOST_PORTS)
		return refuse(info->extack, flags, -EINVAL,
			      "a raw VM has no TEA ports");
	if (value & TEAVMX_VM_FLAGS_LOSSLESS &&
	    vm_limits.log < EVENT_LOSSLESS_MIN)
		return refuse(info->extack, flags, -EINVAL,
			      "a lossless VM needs a log_size of 256 or more");
	return 0;
}

/**
 * netlink_new_vm() - create a VM
 * @skb: the request
 * @info: the same
 * @flags: attribute with its flags, or NULL
 * @memory: attribute with the bytes of its RAM; NULL for one for TEA programs
 *
 * Return: the VM, locked, to be released by vm_put(), or an error pointer.
 */
struct teavmx_vm *netlink_new_vm(struct sk_buff *skb, struct genl_info *info,
				 const struct nlattr *flags,
				 const struct nlattr *memory)
{
	const struct vm_owner owner = {
		.port = info->snd_portid,
		.socket = NETLINK_CB(skb).sk,
	};
	const char *refused;
	int err;

	refused = memory ? payload_raw_refuse_size(nla_get_u64(memory)) : NULL;
	if (refused)
		return ERR_PTR(refuse(info->extack, memory, -EINVAL, refused));
	err = netlink_check_flags(info, flags, memory);
	if (err)
		return ERR_PTR(err);
	return vm_create(flags ? nla_get_u32(flags) : 0, &owner,
			 memory ? &payload_raw : &payload_tea,
			 memory ? nla_get_u64(memory) : 0, info->extack);
}

int teavmx_nl_vm_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	struct teavmx_vm *vm;
	void *header;
	u32 id;
	int err;

	reply = netlink_new_vm_reply(info, TEAVMX_CMD_VM_NEW, &header);
	if (!reply)
		return -ENOMEM;
	vm = netlink_new_vm(skb, info, netlink_attr(info, TEAVMX_A_VM_FLAGS),
			    netlink_attr(info, TEAVMX_A_VM_MEMORY));
	if (IS_ERR(vm)) {
		nlmsg_free(reply);
		return PTR_ERR(vm);
	}
	id = vm->id;
	err = netlink_send_vm(reply, header, info, vm);
	vm_put(vm);
	/*
	 * The caller did not receive the number of the VM, so it cannot use it.
	 */
	if (err)
		vm_delete(id);
	return err;
}

int teavmx_nl_vm_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = netlink_need(info, TEAVMX_A_VM_ID,
				 "the number of the VM is missing");

	if (!id)
		return -EINVAL;
	if (!vm_delete(nla_get_u32(id)))
		return 0;
	return refuse(info->extack, id, -ENOENT, "no VM has this number");
}

int teavmx_nl_vm_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct teavmx_vm *vm = netlink_get_vm(info, TEAVMX_A_VM_ID);
	struct sk_buff *reply;
	void *header;
	int err;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	reply = netlink_new_vm_reply(info, TEAVMX_CMD_VM_GET, &header);
	err = reply ? netlink_send_vm(reply, header, info, vm) : -ENOMEM;
	vm_put(vm);
	return err;
}

int teavmx_nl_vm_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct netlink_place *place = netlink_dump_begin(cb);
	struct teavmx_vm *vm;
	void *header;
	int err;

	if (IS_ERR(place))
		return PTR_ERR(place);
	cb->seq = vm_generation();
	while ((vm = vm_get_next(&place->vm))) {
		header = netlink_put_dump_header(skb, cb, TEAVMX_CMD_VM_GET);
		err = header ? put_vm(skb, vm) : -EMSGSIZE;
		vm_put(vm);
		if (err) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
		place->vm++;
	}
	/*
	 * The kernel may end the dump without another call, and then compares
	 * this with the generation at its beginning.
	 */
	cb->seq = vm_generation();
	return skb->len;
}

static int check_reasons(struct genl_info *info, const struct nlattr *attr)
{
	if (!attr || nla_len(attr) == TEAVMX_HOST_REASONS_SIZE)
		return 0;
	return refuse(info->extack, attr, -EINVAL,
		      "the bitmap of exit reasons must have 16 bytes");
}

static int set_vm(struct genl_info *info, struct teavmx_vm *vm)
{
	struct nlattr *exceptions = netlink_attr(info, TEAVMX_A_VM_HOST_EXCEPTIONS);
	struct nlattr *reasons = netlink_attr(info, TEAVMX_A_VM_HOST_REASONS);
	struct nlattr *program = netlink_attr(info, TEAVMX_A_VM_PROGRAM_REASONS);
	struct teavmx_raw *raw = vm->raw;
	struct netlink_policy policy;
	struct teavmx_vcpu *vcpu;
	unsigned long id;
	int err = check_reasons(info, reasons) ?: check_reasons(info, program);

	err = err ?: netlink_need_payload(info, vm, &payload_raw,
					  TEAVMX_A_VM_ID);
	if (err)
		return err;
	err = netlink_policy_parse(info, raw, &policy);
	if (err)
		return err;
	netlink_policy_apply(&policy, vm);
	if (reasons)
		memcpy(raw->host_reasons, nla_data(reasons), nla_len(reasons));
	if (program)
		memcpy(raw->program_reasons, nla_data(program), nla_len(program));
	if (exceptions)
		WRITE_ONCE(raw->host_exceptions, nla_get_u32(exceptions));
	/*
	 * The bitmaps are written before the count. Pairs with
	 * smp_load_acquire() in vmcs_raw_controls().
	 */
	smp_store_release(&raw->changes, raw->changes + 1);
	/*
	 * A vCPU that is about to enter its guest has seen the count, or is seen
	 * here to run. Pairs with the barrier in schedule() of its thread.
	 */
	smp_mb();
	xa_for_each(&vm->vcpus, id, vcpu)
		vcpu_kick(vcpu);
	return 0;
}

int teavmx_nl_vm_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct teavmx_vm *vm = netlink_get_vm(info, TEAVMX_A_VM_ID);
	int err;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	err = set_vm(info, vm);
	vm_put(vm);
	return err;
}
