// SPDX-License-Identifier: GPL-2.0-only
#include "request.h"
#include "../compat.h"
#include "family.h"
#include "../backend/backend.h"
#include "../payload/payload.h"
#include "../refuse.h"
#include "../vcpu.h"
#include "../vm.h"

#include <linux/capability.h>
#include <linux/mm.h>

#include <uapi/tea.h>

/* What all requests of the family have in common. */

/**
 * netlink_check_capable() - may the sender use the family?
 * @skb: the request
 * @extack: receives a sentence on failure
 *
 * Return: 0 or -EPERM.
 */
int netlink_check_capable(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	return refuse(extack, NULL, -EPERM, "CAP_SYS_ADMIN is needed");
}

/**
 * netlink_set_maxattr() - note how long the attribute array of a request is
 * @info: the request
 * @maxattr: highest attribute that its operation takes
 *
 * Each operation has an array that ends with its own highest attribute, while
 * one function serves several operations of an attribute set. So the array is
 * read by netlink_attr() only, which does not go beyond this number.
 */
void netlink_set_maxattr(struct genl_info *info, unsigned int maxattr)
{
	info->user_ptr[0] = (void *)(unsigned long)maxattr;
}

/**
 * netlink_attr() - an attribute of a request
 * @info: the request, after netlink_set_maxattr()
 * @type: its number
 *
 * Return: the attribute; NULL when the request does not have it or its
 * operation does not take it.
 */
struct nlattr *netlink_attr(const struct genl_info *info, unsigned int type)
{
	return type <= (unsigned long)info->user_ptr[0] ? info->attrs[type] :
							  NULL;
}

/**
 * netlink_dump_attr() - an attribute of the request that a dump answers
 * @cb: the dump
 * @type: its number
 *
 * Return: as netlink_attr().
 */
struct nlattr *netlink_dump_attr(struct netlink_callback *cb,
				 unsigned int type)
{
	return type <= genl_dumpit_info(cb)->op.maxattr ?
	       teavmx_dump_attrs(cb)[type] : NULL;
}

/**
 * netlink_new_reply() - begin a reply
 * @info: the request
 * @cmd: enum teavmx_cmd
 * @size: room for attributes
 * @header: receives what netlink_send_reply() wants
 *
 * Return: the message, or NULL with a sentence in the request's extack.
 */
struct sk_buff *netlink_new_reply(struct genl_info *info, u8 cmd, size_t size,
				  void **header)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);

	if (!skb) {
		refuse(info->extack, NULL, -ENOMEM,
		       "not enough memory for the reply");
		return NULL;
	}
	*header = genlmsg_put_reply(skb, info, &netlink_family, 0, cmd);
	return skb;
}

/**
 * netlink_send_reply() - send a reply, or drop one that does not fit
 * @skb: the message; consumed
 * @header: of the message
 * @info: the request
 * @err: 0 when all attributes are in it
 *
 * Return: 0 or a negative errno.
 */
int netlink_send_reply(struct sk_buff *skb, void *header,
		       struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(skb);
		return refuse(info->extack, NULL, err,
			      "the reply is too large");
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/**
 * netlink_send_done() - send the reply to what is done and cannot be undone
 * @skb: the message, from before that; consumed
 * @header: of the message
 * @info: the request
 * @err: 0 when all attributes are in it, as it was made large enough
 *
 * A client that has no room for the reply gets ENOBUFS from its socket. An error
 * here would only have it repeat what is done.
 *
 * Return: 0.
 */
int netlink_send_done(struct sk_buff *skb, void *header,
		      struct genl_info *info, int err)
{
	WARN_ON_ONCE(err);
	genlmsg_end(skb, header);
	genlmsg_reply(skb, info);
	return 0;
}

static size_t program_size(struct genl_info *info, int type)
{
	struct nlattr *attr;
	size_t size = 0;
	int rest;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest)
		if (nla_type(attr) == type)
			size += nla_len(attr);
	return size;
}

/**
 * netlink_gather_program() - join the parts of an object file
 * @info: the request
 * @type: the attribute of a part
 * @size: receives the bytes of all parts
 *
 * Return: the file for kvfree(), or an error pointer: -E2BIG, -ENOMEM.
 */
u8 *netlink_gather_program(struct genl_info *info, int type, size_t *size)
{
	struct nlattr *attr;
	u8 *program, *end;
	int rest;

	static_assert(TEA_FILE_MAX == 65541);
	*size = program_size(info, type);
	if (*size > TEA_FILE_MAX)
		return ERR_PTR(refuse(info->extack, netlink_attr(info, type),
				      -E2BIG,
				      "an object file has at most 65541 bytes"));
	/* One byte at least: the result for none would not be a pointer. */
	program = kvmalloc(*size + 1, GFP_KERNEL_ACCOUNT);
	if (!program)
		return ERR_PTR(refuse(info->extack, NULL, -ENOMEM,
				      "not enough memory for the program"));
	end = program;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != type)
			continue;
		memcpy(end, nla_data(attr), nla_len(attr));
		end += nla_len(attr);
	}
	return program;
}

/**
 * netlink_no_vmx() - a message for what failed at the processor
 * @info: the request
 * @err: 0 or a negative errno; one that has a message keeps it
 *
 * Return: @err.
 */
int netlink_no_vmx(struct genl_info *info, int err)
{
	if (!err || info->extack->_msg)
		return err;
	return refuse(info->extack, NULL, err, err == -ENOMEM ?
		      "not enough memory" : "VMX cannot be used on this CPU");
}

/**
 * netlink_need() - a required attribute; its absence is blamed on its number
 * @info: the request
 * @type: the attribute
 * @missing: sentence for the case that it is not there; a constant
 *
 * Return: the attribute or NULL.
 */
struct nlattr *netlink_need(struct genl_info *info, int type,
			    const char *missing)
{
	struct nlattr *attr = netlink_attr(info, type);

	if (!attr) {
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, type);
		refuse(info->extack, NULL, -EINVAL, missing);
	}
	return attr;
}

/**
 * netlink_get_vm() - the VM that a request is about
 * @info: the request
 * @id: attribute with its number; is blamed when it is missing or wrong
 *
 * Return: the VM, locked (vm_put()), or an error pointer.
 */
struct teavmx_vm *netlink_get_vm(struct genl_info *info, unsigned int id)
{
	struct nlattr *attr;
	struct teavmx_vm *vm;

	attr = netlink_need(info, id, "the number of the VM is missing");
	if (!attr)
		return ERR_PTR(-EINVAL);
	vm = vm_get(nla_get_u32(attr));
	if (vm)
		return vm;
	return ERR_PTR(refuse(info->extack, attr, -ENOENT,
			      "no VM has this number"));
}

/**
 * netlink_backend() - the back end that a request is about
 * @info: the request
 * @attr: attribute with its number, which need not be there
 *
 * Return: the back end.
 */
const struct backend_ops *netlink_backend(struct genl_info *info,
					  unsigned int attr)
{
	const struct nlattr *number = netlink_attr(info, attr);

	return backend_find(number ? nla_get_u32(number) : TEAVMX_BACKEND_VMX);
}

/**
 * netlink_check_backend() - can that back end be used here?
 * @info: the request
 * @attr: as for netlink_backend(); is blamed
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int netlink_check_backend(struct genl_info *info, unsigned int attr)
{
	/* A static buffer: it outlives the request. */
	const char *missing = netlink_backend(info, attr)->missing();

	return missing ? refuse(info->extack, netlink_attr(info, attr),
				-EOPNOTSUPP, missing) : 0;
}

/**
 * netlink_need_payload() - a request is only for VMs of one payload
 * @info: the request
 * @vm: the VM
 * @payload: what its guests have to run
 * @id: attribute with its number, to be blamed
 *
 * Return: 0 or -EINVAL.
 */
int netlink_need_payload(struct genl_info *info, const struct teavmx_vm *vm,
			 const struct payload_ops *payload, unsigned int id)
{
	if (vm->payload == payload)
		return 0;
	return refuse(info->extack, netlink_attr(info, id), -EINVAL,
		      payload->foreign);
}

/**
 * netlink_get_vcpu() - the vCPU that a request is about
 * @info: the request
 * @vm: its VM, locked
 * @id: attribute with its number; is blamed when it is missing or wrong
 *
 * Return: the vCPU, valid as long as the VM stays locked, or an error pointer.
 */
struct teavmx_vcpu *netlink_get_vcpu(struct genl_info *info,
				     struct teavmx_vm *vm, unsigned int id)
{
	struct teavmx_vcpu *vcpu;
	struct nlattr *attr;

	attr = netlink_need(info, id, "the number of the vCPU is missing");
	if (!attr)
		return ERR_PTR(-EINVAL);
	vcpu = vm_vcpu(vm, nla_get_u32(attr));
	if (vcpu)
		return vcpu;
	return ERR_PTR(refuse(info->extack, attr, -ENOENT,
			      "no vCPU has this number"));
}

/**
 * netlink_with_vcpu() - do something with the vCPU that a request is about
 * @info: the request
 * @vm_id: attribute with the number of its VM
 * @vcpu_id: attribute with its own number
 * @act: is called with the VM locked
 *
 * Return: what @act returned, or why there is no such vCPU.
 */
int netlink_with_vcpu(struct genl_info *info, unsigned int vm_id,
		      unsigned int vcpu_id,
		      int (*act)(struct genl_info *info,
				 struct teavmx_vcpu *vcpu))
{
	struct teavmx_vm *vm = netlink_get_vm(info, vm_id);
	struct teavmx_vcpu *vcpu;
	int err;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	vcpu = netlink_get_vcpu(info, vm, vcpu_id);
	err = IS_ERR(vcpu) ? PTR_ERR(vcpu) : act(info, vcpu);
	vm_put(vm);
	return err;
}

/**
 * netlink_put_pair() - a nest of number and value, as registers and VMCS fields
 *	are sent
 * @skb: message
 * @type: the nest
 * @number: number
 * @value: value
 *
 * Return: 0 or -EMSGSIZE.
 */
int netlink_put_pair(struct sk_buff *skb, int type, u32 number, u64 value)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	static_assert((int)TEAVMX_A_REGISTER_NUMBER ==
		      (int)TEAVMX_A_VMCS_FIELD_ENCODING);
	static_assert((int)TEAVMX_A_REGISTER_VALUE ==
		      (int)TEAVMX_A_VMCS_FIELD_VALUE);
	static_assert((int)TEAVMX_A_REGISTER_PAD ==
		      (int)TEAVMX_A_VMCS_FIELD_PAD);
	if (!nest ||
	    nla_put_u32(skb, TEAVMX_A_REGISTER_NUMBER, number) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_REGISTER_VALUE, value,
			      TEAVMX_A_REGISTER_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * netlink_dump_begin() - begin or continue a dump
 * @cb: the dump
 *
 * Every dump begins with this, as dumps do not come through pre_doit().
 *
 * Return: where the dump stands, all zeros at first, or an error pointer:
 * -EPERM for a sender without CAP_SYS_ADMIN.
 */
struct netlink_place *netlink_dump_begin(struct netlink_callback *cb)
{
	int err = netlink_check_capable(cb->skb, cb->extack);

	static_assert(sizeof(struct netlink_place) <=
		      sizeof_field(struct netlink_callback, ctx));
	return err ? ERR_PTR(err) : (struct netlink_place *)cb->ctx;
}

/**
 * netlink_put_dump_header() - begin one object of a dump
 * @skb: message
 * @cb: the dump
 * @cmd: enum teavmx_cmd
 *
 * Context: the dump has set cb->seq to the generation of what it shows; when
 * that changes between two messages, the client is told to dump again.
 * Return: the header, or NULL when the message is full.
 */
void *netlink_put_dump_header(struct sk_buff *skb,
			      struct netlink_callback *cb, u8 cmd)
{
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				   cb->nlh->nlmsg_seq, &netlink_family,
				   NLM_F_MULTI, cmd);

	if (header)
		genl_dump_check_consistent(cb, header);
	return header;
}
