/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that exit and end with the last byte below the addresses that
 * are not canonical. The next one is fetched there, which raises #GP; the
 * handler prints G and whether RIP was 0x800000000000. Long mode.
 */
#define DEBUG_PORT	0xe9
#define EXIT_PORT	0xf4
#define NOTHING		0x80
#define OUTSIDE		0x30000000
#define TABLES		0x200000
#define LAST		(TABLES + 0x5000)
#define END		0x800000000000

	/* Puts bytes at the end of the lower half, and goes to the first. */
	.macro at_end bytes:vararg
	jmp 8f
7:	.byte \bytes
8:	movl $7b, %esi
	movl $8b - 7b, %ecx
	movl $LAST, %edi
	subl %ecx, %edi
	rep movsb
	movl $8b - 7b, %ecx
	movq $9f, resume
	movl $0x204000, %esi
	movl $0x204000, %edi
	movl $NOTHING, %edx
	movabsq $END, %r15
	movq %r15, %rax
	subq %rcx, %rax
	jmp *%rax
9:
	.endm

	.code64
	.text
	.globl _start
_start:	lidt idtr(%rip)
	/* The last page of the lower half is the one below LAST. */
	movl $TABLES, %edi
	movq %cr3, %rsi
	movl $512, %ecx
	rep movsq
	movl $TABLES, %eax
	movq $TABLES + 0x1003, 255 * 8(%rax)
	movq $TABLES + 0x2003, 0x1000 + 511 * 8(%rax)
	movq $TABLES + 0x3003, 0x2000 + 511 * 8(%rax)
	movq $TABLES + 0x4003, 0x3000 + 511 * 8(%rax)
	movq %rax, %cr3
	movl $OUTSIDE, %ebx
	at_end 0x6e		/* outsb */
	at_end 0x6c		/* insb */
	at_end 0x88, 0x0b	/* movb %cl, (%rbx) */
	at_end 0x08, 0x0b	/* orb %cl, (%rbx) */
	at_end 0xee		/* outb %al, %dx */
	movb $'\n', %al
	outb %al, $DEBUG_PORT
	xorl %eax, %eax
	outb %al, $EXIT_PORT

protection:
	movb $'G', %al
	outb %al, $DEBUG_PORT
	cmpq %r15, 8(%rsp)
	movb $'y', %al
	je 1f
	movb $'n', %al
1:	outb %al, $DEBUG_PORT
	addq $48, %rsp
	jmp *resume(%rip)

	.balign 8
idt:	.fill 26, 8, 0
	.word protection - _start, 0x18, 0x8e00, 0x10
	.quad 0
idtr:	.word 14 * 16 - 1
	.quad idt
resume:	.quad 0
