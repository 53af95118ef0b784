/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: breakpoint exceptions go to the host program
 * What:   INT3 raises a software exception; unlike a fault it has an
 *         instruction length that an injection needs again.
 * SDM:    "Information for VM Exits Due to Vectored Events"
 */
#include "payload.h"

PAYLOAD real
	int3
	END
