/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: reason routed to the host program, which sets its control
 * What:   INVLPG of an address, which is in the qualification.
 * SDM:    "Instructions That Cause VM Exits Conditionally"
 */
#include "payload.h"

PAYLOAD protected
	invlpg	0x12345
	END
