/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every vCPU counts itself in and waits for the others, of which there are
 * three; each uses its stack meanwhile. The last one to arrive reports; long mode.
 */
	.code64
	.text
	.globl _start
_start:	pushq %rdi
	lock incl count(%rip)
wait:	pause
	cmpl $3, count(%rip)
	jb wait
	popq %rax
	cmpq %rdi, %rax
	jne fail
	cmpq $16 << 20, %rsi
	jne fail
	addb $'0', %al
	outb %al, $0xe9
	hlt
fail:	movb $1, %al
	outb %al, $0xf4
	hlt
	.balign 4
count:	.long 0
