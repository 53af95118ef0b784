/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef POLICY_GUEST_H
#define POLICY_GUEST_H

/*
 * A guest that goes from real mode through all others and back; on port 0x80 it
 * reports the stage that it has reached.
 */
#define STAGE_PROTECTED	1
#define STAGE_PAE	2
#define STAGE_LONG	3
#define STAGE_REAL	4

#ifndef __ASSEMBLER__
extern const char policy_trip[], policy_trip_end[];
#endif

#endif
