// SPDX-License-Identifier: GPL-2.0-only
#include "gen.h"
#include "request.h"
#include "../memory/ram_file.h"
#include "../payload/payload.h"
#include "../payload/raw_page.h"
#include "../refuse.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../vmx/raw/regs.h"
#include "../vmx/raw/vm.h"
#include "../vmx/run.h"
#include "../vmx/snapshot.h"

#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/slab.h>
#include <linux/stringify.h>

/* Requests about the state of guests: memory, registers, VMCS. */

/*
 * The vCPU that a request about memory names: NULL if it names none, because it
 * is about memory of the VM.
 */
static struct teavmx_vcpu *memory_vcpu(struct genl_info *info,
				       struct teavmx_vm *vm)
{
	if (!netlink_attr(info, TEAVMX_A_MEMORY_VCPU_ID))
		return NULL;
	return netlink_get_vcpu(info, vm, TEAVMX_A_MEMORY_VCPU_ID);
}

static int read_memory(struct genl_info *info, struct payload_memory *access)
{
	struct sk_buff *reply;
	struct nlattr *data;
	void *header;
	int err = -EMSGSIZE;

	reply = netlink_new_reply(info, TEAVMX_CMD_MEM_READ,
				  nla_total_size(access->size), &header);
	if (!reply)
		return -ENOMEM;
	data = nla_reserve(reply, TEAVMX_A_MEMORY_DATA, access->size);
	if (data) {
		access->to = nla_data(data);
		err = access->vm->payload->mem_read(access, info->extack);
		if (err) {
			nlmsg_free(reply);
			return err;
		}
	}
	return netlink_send_reply(reply, header, info, err);
}

static int write_memory(struct genl_info *info, struct payload_memory *access)
{
	return access->vm->payload->mem_write(access, info->extack);
}

static int access_memory(struct genl_info *info, struct payload_memory *access,
			 int (*act)(struct genl_info *info,
				    struct payload_memory *access))
{
	int err;

	access->vm_attr = netlink_attr(info, TEAVMX_A_MEMORY_VM_ID);
	access->vcpu_attr = netlink_attr(info, TEAVMX_A_MEMORY_VCPU_ID);
	access->address = nla_get_u64(access->address_attr);
	access->vm = netlink_get_vm(info, TEAVMX_A_MEMORY_VM_ID);
	if (IS_ERR(access->vm))
		return PTR_ERR(access->vm);
	access->vcpu = memory_vcpu(info, access->vm);
	err = IS_ERR(access->vcpu) ? PTR_ERR(access->vcpu) : act(info, access);
	vm_put(access->vm);
	return err;
}

int teavmx_nl_mem_read_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct payload_memory access = { };
	struct nlattr *size;

	access.address_attr = netlink_need(info, TEAVMX_A_MEMORY_ADDRESS,
					   "the address is missing");
	size = netlink_need(info, TEAVMX_A_MEMORY_SIZE, "the size is missing");
	if (!access.address_attr || !size)
		return -EINVAL;
	access.size = nla_get_u32(size);
	if (access.size > TEAVMX_MEMORY_CHUNK)
		return refuse(info->extack, size, -E2BIG,
			      "one request reads at most "
			      __stringify(TEAVMX_MEMORY_CHUNK) " bytes");
	return access_memory(info, &access, read_memory);
}

int teavmx_nl_mem_write_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct payload_memory access = { };
	struct nlattr *data;

	access.address_attr = netlink_need(info, TEAVMX_A_MEMORY_ADDRESS,
					   "the address is missing");
	data = netlink_need(info, TEAVMX_A_MEMORY_DATA,
			    "the bytes are missing");
	if (!access.address_attr || !data)
		return -EINVAL;
	access.from = nla_data(data);
	access.size = nla_len(data);
	if (access.size > TEAVMX_MEMORY_CHUNK)
		return refuse(info->extack, data, -E2BIG,
			      "one request writes at most "
			      __stringify(TEAVMX_MEMORY_CHUNK) " bytes");
	return access_memory(info, &access, write_memory);
}

/* What a reply with a file descriptor has */
struct file_reply {
	u8 cmd;
	int fd_attr;
	int size_attr;
	u32 size;
};

/* The descriptor is of the process that sends the request: see send_file(). */
static int reply_file(struct genl_info *info, const struct file_reply *what,
		      int fd)
{
	struct sk_buff *reply;
	void *header;
	int err = 0;

	reply = netlink_new_reply(info, what->cmd,
				  2 * nla_total_size(sizeof(u32)), &header);
	if (!reply)
		return -ENOMEM;
	if ((what->size_attr &&
	     nla_put_u32(reply, what->size_attr, what->size)) ||
	    nla_put_u32(reply, what->fd_attr, fd))
		err = -EMSGSIZE;
	return netlink_send_reply(reply, header, info, err);
}

/*
 * Requests are handled in the context of the process that sends them, so a
 * descriptor can be made for it. It refers to nothing until fd_install(), which
 * comes when nothing can fail any more. @file is released after a failure.
 */
static int send_file(struct genl_info *info, const struct file_reply *what,
		     struct file *file)
{
	int fd, err;

	if (IS_ERR(file))
		return refuse(info->extack, NULL, PTR_ERR(file),
			      "not enough memory for the file");
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		fput(file);
		return refuse(info->extack, NULL, fd,
			      "the process can have no more file descriptors");
	}
	err = reply_file(info, what, fd);
	if (err) {
		put_unused_fd(fd);
		fput(file);
	} else {
		fd_install(fd, file);
	}
	return err;
}

static int map_ram(struct genl_info *info, struct teavmx_vm *vm)
{
	const struct file_reply what = {
		.cmd = TEAVMX_CMD_MEM_MAP,
		.fd_attr = TEAVMX_A_MEMORY_FD,
		.size_attr = TEAVMX_A_MEMORY_SIZE,
		.size = vm->raw->ram.size,
	};
	struct file *file = ram_file_create(&vm->raw->ram, vm_drop, vm);

	if (!IS_ERR(file))
		vm_hold(vm);
	return send_file(info, &what, file);
}

int teavmx_nl_mem_map_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct teavmx_vm *vm = netlink_get_vm(info, TEAVMX_A_MEMORY_VM_ID);
	int err;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	err = netlink_need_payload(info, vm, &payload_raw,
				   TEAVMX_A_MEMORY_VM_ID) ?:
	      map_ram(info, vm);
	vm_put(vm);
	return err;
}

static int map_vcpu(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	const struct file_reply what = {
		.cmd = TEAVMX_CMD_VCPU_MAP,
		.fd_attr = TEAVMX_A_VCPU_FD,
	};

	return netlink_need_payload(info, vcpu->vm, &payload_raw,
				    TEAVMX_A_VCPU_VM_ID) ?:
	       send_file(info, &what, raw_page_create(vcpu));
}

int teavmx_nl_vcpu_map_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_VCPU_VM_ID, TEAVMX_A_VCPU_ID,
				 map_vcpu);
}

static int reply_registers(struct genl_info *info,
			   const struct vmx_registers *registers,
			   unsigned int count)
{
	struct sk_buff *reply;
	unsigned int i;
	void *header;
	int err = 0;

	reply = netlink_new_reply(info, TEAVMX_CMD_REGS_GET,
				  count * NETLINK_PAIR_SIZE, &header);
	if (!reply)
		return -ENOMEM;
	for (i = 0; i < count && !err; i++)
		err = netlink_put_pair(reply, TEAVMX_A_REGISTERS_REGISTER,
				       registers->list[i].number,
				       registers->list[i].value);
	return netlink_send_reply(reply, header, info, err);
}

static int get_registers(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	const struct payload_ops *payload = vcpu->vm->payload;
	struct vmx_registers *registers;
	int count;
	int err = payload->inspect(vcpu, false, info->extack);

	if (err)
		return err;
	registers = kvmalloc(sizeof(*registers), GFP_KERNEL_ACCOUNT);
	if (!registers)
		return refuse(info->extack, NULL, -ENOMEM,
			      "not enough memory for the registers");
	count = payload->regs_get(vcpu, registers);
	err = count < 0 ? netlink_no_vmx(info, count) :
			  reply_registers(info, registers, count);
	kvfree(registers);
	return err;
}

int teavmx_nl_regs_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_REGISTERS_VM_ID,
				 TEAVMX_A_REGISTERS_VCPU_ID, get_registers);
}

static int parse_register(struct genl_info *info, struct nlattr *nest,
			  const struct payload_ops *payload,
			  struct vmx_register *reg)
{
	struct nlattr *tb[TEAVMX_A_REGISTER_MAX + 1];
	const char *refused;
	int err;

	err = netlink_parse_nest(tb, nest, teavmx_register_nl_policy,
				 info->extack);
	if (err)
		return err;
	if (!tb[TEAVMX_A_REGISTER_NUMBER] || !tb[TEAVMX_A_REGISTER_VALUE])
		return refuse(info->extack, nest, -EINVAL,
			      "a register requires a number and a value");
	reg->number = nla_get_u32(tb[TEAVMX_A_REGISTER_NUMBER]);
	reg->value = nla_get_u64(tb[TEAVMX_A_REGISTER_VALUE]);
	err = payload->register_check(reg, &refused);
	return err ? refuse(info->extack, nest, err, refused) : 0;
}

/* Parses the registers of a request. Returns their number or an errno. */
static int gather_registers(struct genl_info *info,
			    const struct payload_ops *payload,
			    struct vmx_register *list)
{
	struct nlattr *attr;
	int count = 0;
	int rest, err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != TEAVMX_A_REGISTERS_REGISTER)
			continue;
		if (count == VMX_REGISTERS)
			return refuse(info->extack, attr, -E2BIG,
				      "the request has more registers than a vCPU");
		err = parse_register(info, attr, payload, &list[count]);
		if (err)
			return err;
		count++;
	}
	return count;
}

static int set_registers(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	const struct payload_ops *payload = vcpu->vm->payload;
	struct vmx_registers *registers;
	int count;
	int err = payload->inspect(vcpu, true, info->extack);

	if (err)
		return err;
	registers = kvmalloc(sizeof(*registers), GFP_KERNEL_ACCOUNT);
	if (!registers)
		return refuse(info->extack, NULL, -ENOMEM,
			      "not enough memory for the registers");
	count = gather_registers(info, payload, registers->list);
	err = count < 0 ? count :
	      netlink_no_vmx(info, payload->regs_set(vcpu, registers->list,
						     count, info->extack));
	kvfree(registers);
	return err;
}

int teavmx_nl_regs_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_REGISTERS_VM_ID,
				 TEAVMX_A_REGISTERS_VCPU_ID, set_registers);
}

static int reply_vmcs(struct genl_info *info,
		      const struct vmx_snapshot *snapshot)
{
	struct sk_buff *reply;
	unsigned int i;
	void *header;
	int err = 0;

	reply = netlink_new_reply(info, TEAVMX_CMD_VMCS_GET,
				  snapshot->field_count * NETLINK_PAIR_SIZE,
				  &header);
	if (!reply)
		return -ENOMEM;
	for (i = 0; i < snapshot->field_count && !err; i++)
		err = netlink_put_pair(reply, TEAVMX_A_VMCS_FIELD,
				       snapshot->fields[i].number,
				       snapshot->fields[i].value);
	return netlink_send_reply(reply, header, info, err);
}

static int get_vmcs(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct vmx_snapshot *snapshot;
	int err;

	if (!vcpu->vmx)
		return refuse(info->extack, NULL, -EINVAL,
			      vcpu->backend->id != TEAVMX_BACKEND_VMX ?
			      "the vCPU has no VMCS, as its back end is not vmx" :
			      "the vCPU has no VMCS, as it has exited");
	err = vcpu_need_stopped(vcpu, info->extack);
	if (err)
		return err;
	snapshot = kvmalloc(sizeof(*snapshot), GFP_KERNEL_ACCOUNT);
	if (!snapshot)
		return refuse(info->extack, NULL, -ENOMEM,
			      "not enough memory for the VMCS");
	err = netlink_no_vmx(info, vmx_snapshot_read(vcpu->vmx, snapshot));
	if (!err)
		err = reply_vmcs(info, snapshot);
	kvfree(snapshot);
	return err;
}

int teavmx_nl_vmcs_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_VMCS_VM_ID,
				 TEAVMX_A_VMCS_VCPU_ID, get_vmcs);
}
