/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_NETLINK_COMPACT_H
#define _TEAVMX_NETLINK_COMPACT_H

#include <linux/types.h>

struct event_cursor;
struct teavmx_compact;

bool compact_can(const struct event_cursor *cursor);
void compact_fill(struct teavmx_compact *to, const struct event_cursor *cursor);
void compact_fill_exits(struct teavmx_compact *to,
			const struct event_cursor *cursor, unsigned int count);

#endif
