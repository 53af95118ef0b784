/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_GUEST_LAYOUT_H
#define _TEA_GUEST_LAYOUT_H

/*
 * The memory of a TEA guest. Linear and guest-physical addresses are the same,
 * and all of it is below 2 MiB, so that one page table maps it. The page below
 * each writable region is unmapped, so that an overflow is an EPT violation or
 * a page fault. The link script includes this header too.
 */
#define GUEST_TABLES	0x1000	/* PML4, PDPT, PD, PT; read only */
#define GUEST_TEXT	0x10000	/* interpreter, translator; read, execute */
#define GUEST_RODATA	0x22000	/* their constants; read only */
#define GUEST_IMAGE_END	0x28000
#define GUEST_PROCESS	0x29000	/* registers and x86 stack; read, write */
#define GUEST_DEBUG	0x2b000	/* struct tea_debug, if any; read, write */
#define GUEST_PROGRAM	0x30000	/* object file; read only */
#define GUEST_STACK	0x60000	/* TEA stack; read, write */
#define GUEST_DECODED	0x80000	/* decoded program; writable until a reset */
/* The translated program: read, write at first, then read, execute */
#define GUEST_TRANSLATED	0x182000
#define GUEST_END	0x200000

/*
 * The address of struct tea_process, in the page at GUEST_PROCESS. The x86
 * stack grows down from it.
 */
#define GUEST_REGISTERS	0x29f00

/* The address of struct guest_display, at the end of that stack. */
#define GUEST_DISPLAY	GUEST_PROCESS

/*
 * An argument of guest_main(): the size of the memory at GUEST_TRANSLATED, a multiple
 * of pages, or 0 for a program that is interpreted, and these flags.
 */
#define GUEST_IS_TRANSLATED	1	/* the translation is there already */
#define GUEST_HAS_MOVBE		2	/* the CPU has the instruction MOVBE */
#define GUEST_FLAGS		0xfff

#endif
