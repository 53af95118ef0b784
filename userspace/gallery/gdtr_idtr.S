/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: reason routed to the host program, which sets its control
 * What:   SIDT to memory. The instruction information shows which of the four
 *         instructions it was; its operand size is undefined in 64-bit mode.
 * SDM:    "Instructions That Cause VM Exits Conditionally"
 */
#include "payload.h"

PAYLOAD real
	sidt	6(%bx)
	END
