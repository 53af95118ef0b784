// SPDX-License-Identifier: GPL-2.0-only
#include "gen.h"
#include "request.h"
#include "../payload/payload.h"
#include "../refuse.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../vmx/raw/inject.h"
#include "../vmx/raw/inject_check.h"

#include <linux/sched.h>
#include <linux/stringify.h>

/* INJECT: the request that queues an event for a vCPU of a raw VM. */

static int parse_event(struct genl_info *info, struct inject_request *request)
{
	struct nlattr *error = netlink_attr(info, TEAVMX_A_INJECT_ERROR_CODE);
	struct nlattr *length, *vector, *type;

	length = netlink_attr(info, TEAVMX_A_INJECT_INSTRUCTION_LENGTH);
	vector = netlink_need(info, TEAVMX_A_INJECT_VECTOR,
			      "the vector is missing");
	if (!vector)
		return -EINVAL;
	type = netlink_need(info, TEAVMX_A_INJECT_TYPE, "the type is missing");
	if (!type)
		return -EINVAL;
	request->vector = nla_get_u8(vector);
	request->type = nla_get_u8(type);
	request->has_error = error;
	if (error)
		request->error = nla_get_u32(error);
	if (length)
		request->length = nla_get_u8(length);
	return 0;
}

/*
 * Checks an event. The mode of a running guest can change at any time, so it is
 * treated as being in protected mode, where exceptions have error codes.
 */
static int check_event(struct genl_info *info, struct teavmx_vcpu *vcpu,
		       const struct inject_request *request)
{
	bool real_mode = false;
	const char *refused;
	int err = 0;

	if (vcpu_is_stopped(vcpu))
		err = inject_real_mode(vcpu->vmx, &real_mode);
	if (err)
		return netlink_no_vmx(info, err);
	err = inject_check(request, real_mode, &refused);
	if (!err)
		return 0;
	return refuse(info->extack, netlink_attr(info, TEAVMX_A_INJECT_VECTOR),
		      err, refused);
}

/*
 * The reply is allocated before the event is queued: it cannot be removed from
 * the queue if there is no memory for the reply.
 */
static int queue_event(struct genl_info *info, struct teavmx_vcpu *vcpu,
		       const struct vmx_event *event)
{
	struct sk_buff *reply;
	void *header;
	int pending;

	reply = netlink_new_reply(info, TEAVMX_CMD_INJECT,
				  nla_total_size(sizeof(u32)), &header);
	if (!reply)
		return -ENOMEM;
	pending = inject_queue_add(&vcpu->injections, event);
	if (pending < 0) {
		nlmsg_free(reply);
		return refuse(info->extack, NULL, pending,
			      "the queue is full: "
			      __stringify(INJECT_MAX) " events wait for the vCPU; run it first");
	}
	/*
	 * A running guest is made to exit: inject_before_entry() checks the
	 * queue before the next entry.
	 */
	vcpu_kick(vcpu);
	return netlink_send_done(reply, header, info,
				 nla_put_u32(reply, TEAVMX_A_INJECT_PENDING,
					     pending));
}

static int netlink_inject(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct inject_request request = { };
	struct vmx_event event;
	int err = parse_event(info, &request);

	if (err)
		return err;
	err = netlink_need_payload(info, vcpu->vm, &payload_raw,
				   TEAVMX_A_INJECT_VM_ID);
	if (err)
		return err;
	if (vcpu_state(vcpu) == TEAVMX_VCPU_STATE_EXITED)
		return refuse(info->extack, NULL, -ESRCH,
			      "the vCPU has exited");
	err = check_event(info, vcpu, &request);
	if (err)
		return err;
	event = inject_event(&request);
	return queue_event(info, vcpu, &event);
}

int teavmx_nl_inject_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_with_vcpu(info, TEAVMX_A_INJECT_VM_ID,
				 TEAVMX_A_INJECT_VCPU_ID, netlink_inject);
}
