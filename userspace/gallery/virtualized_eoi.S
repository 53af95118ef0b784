/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: virtual-interrupt delivery in x2APIC mode; vector 0x51 in service
 *         and in the EOI-exit bitmap
 * What:   WRMSR to the EOI register ends the virtual interrupt, about whose
 *         end the host wanted to know.
 * SDM:    "EOI Virtualization"
 */
#include "payload.h"

PAYLOAD real
	mov	$0x80b, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	END
