/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_NETLINK_EVENT_H
#define _TEAVMX_NETLINK_EVENT_H

struct event_sink;

extern const struct event_sink netlink_event_sink;

#endif
