/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: none
 * What:   CPUID always exits.
 * SDM:    "Instructions That Cause VM Exits Unconditionally"
 */
#include "payload.h"

PAYLOAD real
	xor	%eax, %eax
	cpuid
	END
