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
 * Return: SIGINT and SIGTERM since debug_forget_interrupts().
 */
int debug_interrupted(void);

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

#endif
