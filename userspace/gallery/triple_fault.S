/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: none
 * What:   The interrupt descriptor table is made empty, so the invalid opcode
 *         cannot be delivered, and neither can the double fault that follows.
 * SDM:    "Other Causes of VM Exits"
 */
#include "payload.h"

PAYLOAD real
	pushw	$0
	pushw	$0
	pushw	$0
	mov	%sp, %bp
	lidt	(%bp)
	ud2
	END
