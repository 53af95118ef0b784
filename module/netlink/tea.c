// SPDX-License-Identifier: GPL-2.0-only
#include "gen.h"
#include "request.h"
#include "../backend/backend.h"
#include "../payload/commands.h"
#include "../payload/payload.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../refuse.h"

#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/stringify.h>

/* Requests about the TEA machine of a VM: slots, packets, ports. */

static_assert(TEAVMX_SERIAL_MAX == TEA_SERIAL_MAX);

/* Finds and locks the VM that a request names, unless it is a raw one. */
static struct teavmx_vm *get_machine(struct genl_info *info)
{
	struct teavmx_vm *vm = netlink_get_vm(info, TEAVMX_A_MACHINE_VM_ID);
	int err;

	if (IS_ERR(vm))
		return vm;
	err = netlink_need_payload(info, vm, &payload_tea,
				   TEAVMX_A_MACHINE_VM_ID);
	if (!err)
		return vm;
	vm_put(vm);
	return ERR_PTR(err);
}

static struct tea_slot *new_slot(struct genl_info *info, const u8 *program,
				 size_t size)
{
	struct nlattr *stack = netlink_attr(info, TEAVMX_A_MACHINE_STACK_SIZE);
	struct tea_slot *slot;

	if (stack && nla_get_u32(stack) > TEA_STACK_MAX)
		return ERR_PTR(refuse(info->extack, stack, -ERANGE,
				      "the stack has at most "
				      __stringify(TEA_STACK_MAX) " bytes"));
	slot = kvmalloc(struct_size(slot, program, size), GFP_KERNEL_ACCOUNT);
	if (!slot)
		return ERR_PTR(refuse(info->extack, NULL, -ENOMEM,
				      "not enough memory for the program"));
	slot->stack_size = stack ? nla_get_u32(stack) : TEA_STACK_DEFAULT;
	slot->size = size;
	memcpy(slot->program, program, size);
	return slot;
}

/*
 * The program of a request as a slot: NULL if it has no program, to empty the
 * slot, or an error pointer.
 */
static struct tea_slot *gather_slot(struct genl_info *info)
{
	struct nlattr *stack = netlink_attr(info, TEAVMX_A_MACHINE_STACK_SIZE);
	struct tea_slot *slot;
	size_t size;
	u8 *program;

	program = netlink_gather_program(info, TEAVMX_A_MACHINE_PROGRAM, &size);
	if (IS_ERR(program))
		return ERR_CAST(program);
	if (size)
		slot = new_slot(info, program, size);
	else if (stack)
		slot = ERR_PTR(refuse(info->extack, stack, -EINVAL,
				      "a slot without a program has no stack; send one"));
	else
		slot = NULL;
	kvfree(program);
	return slot;
}

int teavmx_nl_slot_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *number = netlink_need(info, TEAVMX_A_MACHINE_SLOT_NUMBER,
					     "the number of the slot is missing");
	struct tea_slot *slot, *before;
	struct teavmx_vm *vm;
	unsigned int i;

	if (!number)
		return -EINVAL;
	static_assert(TEAVMX_SLOTS == 12);
	if (nla_get_u8(number) >= TEAVMX_SLOTS)
		return refuse(info->extack, number, -ERANGE,
			      "slots are numbered from 0 to 11");
	slot = gather_slot(info);
	if (IS_ERR(slot))
		return PTR_ERR(slot);
	vm = get_machine(info);
	if (IS_ERR(vm)) {
		kvfree(slot);
		return PTR_ERR(vm);
	}
	i = array_index_nospec(nla_get_u8(number), TEAVMX_SLOTS);
	before = vm->commands.slots[i];
	vm->commands.slots[i] = slot;
	vm_put(vm);
	kvfree(before);
	return 0;
}

static int put_slot(struct sk_buff *skb, u8 number, const struct tea_slot *slot)
{
	struct nlattr *nest = nla_nest_start(skb, TEAVMX_A_MACHINE_SLOT);

	if (!nest ||
	    nla_put_u8(skb, TEAVMX_A_SLOT_NUMBER, number) ||
	    nla_put_u32(skb, TEAVMX_A_SLOT_SIZE, slot->size) ||
	    nla_put_u32(skb, TEAVMX_A_SLOT_STACK_SIZE, slot->stack_size) ||
	    nla_put(skb, TEAVMX_A_SLOT_HEADER,
		    min_t(u32, slot->size, TEA_HEADER_SIZE), slot->program))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_slots(struct sk_buff *skb, struct teavmx_vm *vm)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < TEAVMX_SLOTS && !err; i++)
		if (vm->commands.slots[i])
			err = put_slot(skb, i, vm->commands.slots[i]);
	return err;
}

int teavmx_nl_slot_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct teavmx_vm *vm = get_machine(info);
	struct sk_buff *reply;
	void *header;
	int err = -ENOMEM;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	reply = netlink_new_reply(info, TEAVMX_CMD_SLOT_GET,
				  GENLMSG_DEFAULT_SIZE, &header);
	if (reply)
		err = netlink_send_reply(reply, header, info,
					 put_slots(reply, vm));
	vm_put(vm);
	return err;
}

/* Parses a packet. Returns why it is malformed, or NULL. */
static const char *parse_packet(const struct nlattr *attr,
				struct tea_command *command)
{
	const u8 *packet = nla_data(attr);
	unsigned int size = nla_len(attr);

	if (size <= TEA_PACKET_MIN || size > TEA_PACKET_MAX)
		return "a packet has 3 to 10 bytes: address, length, data";
	if (packet[1] != size - TEA_PACKET_MIN)
		return "the length byte of the packet must be the number of bytes after it";
	return commands_parse(packet + TEA_PACKET_MIN, size - TEA_PACKET_MIN,
			      command);
}

static int put_launched(struct sk_buff *skb,
			const struct tea_launched *launched, u64 next_seq)
{
	const u8 message[] = { TEA_CMD_VM_RUN, launched->pid };

	if (launched->pid && nla_put(skb, TEAVMX_A_MACHINE_MESSAGE,
				     sizeof(message), message))
		return -EMSGSIZE;
	if (!launched->vcpu)
		return 0;
	return nla_put_u32(skb, TEAVMX_A_MACHINE_VCPU_ID, launched->vcpu->id) ?:
	       nla_put_u64_64bit(skb, TEAVMX_A_MACHINE_NEXT_SEQ, next_seq,
				 TEAVMX_A_MACHINE_PAD);
}

static int send_packet(struct genl_info *info, struct teavmx_vm *vm,
		       const struct tea_command *command)
{
	struct nlattr *packet = netlink_attr(info, TEAVMX_A_MACHINE_PACKET);
	struct tea_launched launched;
	struct sk_buff *reply;
	u64 next_seq;
	void *header;
	int err;

	if (*(u8 *)nla_data(packet) != READ_ONCE(vm->ports.address))
		return refuse(info->extack, packet, -EADDRNOTAVAIL,
			      "the packet is not addressed to this module");
	/*
	 * The reply is allocated first, as a packet that continues a launch cannot
	 * be undone.
	 */
	reply = netlink_new_reply(info, TEAVMX_CMD_PACKET_SEND,
				  GENLMSG_DEFAULT_SIZE, &header);
	if (!reply)
		return -ENOMEM;
	event_log_first(vm->log, &next_seq);
	err = commands_do(vm, command,
			  netlink_backend(info, TEAVMX_A_MACHINE_BACKEND),
			  &launched, info->extack);
	if (err) {
		nlmsg_free(reply);
		NL_SET_BAD_ATTR(info->extack, packet);
		return err;
	}
	err = netlink_send_reply(reply, header, info,
				 put_launched(reply, &launched, next_seq));
	if (err)
		commands_undo(vm, &launched);
	else
		commands_start(&launched);
	return err;
}

int teavmx_nl_packet_send_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *packet = netlink_need(info, TEAVMX_A_MACHINE_PACKET,
					     "the packet is missing");
	struct tea_command command;
	const char *wrong;
	struct teavmx_vm *vm;
	int err = 0;

	if (!packet)
		return -EINVAL;
	wrong = parse_packet(packet, &command);
	if (wrong)
		return refuse(info->extack, packet, -EINVAL, wrong);
	/* Back end and engine matter only for the first packet of a launch. */
	if (command.first)
		err = netlink_check_backend(info, TEAVMX_A_MACHINE_BACKEND) ?:
		      netlink_check_engine(info, TEAVMX_A_MACHINE_ENGINE,
					   TEAVMX_A_MACHINE_BACKEND);
	if (err)
		return err;
	command.engine = netlink_engine(info, TEAVMX_A_MACHINE_ENGINE);
	vm = get_machine(info);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	err = send_packet(info, vm, &command);
	vm_put(vm);
	return err;
}

static int serial_write(struct genl_info *info, struct teavmx_vm *vm, u32 *room)
{
	struct nlattr *data = netlink_attr(info, TEAVMX_A_MACHINE_DATA);
	unsigned int size = data ? nla_len(data) : 0;

	vm_lock_ports(vm);
	*room = tea_ports_room(&vm->ports);
	if (size && size <= *room) {
		tea_ports_feed(&vm->ports, nla_data(data), size);
		port_queue_wake(&vm->port_queue, TEA_PORT_SERIAL);
		*room -= size;
		size = 0;
	}
	vm_unlock_ports(vm);
	if (size)
		return refuse(info->extack, data, -EAGAIN,
			      "the serial input has no space for this until a process reads it");
	return 0;
}

/*
 * The reply is allocated before the bytes are written: they cannot be removed
 * from the serial input if there is no memory for the reply.
 */
static int serial_write_and_reply(struct genl_info *info, struct teavmx_vm *vm)
{
	struct sk_buff *reply;
	void *header;
	u32 room;
	int err;

	reply = netlink_new_reply(info, TEAVMX_CMD_SERIAL_WRITE,
				  nla_total_size(sizeof(room)), &header);
	if (!reply)
		return -ENOMEM;
	err = serial_write(info, vm, &room);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	return netlink_send_done(reply, header, info,
				 nla_put_u32(reply, TEAVMX_A_MACHINE_ROOM,
					     room));
}

int teavmx_nl_serial_write_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *data = netlink_attr(info, TEAVMX_A_MACHINE_DATA);
	struct teavmx_vm *vm;
	int err;

	if (data && nla_len(data) > TEAVMX_SERIAL_MAX)
		return refuse(info->extack, data, -E2BIG,
			      "the serial input holds at most "
			      __stringify(TEAVMX_SERIAL_MAX) " bytes");
	vm = get_machine(info);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	err = serial_write_and_reply(info, vm);
	vm_put(vm);
	return err;
}

static int answer_port(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct nlattr *request = netlink_need(info, TEAVMX_A_MACHINE_REQUEST,
					      "the number of the request is missing");
	struct nlattr *value = netlink_attr(info, TEAVMX_A_MACHINE_VALUE);
	struct host_answer answer = {
		.refused = !value,
		.value = value ? nla_get_u16(value) : 0,
	};
	int err;

	if (!request)
		return -EINVAL;
	answer.request = nla_get_u32(request);
	err = host_port_answer(vcpu, &answer);
	if (err == -ENOENT)
		return refuse(info->extack, request, err,
			      "the vCPU does not wait for the answer to a request with this number");
	if (err)
		return refuse(info->extack, value, err,
			      "the process reads a char, so the value must be at most 255");
	return err;
}

int teavmx_nl_port_answer_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_MACHINE_VM_ID,
				 TEAVMX_A_MACHINE_VCPU_ID, answer_port);
}
