/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Says hello on the serial interface, waiting for it as on real hardware, and
 * ends with the value VALUE. One source for all modes: BITS is 16, 32 or 64. It
 * runs wherever it is loaded, in 32-bit mode at 1 MiB only.
 */
#define LINE_STATUS	0x3fd
#define DATA		0x3f8
#define EXIT_PORT	0xf4
#define SENT		0x20

#ifndef VALUE
#define VALUE		0
#endif

	.text
	.globl _start
#if BITS == 16
	.code16
_start:	movw %cs, %ax
	movw %ax, %ds
	call here
here:	popw %si
	addw $text - here, %si
#elif BITS == 32
	.code32
_start:	movl $text, %esi
#else
	.code64
_start:	leaq text(%rip), %rsi
#endif
	cld
next:	lodsb
	testb %al, %al
	jz done
	movb %al, %bl
	movw $LINE_STATUS, %dx
wait:	inb %dx, %al
	testb $SENT, %al
	jz wait
	movb %bl, %al
	movw $DATA, %dx
	outb %al, %dx
	jmp next
done:	movb $VALUE, %al
	outb %al, $EXIT_PORT
stay:	hlt
	jmp stay
text:	.asciz "hello from the bare processor\n"
