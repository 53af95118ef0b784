/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_TEAVMX_PROFILE_H
#define _UAPI_TEAVMX_PROFILE_H

#include <linux/types.h>

/* Reason of the entry for all exits that have no entry of their own */
#define TEAVMX_PROFILE_OTHERS 0xffffffffU

/**
 * struct teavmx_profile_exit - exits for one reason at one instruction
 * @rip: guest RIP; 0 if @reason is TEAVMX_PROFILE_OTHERS
 * @count: how many there were
 * @guest: ticks of the host's time-stamp counter in the guest before them
 * @handler: the same from the exits until the next entries, without delivery
 * @reason: basic exit reason, 65535 for all that the module does not know, or
 *	TEAVMX_PROFILE_OTHERS
 * @reserved: 0
 *
 * All are sums since the profile was begun.
 */
struct teavmx_profile_exit {
	__u64 rip;
	__u64 count;
	__u64 guest;
	__u64 handler;
	__u32 reason;
	__u32 reserved;
};

#endif
