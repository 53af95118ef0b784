/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVECODE_H
#define LIVECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The code of loaded modules as the processor executes it, after the kernel has
 * patched its alternatives, static keys and returns: read from /proc/kcore,
 * decoded, and followed along all paths that the patched branches leave open.
 */

/* What an instruction is; bits LIVE_ZEROED + N: it zeroes register N. */
#define LIVE_ENTER	(1ull << 0)	/* VMLAUNCH or VMRESUME */
#define LIVE_LEAVE	(1ull << 1)	/* return from where the walk began */
#define LIVE_RETURN	(1ull << 2)	/* any return, indirect call or jump */
#define LIVE_VERW	(1ull << 3)	/* VERW of memory, which clears buffers */
#define LIVE_L1D	(1ull << 4)	/* L1D flush: by command, or CPUID of the fill */
#define LIVE_SPEC_CTRL	(1ull << 5)	/* WRMSR to IA32_SPEC_CTRL */
#define LIVE_PRED_CMD	(1ull << 6)	/* WRMSR to IA32_PRED_CMD */
#define LIVE_OPT_CTRL	(1ull << 7)	/* WRMSR to IA32_MCU_OPT_CTRL */
#define LIVE_RSB_FULL	(1ull << 8)	/* call of a full return stack fill */
#define LIVE_RSB_ONE	(1ull << 9)	/* call that fills one entry */
#define LIVE_LFENCE	(1ull << 10)
#define LIVE_BHB	(1ull << 11)	/* call of clear_bhb_loop() */
#define LIVE_IBPB_CALL	(1ull << 12)	/* call of entry_ibpb() or write_ibpb() */
#define LIVE_MEMORY	(1ull << 13)	/* access to memory, but for VERW */
#define LIVE_RDMSR	(1ull << 14)
#define LIVE_OUTSIDE	(1ull << 15)	/* call out of the module */
#define LIVE_WRMSR_LSTAR (1ull << 16)	/* WRMSR to IA32_LSTAR */
#define LIVE_WRMSR_OTHER (1ull << 17)	/* WRMSR to any other, or unknown */
#define LIVE_PROBED	(1ull << 18)	/* kprobes may stand there, or where it calls */
#define LIVE_ZEROED	32

struct live;

/**
 * struct live_place - a place that a walk comes to
 * @rip: the instruction
 * @ecx: value of ECX, or LIVE_UNKNOWN
 * @depth: number of @back
 * @back: where functions of the module that were called return to
 */
#define LIVE_UNKNOWN	(~0ull)
#define LIVE_DEPTH	12

struct live_place {
	uint64_t rip;
	uint64_t ecx;
	unsigned int depth;
	uint64_t back[LIVE_DEPTH];
};

/* A set of places */
#define LIVE_PLACES	256

struct live_places {
	unsigned int count;
	struct live_place at[LIVE_PLACES];
};

/**
 * live_open() - read the symbols of a loaded module
 * @module: its name, as in /proc/modules
 *
 * Return: a handle for live_close(), or NULL with the reason on standard
 * output.
 */
struct live *live_open(const char *module);
void live_close(struct live *live);

/**
 * live_symbol() - address of a symbol of the module
 * @live: handle
 * @name: symbol
 *
 * Return: the address, or 0 when there is none.
 */
uint64_t live_symbol(const struct live *live, const char *name);

/**
 * live_start() - a set of one place
 * @rip: address of an instruction
 * @places: receives the set
 */
void live_start(uint64_t rip, struct live_places *places);

/**
 * live_walk() - follow all paths
 * @live: handle
 * @from: where paths begin
 * @avoid: instructions that end a path
 * @goal: instructions that are looked for; paths go on behind them
 * @hits: receives the places right behind those, or NULL
 *
 * Return: number of places found, or -1 when the code could not be followed,
 * with the reason on standard output.
 */
int live_walk(struct live *live, const struct live_places *from, uint64_t avoid,
	      uint64_t goal, struct live_places *hits);

/* live_may() - does a path from @rip come to @goal before it comes to @sink? */
bool live_may(struct live *live, uint64_t rip, uint64_t goal, uint64_t sink);

/* live_must() - do all paths from @rip to @sink go through @goal, and is there one? */
bool live_must(struct live *live, uint64_t rip, uint64_t goal, uint64_t sink);

/*
 * live_between() - is there a path from @rip through @first, then @middle, to
 * @sink, without another @first in between?
 */
bool live_between(struct live *live, uint64_t rip, uint64_t first,
		  uint64_t middle, uint64_t sink);

/**
 * live_returns() - how the functions that were walked through return
 * @live: handle
 *
 * Return: "RET", or the name of the thunk.
 */
const char *live_returns(const struct live *live);

/**
 * live_read_blacklist() - find out where kprobes may stand
 * @live: handle; its walks know LIVE_PROBED from then on
 *
 * Return: false when the kernel does not show it.
 */
bool live_read_blacklist(struct live *live);

/* live_print() - the instructions from an address on, as lines of TAP comments */
void live_print(struct live *live, uint64_t rip, unsigned int count);

#endif
