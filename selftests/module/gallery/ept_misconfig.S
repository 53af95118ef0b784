/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mode:   real
 * Set-up: own EPT with an entry that allows writes but not reads
 * What:   Read through that entry.
 * SDM:    "EPT Misconfigurations"
 */
#include "payload.h"

PAYLOAD 16
	xor	%ax, %ax
	mov	%ax, %ds
	mov	PAYLOAD_DATA, %al
	END
