/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: reason routed to the host program, which sets its control
 * What:   The exit comes after the first instruction.
 * SDM:    "Monitor Trap Flag"
 */
#include "payload.h"

PAYLOAD real
	nop
	END
