/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_EMULATE_NATIVE_H
#define TEAVMX_EMULATE_NATIVE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Executes an instruction on the processor that the test runs on, with given
 * registers. Memory lies where native_open() maps it.
 */

/* A data area, whose middle begins what the emulator sees as RAM */
#define NATIVE_DATA		0x20000000UL
#define NATIVE_DATA_SIZE	0x4000UL
#define NATIVE_RAM		(NATIVE_DATA + NATIVE_DATA_SIZE / 2)
#define NATIVE_CODE		0x21000000UL
#define NATIVE_CODE_SIZE	0x1000UL

/** struct native_state - general registers by number, then RFLAGS */
struct native_state {
	uint64_t reg[16];
	uint64_t flags;
};

/** enum native_result - what the processor did */
enum native_result {
	NATIVE_DONE,
	NATIVE_DIVIDE_ERROR,
	NATIVE_UNKNOWN,
};

/* The way to an instruction, and back from it; only native_run() calls them. */
void native_enter(void);
void native_back(void);

/** native_open() - map data and code; 0 or -1 */
int native_open(void);

/** native_run() - execute the bytes with these registers, which change */
enum native_result native_run(const uint8_t *code, unsigned int size,
			      struct native_state *state);

#endif
