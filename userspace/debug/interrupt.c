// SPDX-License-Identifier: GPL-2.0-only
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include <userspace/common/cli.h>

#include "interrupt.h"

static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t terminated;

/**
 * struct debug_server - the argument of debug_serve()
 * @fd: where requests come from, or -1
 * @ready: executes them
 * @data: what @ready receives
 */
static struct debug_server {
	int fd;
	void (*ready)(void *data);
	void *data;
} server = { .fd = -1 };

static void on_signal(int number)
{
	if (number == SIGTERM)
		terminated = 1;
	interrupts = interrupts + 1;
}

void debug_catch_interrupts(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

void debug_interrupt(void)
{
	interrupts = interrupts + 1;
}

void debug_serve(int fd, void (*ready)(void *data), void *data)
{
	server.fd = fd;
	server.ready = ready;
	server.data = data;
}

int debug_interrupted(void)
{
	struct pollfd poll_fd = { .fd = server.fd, .events = POLLIN };

	if (server.fd >= 0 && poll(&poll_fd, 1, 0) > 0)
		server.ready(server.data);
	return interrupts;
}

bool debug_terminated(void)
{
	return terminated;
}

void debug_forget_interrupts(void)
{
	interrupts = 0;
}

static long long clock_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* poll() that ends by a signal; one that has come after @seen is not missed. */
static int wait_once(struct pollfd *polls, unsigned int count,
		     long long milliseconds, int seen)
{
	const struct timespec limit = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000,
	};
	sigset_t blocked, before;
	int ready = -1;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	if (interrupts == seen)
		ready = ppoll(polls, count, milliseconds < 0 ? NULL : &limit,
			      &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ready;
}

bool debug_wait_output(int fd)
{
	struct pollfd output = { .fd = fd, .events = POLLOUT };
	int ready;

	do {
		int seen = interrupts;

		if (terminated)
			return false;
		ready = wait_once(&output, 1, -1, seen);
	} while (ready <= 0);
	return true;
}

/* A request that interrupts nothing does not shorten the time. */
bool debug_wait(int fd, long long milliseconds, int seen)
{
	long long end = clock_milliseconds() + milliseconds;
	struct pollfd polls[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = server.fd, .events = POLLIN },
	};
	long long left = milliseconds;

	while (wait_once(polls, ARRAY_SIZE(polls), left, seen) > 0) {
		if (polls[0].revents)
			return true;
		server.ready(server.data);
		if (milliseconds >= 0) {
			left = end - clock_milliseconds();
			left = left < 0 ? 0 : left;
		}
	}
	return false;
}
