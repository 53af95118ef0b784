/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: virtual-interrupt delivery in x2APIC mode
 * What:   WRMSR to the self-IPI register with a vector below 16, which the
 *         host has to refuse. The exit comes after the instruction.
 * SDM:    "Self-IPI Virtualization"; "APIC-Write VM Exits"
 */
#include "payload.h"

PAYLOAD real
	mov	$0x83f, %ecx
	mov	$5, %eax
	xor	%edx, %edx
	wrmsr
	END
