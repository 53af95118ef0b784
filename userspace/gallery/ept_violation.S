/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: none
 * What:   Write to an address where the VM has no RAM.
 * SDM:    "EPT Violations"; "Exit Qualification for EPT Violations"
 */
#include "payload.h"

PAYLOAD protected
	mov	%eax, 0x10000000
	END
