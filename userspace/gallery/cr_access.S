/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: reason routed to the host program
 * What:   MOV to CR4 that sets CR4.VMXE. That bit belongs to the host and
 *         reads as 0, so setting it exits.
 * SDM:    "Instructions That Cause VM Exits Conditionally"; "Exit
 *         Qualification for Control-Register Accesses"
 */
#include "payload.h"

PAYLOAD long
	mov	%cr4, %rdx
	bts	$13, %rdx
	mov	%rdx, %cr4
	END
