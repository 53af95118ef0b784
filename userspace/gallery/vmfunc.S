/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: reason routed to the host program, which enables VM functions,
 *         but none of them
 * What:   VMFUNC of function 0.
 * SDM:    "General Operation of the VMFUNC Instruction"
 */
#include "payload.h"

PAYLOAD real
	xor	%eax, %eax
	vmfunc
	END
