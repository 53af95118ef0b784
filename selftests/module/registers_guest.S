/* SPDX-License-Identifier: GPL-2.0-only */
#include "registers_guest.h"

/*
 * What the guests of registers_test.c run, in long mode. An instruction that
 * may fault is tried: if it does, the guest goes on behind it with R14 set.
 */

.macro guest name
\name:
	.globl \name
.endm

.macro guest_end name
\name\()_end:
	.globl \name\()_end
.endm

.macro try instruction:vararg
	xor %r14d, %r14d
	lea 9f(%rip), %r15
	\instruction
9:
.endm

.macro each_zmm do
	.irp r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	\do \r
	.endr
	.irp r, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\do \r
	.endr
.endm

.macro fill_zmm r
	try vpbroadcastq %rax, %zmm\r
.endm

.macro store_zmm r
	try vmovdqu64 %zmm\r, REGISTERS_SEEN + 0x1000 + 64 * \r
.endm

.macro interrupts
	lea 2f(%rip), %rax
	mov $REGISTERS_IDT, %edi
	mov $32, %ecx
1:	mov %ax, (%rdi)
	movw $REGISTERS_CODE, 2(%rdi)
	movw $0x8e00, 4(%rdi)
	movq $0, 6(%rdi)
	add $16, %rdi
	dec %ecx
	jnz 1b
	mov $REGISTERS_STACK, %esp
	push $REGISTERS_IDT
	pushw $0xfff
	lidt (%rsp)
	jmp 3f
2:	mov $REGISTERS_STACK, %esp
	mov $1, %r14d
	jmp *%r15
3:
.endm

/* Everything that makes registers reachable, as far as there is any of it */
.macro enable
	mov %cr0, %rax
	and $~0xc, %rax
	or $2, %rax
	mov %rax, %cr0
	/* All but what takes pages away, and the long mode's own bits */
	.irp bit, 0, 1, 3, 4, 6, 7, 8, 9, 10, 11, 13, 14, 16, 18, 19, 22, 24, 25
	mov %cr4, %rax
	bts $\bit, %rax
	try mov %rax, %cr4
	.endr
	xor %ecx, %ecx
	xor %edx, %edx
	.irp components, 1, 3, 7, 0x1f, 0xe7, 0xff, 0x2e7, 0x2ff, 0x602e7, 0x602ff
	mov $\components, %eax
	try xsetbv
	.endr
.endm

	.section .rodata
	.code64

guest registers_write
	interrupts
	enable
	mov $PATTERN, %rax

	/* x87, MMX, SSE: the control words must be good ones. */
	mov $REGISTERS_AREA, %edi
	mov $64, %ecx
	rep stosq
	movl $0x1f80, REGISTERS_AREA + 24
	movw $0x37f, REGISTERS_AREA
	try fxrstor64 REGISTERS_AREA

	movq %rax, %xmm0
	.irp r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	try vpunpcklqdq %xmm0, %xmm0, %xmm\r
	try vinsertf128 $1, %xmm\r, %ymm\r, %ymm\r
	.endr
	each_zmm fill_zmm
	.irp r, 0,1,2,3,4,5,6,7
	try kmovw %eax, %k\r
	try kmovq %rax, %k\r
	.endr
	.irp r, 0,1,2,3
	try bndmk (%rax), %bnd\r
	.endr

	mov $PATTERN_32, %eax
	xor %ecx, %ecx
	xor %edx, %edx
	try wrpkru
	mov $PATTERN, %rax

	/* Palette 1, 16 rows of 64 bytes in each tile */
	movb $1, REGISTERS_TILES
	mov $8, %ecx
1:	movw $64, REGISTERS_TILES + 14(,%rcx,2)
	movb $16, REGISTERS_TILES + 47(%rcx)
	loop 1b
	try ldtilecfg REGISTERS_TILES
	mov $REGISTERS_AREA, %edi
	mov $64, %ecx
	rep stosq
	mov $REGISTERS_AREA, %edi
	xor %ecx, %ecx
	.irp r, 0,1,2,3,4,5,6,7
	try tileloadd (%rdi, %rcx, 1), %tmm\r
	.endr

	/* The first breakpoint is on, so the processor gets all of them. */
	.irp r, 0,1,2,3
	try mov %rax, %dr\r
	.endr
	mov $0x401, %ecx
	try mov %rcx, %dr7
	try mov %rax, %cr2
	mov $15, %ecx
	try mov %rcx, %cr8

	lea 8f(%rip), %rsi
2:	lodsl
	test %eax, %eax
	jz 3f
	mov %eax, %ecx
	mov $PATTERN & 0xffffffff, %eax
	mov $PATTERN >> 32, %edx
	try wrmsr
	test %r14d, %r14d
	jz 2b
	mov $PATTERN_32, %eax
	xor %edx, %edx
	try wrmsr
	jmp 2b
3:
	mov $PATTERN, %rax
	try wrfsbase %rax
	try wrgsbase %rax
	try swapgs
	try wrgsbase %rax

	/* Some time with all of it, in which the host gets its turns */
	mov $REGISTERS_LOOPS, %ecx
4:	pause
	dec %ecx
	jnz 4b
	.irp r, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	mov %rax, %\r
	.endr
	hlt
8:	.long REGISTERS_MSRS, 0
guest_end registers_write

guest registers_read
	mov %rax, REGISTERS_SEEN
	mov $REGISTERS_SEEN + 8, %eax
	.irp r, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	mov %\r, (%rax)
	add $8, %rax
	.endr
	/* Before anything is enabled: what needs no enabling */
	try fxsave64 REGISTERS_SEEN + 0x200
	interrupts
	mov %cr2, %rax
	mov %rax, REGISTERS_SEEN + 0x400
	.irp r, 0,1,2,3,6,7
	mov %dr\r, %rax
	mov %rax, REGISTERS_SEEN + 0x410 + 8 * \r
	.endr
	enable
	.irp r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	try vmovdqu %ymm\r, REGISTERS_SEEN + 0x800 + 32 * \r
	.endr
	each_zmm store_zmm
	.irp r, 0,1,2,3,4,5,6,7
	xor %eax, %eax
	try kmovw %k\r, %eax
	try kmovq %k\r, %rax
	mov %rax, REGISTERS_SEEN + 0x1800 + 8 * \r
	.endr
	.irp r, 0,1,2,3
	try bndmov %bnd\r, REGISTERS_SEEN + 0x1900 + 16 * \r
	.endr
	xor %eax, %eax
	xor %ecx, %ecx
	try rdpkru
	mov %eax, REGISTERS_SEEN + 0x1980
	try sttilecfg REGISTERS_SEEN + 0x19c0
	mov $REGISTERS_SEEN + 0x1a00, %edi
	mov $64, %ecx
	.irp r, 0,1,2,3,4,5,6,7
	try tilestored %tmm\r, (%rdi, %rcx, 1)
	.endr

	/* Every component that there may be, in each form */
	mov $-1, %eax
	mov %eax, %edx
	try xsave64 REGISTERS_SEEN + 0x2000
	try xsavec64 REGISTERS_SEEN + 0x5000
	try xsaves64 REGISTERS_SEEN + 0x8000

	try rdfsbase %rax
	mov %rax, REGISTERS_SEEN + 0x1c00
	try rdgsbase %rax
	mov %rax, REGISTERS_SEEN + 0x1c08
	try swapgs
	try rdgsbase %rax
	mov %rax, REGISTERS_SEEN + 0x1c10
	try rdpid %rax
	mov %rax, REGISTERS_SEEN + 0x1c18
	xor %ecx, %ecx
	try rdtscp
	mov %ecx, REGISTERS_SEEN + 0x1c20

	lea 8f(%rip), %rsi
	mov $REGISTERS_SEEN + 0xb000, %edi
1:	lodsl
	test %eax, %eax
	jz 2f
	mov %eax, %ecx
	xor %eax, %eax
	xor %edx, %edx
	try rdmsr
	stosl
	mov %edx, %eax
	stosl
	jmp 1b
2:	hlt
8:	.long REGISTERS_MSRS, 0
guest_end registers_read

guest registers_xcr0
	interrupts
	mov $1, %eax
	cpuid
	mov %rcx, REGISTERS_SEEN + 8 * XCR0_FEATURES
	mov $0xd, %eax
	xor %ecx, %ecx
	cpuid
	mov %rax, REGISTERS_SEEN + 8 * XCR0_BITS
	mov %rax, %rsi
	mov %cr4, %rax
	bts $18, %rax
	bts $9, %rax
	try mov %rax, %cr4
	mov %r14, REGISTERS_SEEN + 8 * XCR0_CR4
	call get
	mov %rax, REGISTERS_SEEN + 8 * XCR0_GET
	try vpxor %xmm0, %xmm0, %xmm0
	mov %r14, REGISTERS_SEEN + 8 * XCR0_AVX
	mov $3, %eax
	call set
	mov %rax, REGISTERS_SEEN + 8 * XCR0_SSE
	mov %esi, %eax
	call set
	mov %rax, REGISTERS_SEEN + 8 * XCR0_ALL
	try vpxor %xmm0, %xmm0, %xmm0
	mov %r14, REGISTERS_SEEN + 8 * XCR0_AVX_ALL
	hlt
set:	pop %r13
	xor %ecx, %ecx
	xor %edx, %edx
	try xsetbv
	push %r13
get:	pop %r13
	mov $-1, %eax
	mov %eax, %edx
	xor %ecx, %ecx
	try xgetbv
	shl $32, %rdx
	or %rdx, %rax
	push %r13
	ret
guest_end registers_xcr0

	.section .note.GNU-stack, "", @progbits
