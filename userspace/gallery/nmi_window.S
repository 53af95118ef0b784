/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: NMIs blocked; reason routed to the host program, which sets its
 *         control
 * What:   IRET ends the blocking, as at the end of a handler of NMIs, and the
 *         host could inject the next NMI now.
 * SDM:    "NMI-Window Exiting"
 */
#include "payload.h"

PAYLOAD real
	pushf
	push	%cs
	call	1f
	nop
	END
1:
	iret
