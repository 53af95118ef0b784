// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <userspace/common/cli.h>

#include "interrupt.h"

/*
 * Time, in ms, in which a reader must read after a signal, and after the limit
 */
#define SIGNAL_MS	300
#define LATE_MS		1000

struct output {
	int fd;
	int error;
};

static volatile sig_atomic_t seen;
static volatile sig_atomic_t is_held;
static sigset_t open_mask;
/* On CLOCK_MONOTONIC, 0 for none */
static long long limit_ms;
static struct output output = { .fd = STDOUT_FILENO };
static struct output messages = { .fd = STDERR_FILENO };

long long interrupt_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void on_signal(int number)
{
	(void)number;
	/* The module removes the VM when the socket closes. */
	if (seen && !is_held)
		_exit(CLI_INTERRUPTED);
	seen = 1;
}

void interrupt_hold(bool hold)
{
	is_held = hold;
}

bool interrupt_seen(void)
{
	const struct timespec now = { 0 };

	/* Signals must be noticed even while events arrive without a pause. */
	ppoll(NULL, 0, &now, &open_mask);
	return seen;
}

/* Like poll(), with the signals unblocked */
static int wait_for(struct pollfd *polls, nfds_t count, long long milliseconds)
{
	const struct timespec limit = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000,
	};

	return ppoll(polls, count, milliseconds < 0 ? NULL : &limit,
		     &open_mask);
}

bool interrupt_poll(struct pollfd *polls, nfds_t count, long long milliseconds)
{
	return wait_for(polls, count, milliseconds) > 0;
}

bool interrupt_wait(int fd, long long milliseconds)
{
	struct pollfd poll = { .fd = fd, .events = POLLIN };

	return interrupt_poll(&poll, 1, milliseconds);
}

void interrupt_limit(unsigned long long seconds)
{
	limit_ms = interrupt_clock() + (long long)seconds * 1000;
}

int interrupt_room(int fd)
{
	struct pollfd poll = { .fd = fd, .events = POLLOUT };
	long long left;
	int ready;

	do {
		left = limit_ms ? limit_ms - interrupt_clock() : -1;
		if (limit_ms && left < LATE_MS)
			left = LATE_MS;
		if (seen)
			left = SIGNAL_MS;
		ready = wait_for(&poll, 1, left);
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return errno;
	return ready ? 0 : seen ? EINTR : ETIME;
}

/*
 * A write of this size to a pipe that has room does not block. A write to a
 * terminal may: the signals are unblocked there, and end it.
 */
static ssize_t write_piece(int fd, const char *bytes, size_t size)
{
	sigset_t held;
	ssize_t count;
	int error;

	sigprocmask(SIG_SETMASK, &open_mask, &held);
	count = write(fd, bytes, size < PIPE_BUF ? size : PIPE_BUF);
	error = errno;
	sigprocmask(SIG_SETMASK, &held, NULL);
	errno = error;
	return count;
}

/* stdio treats a write of fewer bytes as a failure. */
static ssize_t write_all(void *cookie, const char *bytes, size_t size)
{
	struct output *out = cookie;
	size_t done = 0;
	ssize_t count;

	while (done < size && !out->error) {
		out->error = interrupt_room(out->fd);
		if (out->error)
			break;
		count = write_piece(out->fd, bytes + done, size - done);
		if (count > 0)
			done += (size_t)count;
		else if (count < 0 && errno != EINTR && errno != EAGAIN)
			out->error = errno;
	}
	if (out == &output && out->error)
		cli_output_error = out->error;
	if (out->error)
		errno = out->error;
	return (ssize_t)done;
}

/*
 * A stream whose writes end by a signal or the limit, even if its reader does
 * not read
 */
static FILE *replace(FILE *file, struct output *out, int buffering)
{
	const cookie_io_functions_t functions = { .write = write_all };
	FILE *stream = fopencookie(out, "w", functions);

	fflush(file);
	if (!stream)
		return file;
	setvbuf(stream, NULL, buffering, buffering == _IONBF ? 0 : BUFSIZ);
	return stream;
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
	stdout = replace(stdout, &output, _IOFBF);
	stderr = replace(stderr, &messages, _IONBF);
}
