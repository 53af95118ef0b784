// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>

#include "internal.h"

static int take_pending(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	(void)answer;
	*(int *)data = (int)u32_of(a[TEAVMX_A_INJECT_PENDING]);
	return 0;
}

int teavmx_inject(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		  const struct teavmx_inject *event)
{
	int pending = 0;
	struct teavmx_reply reply = { TEAVMX_A_INJECT_MAX, take_pending,
				      &pending };
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_INJECT, 0, 128);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_INJECT_VM_ID, vm);
	nla_put_u32(message, TEAVMX_A_INJECT_VCPU_ID, vcpu);
	nla_put_u8(message, TEAVMX_A_INJECT_VECTOR, event->vector);
	nla_put_u8(message, TEAVMX_A_INJECT_TYPE, event->type);
	if (event->has_error)
		nla_put_u32(message, TEAVMX_A_INJECT_ERROR_CODE, event->error);
	if (event->length)
		nla_put_u8(message, TEAVMX_A_INJECT_INSTRUCTION_LENGTH,
			   event->length);
	return teavmx_call(teavmx, message, "inject an event into vCPU %u of VM %u",
			   &reply, vcpu, vm) ? -1 : pending;
}
