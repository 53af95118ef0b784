/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_THREAD_H
#define _TEAVMX_THREAD_H

#include <linux/types.h>

struct netlink_ext_ack;
struct task_struct;

struct task_struct *thread_create(int (*main)(void *data), void *data,
				  u32 vm, u32 vcpu,
				  struct netlink_ext_ack *extack);
void thread_stop(struct task_struct *task);

#endif
