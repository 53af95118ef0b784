/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GDB_FAKE_H
#define GDB_FAKE_H

#include <userspace/gdb/server.h>

/*
 * A target of the stub for gdb without a VM: two threads that share RAM. Each
 * instruction is a byte, which increments RIP; 0xf0 writes RAX to the address
 * FAKE_VARIABLE, 0xf1 jumps to itself, 0xf2 enters 64-bit mode and 0xf3 shuts the
 * thread down.
 */

#define FAKE_THREADS	2
#define FAKE_RAM	0x10000
#define FAKE_VARIABLE	0x2000
#define FAKE_POINTS	4
#define FAKE_REGISTERS	256

struct fake_point {
	bool set;
	enum gdb_point kind;
	uint64_t address;
};

/**
 * struct fake - the target
 * @ram: its memory
 * @registers: of each thread
 * @count: how many
 * @running: threads that run
 * @stepping: threads that stop after an instruction
 * @refused: thread that cannot be resumed, 0 for none
 * @last: the program has to end as soon as a thread is resumed
 * @no_memory: the program can open no stream
 * @points: breakpoints and watchpoints
 * @released: how often it was released; negative if it was run then
 * @killed: it was killed
 * @number: the last errno
 */
struct fake {
	uint8_t ram[FAKE_RAM];
	struct teavmx_register registers[FAKE_THREADS][FAKE_REGISTERS];
	size_t count;
	bool running[FAKE_THREADS];
	bool stepping[FAKE_THREADS];
	uint32_t refused;
	bool last;
	bool no_memory;
	struct fake_point points[FAKE_POINTS];
	int released;
	bool killed;
	int number;
};

/* fake_target_ops - the operations; their data is struct fake */
extern const struct gdb_target_ops fake_target_ops;

/* fake_host - polls without signals, and logs on standard error */
extern const struct gdb_host fake_host;

/**
 * fake_init() - prepare the target
 * @fake: the target
 * @mode: mode of both threads, which begin at address 0
 */
void fake_init(struct fake *fake, enum gdb_mode mode);

#endif
