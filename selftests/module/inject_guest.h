/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INJECT_GUEST_H
#define INJECT_GUEST_H

/* The guests of inject_test.c: where things are in their RAM. */

#define GUEST_MEMORY	0x100000
#define GUEST_CODE	0x1000
#define GUEST_NMI	0x1800	/* a handler beside the stubs */
#define GUEST_STUBS	0x2000
#define GUEST_LOG	0x4000
#define GUEST_STACK	0x8000	/* top of a page that the test touches */
#define GUEST_FRESH	0x9000	/* tops of pages that no test touches */
#define GUEST_TABLES	0x20000	/* page tables of long mode, GDT, IDT */

/* The entry stub of a vector has this many bytes. */
#define GUEST_STUB_16	8
#define GUEST_STUB_32	16
#define GUEST_STUB_64	16

#define GUEST_PORT	0x80

/* Vectors with an error code: 8, 10 to 14, 17. */
#define GUEST_ERRORS	0x27d00

#ifndef __ASSEMBLER__

#include <stdint.h>

/* What the handlers write to GUEST_LOG after the number of entries. */
struct guest_entry_16 {
	uint16_t vector;
	uint16_t ip;
	uint16_t flags;
	uint16_t sp;
};

struct guest_entry_32 {
	uint32_t vector;
	uint32_t error;
	uint32_t eip;
	uint32_t esp;
};

struct guest_entry_64 {
	uint64_t vector;
	uint64_t error;
	uint64_t rip;
	uint64_t rsp;
};

/* Code and where it ends. */
extern const uint8_t handlers_16[], handlers_16_end[];
extern const uint8_t handlers_32[], handlers_32_end[];
extern const uint8_t handlers_64[], handlers_64_end[];
extern const uint8_t guest_nmi[], guest_nmi_end[];
extern const uint8_t guest_halt[], guest_halt_end[];
extern const uint8_t guest_spin[], guest_spin_end[];
extern const uint8_t guest_cli[], guest_cli_end[];
extern const uint8_t guest_sti[], guest_sti_end[];
extern const uint8_t guest_mov_ss[], guest_mov_ss_end[];

#endif
#endif
