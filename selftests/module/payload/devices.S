/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Uses each device of teavmx raw in each way: REP OUTSB, the debug port, the
 * scratch register, REP INSB from the serial interface, memory beyond RAM, a
 * stack, and a port where nothing is. Real mode, 1 MiB of RAM. Ends with HLT.
 */
#define DATA		0x3f8
#define LINE_STATUS	0x3fd
#define SCRATCH		0x3ff
#define DEBUG_PORT	0xe9
#define NOTHING		0x80
#define RECEIVED	0x01
#define BEYOND		0xffff

	.code16
	.text
	.globl _start
_start:	cld
	call print
	.word rep_text, rep_end - rep_text

	inb $DEBUG_PORT, %al
	cmpb $DEBUG_PORT, %al
	jne fail
	movb $'d', %al
	outb %al, $DEBUG_PORT

	movw $SCRATCH, %dx
	movb $0x5a, %al
	outb %al, %dx
	xorb %al, %al
	inb %dx, %al
	cmpb $0x5a, %al
	jne fail

	movw $0x1234, %ax
	outw %ax, $NOTHING
	inw $NOTHING, %ax
	cmpw $0xffff, %ax
	jne fail

	/* FFFF:0010 is the first byte beyond 1 MiB. */
	movw $BEYOND, %ax
	movw %ax, %es
	movw $0x4321, %es:0x10
	movw %es:0x10, %bx
	cmpw $0xffff, %bx
	jne fail
	movzbl %es:0x11, %ecx
	cmpl $0xff, %ecx
	jne fail
	movw $0x10, %di
	movb $7, %al
	stosb
	cmpw $0x11, %di
	jne fail

	/* four bytes of input, and back */
	movw $LINE_STATUS, %dx
wait:	inb %dx, %al
	testb $RECEIVED, %al
	jz wait
	xorw %ax, %ax
	movw %ax, %es
	movw $buffer, %di
	movw $4, %cx
	movw $DATA, %dx
	rep insb
	testw %cx, %cx
	jnz fail
	call print
	.word buffer, 4
	call print
	.word good, good_end - good
	hlt

fail:	call print
	.word bad, bad_end - bad
	hlt

/* Prints the text that the two words after the call describe. */
print:	popw %bp
	movw %cs:(%bp), %si
	movw %cs:2(%bp), %cx
	movw $DATA, %dx
	rep outsb
	addw $4, %bp
	jmp *%bp

rep_text: .ascii "rep\n"
rep_end:
good:	.ascii " good\n"
good_end:
bad:	.ascii " bad\n"
bad_end:
buffer:	.skip 4
