/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: none
 * What:   REP OUTS of words with a segment override, which is in the
 *         instruction information.
 * SDM:    "Exit Qualification for I/O Instructions"
 */
#include "payload.h"

PAYLOAD protected
	mov	$0x1f0, %dx
	mov	$3, %ecx
	mov	$PAYLOAD_ADDRESS, %esi
	rep outsw	%es:(%esi), (%dx)
	END
