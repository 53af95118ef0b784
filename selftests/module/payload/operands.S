/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Integer instructions with an operand in memory that is not RAM, which reads
 * as ones. What they give is compared, and the first that is wrong is named by
 * its number, two letters. Long mode.
 */
#define DEBUG_PORT	0xe9
#define EXIT_PORT	0xf4
#define OUTSIDE		0x30000000
#define BUFFER		0x200000

	.set number, 0

	/* A condition that holds after an instruction, else its number */
	.macro expect condition, instruction:vararg
	.set number, number + 1
	movb $number, %bpl
	\instruction
	j\condition 9f
	jmp fail
9:
	.endm

	/* A register that has a value after an instruction */
	.macro gives value, register, instruction:vararg
	.set number, number + 1
	movb $number, %bpl
	\instruction
	movabsq $\value, %r15
	cmpq %r15, \register
	jne fail
	.endm

	.code64
	.text
	.globl _start
_start:	movl $OUTSIDE, %ebx
	expect nz, testl $0x1000, (%rbx)
	expect z, testb $0, (%rbx)
	expect s, orl $0x100, (%rbx)
	xorl %eax, %eax
	expect z, andl %eax, (%rbx)
	expect s, xorl %eax, (%rbx)
	movl $1, %eax
	expect c, addl %eax, (%rbx)
	expect nc, subl %eax, (%rbx)
	stc
	expect c, adcl $0, (%rbx)
	stc
	expect nc, sbbl $0, (%rbx)
	expect e, cmpl $-1, (%rbx)
	expect b, cmpl (%rbx), %eax
	expect c, btl $3, (%rbx)
	expect c, btsl $3, (%rbx)
	expect c, btrl $3, (%rbx)
	expect c, btcl $3, (%rbx)
	expect z, incl (%rbx)
	expect nz, decl (%rbx)
	expect c, negl (%rbx)
	notl (%rbx)
	gives 0xffffffff, %rax, xchgl %eax, (%rbx)
	expect s, lock orl %eax, (%rbx)
	movl $1, %eax
	gives 0xffffffff, %rax, lock xaddl %eax, (%rbx)
	movl $-1, %eax
	expect z, lock cmpxchgl %ecx, (%rbx)
	movl $-1, %edx
	expect z, lock cmpxchg8b (%rbx)
	movq $-1, %rax
	movq $-1, %rdx
	expect z, lock cmpxchg16b (%rbx)
	expect c, shll $1, (%rbx)
	expect c, sarl $2, (%rbx)
	expect c, rorl $2, (%rbx)
	movl $5, %eax
	expect nz, shldl $3, %eax, (%rbx)
	setc (%rbx)
	movntil %eax, (%rbx)
	movl $2, %eax
	gives 0xfffffffe, %rax, mull (%rbx)
	gives -3, %rax, imulq $3, (%rbx), %rax
	movl $0, %edx
	movl $7, %eax
	gives 7, %rdx, divl (%rbx)
	gives 0xff, %rax, movzbl (%rbx), %eax
	gives -1, %rax, movslq (%rbx), %rax
	stc
	movl $0, %eax
	gives 0xffffffff, %rax, cmovcl (%rbx), %eax
	gives 0, %rax, bsfl (%rbx), %eax
	movw %ds, (%rbx)
	movq %rsp, %rcx
	pushq (%rbx)
	gives -1, %rax, popq %rax
	pushq %rax
	popq (%rbx)
	gives 0, %rcx, subq %rsp, %rcx

	/* strings */
	movq %rbx, %rsi
	gives 0xffffffff, %rax, lodsl
	movq %rbx, %rdi
	expect e, scasl
	movl $4, %ecx
	movq %rbx, %rdi
	gives 0, %rcx, rep stosl
	movl $4, %ecx
	movq %rbx, %rdi
	gives OUTSIDE + 16, %rdi, repne stosl
	movl $5, %ecx
	movq %rbx, %rsi
	movl $BUFFER, %edi
	gives BUFFER + 5, %rdi, rep movsb
	gives -1, %rax, movsbq BUFFER + 4, %rax
	movl $9, %ecx
	movq %rbx, %rsi
	movl $BUFFER, %edi
	gives BUFFER + 6, %rdi, repe cmpsb
	gives 3, %rcx, nop

	/* vectors */
	movups (%rbx), %xmm0
	gives -1, %rax, movq %xmm0, %rax
	movaps %xmm0, (%rbx)
	movd (%rbx), %xmm1
	gives 0xffffffff, %rax, movq %xmm1, %rax

	/* across the end of RAM: ones beyond, what was written before */
	movl $0x1000000, %ebx
	movl $0x12345678, -2(%rbx)
	gives 0xffff5678, %rax, movl -2(%rbx), %eax

	movb $'\n', %al
	outb %al, $DEBUG_PORT
	xorl %eax, %eax
	outb %al, $EXIT_PORT

fail:	movb %bpl, %al
	shrb $4, %al
	addb $'a', %al
	outb %al, $DEBUG_PORT
	movb %bpl, %al
	andb $15, %al
	addb $'a', %al
	outb %al, $DEBUG_PORT
	movb $1, %al
	outb %al, $EXIT_PORT
