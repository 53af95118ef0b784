/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: reason routed to the host program
 * What:   VMCLEAR; the operand uses all fields of memory operands that the
 *         instruction information has. In non-root operation it exits
 *         before privilege and operand are checked.
 * SDM:    "Instructions That Cause VM Exits Unconditionally"
 */
#include "payload.h"

PAYLOAD long
	vmclear	0x10(%rbx,%rsi,4)
	END
