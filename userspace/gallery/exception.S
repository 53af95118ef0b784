/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: page faults go to the host program
 * What:   A read above what the page tables map is a page fault, which the
 *         exception bitmap selects. The error code shows a read by the
 *         supervisor.
 * SDM:    "Exceptions and Interrupts" of "VM Exits"; "Exit Qualification"
 */
#include "payload.h"

PAYLOAD long
	movabs	$0x8000000000, %rbx
	mov	(%rbx), %al
	END
