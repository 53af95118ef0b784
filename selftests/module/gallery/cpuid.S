/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mode:   real
 * Set-up: none
 * What:   CPUID always exits.
 * SDM:    "Instructions That Cause VM Exits Unconditionally"
 */
#include "payload.h"

PAYLOAD 16
	xor	%eax, %eax
	cpuid
	END
