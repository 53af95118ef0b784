/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: run for 20 us of guest time; reason routed to the host program
 * What:   The guest does nothing, and the timer ends its time.
 * SDM:    "VMX-Preemption Timer"
 */
#include "payload.h"

PAYLOAD real
1:
	jmp	1b
