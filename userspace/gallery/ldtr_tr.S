/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: reason routed to the host program, which sets its control
 * What:   STR to memory.
 * SDM:    "Instructions That Cause VM Exits Conditionally"
 */
#include "payload.h"

PAYLOAD long
	str	4(%rbx)
	END
