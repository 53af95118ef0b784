// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmterm - a terminal of the machine on this terminal
 *
 *   vmterm command FOLDER  a terminal for the command of a run
 *   vmterm shell FOLDER    one for a further shell
 *
 * FOLDER is that of the run, which has the socket of vmwatch. All keys go to the
 * machine, whose terminal makes signals of them, except Ctrl-], which leaves. The
 * settings of this terminal are restored at the end. The exit status is that of
 * the program in the machine, 125 if the machine ended before it, and 130 after
 * Ctrl-].
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"

#define LEAVE		(']' & 0x1f)
#define LEFT		130
#define MACHINE_ENDED	125
/* Bytes of input in one frame, so that a frame never exceeds the window */
#define INPUT_MAX	(CHANNEL_WINDOW / 4)
#define TRIES		1200

static struct termios usual;
static bool is_raw;
static int server;

static void restore(void)
{
	if (is_raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &usual);
	is_raw = false;
}

static void die(const char *what)
{
	restore();
	fprintf(stderr, "vmrun: %s: %s\n", what, strerror(errno));
	exit(MACHINE_ENDED);
}

static void set_raw(void)
{
	struct termios raw = usual;

	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw))
		die("terminal");
	is_raw = true;
}

/* The folder's name may be longer than what a socket's address holds. */
static int connect_to(const char *folder)
{
	const struct timespec nap = { .tv_nsec = 50000000 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int i;

	if (dir < 0 || fd < 0)
		die(folder);
	snprintf(address.sun_path, sizeof(address.sun_path),
		 "/proc/self/fd/%d/" CHANNEL_SOCKET, dir);
	for (i = 0; i < TRIES; i++) {
		if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
			return fd;
		nanosleep(&nap, NULL);
	}
	die("cannot reach the machine");
	return -1;
}

static struct winsize terminal_size(void)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };

	ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	return size;
}

static void start(char type)
{
	struct winsize size = terminal_size();
	const char *term = getenv("TERM");

	set_raw();
	if (frame_print(server, type, 0, "%u %u %s", size.ws_row, size.ws_col,
			term ? term : "dumb"))
		die("cannot reach the machine");
}

static void send_size(void)
{
	struct winsize size = terminal_size();

	frame_print(server, CHANNEL_SIZE, 0, "%u %u", size.ws_row,
		    size.ws_col);
}

/* Return: false when the user leaves */
static bool send_keys(void)
{
	char keys[INPUT_MAX];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));
	char *leave;

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	leave = memchr(keys, LEAVE, (size_t)n);
	frame_write(server, CHANNEL_INPUT, 0, keys,
		    leave ? (size_t)(leave - keys) : (size_t)n);
	return !leave;
}

static void show(const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(STDOUT_FILENO, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("terminal");
		data += n;
		len -= (size_t)n;
	}
}

/* Return: the exit status when the program or the machine has ended, else -1 */
static int receive(struct frames *frames, char type)
{
	struct frame frame;

	if (frames_read(frames, server) <= 0)
		return MACHINE_ENDED;
	while (frames_next(frames, &frame) > 0) {
		if (frame.type == CHANNEL_READY)
			start(type);
		else if (frame.type == CHANNEL_STDOUT)
			show(frame.data, frame.len);
		else if (frame.type == CHANNEL_ENDED)
			return (int)frame_number(&frame);
	}
	return -1;
}

static int open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGWINCH);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGQUIT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

/* Return: the number of a signal that ends this program, else 0 */
static int take_signal(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	if (info.ssi_signo != SIGWINCH)
		return (int)info.ssi_signo;
	if (is_raw)
		send_size();
	return 0;
}

static int serve(char type)
{
	struct pollfd p[] = { { .fd = server, .events = POLLIN },
			      { .fd = open_signals(), .events = POLLIN },
			      { .fd = -1, .events = POLLIN } };
	struct frames frames = { .len = 0 };
	int status = -1, sig;

	if (type == CHANNEL_MAIN)
		fputs("vmrun: 'exit' or Ctrl-] ends it\n", stderr);
	while (status < 0) {
		/* Before the machine is ready, Ctrl-C and the like act here. */
		p[2].fd = is_raw ? STDIN_FILENO : -1;
		if (poll(p, 3, -1) < 0)
			continue;
		if (p[0].revents)
			status = receive(&frames, type);
		if (p[1].revents) {
			sig = take_signal(p[1].fd);
			if (sig)
				return 128 + sig;
		}
		if (status < 0 && p[2].revents && !send_keys())
			return LEFT;
	}
	return status;
}

int main(int argc, char **argv)
{
	bool is_shell;
	int status;

	if (argc != 3 ||
	    (strcmp(argv[1], "command") && strcmp(argv[1], "shell"))) {
		fputs("usage: vmterm command|shell FOLDER\n", stderr);
		return 2;
	}
	if (tcgetattr(STDIN_FILENO, &usual))
		die("standard input");
	signal(SIGPIPE, SIG_IGN);
	server = connect_to(argv[2]);
	is_shell = !strcmp(argv[1], "shell");
	status = serve(is_shell ? CHANNEL_NEW : CHANNEL_MAIN);
	restore();
	if (status == MACHINE_ENDED && is_shell)
		fputs("vmrun: the machine ended\n", stderr);
	return status;
}
