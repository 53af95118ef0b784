/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: CR4.OSXSAVE set
 * What:   XSETBV always exits; here it would set XCR0 to what it is after
 *         reset.
 * SDM:    "Instructions That Cause VM Exits Unconditionally"
 */
#include "payload.h"

PAYLOAD long
	xor	%ecx, %ecx
	mov	$1, %eax
	xor	%edx, %edx
	xsetbv
	END
