// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmexec - the inner end of the machine's report channel
 *
 *   vmexec PORT hello                  set the port up and greet
 *   vmexec PORT run ARGV-FILE          run a command, send what it prints, exit
 *                                      with its status
 *   vmexec PORT run ARGV-FILE INPUT    with standard input, and with terminals for
 *                                      shells, both from the port INPUT
 *   vmexec PORT shell ARGV-FILE INPUT  run the command on a terminal of its own
 *   vmexec PORT send LETTER            send standard input as frames
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "channel.h"

#define COMMAND	0u

/**
 * struct session - the command, or a program on a terminal
 * @id: number on the channel
 * @is_main: its end is the end of the run
 * @pid: the program
 * @input: where its input goes, a pipe or the terminal; -1 after its end
 * @terminal: the program's end of the terminal, which is kept open since poll()
 *	reports a terminal that no program has open all the time; -1 if there is none
 * @pending: input that it has not accepted yet
 * @pending_len: bytes of it
 * @closing: the input ends behind @pending
 * @next: the next session
 */
struct session {
	unsigned int id;
	bool is_main;
	pid_t pid;
	int input;
	int terminal;
	char pending[CHANNEL_WINDOW];
	size_t pending_len;
	bool closing;
	struct session *next;
};

/* What poll() waits for beside the terminals */
enum wait {
	WAIT_OUT,
	WAIT_ERR,
	WAIT_CHILD,
	WAIT_INPUT,
	WAITS,
};

static int port = -1;
static char *shell_argv[] = { "/bin/sh", NULL };
static struct session *sessions;
static struct frames input_frames;
static struct pollfd *polled;
static size_t polled_count;
static int main_status = -1;

/* The port carries the message, as what is left on the console may not come out. */
static void die(const char *what)
{
	const char *why = strerror(errno);

	frame_print(port, CHANNEL_STDERR, COMMAND, "vmexec: %s: %s\n", what, why);
	exit(125);
}

static void send_frame(char type, unsigned int session, const void *data,
		       size_t len)
{
	if (frame_write(port, type, session, data, len))
		die("report channel");
}

static void send_number(char type, unsigned int session, unsigned long number)
{
	if (frame_print(port, type, session, "%lu", number))
		die("report channel");
}

/* Returns how many bytes went through; 0 at the end of @fd, -1 if none wait. */
static ssize_t forward(int fd, char type, unsigned int session)
{
	char buf[CHANNEL_PAYLOAD_MAX];
	ssize_t n;

	do {
		n = read(fd, buf, sizeof(buf));
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		send_frame(type, session, buf, (size_t)n);
	return n;
}

static void set_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		die("report channel");
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	cfsetspeed(&t, B115200);
	if (tcsetattr(fd, TCSANOW, &t))
		die("report channel");
}

static void hello(void)
{
	set_raw(port);
	if (write(port, CHANNEL_HELLO, strlen(CHANNEL_HELLO)) < 0)
		die("report channel");
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

static noreturn void become(char **argv, int in, int out, int err)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
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

static void set_nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void drain(int fd, char type, unsigned int session)
{
	if (fd < 0)
		return;
	set_nonblocking(fd);
	while (forward(fd, type, session) > 0)
		;
}

static struct session *session_add(unsigned int id, bool is_main)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		die("session");
	session->id = id;
	session->is_main = is_main;
	session->terminal = -1;
	session->next = sessions;
	sessions = session;
	return session;
}

static struct session *session_find(unsigned int id)
{
	struct session *session = sessions;

	while (session && session->id != id)
		session = session->next;
	return session;
}

static void session_remove(struct session *session)
{
	struct session **at = &sessions;

	while (*at != session)
		at = &(*at)->next;
	*at = session->next;
	if (session->input >= 0)
		close(session->input);
	if (session->terminal >= 0)
		close(session->terminal);
	free(session);
}

/* In the child: the terminal becomes the controlling one, for job control. */
static noreturn void become_on_terminal(char **argv, int terminal,
					const char *term)
{
	setsid();
	if (ioctl(terminal, TIOCSCTTY, 0))
		_exit(125);
	setenv("TERM", *term ? term : "dumb", 1);
	setenv("PS1", "machine:\\w# ", 1);
	become(argv, terminal, terminal, terminal);
}

static void set_size(int fd, unsigned short rows, unsigned short columns)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };

	ioctl(fd, TIOCSWINSZ, &size);
}

/* A frame's payload as text */
static void frame_text(const struct frame *frame, char *text, size_t size)
{
	size_t len = frame->len < size - 1 ? frame->len : size - 1;

	memcpy(text, frame->data, len);
	text[len] = 0;
}

static void terminal_new(const struct frame *frame, char **argv, bool is_main)
{
	struct session *session = session_add(frame->session, is_main);
	unsigned short rows = 0, columns = 0;
	char text[128], term[64] = "";

	frame_text(frame, text, sizeof(text));
	if (sscanf(text, "%hu %hu %63s", &rows, &columns, term) < 2)
		*term = 0;
	session->input = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (session->input < 0 || grantpt(session->input) ||
	    unlockpt(session->input))
		die("terminal");
	session->terminal = open(ptsname(session->input),
				 O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (session->terminal < 0)
		die("terminal");
	set_size(session->input, rows, columns);
	session->pid = fork();
	if (session->pid < 0)
		die("fork");
	if (!session->pid)
		become_on_terminal(argv, session->terminal, term);
	set_nonblocking(session->input);
}

static void session_close_input(struct session *session)
{
	if (session->id == COMMAND) {
		close(session->input);
		session->input = -1;
	} else {
		/* When it has ended, the kernel hangs the terminal up. */
		kill(session->pid, SIGHUP);
		kill(session->pid, SIGCONT);
	}
}

/* Has the session accept as much of its input as it can. */
static void session_push(struct session *session)
{
	ssize_t n;

	if (session->input >= 0 && session->pending_len) {
		n = write(session->input, session->pending,
			  session->pending_len);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		/* One who reads no more gets no more. */
		if (n < 0)
			n = (ssize_t)session->pending_len;
		session->pending_len -= (size_t)n;
		memmove(session->pending, session->pending + n,
			session->pending_len);
		send_number(CHANNEL_GRANT, session->id, (unsigned long)n);
	}
	if (session->closing && !session->pending_len) {
		session->closing = false;
		session_close_input(session);
	}
}

static void session_input(struct session *session, const struct frame *frame)
{
	size_t room = sizeof(session->pending) - session->pending_len;
	size_t len = frame->len < room ? frame->len : room;

	if (session->input < 0) {
		send_number(CHANNEL_GRANT, session->id, frame->len);
		return;
	}
	memcpy(session->pending + session->pending_len, frame->data, len);
	session->pending_len += len;
	session_push(session);
}

static void session_resize(struct session *session, const struct frame *frame)
{
	unsigned short rows, columns;
	char text[32];

	frame_text(frame, text, sizeof(text));
	if (session->id != COMMAND &&
	    sscanf(text, "%hu %hu", &rows, &columns) == 2)
		set_size(session->input, rows, columns);
}

static void take_frame(const struct frame *frame, char **argv)
{
	struct session *session = session_find(frame->session);

	if (!session && frame->type == CHANNEL_MAIN)
		terminal_new(frame, argv, true);
	else if (!session && frame->type == CHANNEL_NEW)
		terminal_new(frame, shell_argv, false);
	if (!session)
		return;
	if (frame->type == CHANNEL_INPUT)
		session_input(session, frame);
	else if (frame->type == CHANNEL_SIZE)
		session_resize(session, frame);
	if (frame->type == CHANNEL_CLOSE) {
		session->closing = true;
		session_push(session);
	}
}

static void take_input(int fd, char **argv)
{
	struct frame frame;
	int got;

	if (frames_read(&input_frames, fd) < 0 && errno != EAGAIN)
		die("input channel");
	while ((got = frames_next(&input_frames, &frame)) > 0)
		take_frame(&frame, argv);
	errno = EPROTO;
	if (got < 0)
		die("input channel");
}

/* The programs that have ended; the main one's end is the end of the run. */
static void reap(void)
{
	struct session *session;
	int wstatus, status;
	pid_t pid;

	while ((pid = waitpid(-1, &wstatus, WNOHANG)) > 0) {
		for (session = sessions; session; session = session->next)
			if (session->pid == pid)
				break;
		if (!session)
			continue;
		status = exit_status(wstatus);
		if (session->is_main)
			main_status = status;
		if (session->id != COMMAND) {
			drain(session->input, CHANNEL_STDOUT, session->id);
			send_number(CHANNEL_ENDED, session->id,
				    (unsigned long)status);
		}
		session_remove(session);
	}
}

static void poll_add(int fd, short events)
{
	struct pollfd *grown = realloc(polled, (polled_count + 1) *
					       sizeof(*polled));

	if (!grown)
		die("poll");
	polled = grown;
	polled[polled_count++] = (struct pollfd){ .fd = fd, .events = events };
}

static void poll_sessions(const int *waits)
{
	struct session *session;
	int i;

	polled_count = 0;
	for (i = 0; i < WAITS; i++)
		poll_add(waits[i], POLLIN);
	for (session = sessions; session; session = session->next) {
		short events = session->id == COMMAND ? 0 : POLLIN;

		/* A pipe's reader that is gone must not be reported all the time. */
		poll_add(events || session->pending_len ? session->input : -1,
			 events | (session->pending_len ? POLLOUT : 0));
	}
	if (poll(polled, polled_count, -1) < 0 && errno != EINTR)
		die("poll");
}

static void serve_sessions(void)
{
	struct session *session = sessions;
	size_t i;

	for (i = WAITS; session; session = session->next, i++) {
		if (polled[i].revents & (POLLOUT | POLLERR))
			session_push(session);
		if (session->id != COMMAND && polled[i].revents & POLLIN)
			forward(session->input, CHANNEL_STDOUT, session->id);
	}
}

static void serve(int *waits, char **argv)
{
	struct signalfd_siginfo si;

	poll_sessions(waits);
	serve_sessions();
	if (polled[WAIT_OUT].revents &&
	    !forward(waits[WAIT_OUT], CHANNEL_STDOUT, COMMAND))
		waits[WAIT_OUT] = -1;
	if (polled[WAIT_ERR].revents &&
	    !forward(waits[WAIT_ERR], CHANNEL_STDERR, COMMAND))
		waits[WAIT_ERR] = -1;
	if (polled[WAIT_CHILD].revents) {
		if (read(waits[WAIT_CHILD], &si, sizeof(si)) < 0)
			die("signalfd");
		reap();
	}
	if (polled[WAIT_INPUT].revents)
		take_input(waits[WAIT_INPUT], argv);
}

static void command_start(char **argv, int *waits, bool has_input)
{
	struct session *session = session_add(COMMAND, true);
	int in[2] = { -1, -1 }, out[2], err[2];

	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC) ||
	    pipe2(in, O_CLOEXEC))
		die("pipe");
	session->pid = fork();
	if (session->pid < 0)
		die("fork");
	if (!session->pid)
		become(argv, has_input ? in[0] :
			     open("/dev/null", O_RDONLY | O_CLOEXEC),
		       out[1], err[1]);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	session->input = in[1];
	set_nonblocking(session->input);
	waits[WAIT_OUT] = out[0];
	waits[WAIT_ERR] = err[0];
}

static int open_input(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		die(path);
	set_raw(fd);
	tcflush(fd, TCIFLUSH);
	return fd;
}

/*
 * The command's end is the end of the run, even if something it left behind
 * still holds the pipes.
 */
static int run(const char *path, const char *input, bool on_terminal)
{
	int waits[WAITS] = { -1, -1, -1, -1 };
	char **argv = read_argv(path);
	sigset_t chld;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	waits[WAIT_CHILD] = signalfd(-1, &chld, SFD_CLOEXEC);
	if (input)
		waits[WAIT_INPUT] = open_input(input);
	if (!on_terminal)
		command_start(argv, waits, input);
	if (input)
		send_frame(CHANNEL_READY, COMMAND, "", 0);
	while (main_status < 0)
		serve(waits, argv);
	drain(waits[WAIT_OUT], CHANNEL_STDOUT, COMMAND);
	drain(waits[WAIT_ERR], CHANNEL_STDERR, COMMAND);
	return main_status;
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc < 3) {
		fputs("usage: vmexec PORT hello|run|shell|send [ARGUMENT...]\n",
		      stderr);
		return 2;
	}
	port = open(argv[1], O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (port < 0)
		die(argv[1]);
	if (!strcmp(argv[2], "hello"))
		hello();
	else if (!strcmp(argv[2], "run") && argc >= 4)
		status = run(argv[3], argv[4], false);
	else if (!strcmp(argv[2], "shell") && argc == 5)
		status = run(argv[3], argv[4], true);
	else if (!strcmp(argv[2], "send") && argc == 4)
		while (forward(0, argv[3][0], COMMAND) > 0)
			;
	tcdrain(port);
	return status;
}
