/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_TARGET_H
#define DEBUG_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include <module/tea/debug.h>
#include <userspace/common/tea_args.h>
#include <userspace/common/tea_file.h>
#include <userspace/common/tea_result.h>

/**
 * enum debug_cause - why a program has stopped
 * @DEBUG_STEPS: it has executed the requested instructions
 * @DEBUG_REQUEST: the user has interrupted it, or another client paused it
 * @DEBUG_BREAK: it has met a breakpoint
 * @DEBUG_WATCH: a watched byte has changed
 * @DEBUG_ENDED: it has ended; registers and stack can still be read
 * @DEBUG_GONE: another process has ended it
 */
enum debug_cause {
	DEBUG_STEPS,
	DEBUG_REQUEST,
	DEBUG_BREAK,
	DEBUG_WATCH,
	DEBUG_ENDED,
	DEBUG_GONE,
};

struct debug_target;

/**
 * struct debug_output - where a target reports what its program does
 * @text: the program prints text; returns 0, or -1 if that is not possible
 * @flush: print all text, as the program waits
 * @waiting: the program waits at a port
 *
 * Each receives debug_target.output_data.
 */
struct debug_output {
	int (*text)(void *data, const unsigned char *bytes, size_t size);
	void (*flush)(void *data);
	void (*waiting)(void *data, unsigned int port);
};

/**
 * struct debug_target_ops - operations of a target of the debugger
 * @start: load the program again, stopped before its first instruction and
 *	without breakpoints; the process before is removed
 * @go: run it for so many steps (0: no limit) and up to @until (enum
 *	tea_debug_until); its text goes to debug_target.output, interrupts come from
 *	interrupt.h. Receives the cause of the stop
 * @point: set or delete a breakpoint, or a watched byte of the stack
 * @get: read the registers
 * @set: write the registers except steps
 * @read: read bytes of the stack, counted from the bottom
 * @write: write a byte of it
 * @end: kill the program if it has not ended; receives how it ended
 *
 * Each returns CLI_OK or, after an error that is reported, another enum
 * cli_status. @start and @end may be called after the end of the program, the
 * others not.
 */
struct debug_target_ops {
	int (*start)(struct debug_target *target);
	int (*go)(struct debug_target *target, unsigned long long steps,
		  unsigned int until, enum debug_cause *cause);
	int (*point)(struct debug_target *target, bool watch, unsigned int address,
		     bool set);
	int (*get)(struct debug_target *target, struct tea_registers *registers);
	int (*set)(struct debug_target *target,
		   const struct tea_registers *registers);
	int (*read)(struct debug_target *target, unsigned int at,
		    unsigned char *bytes, unsigned int size);
	int (*write)(struct debug_target *target, unsigned int at,
		     unsigned char byte);
	int (*end)(struct debug_target *target, bool kill,
		   struct tea_result *result);
};

/**
 * struct debug_target - a target of the debugger
 * @ops: its operations
 * @file: the object file; debugger_run() refuses one that cannot be launched
 * @args: its arguments
 * @stack_size: bytes of stack
 * @output: where it reports what the program does; set by the user interface
 * @output_data: what @output receives
 */
struct debug_target {
	const struct debug_target_ops *ops;
	const struct tea_file *file;
	const struct tea_args *args;
	unsigned int stack_size;
	const struct debug_output *output;
	void *output_data;
};

#endif
