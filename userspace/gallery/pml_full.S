/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: own EPT with dirty flags; page-modification log with one free entry
 * What:   The first write makes one page dirty and takes the entry. The second
 *         one is to another clean page, here the one with the code, and cannot
 *         be logged.
 * SDM:    "Page-Modification Logging"; "Exit Qualification for
 *         Page-Modification Log-Full Events"
 */
#include "payload.h"

PAYLOAD real
	xor	%ax, %ax
	mov	%ax, %ds
	movb	$1, PAYLOAD_DATA
	movb	$1, PAYLOAD_ADDRESS
	END
