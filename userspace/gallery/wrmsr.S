/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: reason routed to the host program
 * What:   WRMSR of a number outside of what MSR bitmaps cover always exits.
 * SDM:    "Instructions That Cause VM Exits Conditionally"
 */
#include "payload.h"

PAYLOAD real
	mov	$0x12345, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	END
