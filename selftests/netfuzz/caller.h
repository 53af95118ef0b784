/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CALLER_H
#define CALLER_H

#include <pthread.h>

#include "request.h"

#define CALLERS_MAX	16
#define CALLER_SOCKETS	3

/**
 * struct caller - a thread that sends requests
 * @index: number of the caller
 * @callers: how many there are
 * @family: number of the netlink family
 * @seed: seed of its first step; the next step has the next number
 * @requests: how many it sends
 * @perfect: percentage of requests without a flaw
 * @thread: the thread
 * @chance: what decides about the step
 * @sent: hash of what it has sent, for comparing two runs
 * @request: the request
 */
struct caller {
	unsigned int index;
	unsigned int callers;
	int family;
	uint64_t seed;
	uint64_t requests;
	unsigned int perfect;
	pthread_t thread;
	struct chance chance;
	uint64_t sent;
	struct request request;
};

/**
 * caller_run() - send all requests of a caller
 * @data: struct caller
 *
 * Return: NULL.
 */
void *caller_run(void *data);

/**
 * caller_close_all() - close the sockets of all callers and all files
 *
 * Context: after the threads have ended.
 */
void caller_close_all(void);

#endif
