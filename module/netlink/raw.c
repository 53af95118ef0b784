// SPDX-License-Identifier: GPL-2.0-only
#include "gen.h"
#include "debug.h"
#include "request.h"
#include "../memory/pages.h"
#include "../payload/raw.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../vmx/raw/regs.h"
#include "../vmx/run.h"
#include "../vmx/vmcs_read.h"

#include <linux/slab.h>

/* Requests about raw VMs: memory, registers, VMCS. */

static int need_raw(struct genl_info *info, const struct teavmx_vm *vm,
		    unsigned int attr)
{
	if (vm->raw)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, netlink_attr(info, attr),
			    "the VM is not a raw one");
	return -EINVAL;
}

/**
 * netlink_need_stopped() - a request needs a raw vCPU that does not run
 * @info: the request
 * @vcpu: the vCPU, of a locked VM
 *
 * Return: 0, or an errno with a sentence in the request's extack.
 */
int netlink_need_stopped(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	if (!vcpu->vm->raw) {
		NL_SET_ERR_MSG(info->extack, "the VM is not a raw one");
		return -EINVAL;
	}
	if (!vcpu_is_stopped(vcpu)) {
		NL_SET_ERR_MSG(info->extack, "the vCPU is not paused");
		return -EBUSY;
	}
	return 0;
}

static int blame(struct genl_info *info, unsigned int attr, int err)
{
	struct netlink_ext_ack *extack = info->extack;

	NL_SET_BAD_ATTR(extack, netlink_attr(info, attr));
	if (err == -ERANGE)
		NL_SET_ERR_MSG(extack, "the address is outside of the RAM");
	else if (pages_refused(err))
		extack->_msg = pages_refused(err);
	else
		NL_SET_ERR_MSG(extack, "not enough memory for the guest's RAM");
	return err;
}

static int read_memory(struct genl_info *info, struct teavmx_vm *vm, u64 gpa,
		       u32 size)
{
	struct sk_buff *reply;
	struct nlattr *data;
	void *header;

	if (!ram_contains(&vm->raw->ram, gpa, size))
		return blame(info, TEAVMX_A_MEMORY_ADDRESS, -ERANGE);
	reply = netlink_new_reply(info, TEAVMX_CMD_MEM_READ,
				  nla_total_size(size), &header);
	if (!reply)
		return -ENOMEM;
	data = nla_reserve(reply, TEAVMX_A_MEMORY_DATA, size);
	if (data)
		ram_read(&vm->raw->ram, gpa, nla_data(data), size);
	return netlink_send_reply(reply, header, info, data ? 0 : -EMSGSIZE);
}

int teavmx_nl_mem_read_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *address, *size;
	struct teavmx_vm *vm;
	int err;

	if (netlink_attr(info, TEAVMX_A_MEMORY_VCPU))
		return netlink_debug_mem_read(info);
	address = netlink_need(info, TEAVMX_A_MEMORY_ADDRESS,
			       "the address is missing");
	size = netlink_need(info, TEAVMX_A_MEMORY_SIZE, "the size is missing");
	if (!address || !size)
		return -EINVAL;
	if (nla_get_u32(size) > TEAVMX_MEMORY_CHUNK) {
		NL_SET_ERR_MSG_ATTR(info->extack, size,
				    "one request reads at most 32768 bytes");
		return -E2BIG;
	}
	vm = netlink_get_vm(info, TEAVMX_A_MEMORY_VM_ID);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	err = need_raw(info, vm, TEAVMX_A_MEMORY_VM_ID);
	if (!err)
		err = read_memory(info, vm, nla_get_u64(address),
				  nla_get_u32(size));
	vm_put(vm);
	return err;
}

int teavmx_nl_mem_write_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *address, *data;
	struct teavmx_vm *vm;
	int err;

	if (netlink_attr(info, TEAVMX_A_MEMORY_VCPU))
		return netlink_debug_mem_write(info);
	address = netlink_need(info, TEAVMX_A_MEMORY_ADDRESS,
			       "the address is missing");
	data = netlink_need(info, TEAVMX_A_MEMORY_DATA,
			    "the bytes are missing");
	if (!address || !data)
		return -EINVAL;
	if (nla_len(data) > TEAVMX_MEMORY_CHUNK) {
		NL_SET_ERR_MSG_ATTR(info->extack, data,
				    "one request writes at most 32768 bytes");
		return -E2BIG;
	}
	vm = netlink_get_vm(info, TEAVMX_A_MEMORY_VM_ID);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	err = need_raw(info, vm, TEAVMX_A_MEMORY_VM_ID);
	if (!err) {
		err = ram_write(&vm->raw->ram, nla_get_u64(address),
				nla_data(data), nla_len(data));
		if (err)
			blame(info, TEAVMX_A_MEMORY_ADDRESS, err);
	}
	vm_put(vm);
	return err;
}

static int reply_registers(struct genl_info *info,
			   const struct vmx_registers *registers)
{
	struct sk_buff *reply;
	unsigned int i;
	void *header;
	int err = 0;

	reply = netlink_new_reply(info, TEAVMX_CMD_REGS_GET,
				  VMX_REGISTERS * NETLINK_PAIR_SIZE, &header);
	if (!reply)
		return -ENOMEM;
	for (i = 0; i < VMX_REGISTERS && !err; i++)
		err = netlink_put_pair(reply, TEAVMX_A_REGISTERS_REGISTER,
				       registers->list[i].number,
				       registers->list[i].value);
	return netlink_send_reply(reply, header, info, err);
}

static int get_registers(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct vmx_registers *registers;
	int err;

	if (vcpu->debug)
		return netlink_debug_regs_get(info, vcpu);
	err = netlink_need_stopped(info, vcpu);
	if (err)
		return err;
	registers = kvmalloc(sizeof(*registers), GFP_KERNEL_ACCOUNT);
	if (!registers) {
		NL_SET_ERR_MSG(info->extack, "not enough memory");
		return -ENOMEM;
	}
	err = netlink_no_vmx(info, vmx_regs_get(vcpu->vmx, registers));
	if (!err)
		err = reply_registers(info, registers);
	kvfree(registers);
	return err;
}

int teavmx_nl_regs_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_REGISTERS_VM_ID,
				 TEAVMX_A_REGISTERS_VCPU, get_registers);
}

static int parse_register(struct nlattr *nest, struct vmx_register *reg,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TEAVMX_A_REGISTER_MAX + 1];
	int err;

	err = netlink_parse_nest(tb, nest, teavmx_register_nl_policy,
				 extack);
	if (err)
		return err;
	if (!tb[TEAVMX_A_REGISTER_NUMBER] || !tb[TEAVMX_A_REGISTER_VALUE]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "number and value are needed");
		return -EINVAL;
	}
	reg->number = nla_get_u32(tb[TEAVMX_A_REGISTER_NUMBER]);
	reg->value = nla_get_u64(tb[TEAVMX_A_REGISTER_VALUE]);
	if (vmx_regs_known(reg->number))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, nest, "there is no such register");
	return -ENOENT;
}

/* Number of registers in @list, or an errno. */
static int gather_registers(struct genl_info *info, struct vmx_register *list)
{
	struct nlattr *attr;
	int count = 0;
	int rest, err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != TEAVMX_A_REGISTERS_REGISTER)
			continue;
		if (count == VMX_REGISTERS) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "more registers than there are");
			return -E2BIG;
		}
		err = parse_register(attr, &list[count], info->extack);
		if (err)
			return err;
		count++;
	}
	return count;
}

static int set_registers(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct vmx_registers *registers;
	const char *refused = NULL;
	int count, err;

	if (vcpu->debug)
		return netlink_debug_regs_set(info, vcpu);
	err = netlink_need_stopped(info, vcpu);
	if (err)
		return err;
	registers = kvmalloc(sizeof(*registers), GFP_KERNEL_ACCOUNT);
	if (!registers) {
		NL_SET_ERR_MSG(info->extack, "not enough memory");
		return -ENOMEM;
	}
	count = gather_registers(info, registers->list);
	err = count < 0 ? count :
	      vmx_regs_set(vcpu->vmx, registers->list, count, &refused);
	if (refused)
		info->extack->_msg = refused;
	kvfree(registers);
	return count < 0 || refused ? err : netlink_no_vmx(info, err);
}

int teavmx_nl_regs_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_REGISTERS_VM_ID,
				 TEAVMX_A_REGISTERS_VCPU, set_registers);
}

static int reply_vmcs(struct genl_info *info, const struct vmcs_picture *vmcs)
{
	struct sk_buff *reply;
	unsigned int i;
	void *header;
	int err = 0;

	reply = netlink_new_reply(info, TEAVMX_CMD_VMCS_GET,
				  vmcs->count * NETLINK_PAIR_SIZE, &header);
	if (!reply)
		return -ENOMEM;
	for (i = 0; i < vmcs->count && !err; i++)
		err = netlink_put_pair(reply, TEAVMX_A_VMCS_FIELD,
				       vmcs->list[i].field,
				       vmcs->list[i].value);
	return netlink_send_reply(reply, header, info, err);
}

static int get_vmcs(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct vmcs_picture *vmcs;
	int err;

	if (!vcpu->vmx) {
		NL_SET_ERR_MSG(info->extack, "the vCPU has no VMCS");
		return -EOPNOTSUPP;
	}
	if (!vcpu_is_stopped(vcpu)) {
		NL_SET_ERR_MSG(info->extack, "the vCPU is not paused");
		return -EBUSY;
	}
	vmcs = kvmalloc(sizeof(*vmcs), GFP_KERNEL_ACCOUNT);
	if (!vmcs) {
		NL_SET_ERR_MSG(info->extack, "not enough memory");
		return -ENOMEM;
	}
	err = netlink_no_vmx(info, vmcs_read_all(vcpu->vmx, vmcs));
	if (!err)
		err = reply_vmcs(info, vmcs);
	kvfree(vmcs);
	return err;
}

int teavmx_nl_vmcs_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_VMCS_VM_ID,
				 TEAVMX_A_VMCS_VCPU, get_vmcs);
}
