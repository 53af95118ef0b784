/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef REGISTERS_GUEST_H
#define REGISTERS_GUEST_H

/* What registers_test.c and its guests agree upon. */

/* A canonical address, and what fits where only 32 bits are allowed */
#define PATTERN		0x00005aa5c3d2e1f0
#define PATTERN_32	0x3b6c9d5e

/* Selector of 64-bit code in the GDT of teavmx_mode_enter() */
#define REGISTERS_CODE	0x18
/* Iterations of the guest that writes, with its registers full */
#define REGISTERS_LOOPS	500000

/* Places in the guest's RAM; its code begins at GUEST_CODE of guest.h. */
#define REGISTERS_IDT	0x50000
#define REGISTERS_STACK	0x51000
#define REGISTERS_AREA	0x52000
#define REGISTERS_TILES	0x56000
#define REGISTERS_SEEN	0x60000
#define REGISTERS_SEEN_SIZE 0x10000

/* What the guest that reads XCR0 leaves at REGISTERS_SEEN, 8 bytes each */
#define XCR0_FEATURES	0	/* ECX of CPUID leaf 1 */
#define XCR0_BITS	1	/* EAX of CPUID leaf 0xd */
#define XCR0_CR4	2	/* 1 if CR4.OSXSAVE was refused */
#define XCR0_GET	3	/* XGETBV, or all ones for a fault */
#define XCR0_AVX	4	/* 1 if an AVX instruction was refused then */
#define XCR0_SSE	5	/* XGETBV after XSETBV of 3 */
#define XCR0_ALL	6	/* XGETBV after XSETBV of XCR0_BITS */
#define XCR0_AVX_ALL	7	/* 1 if an AVX instruction was refused then */
#define XCR0_WORDS	8

/* MSRs that an instruction or another MSR makes matter to a guest */
#define REGISTERS_MSRS \
	0x10, 0x1b, 0x3a, 0x48, 0x49, 0x6e, 0x8b, 0xc1, 0xe1, 0xe7, 0xe8, \
	0x10a, 0x122, 0x123, 0x174, 0x175, 0x176, 0x186, 0x1a0, 0x1c4, 0x1c5, \
	0x1c9, 0x1d9, 0x1db, 0x1dc, 0x277, 0x2ff, 0x309, 0x38d, 0x38f, 0x3f1, \
	0x400, 0x401, 0x402, 0x480, 0x560, 0x570, 0x580, 0x600, 0x6a0, 0x6a2, \
	0x6a4, 0x6a5, 0x6a6, 0x6a7, 0x6a8, 0x6e0, 0x6e1, 0x802, 0x808, 0xc81, \
	0xc8f, 0xd90, 0xd93, 0xda0, 0x1200, 0x14ce, 0x40000070, 0x40000073, \
	0x4b564d00, 0xc0000080, 0xc0000081, 0xc0000082, 0xc0000083, \
	0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102, 0xc0000103, 0xc0000104

#ifndef __ASSEMBLER__
#include <stdint.h>

/* Write everything; read everything; CPUID, XGETBV and XSETBV */
extern const uint8_t registers_write[], registers_write_end[];
extern const uint8_t registers_read[], registers_read_end[];
extern const uint8_t registers_xcr0[], registers_xcr0_end[];
#endif

#endif
