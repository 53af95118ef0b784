/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_INTERRUPT_H
#define TEAVMX_INTERRUPT_H

#include <poll.h>
#include <stdbool.h>

/**
 * interrupt_catch() - count SIGINT and SIGTERM instead of ending by them
 *
 * They are blocked except in interrupt_wait() and during output, so that none
 * arrives between a check of interrupt_seen() and a wait. stdout and stderr are
 * replaced: they fail when their reader does not read and a signal has come or
 * the time of interrupt_limit() is over.
 */
void interrupt_catch(void);

/**
 * interrupt_limit() - limit how long output waits for its reader
 * @seconds: time from now on
 */
void interrupt_limit(unsigned long long seconds);

/**
 * interrupt_room() - wait until a descriptor takes bytes
 * @fd: descriptor
 *
 * Return: 0, EINTR after a signal or ETIME after the limit if its reader does not read, or
 * another errno.
 */
int interrupt_room(int fd);

/**
 * interrupt_seen() - was there a SIGINT or SIGTERM?
 *
 * The first one requests that the program ends; the second ends it at once.
 *
 * Return: true after the first.
 */
bool interrupt_seen(void);

/**
 * interrupt_hold() - do not end at once by a second signal
 * @hold: the program has changed what it must restore, such as a terminal
 */
void interrupt_hold(bool hold);

/**
 * interrupt_clock() - the clock of limits and waits
 *
 * Return: CLOCK_MONOTONIC in milliseconds.
 */
long long interrupt_clock(void);

/**
 * interrupt_wait() - wait until a descriptor is readable
 * @fd: descriptor
 * @milliseconds: how long at most, -1 for no limit
 *
 * Return: true when it is, false after the time or a signal.
 */
bool interrupt_wait(int fd, long long milliseconds);

/**
 * interrupt_poll() - as interrupt_wait(), for several descriptors
 * @polls: as of poll()
 * @count: how many
 * @milliseconds: how long at most, -1 for no limit
 *
 * Return: true when there is an event, false after the time or a signal.
 */
bool interrupt_poll(struct pollfd *polls, nfds_t count,
		    long long milliseconds);

#endif
