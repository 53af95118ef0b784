// SPDX-License-Identifier: GPL-2.0-only
#include "family.h"
#include "../compat.h"
#include "event.h"
#include "gen.h"
#include "request.h"
#include "subscriber.h"
#include "../event/stream.h"
#include "../vm.h"

#include <linux/module.h>
#include <linux/random.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

/*
 * The generic-netlink family. The files of this folder only convert attributes
 * to calls and objects to attributes. No handler waits for a guest, but VCPU_RUN
 * may run one for a moment. A VM is locked from vm_get() to vm_put(), except in
 * vcpu_run_slice(). With parallel_ops no handler holds a lock of generic netlink
 * that other handlers need.
 */

/*
 * The generic-netlink core does not call this for dumps, so
 * netlink_dump_begin() makes the same check.
 */
static int pre_doit(const struct teavmx_genl_ops *ops, struct sk_buff *skb,
		    struct genl_info *info)
{
	netlink_set_maxattr(info, ops->maxattr);
	return netlink_check_capable(skb, info->extack);
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
		subscriber_remove_dead();
	}
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_released,
};

u32 netlink_instance __ro_after_init;

int __init netlink_init(void)
{
	int err = netlink_register_notifier(&socket_notifier);

	netlink_instance = get_random_u32();
	event_set_sink(&netlink_event_sink);
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
	subscriber_remove_all();
	netlink_unregister_notifier(&socket_notifier);
}
