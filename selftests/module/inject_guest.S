/* SPDX-License-Identifier: GPL-2.0-only */
#include "inject_guest.h"

/*
 * What the guests of inject_test.c and inject_fault_test.c run. Each vector has
 * an entry stub that pushes its number and jumps to one common handler; the handler
 * records the vector and the interrupted address.
 */

.macro guest name
\name:
	.globl \name
.endm

.macro guest_end name
\name\()_end:
	.globl \name\()_end
.endm

	.section .rodata
	.code16

guest handlers_16
	.set vector, 0
	.rept 256
	.balign GUEST_STUB_16
	pushw $vector
	jmp log_16
	.set vector, vector + 1
	.endr
log_16:
	push %bp
	mov %sp, %bp
	push %ax
	push %si
	mov GUEST_LOG, %si
	shl $3, %si
	mov 2(%bp), %ax
	mov %ax, GUEST_LOG + 8(%si)
	mov 4(%bp), %ax
	mov %ax, GUEST_LOG + 10(%si)
	mov 8(%bp), %ax
	mov %ax, GUEST_LOG + 12(%si)
	lea 4(%bp), %ax
	mov %ax, GUEST_LOG + 14(%si)
	incw GUEST_LOG
	pop %si
	pop %ax
	pop %bp
	add $2, %sp
	iret
guest_end handlers_16

/* A handler of NMIs that stops first and then does what the others do. */
guest guest_nmi
	out %al, $GUEST_PORT
	ljmp $0, $GUEST_STUBS + 2 * GUEST_STUB_16
guest_end guest_nmi

/* The same bytes in every mode. */
guest guest_halt
1:	hlt
	jmp 1b
guest_end guest_halt

/* Takes interrupts now and then. */
guest guest_spin
1:	cli
	mov $300, %cx
2:	loop 2b
	sti
	nop
	nop
	jmp 1b
guest_end guest_spin

guest guest_cli
	cli
	out %al, $GUEST_PORT
	sti
	inc %cx
	hlt
guest_end guest_cli

guest guest_sti
	cli
	sti
	out %al, $GUEST_PORT
	hlt
guest_end guest_sti

guest guest_mov_ss
	mov %ax, %ss
	out %al, $GUEST_PORT
	hlt
guest_end guest_mov_ss

	.code32

	.balign GUEST_STUB_32
guest handlers_32
	.set vector, 0
	.rept 256
	.balign GUEST_STUB_32
	.if vector > 31 || !(GUEST_ERRORS >> (vector & 31) & 1)
	push $0
	.endif
	push $vector
	jmp log_32
	.set vector, vector + 1
	.endr
log_32:
	push %eax
	push %ebx
	mov GUEST_LOG, %ebx
	shl $4, %ebx
	mov 8(%esp), %eax
	mov %eax, GUEST_LOG + 8(%ebx)
	mov 12(%esp), %eax
	mov %eax, GUEST_LOG + 12(%ebx)
	mov 16(%esp), %eax
	mov %eax, GUEST_LOG + 16(%ebx)
	lea 28(%esp), %eax
	mov %eax, GUEST_LOG + 20(%ebx)
	incl GUEST_LOG
	pop %ebx
	pop %eax
	add $8, %esp
	iret
guest_end handlers_32

	.code64

	.balign GUEST_STUB_64
guest handlers_64
	.set vector, 0
	.rept 256
	.balign GUEST_STUB_64
	.if vector > 31 || !(GUEST_ERRORS >> (vector & 31) & 1)
	push $0
	.endif
	push $vector
	jmp log_64
	.set vector, vector + 1
	.endr
log_64:
	push %rax
	push %rbx
	mov GUEST_LOG, %rbx
	shl $5, %rbx
	mov 16(%rsp), %rax
	mov %rax, GUEST_LOG + 8(%rbx)
	mov 24(%rsp), %rax
	mov %rax, GUEST_LOG + 16(%rbx)
	mov 32(%rsp), %rax
	mov %rax, GUEST_LOG + 24(%rbx)
	mov 56(%rsp), %rax
	mov %rax, GUEST_LOG + 32(%rbx)
	incq GUEST_LOG
	pop %rbx
	pop %rax
	add $16, %rsp
	iretq
guest_end handlers_64

	.section .note.GNU-stack, "", @progbits
