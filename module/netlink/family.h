/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_NETLINK_H
#define _TEAVMX_NETLINK_H

#include <linux/netlink.h>
#include <linux/types.h>

struct genl_family;

extern struct genl_family netlink_family;
/* Random, so that clients notice when the module was reloaded */
extern u32 netlink_instance;

int netlink_init(void);
void netlink_exit(void);

#endif
