/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_DEBUG_H
#define _TEA_DEBUG_H

/*
 * A TEA process under a debugger. As interp.c, which it is made of, debug.c is
 * compiled unchanged in all three homes and is freestanding. It executes
 * instruction by instruction; tea_run() alone knows nothing of it.
 */

#include "interp.h"

/* Most breakpoints at code, and most watched bytes of the stack */
#define TEA_DEBUG_BREAKS	32
#define TEA_DEBUG_WATCHES	8

/*
 * What the port functions of a home may return under tea_debug_run(), beside
 * exit codes, none of which has this number: nothing has happened, and the
 * process is to stop before this instruction, which begins anew when it goes on.
 */
#define TEA_HOME_HELD		(TEA_EXIT_COUNT + 1)

/* tea_debug.left for any number of instructions */
#define TEA_DEBUG_ANY		(~0ULL)

/**
 * enum tea_debug_until - what else than an address ends a run
 * @TEA_DEBUG_UNTIL_ANY: nothing
 * @TEA_DEBUG_UNTIL_LEVEL: an instruction that is not in a function called
 *	since the run began
 * @TEA_DEBUG_UNTIL_RETURN: the return from the function that the run began in
 */
enum tea_debug_until {
	TEA_DEBUG_UNTIL_ANY,
	TEA_DEBUG_UNTIL_LEVEL,
	TEA_DEBUG_UNTIL_RETURN,
};

/**
 * enum tea_debug_cause - why tea_debug_run() returned
 * @TEA_DEBUG_TURN: the turn is over; call again to go on
 * @TEA_DEBUG_EXITED: the process ended, with tea_process.exit_code
 * @TEA_DEBUG_STEPS: tea_debug.left is used up, or tea_debug.until is met
 * @TEA_DEBUG_REQUEST: tea_debug.request was set, or the home held a port
 *	access back
 * @TEA_DEBUG_BREAK: the next instruction has a breakpoint
 * @TEA_DEBUG_WATCH: the last instruction has changed a watched byte
 */
enum tea_debug_cause {
	TEA_DEBUG_TURN,
	TEA_DEBUG_EXITED,
	TEA_DEBUG_STEPS,
	TEA_DEBUG_REQUEST,
	TEA_DEBUG_BREAK,
	TEA_DEBUG_WATCH,
};

/**
 * struct tea_debug - when a process has to stop
 * @left: instructions until then, or TEA_DEBUG_ANY; counts down
 * @depth: calls less returns since the run began
 * @until: enum tea_debug_until
 * @request: stop before the next instruction; whoever runs beside the process
 *	may set it at any time
 * @over: the instruction at the code pointer comes first, whatever stops there
 * @break_count: entries in @breaks
 * @watch_count: entries in @watches
 * @breaks: code addresses to stop at
 * @watches: bytes of the stack that stop the process when they change, counted
 *	from the bottom and below tea_process.stack_size
 *
 * In the guest payload it lies in guest memory: the host writes it, and reads
 * nothing of it.
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
 * @steps: instructions so far
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
 * tea_debug_begin() - get ready for the next run
 * @debug: its breakpoints and watched bytes stay
 * @steps: instructions until it has to stop, 0 for any number
 * @until: enum tea_debug_until
 */
void tea_debug_begin(struct tea_debug *debug, unsigned long long steps,
		     unsigned int until);

/**
 * tea_debug_run() - execute instructions until something stops the process
 * @process: the process
 * @debug: what that is; tea_debug_begin() was called
 * @turn: most instructions until it returns with TEA_DEBUG_TURN
 *
 * Whatever the cause, the process stands between two instructions. When it has
 * ended, code pointer, stack pointer and flags are those from before the
 * instruction that ended it.
 *
 * Return: enum tea_debug_cause.
 */
enum tea_debug_cause tea_debug_run(struct tea_process *process,
				   struct tea_debug *debug,
				   unsigned long long turn);

/**
 * tea_debug_look() - read the registers of a process that may be hostile
 * @process: in memory that anybody can write; each register is read once
 * @stack_size: bytes of stack that there really are
 * @registers: receives them, cut to their ranges
 */
void tea_debug_look(const struct tea_process *process, unsigned int stack_size,
		    struct tea_registers *registers);

#endif
