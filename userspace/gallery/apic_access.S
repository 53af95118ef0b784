/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: own EPT that maps the APIC-access page; accesses to it virtualized
 * What:   Read of the local APIC ID, for which there is no virtual register.
 * SDM:    "Virtualizing Memory-Mapped APIC Accesses"; "Exit Qualification for
 *         APIC-Access VM Exits"
 */
#include "payload.h"

PAYLOAD real
	xor	%ax, %ax
	mov	%ax, %ds
	mov	PAYLOAD_DATA + 0x20, %eax
	END
