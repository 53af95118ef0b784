/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mode:   real
 * Set-up: reason routed to the host program, which enables VM functions,
 *         but none of them
 * What:   VMFUNC of function 0.
 * SDM:    "General Operation of the VMFUNC Instruction"
 */
#include "payload.h"

PAYLOAD 16
	xor	%eax, %eax
	vmfunc
	END
