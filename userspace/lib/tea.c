// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>

#include "internal.h"

#define SMALL_ROOM	128

int teavmx_slot_set(struct teavmx *teavmx, uint32_t vm, uint8_t number,
		    const void *program, size_t size, uint32_t stack_size)
{
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_SLOT_SET, 0,
				 SMALL_ROOM + size);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_MACHINE_VM_ID, vm);
	nla_put_u8(message, TEAVMX_A_MACHINE_SLOT_NUMBER, number);
	if (stack_size)
		nla_put_u32(message, TEAVMX_A_MACHINE_STACK_SIZE, stack_size);
	if (teavmx_put_program(message, TEAVMX_A_MACHINE_PROGRAM, program,
			       size)) {
		nlmsg_free(message);
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, EMSGSIZE,
				   NULL,
				   "cannot load slot %u: the program does not fit into a request",
				   number);
	}
	return teavmx_call(teavmx, message, "load slot %u of VM %u", NULL,
			   number, vm);
}

struct slot_array {
	struct teavmx_slot *slots;
	int count;
};

/* A newer module may have more slots than there is room for. */
static int add_slot(struct slot_array *array, struct nlattr *nest)
{
	struct nlattr *a[TEAVMX_A_SLOT_MAX + 1];
	const struct nlattr *header;
	struct teavmx_slot *slot;

	if (array->count == TEAVMX_SLOTS)
		return 0;
	errno = EPROTO;
	if (nla_parse_nested(a, TEAVMX_A_SLOT_MAX, nest, NULL) < 0)
		return -1;
	slot = &array->slots[array->count++];
	memset(slot, 0, sizeof(*slot));
	slot->number = u8_of(a[TEAVMX_A_SLOT_NUMBER]);
	slot->size = u32_of(a[TEAVMX_A_SLOT_SIZE]);
	slot->stack_size = u32_of(a[TEAVMX_A_SLOT_STACK_SIZE]);
	header = a[TEAVMX_A_SLOT_HEADER];
	if (header && nla_len(header) <= (int)sizeof(slot->header)) {
		slot->header_size = (size_t)nla_len(header);
		memcpy(slot->header, nla_data(header), slot->header_size);
	}
	return 0;
}

static int take_slots(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct nlattr *attr;
	int left;

	(void)a;
	nlmsg_for_each_attr(attr, answer, GENL_HDRLEN, left)
		if (nla_type(attr) == TEAVMX_A_MACHINE_SLOT &&
		    add_slot(data, attr))
			return -1;
	return 0;
}

int teavmx_slot_list(struct teavmx *teavmx, uint32_t vm,
		     struct teavmx_slot *slots)
{
	struct slot_array array = { slots, 0 };
	struct teavmx_reply reply = { TEAVMX_A_MACHINE_MAX, take_slots,
				      &array };
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_SLOT_GET, 0, SMALL_ROOM);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_MACHINE_VM_ID, vm);
	return teavmx_call(teavmx, message, "list the slots of VM %u", &reply,
			   vm) ? -1 : array.count;
}

static int take_launched(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	const struct nlattr *message = a[TEAVMX_A_MACHINE_MESSAGE];
	struct teavmx_launched *launched = data;

	(void)answer;
	if (message && nla_len(message) == sizeof(launched->message)) {
		launched->message_size = sizeof(launched->message);
		memcpy(launched->message, nla_data(message),
		       sizeof(launched->message));
	}
	launched->vcpu = u32_of(a[TEAVMX_A_MACHINE_VCPU_ID]);
	launched->next_seq = u64_of(a[TEAVMX_A_MACHINE_NEXT_SEQ]);
	return 0;
}

int teavmx_packet_send(struct teavmx *teavmx, uint32_t vm,
		       enum teavmx_backend backend, enum teavmx_engine engine,
		       const uint8_t *packet, size_t size,
		       struct teavmx_launched *launched)
{
	struct teavmx_reply reply = { TEAVMX_A_MACHINE_MAX, take_launched,
				      launched };
	struct nl_msg *message;

	memset(launched, 0, sizeof(*launched));
	if (!teavmx_bytes_fit(teavmx, size))
		return -1;
	message = teavmx_request(teavmx, TEAVMX_CMD_PACKET_SEND, 0,
				 SMALL_ROOM + size);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_MACHINE_VM_ID, vm);
	nla_put_u32(message, TEAVMX_A_MACHINE_BACKEND, backend);
	if (engine)
		nla_put_u32(message, TEAVMX_A_MACHINE_ENGINE, engine);
	nla_put(message, TEAVMX_A_MACHINE_PACKET, (int)size, packet);
	return teavmx_call(teavmx, message, "send VM %u a packet", &reply,
			   vm);
}

static int take_room(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	(void)answer;
	*(uint32_t *)data = u32_of(a[TEAVMX_A_MACHINE_ROOM]);
	return 0;
}

int teavmx_serial_write(struct teavmx *teavmx, uint32_t vm, const void *data,
			size_t size, uint32_t *room)
{
	uint32_t unused;
	struct teavmx_reply reply = { TEAVMX_A_MACHINE_MAX, take_room,
				      room ? room : &unused };
	struct nl_msg *message;

	if (!teavmx_bytes_fit(teavmx, size))
		return -1;
	message = teavmx_request(teavmx, TEAVMX_CMD_SERIAL_WRITE, 0,
				 SMALL_ROOM + size);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_MACHINE_VM_ID, vm);
	if (size)
		nla_put(message, TEAVMX_A_MACHINE_DATA, (int)size, data);
	return teavmx_call(teavmx, message, "feed VM %u", &reply, vm);
}

static struct nl_msg *begin_answer(struct teavmx *teavmx, uint32_t vm,
				   uint32_t vcpu, uint32_t request)
{
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_PORT_ANSWER, 0, SMALL_ROOM);
	if (!message)
		return NULL;
	nla_put_u32(message, TEAVMX_A_MACHINE_VM_ID, vm);
	nla_put_u32(message, TEAVMX_A_MACHINE_VCPU_ID, vcpu);
	nla_put_u32(message, TEAVMX_A_MACHINE_REQUEST, request);
	return message;
}

static int end_answer(struct teavmx *teavmx, struct nl_msg *message,
		      uint32_t vm, uint32_t vcpu)
{
	return teavmx_call(teavmx, message, "answer vCPU %u of VM %u", NULL,
			   vcpu, vm);
}

int teavmx_port_answer(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       uint32_t request, uint16_t value)
{
	struct nl_msg *message = begin_answer(teavmx, vm, vcpu, request);

	if (!message)
		return -1;
	nla_put_u16(message, TEAVMX_A_MACHINE_VALUE, value);
	return end_answer(teavmx, message, vm, vcpu);
}

int teavmx_port_refuse(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       uint32_t request)
{
	struct nl_msg *message = begin_answer(teavmx, vm, vcpu, request);

	return message ? end_answer(teavmx, message, vm, vcpu) : -1;
}
