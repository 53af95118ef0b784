/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_DEBUG_H
#define _TEA_DEBUG_H

/*
 * A TEA process under a debugger. Like interp.c, debug.c is freestanding and is
 * compiled unchanged for all three environments. It calls tea_run() for each
 * single instruction, so processes without a debugger run at full speed.
 */

#include "interp.h"

/* The largest numbers of breakpoints and of watched bytes of the stack. */
#define TEA_DEBUG_BREAKS	32
#define TEA_DEBUG_WATCHES	8

/*
 * Under tea_debug_run(), tea_hook_port_read() and tea_hook_port_write() may
 * return this instead of an exit code, none of which has this number. Then the
 * access has not happened, and the process stops before this instruction, which
 * is executed again when the process continues.
 */
#define TEA_HOOK_HELD		(TEA_EXIT_COUNT + 1)

/* Value of tea_debug.left that does not bound the number of instructions. */
#define TEA_DEBUG_ANY		(~0ULL)

/**
 * enum tea_debug_until - conditions by call depth that end a run
 * @TEA_DEBUG_UNTIL_NONE: nothing else
 * @TEA_DEBUG_UNTIL_LEVEL: an instruction that is not in a function called
 *	since the run began
 * @TEA_DEBUG_UNTIL_RETURN: the return from the function that the run began in
 */
enum tea_debug_until {
	TEA_DEBUG_UNTIL_NONE,
	TEA_DEBUG_UNTIL_LEVEL,
	TEA_DEBUG_UNTIL_RETURN,
};

/**
 * enum tea_debug_cause - why tea_debug_run() returned
 * @TEA_DEBUG_LIMIT: its limit was reached; call it again to continue
 * @TEA_DEBUG_EXITED: the process ended, with tea_process.exit_code
 * @TEA_DEBUG_STEPS: tea_debug.left is used up, or tea_debug.until is met
 * @TEA_DEBUG_REQUEST: tea_debug.request was set, or a port function returned
 *	TEA_HOOK_HELD
 * @TEA_DEBUG_BREAK: the next instruction has a breakpoint
 * @TEA_DEBUG_WATCH: the last instruction has changed a watched byte
 */
enum tea_debug_cause {
	TEA_DEBUG_LIMIT,
	TEA_DEBUG_EXITED,
	TEA_DEBUG_STEPS,
	TEA_DEBUG_REQUEST,
	TEA_DEBUG_BREAK,
	TEA_DEBUG_WATCH,
};

/**
 * struct tea_debug - when a process has to stop
 * @left: instructions until then, or TEA_DEBUG_ANY; counts down
 * @depth: number of calls minus number of returns since the run began
 * @until: enum tea_debug_until
 * @request: stop before the next instruction; the host may set it while the
 *	process runs
 * @over: execute the next instruction even if it has a breakpoint
 * @break_count: entries in @breaks
 * @watch_count: entries in @watches
 * @breaks: code addresses to stop at
 * @watches: bytes of the stack that stop the process when they change, counted
 *	from the bottom and below tea_process.stack_size
 *
 * In the guest payload it is in guest memory. The host writes it but never
 * reads it, so a hostile guest gains nothing by changing it.
 */
struct tea_debug {
	unsigned long long left;
	int depth;
	unsigned int until;
	unsigned int request;
	unsigned int over;
	unsigned int break_count;
	unsigned int watch_count;
	unsigned short breaks[TEA_DEBUG_BREAKS];
	unsigned short watches[TEA_DEBUG_WATCHES];
};

/**
 * struct tea_registers - the registers of a process that does not run
 * @steps: number of instructions executed
 * @cp: code pointer, 0 to 65535
 * @sp: bytes on the stack, not more than its size
 * @flags: TEA_FLAG_N, TEA_FLAG_Z, TEA_FLAG_C
 */
struct tea_registers {
	unsigned long long steps;
	unsigned int cp;
	unsigned int sp;
	unsigned int flags;
};

/**
 * tea_debug_begin() - prepare the next run
 * @debug: keeps its breakpoints and watched bytes
 * @steps: instructions until it has to stop, 0 for any number
 * @until: enum tea_debug_until
 */
void tea_debug_begin(struct tea_debug *debug, unsigned long long steps,
		     unsigned int until);

/**
 * tea_debug_run() - execute instructions until one of the conditions is met
 * @process: the process
 * @debug: the conditions; tea_debug_begin() was called
 * @limit: number of instructions after which it returns TEA_DEBUG_LIMIT
 *
 * The process is between two instructions afterwards. When it has ended, code
 * pointer, stack pointer and flags are those from before the instruction that
 * ended it.
 *
 * Return: enum tea_debug_cause.
 */
enum tea_debug_cause tea_debug_run(struct tea_process *process,
				   struct tea_debug *debug,
				   unsigned long long limit);

/**
 * tea_debug_look() - read the registers of a process that may be hostile
 * @process: in memory that the guest can write; each register is read once
 * @stack_size: size of the stack as the host knows it, in bytes
 * @registers: receives the registers, reduced to their valid ranges
 */
void tea_debug_look(const struct tea_process *process, unsigned int stack_size,
		    struct tea_registers *registers);

#endif
