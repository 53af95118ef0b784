/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_EVENT_ROOM_H
#define _TEAVMX_EVENT_ROOM_H

#include <linux/types.h>

#ifdef CONFIG_MEMCG

u64 event_cgroup(void);
bool event_has_margin(void);
bool event_can_charge(void);

#else

static inline u64 event_cgroup(void)
{
	return 0;
}

static inline bool event_has_margin(void)
{
	return true;
}

static inline bool event_can_charge(void)
{
	return true;
}

#endif

#endif
