/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_LISTENER_H
#define _TEAVMX_LISTENER_H

#include <linux/types.h>

struct sk_buff;
struct sock;

int listener_add(struct sock *socket, u32 vm);
void listener_remove_dead(void);
void listener_remove_all(void);
bool listener_wants(u32 vm);
void listener_send(struct sk_buff *skb, u32 vm);
void listener_miss(u32 vm);

#endif
