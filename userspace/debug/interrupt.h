/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_INTERRUPT_H
#define DEBUG_INTERRUPT_H

#include <stdbool.h>

/**
 * debug_catch_interrupts() - count SIGINT and SIGTERM instead of ending by them
 */
void debug_catch_interrupts(void);

/**
 * debug_interrupted() - how often the user has interrupted
 *
 * Return: SIGINT, SIGTERM and calls of debug_interrupt() since
 * debug_forget_interrupts().
 */
int debug_interrupted(void);

/**
 * debug_interrupt() - interrupt the program as the user does
 */
void debug_interrupt(void);

/**
 * debug_serve() - read requests while the program runs
 * @fd: where they come from, or -1 to end this
 * @ready: reads and executes them, called when there is input; it calls
 *	debug_interrupt() if the program has to stop
 * @data: what @ready receives
 *
 * debug_interrupted() and debug_wait() then check for input.
 */
void debug_serve(int fd, void (*ready)(void *data), void *data);

/**
 * debug_terminated() - was the debugger requested to end?
 *
 * Return: true after SIGTERM.
 */
bool debug_terminated(void);

/**
 * debug_forget_interrupts() - reset the count, after the program has stopped
 */
void debug_forget_interrupts(void);

/**
 * debug_wait() - wait for input or an interrupt, for a limited time
 * @fd: descriptor, or -1
 * @milliseconds: the limit, -1 for none
 * @seen: interrupts that are known already; a further one ends the wait
 *
 * Return: true when there is input.
 */
bool debug_wait(int fd, long long milliseconds, int seen);

/**
 * debug_wait_output() - wait until some bytes can be written
 * @fd: descriptor
 *
 * Return: true when they can, and after an error; false after SIGTERM.
 */
bool debug_wait_output(int fd);

#endif
