/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A payload to be debugged: it writes a text in real mode, enters long mode, reads
 * port 0x60 and adds what it read to RBX, and executes UD2 without an IDT. It lies
 * at 0x7c00. Its page tables are at 0x10000.
 */
#define DEBUG_PORT	0xe9
#define PORT		0x60
#define TABLES		0x10000
#define PRESENT_WRITE	3
#define LARGE		0x80
#define CR4_PAE		0x20
#define MSR_EFER	0xc0000080
#define EFER_LME	0x100
#define CR0_PE_PG	0x80000001
#define CODE		8

	.text
	.globl _start, long_mode, again
	.code16
_start:	xorw %ax, %ax
	movw %ax, %ds
	movb $'r', %al
	outb %al, $DEBUG_PORT
	movl $TABLES >> 4, %eax
	movw %ax, %es
	movl $TABLES + 0x1000 + PRESENT_WRITE, %es:0
	movl $TABLES + 0x2000 + PRESENT_WRITE, %es:0x1000
	movl $LARGE + PRESENT_WRITE, %es:0x2000
	movl $TABLES, %eax
	movl %eax, %cr3
	movl $CR4_PAE, %eax
	movl %eax, %cr4
	movl $MSR_EFER, %ecx
	movl $EFER_LME, %eax
	xorl %edx, %edx
	wrmsr
	lgdtl table
	movl %cr0, %eax
	orl $CR0_PE_PG, %eax
	movl %eax, %cr0
	ljmpl $CODE, $long_mode

	.code64
long_mode:
	xorl %ebx, %ebx
	movb $'l', %al
	outb %al, $DEBUG_PORT
again:	inb $PORT, %al
	movzbl %al, %eax
	addq %rax, %rbx
	ud2

	.balign 8
gdt:	.quad 0
	.quad 0x00209b0000000000
table:	.word table - gdt - 1
	.long gdt
