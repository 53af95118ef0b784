// SPDX-License-Identifier: GPL-2.0-only
#include "family.h"
#include "../compat.h"
#include "listener.h"
#include "gen.h"
#include "request.h"
#include "../vm.h"

#include <linux/module.h>
#include <linux/random.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

/*
 * The generic-netlink family: turns attributes into calls and objects into
 * attributes, nothing else. No handler waits for a guest. A VM is locked from
 * vm_get() to vm_put().
 */

/* The core does not call it for dumps: see netlink_dump_begin(). */
static int pre_doit(const struct teavmx_genl_ops *ops, struct sk_buff *skb,
		    struct genl_info *info)
{
	netlink_set_maxattr(info, ops->maxattr);
	return netlink_check_capable(skb, info->extack);
}

static int put_events(struct sk_buff *skb, struct teavmx_vm *vm, u64 seq)
{
	if (nla_put_u32(skb, TEAVMX_A_EVENT_VM_ID, vm->id))
		return -EMSGSIZE;
	return event_log_put(&vm->log, skb, &seq);
}

int teavmx_nl_event_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *seq = netlink_attr(info, TEAVMX_A_EVENT_SEQ);
	struct teavmx_vm *vm = netlink_get_vm(info, TEAVMX_A_EVENT_VM_ID);
	struct sk_buff *reply;
	void *header;
	int err;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	err = -ENOMEM;
	reply = netlink_new_reply(info, TEAVMX_CMD_EVENT_GET,
				  GENLMSG_DEFAULT_SIZE, &header);
	if (reply)
		err = netlink_send_reply(reply, header, info,
					 put_events(reply, vm,
						    seq ? nla_get_u64(seq) : 0));
	vm_put(vm);
	return err;
}

int teavmx_nl_subscribe_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *only = netlink_attr(info, TEAVMX_A_EVENT_VM_ID);
	struct teavmx_vm *vm;
	int err;

	if (only) {
		vm = netlink_get_vm(info, TEAVMX_A_EVENT_VM_ID);
		if (IS_ERR(vm))
			return PTR_ERR(vm);
		vm_put(vm);
	}
	err = listener_add(NETLINK_CB(skb).sk, only ? nla_get_u32(only) : 0);
	if (err)
		NL_SET_ERR_MSG(info->extack,
			       "not enough memory for a listener");
	return err;
}

/**
 * netlink_new_event() - begin an event message
 * @vm_id: the VM it tells of
 *
 * Return: the message, to be given to netlink_send_event(), or NULL.
 */
struct sk_buff *netlink_new_event(u32 vm_id)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	if (!genlmsg_put(skb, 0, 0, &netlink_family, 0, TEAVMX_CMD_EVENT) ||
	    nla_put_u32(skb, TEAVMX_A_EVENT_VM_ID, vm_id)) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/**
 * netlink_send_event() - send an event message to its listeners
 * @skb: the message; consumed
 * @vm_id: the VM it tells of
 */
void netlink_send_event(struct sk_buff *skb, u32 vm_id)
{
	genlmsg_end(skb, genlmsg_data(nlmsg_data(nlmsg_hdr(skb))));
	listener_send(skb, vm_id);
}

struct genl_family netlink_family __ro_after_init = {
	.name = TEAVMX_FAMILY_NAME,
	.version = TEAVMX_FAMILY_VERSION,
	.module = THIS_MODULE,
	.ops = teavmx_nl_ops,
	.n_ops = ARRAY_SIZE(teavmx_nl_ops),
	.maxattr = TEAVMX_A_VCPU_MAX,
	.pre_doit = pre_doit,
	.parallel_ops = true,
};

static int socket_released(struct notifier_block *block, unsigned long action,
			   void *data)
{
	const struct netlink_notify *notify = data;

	if (action == NETLINK_URELEASE &&
	    notify->protocol == NETLINK_GENERIC &&
	    net_eq(notify->net, &init_net)) {
		vm_delete_orphans();
		listener_remove_dead();
	}
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_released,
};

u32 netlink_instance __ro_after_init;

int netlink_init(void)
{
	int err = netlink_register_notifier(&socket_notifier);

	netlink_instance = get_random_u32();
	if (err)
		return err;
	err = genl_register_family(&netlink_family);
	if (err)
		netlink_unregister_notifier(&socket_notifier);
	return err;
}

void netlink_exit(void)
{
	genl_unregister_family(&netlink_family);
	listener_remove_all();
	netlink_unregister_notifier(&socket_notifier);
}
