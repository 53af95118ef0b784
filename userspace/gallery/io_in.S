/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: none
 * What:   IN of a double word from the port in DX.
 * SDM:    "Exit Qualification for I/O Instructions"
 */
#include "payload.h"

PAYLOAD real
	mov	$0xcf8, %dx
	in	(%dx), %eax
	END
