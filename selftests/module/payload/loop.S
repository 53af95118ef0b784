/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports that it runs, then loops without end; real mode. */
	.code16
	.text
	.globl _start
_start:	movb $'!', %al
	outb %al, $0xe9
	jmp .
