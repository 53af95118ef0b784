/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: TPR shadow with a threshold of 3, and a virtual-APIC page
 * What:   MOV to CR8 lowers the virtual task priority from 5 to 1, below the
 *         threshold; the exit comes after the instruction.
 * SDM:    "TPR Virtualization"
 */
#include "payload.h"

PAYLOAD long
	mov	$1, %eax
	mov	%rax, %cr8
	END
