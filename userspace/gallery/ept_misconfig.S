/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: own EPT with an entry that allows writes but not reads
 * What:   Read through that entry.
 * SDM:    "EPT Misconfigurations"
 */
#include "payload.h"

PAYLOAD real
	xor	%ax, %ax
	mov	%ax, %ds
	mov	PAYLOAD_DATA, %al
	END
