/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: none
 * What:   A far jump to a TSS descriptor. VMX non-root operation switches no
 *         tasks: it exits once the descriptor is found good.
 * SDM:    "Treatment of Task Switches"; "Exit Qualification for Task
 *         Switches"
 */
#include "payload.h"

PAYLOAD protected
	lgdt	AT(table)
	ljmp	$8, $0
	.balign 8
descriptors:
	.quad	0
	/* available 32-bit TSS at 0x9000, limit 0x67 */
	.quad	0x0000890090000067
table:
	.word	15
	.long	AT(descriptors)
	END
