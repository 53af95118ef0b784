/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that exit, with operands that raise exceptions: privilege, page
 * rights, segments, breakpoints and single steps. What each raises is printed:
 * P or G with the error code, D with the low bits of DR6. Protected mode, pages
 * of 4 MiB one to one.
 */
#define DEBUG_PORT	0xe9
#define EXIT_PORT	0xf4
#define NOTHING		0x80
#define TABLES		0x200000
#define PAGE		0x400000
#define ENTRY		(TABLES + 4)
#define OUTSIDE		0x30000000
#define STACK		0x300000
#define USER_STACK	0x310000
#define WATCHED		0x800010
#define BREAK_WRITE	0x10001
#define BREAK_PORT	0x20001
#define BREAK_ACCESS	0x30001

#define CODE		0x08
#define DATA		0x10
#define USER_CODE	0x1b
#define USER_DATA	0x23
#define TSS		0x28
#define READ_ONLY	0x30
#define SHORT		0x38

	/* The page has these flags, and what is known of it is forgotten. */
	.macro page flags
	movb $\flags, ENTRY
	movl %cr3, %eax
	movl %eax, %cr3
	.endm

	/* Executes an instruction; after an exception it goes on behind it. */
	.macro try instruction:vararg
	movl $9f, resume
	\instruction
	movb $'-', %al
	call put
9:	call space
	.endm

	/* Likewise in ring 3, with both I/O and debug exceptions */
	.macro try_user instruction:vararg
	movl $9f, resume
	pushl $USER_DATA
	pushl $USER_STACK
	pushl $0x3002
	pushl $USER_CODE
	pushl $8f
	movw $USER_DATA, %ax
	movw %ax, %ds
	movw %ax, %es
	iretl
8:	\instruction
	int $0x30
9:	call space
	.endm

	/* The steps that one instruction makes with TF are counted. */
	.macro steps instruction:vararg
	movl $8f, step_end
	movl $0, step_count
	pushfl
	orl $0x100, (%esp)
	popfl
	\instruction
8:	nop
	movl $0, step_end
	movb step_count, %al
	call digit
	call space
	.endm

	.macro operands
	movl $PAGE, %edi
	movl $PAGE, %esi
	movl $NOTHING, %edx
	.endm

	.code32
	.text
	.globl _start
_start:	lgdt gdtr
	lidt idtr
	ljmp $CODE, $1f
1:	movl $TABLES, %edi
	movl $1024, %ecx
	movl $0x87, %eax
2:	stosl
	addl $0x400000, %eax
	loop 2b
	movl $tss, %eax
	movw %ax, gdt + TSS + 2
	shrl $16, %eax
	movb %al, gdt + TSS + 4
	movl $DATA, tss + 8
	movl $STACK, tss + 4
	movw $TSS, %ax
	ltr %ax
	movl $STACK, %esp
	movl $TABLES, %eax
	movl %eax, %cr3
	movl $0x18, %eax
	movl %eax, %cr4
	movl $0x80010011, %eax
	movl %eax, %cr0

	/* page rights */
	operands
	page 0x82
	try insb
	page 0x81
	operands
	try insb
	operands
	movl $OUTSIDE, %esi
	try movsl
	page 0x83
	operands
	try_user insb
	operands
	try_user outsb
	operands
	movl $OUTSIDE, %esi
	try_user movsl
	page 0x87
	operands
	try_user insb
	call line

	/* accessed and dirty flags */
	page 0x87
	operands
	insb
	movb ENTRY, %al
	call hex
	page 0x87
	operands
	outsb
	movb ENTRY, %al
	call hex
	page 0x87
	operands
	movl $OUTSIDE, %esi
	movsl
	movb ENTRY, %al
	call hex
	call line

	/* segments */
	operands
	xorl %eax, %eax
	movw %ax, %es
	try insb
	movw $READ_ONLY, %ax
	movw %ax, %es
	operands
	try insb
	movw $SHORT, %ax
	movw %ax, %es
	operands
	try insb
	movw $SHORT, %ax
	movw %ax, %es
	movl $0xfff, %edi
	try insb
	movw $SHORT, %ax
	movw %ax, %es
	movl $OUTSIDE, %esi
	movl $0xffe, %edi
	try movsl
	call line

	/* breakpoints */
	movl $WATCHED, %eax
	movl %eax, %dr0
	movl $BREAK_WRITE, %eax
	movl %eax, %dr7
	operands
	movl $WATCHED, %edi
	try insb
	operands
	movl $WATCHED, %esi
	try outsb
	movl $BREAK_ACCESS, %eax
	movl %eax, %dr7
	operands
	movl $WATCHED, %esi
	try outsb
	movl $OUTSIDE + 4, %eax
	movl %eax, %dr0
	try orl $1, OUTSIDE + 4
	try movb OUTSIDE + 3, %al
	try movb OUTSIDE + 4, %al
	movl $NOTHING, %eax
	movl %eax, %dr0
	movl $BREAK_PORT, %eax
	movl %eax, %dr7
	operands
	try insb
	operands
	try outsb
	try inb $NOTHING, %al
	try outb %al, $NOTHING
	try outb %al, $NOTHING + 1
	xorl %eax, %eax
	movl %eax, %dr7
	call line

	/* single steps */
	operands
	movl $3, %ecx
	steps rep insb
	operands
	movl $3, %ecx
	steps rep outsb
	operands
	movl $OUTSIDE, %esi
	movl $3, %ecx
	steps rep movsb
	operands
	steps insb
	steps orl $1, OUTSIDE
	call line

	xorl %eax, %eax
	outb %al, $EXIT_PORT

	/* The exception's letter and number, then back to a known state */
page_fault:
	movb $'P', %ah
	jmp with_error
protection:
	movb $'G', %ah
with_error:
	popl %ebx
	call ring_0
	movb %ah, %al
	call put
	movb %bl, %al
	call digit
	jmp go_on
user_done:
	call ring_0
	movb $'-', %al
	call put
	jmp go_on
debug:
	cmpl $0, step_end
	jne step
	call ring_0
	movb $'D', %al
	call put
	movl %dr6, %eax
	andb $15, %al
	call digit
	xorl %eax, %eax
	movl %eax, %dr6
go_on:	movl $STACK, %esp
	jmp *resume

	/* A step ends when the next instruction comes. */
step:	pushl %eax
	incl step_count
	movl 4(%esp), %eax
	cmpl step_end, %eax
	jne 1f
	andl $~0x100, 12(%esp)
1:	xorl %eax, %eax
	movl %eax, %dr6
	popl %eax
	iretl

ring_0:	pushl %eax
	movw $DATA, %ax
	movw %ax, %ds
	movw %ax, %es
	popl %eax
	ret

hex:	pushl %eax
	shrb $4, %al
	call digit
	popl %eax
	andb $15, %al
	call digit
space:	movb $' ', %al
	jmp put
line:	movb $'\n', %al
	jmp put
digit:	addb $'0', %al
	cmpb $'9', %al
	jbe put
	addb $'a' - '9' - 1, %al
put:	outb %al, $DEBUG_PORT
	ret

	.balign 8
gdt:	.quad 0
	.quad 0x00cf9b000000ffff, 0x00cf93000000ffff
	.quad 0x00cffb000000ffff, 0x00cff3000000ffff
	.quad 0x0000890000000067
	.quad 0x00cf91000000ffff, 0x0040930000000fff
gdtr:	.word 8 * 8 - 1
	.long gdt
	.balign 8
	.macro gate handler, rights=0x8e
	.word \handler - _start, CODE, \rights << 8, 0x10
	.endm
idt:	.quad 0
	gate debug
	.fill 11, 8, 0
	gate protection
	gate page_fault
	.fill 33, 8, 0
	gate user_done, 0xee
idtr:	.word 49 * 8 - 1
	.long idt
resume:	.long 0
step_end: .long 0
step_count: .long 0
	.balign 8
tss:	.space 104
