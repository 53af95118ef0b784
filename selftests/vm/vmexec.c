// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmexec - the inner end of the machine's report channel
 *
 *   vmexec PORT hello                  set the port up and greet
 *   vmexec PORT run ARGV-FILE          run a command, send what it prints, exit
 *                                      with its status
 *   vmexec PORT send LETTER            send standard input as frames
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "channel.h"

static int port;

static void die(const char *what)
{
	fprintf(stderr, "vmexec: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void write_all(const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(port, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("report channel");
		p += n;
		len -= n;
	}
}

static void send_frame(char type, const void *data, size_t len)
{
	char head[32];

	write_all(head, snprintf(head, sizeof(head), "%c%zu\n", type, len));
	write_all(data, len);
}

/* Returns how many bytes went through; 0 at the end of @fd, -1 if none wait. */
static ssize_t forward(int fd, char type)
{
	char buf[CHANNEL_PAYLOAD_MAX];
	ssize_t n;

	do {
		n = read(fd, buf, sizeof(buf));
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		send_frame(type, buf, n);
	return n;
}

static void hello(void)
{
	struct termios t;

	if (tcgetattr(port, &t))
		die("report channel");
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	cfsetspeed(&t, B115200);
	if (tcsetattr(port, TCSANOW, &t))
		die("report channel");
	write_all(CHANNEL_HELLO, strlen(CHANNEL_HELLO));
}

/* The file holds the words of the command, each ended by a NUL. */
static char **read_argv(const char *path)
{
	struct stat st;
	size_t i, n = 0;
	char *text, *word, **argv;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st))
		die(path);
	text = calloc(1, st.st_size + 1);
	if (!text || read(fd, text, st.st_size) != st.st_size)
		die(path);
	close(fd);
	for (i = 0; i < (size_t)st.st_size; i++)
		n += !text[i];
	argv = calloc(n + 1, sizeof(*argv));
	if (!argv || !n)
		die(path);
	for (i = 0, word = text; i < n; i++, word += strlen(word) + 1)
		argv[i] = word;
	return argv;
}

static noreturn void become(char **argv, int out, int err)
{
	sigset_t none;
	int in = open("/dev/null", O_RDONLY);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	if (in > 2)
		close(in);
	execvp(argv[0], argv);
	fprintf(stderr, "vmrun: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int exit_status(int wstatus)
{
	if (WIFSIGNALED(wstatus))
		return 128 + WTERMSIG(wstatus);
	return WEXITSTATUS(wstatus);
}

static void drain(int fd, char type)
{
	if (fd < 0)
		return;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (forward(fd, type) > 0)
		;
}

/*
 * The command's end is the end of the run, even if something it left behind
 * still holds the pipes.
 */
static int run(const char *path)
{
	char **argv = read_argv(path);
	struct pollfd p[3];
	int out[2], err[2], wstatus;
	sigset_t chld;
	pid_t pid;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		become(argv, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	p[0] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	p[1] = (struct pollfd){ .fd = err[0], .events = POLLIN };
	p[2] = (struct pollfd){ .fd = signalfd(-1, &chld, SFD_CLOEXEC),
				.events = POLLIN };
	while (waitpid(pid, &wstatus, WNOHANG) != pid) {
		struct signalfd_siginfo si;

		if (poll(p, 3, -1) < 0 && errno != EINTR)
			die("poll");
		if (p[0].revents && forward(p[0].fd, CHANNEL_STDOUT) == 0)
			p[0].fd = -1;
		if (p[1].revents && forward(p[1].fd, CHANNEL_STDERR) == 0)
			p[1].fd = -1;
		if (p[2].revents && read(p[2].fd, &si, sizeof(si)) < 0)
			die("signalfd");
	}
	drain(p[0].fd, CHANNEL_STDOUT);
	drain(p[1].fd, CHANNEL_STDERR);
	return exit_status(wstatus);
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc < 3) {
		fputs("usage: vmexec PORT hello|run|send [ARGUMENT]\n", stderr);
		return 2;
	}
	port = open(argv[1], O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (port < 0)
		die(argv[1]);
	if (!strcmp(argv[2], "hello"))
		hello();
	else if (!strcmp(argv[2], "run") && argc == 4)
		status = run(argv[3]);
	else if (!strcmp(argv[2], "send") && argc == 4)
		while (forward(0, argv[3][0]) > 0)
			;
	tcdrain(port);
	return status;
}
