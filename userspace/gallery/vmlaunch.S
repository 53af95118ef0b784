/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: reason routed to the host program
 * What:   VMLAUNCH. In non-root operation it exits before privilege and
 *         operand are checked.
 * SDM:    "Instructions That Cause VM Exits Unconditionally"
 */
#include "payload.h"

PAYLOAD long
	vmlaunch
	END
