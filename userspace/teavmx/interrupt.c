// SPDX-License-Identifier: GPL-2.0-only
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <userspace/common/cli.h>

#include "interrupt.h"

static volatile sig_atomic_t seen;
static sigset_t open_mask;

static void on_signal(int number)
{
	(void)number;
	/* The VM dies with the socket. */
	if (seen)
		_exit(CLI_INTERRUPTED);
	seen = 1;
}

void interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &open_mask);
	sigdelset(&open_mask, SIGINT);
	sigdelset(&open_mask, SIGTERM);
}

bool interrupt_seen(void)
{
	const struct timespec now = { 0 };

	/* A stream that never falls silent must not lock the signals out. */
	ppoll(NULL, 0, &now, &open_mask);
	return seen;
}

bool interrupt_wait(int fd, long long milliseconds)
{
	struct pollfd poll = { .fd = fd, .events = POLLIN };

	return interrupt_poll(&poll, 1, milliseconds);
}

bool interrupt_poll(struct pollfd *polls, nfds_t count, long long milliseconds)
{
	const struct timespec limit = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000,
	};

	return ppoll(polls, count, milliseconds < 0 ? NULL : &limit,
		     &open_mask) > 0;
}
