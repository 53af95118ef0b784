/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mode:   long
 * Set-up: reason routed to the host program, which sets its control
 * What:   INVPCID exits when INVLPG does.
 * SDM:    "Instructions That Cause VM Exits Conditionally"
 */
#include "payload.h"

PAYLOAD 64
	mov	$2, %eax
	invpcid	(%rbx), %rax
	END
