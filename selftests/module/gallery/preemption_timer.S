/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mode:   real
 * Set-up: value of the VMX-preemption timer written; reason routed to the host
 *         program
 * What:   The guest does nothing, and the timer ends its time.
 * SDM:    "VMX-Preemption Timer"
 */
#include "payload.h"

PAYLOAD 16
1:
	jmp	1b
