/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PAYLOADS_H
#define PAYLOADS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Guests that both hypervisors run, in real mode. They begin at PAYLOAD_CODE, use
 * no stack, and end with HLT.
 */
#define PAYLOAD_CODE	0x1000
/*
 * Where a guest stores PAYLOAD_SAMPLES samples, 32 bits each. A sample is of so many
 * exits that what the host does only once for several of them is in each.
 */
#define PAYLOAD_DATA	0x4000
#define PAYLOAD_SAMPLES	20
#define PAYLOAD_EXITS	640
#define PAYLOAD_RAM	0x10000
#define PAYLOAD_PORT	0x80

/**
 * struct payload - a guest that measures exits by RDTSC
 * @row: row of the figure
 * @code: its first instruction
 * @end: its end
 */
struct payload {
	const char *row;
	const uint8_t *code;
	const uint8_t *end;
};

/* What the two RDTSC alone cost, which is subtracted from the others' samples */
extern const struct payload payload_empty;

/* Guests whose exits both hypervisors answer in the kernel; the last has no row. */
extern const struct payload payloads_both[];

/* VMCALL, which KVM answers in the kernel and teavmx routes to the host program */
extern const struct payload payload_vmcall;

/* CPUID as often as ESI says, without RDTSC */
extern const uint8_t payload_repeat[], payload_repeat_end[];

/*
 * Where the debugger of "make bench-functions" stops; other processors execute it
 * as a NOP.
 */
#define MARK	"xchgw %bx, %bx\n"

/* Two marks, between them PAYLOAD_EXITS times CPUID; then HLT */
extern const uint8_t payload_marked[], payload_marked_end[];

/* OUT to PAYLOAD_PORT, again and again */
extern const uint8_t payload_out[], payload_out_end[];

/* Writes PAYLOAD_DATA and halts */
extern const uint8_t payload_write[], payload_write_end[];

#endif
