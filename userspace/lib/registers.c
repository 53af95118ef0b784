// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include "internal.h"

/* Bytes for the attributes that name the vCPU, and for one register */
#define SMALL_ROOM	64
#define REGISTER_ROOM	32

struct register_array {
	struct teavmx_register *registers;
	size_t count;
};

static int add_register(struct register_array *array, struct nlattr *nest)
{
	struct nlattr *a[TEAVMX_A_REGISTER_MAX + 1];
	struct teavmx_register *grown;

	errno = EPROTO;
	if (nla_parse_nested(a, TEAVMX_A_REGISTER_MAX, nest, NULL) < 0)
		return -1;
	grown = reallocarray(array->registers, array->count + 1,
			     sizeof(*grown));
	if (!grown)
		return -1;
	array->registers = grown;
	grown += array->count++;
	grown->number = u32_of(a[TEAVMX_A_REGISTER_NUMBER]);
	grown->value = u64_of(a[TEAVMX_A_REGISTER_VALUE]);
	return 0;
}

static int take_registers(struct nlattr **a, struct nlmsghdr *answer,
			  void *data)
{
	struct nlattr *attr;
	int left;

	(void)a;
	nlmsg_for_each_attr(attr, answer, GENL_HDRLEN, left)
		if (nla_type(attr) == TEAVMX_A_REGISTERS_REGISTER &&
		    add_register(data, attr))
			return -1;
	return 0;
}

static struct nl_msg *regs_request(struct teavmx *teavmx, uint8_t command,
				   uint32_t vm, uint32_t vcpu, size_t count)
{
	struct nl_msg *message;

	message = teavmx_request(teavmx, command, 0,
				 SMALL_ROOM + count * REGISTER_ROOM);
	if (!message)
		return NULL;
	nla_put_u32(message, TEAVMX_A_REGISTERS_VM_ID, vm);
	nla_put_u32(message, TEAVMX_A_REGISTERS_VCPU_ID, vcpu);
	return message;
}

int teavmx_regs_get(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		    struct teavmx_register **registers)
{
	struct register_array array = { NULL, 0 };
	struct teavmx_reply reply = { TEAVMX_A_REGISTERS_MAX, take_registers,
				      &array };
	struct nl_msg *message;

	*registers = NULL;
	message = regs_request(teavmx, TEAVMX_CMD_REGS_GET, vm, vcpu, 0);
	if (!message)
		return -1;
	if (teavmx_call(teavmx, message, "get the registers of vCPU %u of VM %u",
			&reply, vcpu, vm)) {
		free(array.registers);
		return -1;
	}
	*registers = array.registers;
	return (int)array.count;
}

int teavmx_regs_set(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		    const struct teavmx_register *registers, size_t count)
{
	struct nl_msg *message;
	size_t i;

	message = regs_request(teavmx, TEAVMX_CMD_REGS_SET, vm, vcpu, count);
	if (!message)
		return -1;
	for (i = 0; i < count; i++)
		teavmx_put_pair(message, TEAVMX_A_REGISTERS_REGISTER,
				TEAVMX_A_REGISTER_NUMBER, registers[i].number,
				TEAVMX_A_REGISTER_VALUE, registers[i].value);
	return teavmx_call(teavmx, message, "set registers of vCPU %u of VM %u",
			   NULL, vcpu, vm);
}

uint64_t teavmx_reg_get(const struct teavmx_register *registers, size_t count,
			uint32_t number)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (registers[i].number == number)
			return registers[i].value;
	return 0;
}
