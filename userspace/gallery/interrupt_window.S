/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: RFLAGS.IF clear; reason routed to the host program, which sets its
 *         control
 * What:   The window opens after the instruction that follows STI, and the
 *         host could inject an interrupt now.
 * SDM:    "Interrupt-Window Exiting and Virtual-Interrupt Delivery"
 */
#include "payload.h"

PAYLOAD real
	sti
	nop
	END
