/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hostile guests consist of: the handlers of their exceptions, and snippets of
 * code for each size of code. A list of snippets has for each one its bytes' number,
 * its kind and the bytes; a number of 0 ends it.
 */
#include "hostile_kinds.h"

	.section .rodata

/*
 * A handler logs vector, error code, RIP and CR2, and returns to the next slot of
 * code. A stub has pushed the error code, if the processor has not, and the vector.
 */
	.global hostile_handler_16, hostile_handler_16_end
	.code16
hostile_handler_16:
	push	%bp
	mov	%sp, %bp
	push	%eax
	push	%ebx
	push	%ds
	xor	%ax, %ax
	mov	%ax, %ds
	mov	$1, %ebx
	lock xadd %ebx, AT_LOG
	cmp	$LOG_MAX, %ebx
	ja	2f
	shl	$4, %bx
	add	$(AT_LOG + 16), %bx
	mov	2(%bp), %ax
	mov	%ax, (%bx)
	mov	8(%bp), %ax
	mov	%ax, 4(%bx)
	mov	6(%bp), %ax
	mov	%ax, 8(%bx)
	mov	%cr2, %eax
	mov	%eax, 12(%bx)
	mov	6(%bp), %ax
	and	$(CODE_SIZE - SLOT_SIZE), %ax
	add	$(AT_CODE + SLOT_SIZE), %ax
	mov	%ax, 6(%bp)
	movw	$0, 8(%bp)
	pop	%ds
	pop	%ebx
	pop	%eax
	pop	%bp
	add	$4, %sp
	iretw
2:	hlt
	jmp	2b
hostile_handler_16_end:

	.global hostile_handler_32, hostile_handler_32_end
	.code32
hostile_handler_32:
	push	%eax
	push	%ebx
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	$1, %ebx
	lock xadd %ebx, AT_LOG
	cmp	$LOG_MAX, %ebx
	ja	2f
	shl	$4, %ebx
	add	$(AT_LOG + 16), %ebx
	mov	8(%esp), %eax
	mov	%eax, (%ebx)
	mov	12(%esp), %eax
	mov	%eax, 4(%ebx)
	mov	16(%esp), %eax
	mov	%eax, 8(%ebx)
	mov	%cr2, %eax
	mov	%eax, 12(%ebx)
	mov	16(%esp), %eax
	and	$(CODE_SIZE - SLOT_SIZE), %eax
	add	$(AT_CODE + SLOT_SIZE), %eax
	mov	%eax, 16(%esp)
	pop	%ebx
	pop	%eax
	add	$8, %esp
	iret
2:	hlt
	jmp	2b
hostile_handler_32_end:

	.global hostile_handler_64, hostile_handler_64_end
	.code64
hostile_handler_64:
	push	%rax
	push	%rbx
	mov	$1, %ebx
	lock xadd %ebx, AT_LOG
	cmp	$LOG_MAX, %ebx
	ja	2f
	shl	$4, %ebx
	add	$(AT_LOG + 16), %ebx
	mov	16(%rsp), %eax
	mov	%eax, (%rbx)
	mov	24(%rsp), %eax
	mov	%eax, 4(%rbx)
	mov	32(%rsp), %eax
	mov	%eax, 8(%rbx)
	mov	%cr2, %rax
	mov	%eax, 12(%rbx)
	mov	32(%rsp), %rax
	and	$(CODE_SIZE - SLOT_SIZE), %eax
	add	$(AT_CODE + SLOT_SIZE), %eax
	mov	%rax, 32(%rsp)
	mov	%rsp, %rax
	and	$~(STACK_SIZE - 1), %rax
	add	$STACK_TOP, %rax
	mov	%rax, 56(%rsp)
	pop	%rbx
	pop	%rax
	add	$16, %rsp
	iretq
2:	hlt
	jmp	2b
hostile_handler_64_end:

#define S(kind, ...)							\
	.byte 662f - 661f, KIND_##kind; 661: __VA_ARGS__; 662:

#define AX %eax
#define BX %ebx
#define CX %ecx
#define DX %edx
#define SP %esp
#define IRET iretl
#define LRET lretl
	.global hostile_snippets_16, hostile_snippets_32, hostile_snippets_64
	.code16
hostile_snippets_16:
#define BITS 16
#include "hostile_snippets.inc"
	.byte	0

	.code32
hostile_snippets_32:
#undef BITS
#define BITS 32
#include "hostile_snippets.inc"
	.byte	0

#undef AX
#undef BX
#undef CX
#undef DX
#undef SP
#undef IRET
#undef LRET
#define AX %rax
#define BX %rbx
#define CX %rcx
#define DX %rdx
#define SP %rsp
#define IRET iretq
#define LRET lretq
	.code64
hostile_snippets_64:
#undef BITS
#define BITS 64
#include "hostile_snippets.inc"
	.byte	0

	.section .note.GNU-stack, "", @progbits
