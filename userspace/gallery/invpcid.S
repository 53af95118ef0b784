/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: reason routed to the host program, which sets its control
 * What:   INVPCID exits when INVLPG does.
 * SDM:    "Instructions That Cause VM Exits Conditionally"
 */
#include "payload.h"

PAYLOAD long
	mov	$2, %eax
	invpcid	(%rbx), %rax
	END
