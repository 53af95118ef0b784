/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_PAYLOAD_TEA_H
#define _TEAVMX_PAYLOAD_TEA_H

#include <linux/types.h>

struct tea_access;
struct teavmx_vcpu;

int payload_tea_init(void);
void payload_tea_exit(void);

/*
 * Returned for an access or a packet that has had no effect, as only the thread
 * may execute it. No exit code and no TEA_HOOK_* has this number.
 */
#define TEA_NEEDS_THREAD (-1)

/* The thread of the vCPU calls these, or a request in a slice. */
int payload_tea_port(struct teavmx_vcpu *vcpu, struct tea_access *access);
int payload_tea_command(struct teavmx_vcpu *vcpu, const u8 *packet,
			unsigned int size);

#endif
