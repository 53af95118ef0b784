// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmwatch - start an emulator, pass on what its machine reports, end it
 *
 *   vmwatch SECONDS RESULT KERNEL SCREEN -- EMULATOR [ARGUMENT...]
 *
 * The emulator gets the write end of the report channel as /dev/fd/9 and a
 * terminal of its own, whose contents go to the file SCREEN.  The command's
 * output comes out on our standard output and error as it arrives.  RESULT
 * receives one line: "status N", "timeout", "died" or "garbled"; KERNEL the
 * lines the machine's kernel should not have logged.  The emulator never
 * outlives us.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"

#define CHANNEL_FD	9
#define SCREEN_MAX	1048576

struct decoder {
	char buf[CHANNEL_PAYLOAD_MAX + 64];
	size_t len;
	bool greeted;
	int kernel;
	int status;		/* of the command, -1 until it is known */
};

static pid_t emulator;
static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	caught = sig;
}

static void finish(int status)
{
	if (emulator > 0) {
		kill(emulator, SIGKILL);
		waitpid(emulator, NULL, 0);
	}
	exit(status);
}

static void die(const char *what)
{
	fprintf(stderr, "vmrun: %s: %s\n", what, strerror(errno));
	finish(125);
}

static void put(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR && !caught)
			continue;
		if (n < 0 && errno == EINTR)
			return;
		if (n < 0 && errno == EPIPE)
			finish(128 + SIGPIPE);
		if (n < 0)
			die("cannot pass the output on");
		data += n;
		len -= n;
	}
}

static void consume(struct decoder *d, size_t n)
{
	d->len -= n;
	memmove(d->buf, d->buf + n, d->len);
}

static void take_frame(struct decoder *d, char type, char *data, size_t len)
{
	char number[16] = "";

	switch (type) {
	case CHANNEL_STDOUT:
		put(STDOUT_FILENO, data, len);
		break;
	case CHANNEL_STDERR:
		put(STDERR_FILENO, data, len);
		break;
	case CHANNEL_KERNEL:
		put(d->kernel, data, len);
		break;
	case CHANNEL_DONE:
		memcpy(number, data, len < 15 ? len : 15);
		d->status = atoi(number) & 0xff;
		break;
	}
}

/* Firmware and driver probing may write to the port before vmexec greets. */
static bool find_hello(struct decoder *d)
{
	static const char hello[] = CHANNEL_HELLO;
	const size_t n = sizeof(hello) - 1;
	char *at = memmem(d->buf, d->len, hello, n);

	if (at) {
		consume(d, at - d->buf + n);
		d->greeted = true;
	} else if (d->len >= n) {
		consume(d, d->len - n + 1);
	}
	return d->greeted;
}

/* False when the stream is no longer a sequence of frames. */
static bool decode(struct decoder *d)
{
	if (!d->greeted && !find_hello(d))
		return true;
	while (d->len) {
		char *eol = memchr(d->buf, '\n', d->len);
		size_t head, len;
		char *end;

		if (!strchr("oekx", d->buf[0]) || (!eol && d->len > 16))
			return false;
		if (!eol)
			return true;
		len = strtoul(d->buf + 1, &end, 10);
		if (end != eol || len > CHANNEL_PAYLOAD_MAX)
			return false;
		head = eol + 1 - d->buf;
		if (d->len < head + len)
			return true;
		take_frame(d, d->buf[0], eol + 1, len);
		consume(d, head + len);
	}
	return true;
}

static noreturn void become(char **argv, int terminal, int channel)
{
	struct winsize size = { .ws_row = 50, .ws_col = 100 };
	pid_t parent = getppid();
	int slave;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (parent != getppid())
		_exit(125);
	setsid();
	slave = open(ptsname(terminal), O_RDWR);
	if (slave < 0 || ioctl(slave, TIOCSWINSZ, &size))
		die("terminal");
	dup2(slave, 0);
	dup2(slave, 1);
	dup2(slave, 2);
	if (channel == CHANNEL_FD)
		fcntl(channel, F_SETFD, 0);
	else
		dup2(channel, CHANNEL_FD);
	setenv("TERM", "vt100", 1);
	signal(SIGINT, SIG_DFL);
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static int open_terminal(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || grantpt(fd) || unlockpt(fd))
		die("terminal");
	return fd;
}

static int left_ms(const struct timespec *end)
{
	struct timespec now;
	long long ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (end->tv_sec - now.tv_sec) * 1000LL +
	     (end->tv_nsec - now.tv_nsec) / 1000000;
	return ms < 0 ? 0 : ms > 1000000 ? 1000000 : ms;
}

static void copy_screen(struct pollfd *terminal, int screen)
{
	static size_t total;
	char buf[4096];
	ssize_t n = read(terminal->fd, buf, sizeof(buf));

	if (n <= 0) {
		terminal->fd = -1;
		return;
	}
	total += n;
	if (total < SCREEN_MAX)
		put(screen, buf, n);
}

static const char *watch(struct decoder *d, int channel, int terminal,
			 int screen, int seconds)
{
	struct pollfd p[2] = { { .fd = channel, .events = POLLIN },
			       { .fd = terminal, .events = POLLIN } };
	struct timespec end;
	ssize_t n;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	while (d->status < 0) {
		if (caught)
			finish(128 + caught);
		if (!left_ms(&end))
			return "timeout";
		if (poll(p, 2, left_ms(&end)) < 0)
			continue;
		if (p[1].revents)
			copy_screen(&p[1], screen);
		if (!p[0].revents)
			continue;
		n = read(channel, d->buf + d->len, sizeof(d->buf) - d->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return "died";
		d->len += n;
		if (!decode(d))
			return "garbled";
	}
	return NULL;
}

static int open_output(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		die(path);
	return fd;
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

int main(int argc, char **argv)
{
	static struct decoder d = { .status = -1 };
	int result, screen, terminal, channel[2];
	const char *end;

	if (argc < 7 || strcmp(argv[5], "--")) {
		fputs("usage: vmwatch SECONDS RESULT KERNEL SCREEN -- EMULATOR...\n",
		      stderr);
		return 2;
	}
	catch_signals();
	result = open_output(argv[2]);
	d.kernel = open_output(argv[3]);
	screen = open_output(argv[4]);
	terminal = open_terminal();
	if (pipe2(channel, O_CLOEXEC))
		die("pipe");
	emulator = fork();
	if (emulator < 0)
		die("fork");
	if (!emulator)
		become(argv + 6, terminal, channel[1]);
	close(channel[1]);
	end = watch(&d, channel[0], terminal, screen, atoi(argv[1]));
	if (end)
		dprintf(result, "%s\n", end);
	else
		dprintf(result, "status %d\n", d.status);
	finish(0);
}
