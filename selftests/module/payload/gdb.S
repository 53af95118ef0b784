/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What gdb debugs: the first vCPU writes a variable and counts, the second counts. The
 * places are those that gdb_test.sh and selftests/vm/gdb_test name.
 */
	.code64
	.globl	_start, first, first_loop, second, value, first_count, second_count
_start:	testl	%edi, %edi
	jnz	second
	.org	0x10, 0x90
first:	movl	$0x1234, %eax
	movq	%rax, value
	.org	0x20, 0x90
first_loop:
	incq	first_count
	jmp	first_loop
	.org	0x40, 0x90
second:	incq	second_count
	jmp	second
	.org	0x80, 0x90
value:	.quad	0
first_count:
	.quad	0
second_count:
	.quad	0
