/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_SUBSCRIBER_H
#define _TEAVMX_SUBSCRIBER_H

#include <linux/types.h>

struct event_choice;
struct event_stream;
struct sk_buff;
struct sock;

int subscriber_watch(struct sock *socket, const struct event_choice *choice);
void subscriber_remove_dead(void);
void subscriber_remove_all(void);
bool subscriber_has_room(const struct event_stream *stream);
unsigned int subscriber_buffer(const struct event_stream *stream);
bool subscriber_send(struct event_stream *stream, struct sk_buff *skb);

#endif
