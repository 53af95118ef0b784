/* SPDX-License-Identifier: GPL-2.0-only */
/* Says that it runs, then runs for ever; real mode. */
	.code16
	.text
	.globl _start
_start:	movb $'!', %al
	outb %al, $0xe9
	jmp .
