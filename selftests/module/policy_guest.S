/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_guest.h"

/* The address that a label has in the guest, where the code is copied to TRIP */
#define AT(label)	label - policy_trip + 0x1000
#define STAGE(number)	mov $number, %al; out %al, $0x80

	.section	.rodata
	.globl	policy_trip, policy_trip_end
	.balign	8
policy_trip:
	.code16
	lgdtl	AT(policy_gdt)
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$8, $AT(1f)
	.code32
1:
	mov	$16, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	STAGE(STAGE_PROTECTED)
	mov	$0x2000, %eax
	mov	%eax, %cr3
	mov	$0x20, %eax
	mov	%eax, %cr4
	mov	%cr0, %ebx
	or	$0x80000000, %ebx
	mov	%ebx, %cr0
	STAGE(STAGE_PAE)
	and	$0x7fffffff, %ebx
	mov	%ebx, %cr0
	mov	$0x4000, %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx
	rdmsr
	or	$0x100, %eax
	wrmsr
	or	$0x80000000, %ebx
	mov	%ebx, %cr0
	ljmpl	$24, $AT(2f)
	.code64
2:
	STAGE(STAGE_LONG)
	push	$8
	push	$AT(3f)
	lretq
	.code32
3:
	and	$0x7fffffff, %ebx
	mov	%ebx, %cr0
	mov	$0xc0000080, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	mov	%eax, %cr4
	ljmpl	$32, $AT(4f)
	.code16
4:
	mov	$40, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	and	$0xfe, %bl
	mov	%ebx, %cr0
	ljmpl	$0, $AT(5f)
5:
	xor	%ax, %ax
	mov	%ax, %ss
	STAGE(STAGE_REAL)
	hlt
	.balign	8
policy_table:
	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
	.quad	0x00af9b000000ffff
	.quad	0x00009b000000ffff
	.quad	0x000093000000ffff
policy_gdt:
	.word	47
	.long	AT(policy_table)
policy_trip_end:

	.section	.note.GNU-stack, "", @progbits
