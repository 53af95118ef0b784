// SPDX-License-Identifier: GPL-2.0-only
#include "request.h"
#include "../compat.h"
#include "family.h"
#include "../backend/backend.h"
#include "../event/stream.h"
#include "../payload/payload.h"
#include "../refuse.h"
#include "../vcpu.h"
#include "../vm.h"

#include <linux/capability.h>
#include <linux/mm.h>

#include <uapi/tea.h>

/* Functions that the handlers of all requests share. */

/**
 * netlink_check_capable() - may the sender use the family?
 * @skb: the request
 * @extack: receives a message on failure
 *
 * Return: 0 or -EPERM.
 */
int netlink_check_capable(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	return refuse(extack, NULL, -EPERM,
		      "CAP_SYS_ADMIN in the initial user namespace is required");
}

/**
 * netlink_set_maxattr() - record the length of a request's attribute array
 * @info: the request
 * @maxattr: highest attribute that its operation accepts
 *
 * The array of each operation ends with its own highest attribute, while one
 * function serves several operations of an attribute set. So only
 * netlink_attr() reads the array, which does not read beyond this number.
 */
void netlink_set_maxattr(struct genl_info *info, unsigned int maxattr)
{
	info->user_ptr[0] = (void *)(unsigned long)maxattr;
}

/**
 * netlink_attr() - get an attribute of a request
 * @info: the request, after netlink_set_maxattr()
 * @type: number of the attribute
 *
 * Return: the attribute; NULL when the request does not have it or its
 * operation does not accept it.
 */
struct nlattr *netlink_attr(const struct genl_info *info, unsigned int type)
{
	return type <= (unsigned long)info->user_ptr[0] ? info->attrs[type] :
							  NULL;
}

/**
 * netlink_dump_attr() - get an attribute of a dump request
 * @cb: the dump
 * @type: number of the attribute
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
 * @size: size of all attributes
 * @header: receives the header, for netlink_send_reply()
 *
 * Return: the message, or NULL with a message in the request's extack.
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
 * netlink_send_reply() - send a reply, or free it if it is not complete
 * @skb: the message; consumed
 * @header: header of the message
 * @info: the request
 * @err: 0 if all attributes were added, else the error
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
	err = genlmsg_reply(skb, info);
	if (err == -EAGAIN)
		refuse(info->extack, NULL, err,
		       "the socket has no room for the reply; receive what is in it");
	return err;
}

/**
 * netlink_send_done() - send the reply to a request that cannot be undone
 * @skb: the message, allocated before the request was executed; consumed
 * @header: header of the message
 * @info: the request
 * @err: 0, as the message was allocated large enough for all attributes
 *
 * A client whose receive buffer is full gets ENOBUFS from its socket. No error
 * is returned, because the client would then repeat a request that was
 * executed.
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
 * @type: number of the attribute of a part
 * @size: receives the size of all parts in bytes
 *
 * Return: the file, to be freed by kvfree(), or an error pointer: -E2BIG or
 * -ENOMEM.
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
	/*
	 * kvmalloc(0) returns ZERO_SIZE_PTR, so at least one byte is allocated.
	 */
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
 * netlink_no_vmx() - add a message to an error of the VMX engine
 * @info: the request
 * @err: 0 or a negative errno. A message that is set already is not changed
 *
 * Return: @err.
 */
int netlink_no_vmx(struct genl_info *info, int err)
{
	if (!err || info->extack->_msg)
		return err;
	return refuse(info->extack, NULL, err, err == -ENOMEM ?
		      "not enough memory for the guest's state" :
		      "VMX cannot be used on this CPU; try again");
}

/**
 * netlink_need() - get a required attribute
 * @info: the request
 * @type: number of the attribute
 * @missing: message if it is missing; a constant
 *
 * Return: the attribute; NULL, with the message and the number of the attribute
 * in the request's extack, if it is missing.
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
 * netlink_get_vm() - find and lock the VM that a request names
 * @info: the request
 * @id: attribute with its number; a refusal names it
 *
 * Return: the VM, locked, to be released by vm_put(), or an error pointer.
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
 * netlink_get_log() - find the log of the VM that a request names, also of an ended one
 * @info: the request
 * @id: attribute with its number; a refusal names it
 *
 * Return: the log, to be released by event_log_put(), or an error pointer.
 */
struct event_log *netlink_get_log(struct genl_info *info, unsigned int id)
{
	struct nlattr *attr;
	struct event_log *log;

	attr = netlink_need(info, id, "the number of the VM is missing");
	if (!attr)
		return ERR_PTR(-EINVAL);
	log = event_log_get(nla_get_u32(attr));
	if (log)
		return log;
	return ERR_PTR(refuse(info->extack, attr, -ENOENT,
			      "no VM has this number"));
}

/**
 * netlink_backend() - find the back end that a request names
 * @info: the request
 * @attr: attribute with its number, which is optional
 *
 * Return: the back end; vmx if the request names none.
 */
const struct backend_ops *netlink_backend(struct genl_info *info,
					  unsigned int attr)
{
	const struct nlattr *number = netlink_attr(info, attr);

	return backend_find(number ? nla_get_u32(number) : TEAVMX_BACKEND_VMX);
}

/**
 * netlink_check_backend() - can the back end of a request be used here?
 * @info: the request
 * @attr: as for netlink_backend(); a refusal names it
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int netlink_check_backend(struct genl_info *info, unsigned int attr)
{
	/* The message is in a static buffer, so it outlives the request. */
	const char *missing = netlink_backend(info, attr)->missing();

	return missing ? refuse(info->extack, netlink_attr(info, attr),
				-EOPNOTSUPP, missing) : 0;
}

/**
 * netlink_engine() - the engine that a request names
 * @info: the request
 * @attr: attribute with its number, which is optional
 *
 * Return: enum teavmx_engine; that of the interpreter if the request names none.
 */
u8 netlink_engine(struct genl_info *info, unsigned int attr)
{
	const struct nlattr *number = netlink_attr(info, attr);

	return number ? nla_get_u32(number) : TEAVMX_ENGINE_INTERP;
}

/**
 * netlink_check_engine() - can the engine of a request be used with its back end?
 * @info: the request
 * @attr: as for netlink_engine(); a refusal names it
 * @backend: as for netlink_backend()
 *
 * Translated code is executed in a VMX guest only.
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int netlink_check_engine(struct genl_info *info, unsigned int attr,
			 unsigned int backend)
{
	if (netlink_engine(info, attr) == TEAVMX_ENGINE_INTERP ||
	    netlink_backend(info, backend)->id == TEAVMX_BACKEND_VMX)
		return 0;
	return refuse(info->extack, netlink_attr(info, attr), -EOPNOTSUPP,
		      "the soft back end executes no translated program in the kernel; use the vmx back end, or the engine interp");
}

/**
 * netlink_need_payload() - refuse a request for a VM of another payload
 * @info: the request
 * @vm: the VM
 * @payload: the payload that the request requires
 * @id: attribute with the number of the VM; a refusal names it
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
 * netlink_get_vcpu() - find the vCPU that a request names
 * @info: the request
 * @vm: its VM, locked
 * @id: attribute with its number; a refusal names it
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
 * netlink_with_vcpu() - call a function with the vCPU that a request names
 * @info: the request
 * @vm_id: attribute with the number of its VM
 * @vcpu_id: attribute with its own number
 * @act: called with the VM locked
 *
 * Return: what @act returned, or -EINVAL or -ENOENT if there is no such vCPU.
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
 * netlink_put_pair() - add a nest of a number and a value to a message
 * @skb: message
 * @type: number of the nested attribute
 * @number: number of a register or MSR, encoding of a VMCS field, or number of
 *	a word that rules of VM entry need
 * @value: its value
 *
 * Return: 0 or -EMSGSIZE.
 */
int netlink_put_pair(struct sk_buff *skb, int type, u32 number, u64 value)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	static_assert((int)TEAVMX_A_REGISTER_NUMBER ==
		      (int)TEAVMX_A_VMCS_FIELD_ENCODING);
	static_assert((int)TEAVMX_A_REGISTER_NUMBER ==
		      (int)TEAVMX_A_FACT_NUMBER);
	static_assert((int)TEAVMX_A_REGISTER_VALUE ==
		      (int)TEAVMX_A_FACT_VALUE);
	static_assert((int)TEAVMX_A_REGISTER_PAD == (int)TEAVMX_A_FACT_PAD);
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
 * Every handler of a dump calls this first, because pre_doit() is not called
 * for dumps.
 *
 * Return: the place of the dump, all zeros at first, or an error pointer:
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
 * The handler has set cb->seq to the generation of the set that it dumps. If
 * that changes between two messages, the kernel sets NLM_F_DUMP_INTR, so that
 * the client dumps again.
 *
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
