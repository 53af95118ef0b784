/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: reason routed to the host program
 * What:   MOV from DR7 to a register.
 * SDM:    "Instructions That Cause VM Exits Conditionally"; "Exit
 *         Qualification for MOV DR"
 */
#include "payload.h"

PAYLOAD long
	mov	%db7, %rcx
	END
