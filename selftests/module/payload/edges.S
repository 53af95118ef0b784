/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * String I/O whose operand does not end within its segment raises #GP also in
 * real mode. Prints G for each.
 */
#define DEBUG_PORT	0xe9
#define EXIT_PORT	0xf4
#define NOTHING		0x80

	.macro try instruction:vararg
	movw $9f, resume
	\instruction
	movb $'-', %al
	outb %al, $DEBUG_PORT
9:
	.endm

	.code16
	.text
	.globl _start
_start:	movw $protection, 13 * 4
	movw $0, 13 * 4 + 2
	movw $NOTHING, %dx
	movw $0xffff, %si
	movw $0xffff, %di
	try outsw
	try insw
	movl $0x20000, %esi
	try addr32 outsb
	movw $0xffff, %si
	try outsb
	movb $'\n', %al
	outb %al, $DEBUG_PORT
	xorb %al, %al
	outb %al, $EXIT_PORT

protection:
	addw $6, %sp
	movb $'G', %al
	outb %al, $DEBUG_PORT
	jmp *resume

resume:	.word 0
