/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: reason routed to the host program
 * What:   The guest only waits; sooner or later an interrupt of the
 *         host arrives, its timer's at the latest. On a real processor it
 *         exits whatever RFLAGS.IF is.
 * SDM:    "Other Causes of VM Exits"
 */
#include "payload.h"

PAYLOAD real
1:
	jmp	1b
