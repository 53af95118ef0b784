/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_OWN_H
#define _TEAVMX_VMX_OWN_H

#include <linux/types.h>

struct netlink_ext_ack;

int vmx_own_init(void);
void vmx_own_exit(void);
bool vmx_own_mode(void);
int vmx_own_get(struct netlink_ext_ack *extack);
void vmx_own_put(void);
u32 vmx_own_holder(unsigned int cpu);

#endif
