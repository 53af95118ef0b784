/* SPDX-License-Identifier: GPL-2.0-only */
/* An exception without an IDT to find a handler in; protected mode. */
	.code32
	.text
	.globl _start
_start:	movl $0x600d, %ebx
	ud2
