// SPDX-License-Identifier: GPL-2.0-only
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "interrupt.h"

static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t terminated;

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

int debug_interrupted(void)
{
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

bool debug_wait(int fd, long long milliseconds, int seen)
{
	struct pollfd poll = { .fd = fd, .events = POLLIN };
	const struct timespec limit = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000,
	};
	sigset_t blocked, before;
	int ready = 0;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	if (interrupts == seen)
		ready = ppoll(&poll, fd >= 0, milliseconds < 0 ? NULL : &limit,
			      &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ready > 0;
}
