/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * clang calls these two for copies of structures and for initial values, also with
 * -ffreestanding. gcc does it nowhere in the guest payload.
 */
	.text
	.globl memcpy
memcpy:
	mov	%rdi, %rax
	mov	%rdx, %rcx
	rep movsb
	ret

	.globl memset
memset:
	mov	%rdi, %r8
	mov	%esi, %eax
	mov	%rdx, %rcx
	rep stosb
	mov	%r8, %rax
	ret

	.section .note.GNU-stack, "", @progbits
