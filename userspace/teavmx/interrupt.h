/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_INTERRUPT_H
#define TEAVMX_INTERRUPT_H

#include <poll.h>
#include <stdbool.h>

/**
 * interrupt_catch() - from now on SIGINT and SIGTERM only count
 *
 * They are held back but in interrupt_wait() and in output, so none can slip in
 * between a look at interrupt_seen() and a wait. stdout and stderr are other
 * streams from now on: they fail when nobody reads what is written and a signal
 * came or the time of interrupt_limit() is over.
 */
void interrupt_catch(void);

/**
 * interrupt_limit() - output does not wait for its reader for longer
 * @seconds: from now on
 */
void interrupt_limit(unsigned long long seconds);

/**
 * interrupt_seen() - was there a SIGINT or SIGTERM?
 *
 * The first one is a request to come to an end; the second ends the program
 * at once.
 *
 * Return: true after the first.
 */
bool interrupt_seen(void);

/**
 * interrupt_wait() - wait until a descriptor is readable
 * @fd: descriptor
 * @milliseconds: how long at most, -1 for ever
 *
 * Return: true when it is, false after the time or a signal.
 */
bool interrupt_wait(int fd, long long milliseconds);

/**
 * interrupt_poll() - as interrupt_wait(), for several descriptors
 * @polls: as of poll()
 * @count: how many
 * @milliseconds: how long at most, -1 for ever
 *
 * Return: true when there is an event, false after the time or a signal.
 */
bool interrupt_poll(struct pollfd *polls, nfds_t count,
		    long long milliseconds);

#endif
