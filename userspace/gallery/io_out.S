/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: none
 * What:   OUT of a byte to a port that the instruction holds.
 * SDM:    "Exit Qualification for I/O Instructions"
 */
#include "payload.h"

PAYLOAD real
	mov	$0x55, %al
	out	%al, $0x42
	END
