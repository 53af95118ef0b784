/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_INTERRUPT_H
#define DEBUG_INTERRUPT_H

#include <stdbool.h>

/**
 * debug_catch_interrupts() - from now on SIGINT and SIGTERM only count
 */
void debug_catch_interrupts(void);

/**
 * debug_interrupted() - how often the user has interrupted
 *
 * Return: SIGINT and SIGTERM since debug_forget_interrupts().
 */
int debug_interrupted(void);

/**
 * debug_terminated() - shall the debugger end?
 *
 * Return: true after SIGTERM.
 */
bool debug_terminated(void);

/**
 * debug_forget_interrupts() - what was interrupted has stopped
 */
void debug_forget_interrupts(void);

/**
 * debug_wait() - wait for input, so long or for an interrupt
 * @fd: descriptor, or -1
 * @milliseconds: how long, -1 for ever
 * @seen: interrupts that are known already; a further one ends the wait
 *
 * Return: true when there is input.
 */
bool debug_wait(int fd, long long milliseconds, int seen);

#endif
