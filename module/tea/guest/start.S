/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * The first instruction of the guest payload, in 64-bit mode at privilege level
 * 3. The host has set RSP, and has the address of struct tea_process in RDI, that
 * of struct tea_debug, or 0, in RSI, and the size of GUEST_TRANSLATED with flags, or
 * 0, in RDX.
 */
	.section .text.start, "ax"
	.globl guest_start
guest_start:
	call	guest_main
	ud2

	.section .note.GNU-stack, "", @progbits
