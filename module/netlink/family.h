/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_NETLINK_H
#define _TEAVMX_NETLINK_H

#include <linux/netlink.h>
#include <linux/types.h>

struct genl_family;

extern struct genl_family netlink_family;
/*
 * A random number that is chosen at load, so that clients notice when the
 * module was reloaded and numbers of VMs begin at 1 again.
 */
extern u32 netlink_instance;

int netlink_init(void);
void netlink_exit(void);

#endif
