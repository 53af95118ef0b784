/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GDB_TARGET_H
#define GDB_TARGET_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <userspace/lib/teavmx.h>

/* GDB_THREADS_MAX - most threads that a target has */
#define GDB_THREADS_MAX	64

/* Signals by their numbers in the protocol (gdb's include/gdb/signals.def) */
enum gdb_signal {
	GDB_SIGNAL_NONE		= 0,
	GDB_SIGNAL_INT		= 2,
	GDB_SIGNAL_ILL		= 4,
	GDB_SIGNAL_TRAP		= 5,
	GDB_SIGNAL_ABRT		= 6,
	GDB_SIGNAL_FPE		= 8,
	GDB_SIGNAL_KILL		= 9,
	GDB_SIGNAL_BUS		= 10,
	GDB_SIGNAL_SEGV		= 11,
};

/* The kinds of points, by their numbers in the packets Z and z */
enum gdb_point {
	GDB_POINT_SOFTWARE,
	GDB_POINT_HARDWARE,
	GDB_POINT_WRITE,
	GDB_POINT_READ,
	GDB_POINT_ACCESS,
};

/* GDB_WATCH_MAX - most bytes that a watchpoint has: four registers of eight bytes */
#define GDB_WATCH_MAX	32

/**
 * enum gdb_cause - why a thread has stopped
 * @GDB_CAUSE_SIGNAL: for the signal
 * @GDB_CAUSE_SOFTWARE: it has reached a software breakpoint
 * @GDB_CAUSE_HARDWARE: it has reached a hardware breakpoint
 * @GDB_CAUSE_WRITE: it has written to the address of a watchpoint
 * @GDB_CAUSE_ACCESS: it has accessed the address of a watchpoint
 * @GDB_CAUSE_END: all threads have ended
 */
enum gdb_cause {
	GDB_CAUSE_SIGNAL,
	GDB_CAUSE_SOFTWARE,
	GDB_CAUSE_HARDWARE,
	GDB_CAUSE_WRITE,
	GDB_CAUSE_ACCESS,
	GDB_CAUSE_END,
};

/**
 * struct gdb_stop - why the target has stopped
 * @cause: enum gdb_cause
 * @signal: enum gdb_signal
 * @thread: the thread that it is about
 * @address: of a watchpoint
 * @text: message for the user, or empty
 */
struct gdb_stop {
	enum gdb_cause cause;
	enum gdb_signal signal;
	uint32_t thread;
	uint64_t address;
	char text[1024];
};

/**
 * enum gdb_wait - what ended a wait
 * @GDB_WAIT_STOPPED: a thread has stopped
 * @GDB_WAIT_CLIENT: the client has sent bytes, or is gone, or the stub ends
 * @GDB_WAIT_FAILED: the target cannot be used any more
 */
enum gdb_wait {
	GDB_WAIT_STOPPED,
	GDB_WAIT_CLIENT,
	GDB_WAIT_FAILED,
};

/**
 * struct gdb_waiter - how a target waits for its own events
 * @poll: waits until @fd is readable or the client has sent bytes, at most
 *	@milliseconds; returns true if @fd is readable
 * @client: is there something from the client, or does the stub end?
 * @data: passed on to both
 */
struct gdb_waiter {
	bool (*poll)(void *data, int fd, int milliseconds);
	bool (*client)(void *data);
	void *data;
};

/**
 * struct gdb_target_ops - what a stub does with a VM
 * @threads: lists the threads that exist; returns their number
 * @describe: describes the state of a thread
 * @registers: reads the registers into an array for free(); returns their number
 *	or -1
 * @set_registers: changes registers
 * @read: reads memory as the thread sees it; returns the number of bytes that could
 *	be read from the first on, or -1 if there are none
 * @write: writes memory as the thread sees it
 * @memory: bytes of RAM
 * @set_point: inserts a breakpoint or watchpoint for all threads, at an address as
 *	this thread sees it
 * @clear_point: removes it
 * @stop: pauses all threads, and reports whether one has stopped by itself; if none
 *	has, the signal is GDB_SIGNAL_NONE
 * @resume: lets a thread run, or execute one instruction
 * @wait: waits until a thread stops; then pauses all others
 * @release: removes all points and leaves the VM as it is, or has it run
 * @kill: removes the VM
 * @monitor: executes a command of "monitor" and prints its result to @file
 * @error: the errno of the last failure
 *
 * Those that return int return 0 or -1, unless something else is documented.
 */
struct gdb_target_ops {
	size_t (*threads)(void *data, uint32_t *threads);
	void (*describe)(void *data, uint32_t thread, char *text, size_t size);
	int (*registers)(void *data, uint32_t thread,
			 struct teavmx_register **registers);
	int (*set_registers)(void *data, uint32_t thread,
			     const struct teavmx_register *registers,
			     size_t count);
	int (*read)(void *data, uint32_t thread, uint64_t address, void *bytes,
		    size_t size);
	int (*write)(void *data, uint32_t thread, uint64_t address,
		     const void *bytes, size_t size);
	uint64_t (*memory)(void *data);
	int (*set_point)(void *data, uint32_t thread, enum gdb_point kind,
			 uint64_t address, unsigned int size);
	int (*clear_point)(void *data, enum gdb_point kind, uint64_t address,
			   unsigned int size);
	int (*stop)(void *data, struct gdb_stop *stop);
	int (*resume)(void *data, uint32_t thread, bool step);
	enum gdb_wait (*wait)(void *data, const struct gdb_waiter *waiter,
			      struct gdb_stop *stop);
	int (*release)(void *data, bool run);
	int (*kill)(void *data);
	int (*monitor)(void *data, uint32_t thread, const char *line,
		       FILE *file);
	int (*error)(void *data);
};

/**
 * struct gdb_target - a VM that is debugged
 * @ops: its operations
 * @data: passed on to them
 */
struct gdb_target {
	const struct gdb_target_ops *ops;
	void *data;
};

/**
 * struct gdb_host - what the stub needs of its program
 * @poll: as poll(), but ends by a signal that requests the end; returns true when
 *	there is an event
 * @ended: does the program have to end?
 * @log: reports an event on standard error
 */
struct gdb_host {
	bool (*poll)(struct pollfd *polls, nfds_t count, long long milliseconds);
	bool (*ended)(void);
	void (*log)(const char *format, ...)
		__attribute__((__format__(printf, 1, 2)));
};

#endif
