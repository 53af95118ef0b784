/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * First instruction of the guest payload: 64-bit mode, privilege level 3.
 * The host sets RSP and has the address of struct tea_process in RDI, that
 * of struct tea_debug or 0 in RSI.
 */
	.section .text.start, "ax"
	.globl guest_start
guest_start:
	call	guest_main
	ud2

	.section .note.GNU-stack, "", @progbits
