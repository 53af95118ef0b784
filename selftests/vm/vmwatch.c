// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmwatch - start an emulator, pass on what its machine reports, end it
 *
 *   vmwatch [-i FOLDER] SECONDS RESULT KERNEL SCREEN -- EMULATOR [ARGUMENT...]
 *
 * The emulator gets the write end of the report channel as /dev/fd/9 and a
 * terminal of its own, whose contents go to the file SCREEN.  The command's
 * output comes out on our standard output and error as it arrives.  RESULT
 * receives one line: "status N", "timeout", "died" or "garbled"; KERNEL the
 * lines the machine's kernel should not have logged.  The emulator never
 * outlives us. There is no timeout after 0 SECONDS.
 *
 * With -i the machine has input: FOLDER/input is a link to the terminal that the
 * emulator has as the third serial port.  Our standard input goes to the command,
 * and terminals connect to a socket in FOLDER (see vmterm.c).
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
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"

#define CHANNEL_FD	9
#define SCREEN_MAX	1048576

/* One who shows nothing for so long is disconnected, as the others wait for him. */
#define PATIENCE_S	10

/**
 * struct client - one whose input goes to the machine
 * @fd: a socket; for the command standard input, -1 after its end
 * @session: number of its session
 * @frames: what has arrived on the socket
 * @credit: bytes of input that the machine still accepts
 * @is_new: the machine does not know the session yet
 * @is_gone: to be removed
 * @next: the next client
 */
struct client {
	int fd;
	unsigned int session;
	struct frames frames;
	size_t credit;
	bool is_new;
	bool is_gone;
	struct client *next;
};

struct decoder {
	struct frames frames;
	bool greeted;
	int kernel;
	int status;		/* of the command, -1 until it is known */
};

/* The way into the machine; its descriptor is -1 if there is none. */
static int input = -1;
static int listener = -1;
static bool is_ready;
static unsigned int last_session;
static struct client command = { .fd = -1, .credit = CHANNEL_WINDOW };
static struct client *clients;

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

static void send_input(char type, unsigned int session, const void *data,
		       size_t len)
{
	if (frame_write(input, type, session, data, len))
		die("cannot pass the input on");
}

static struct client *client_find(unsigned int session)
{
	struct client *client = clients;

	while (client && client->session != session)
		client = client->next;
	return client;
}

static void client_send(struct client *client, char type, const char *data,
			size_t len)
{
	if (frame_write(client->fd, type, client->session, data, len))
		client->is_gone = true;
}

/* A frame of the user's program. Return: false when it must wait for credit */
static bool client_take(struct client *client, const struct frame *frame)
{
	switch (frame->type) {
	case CHANNEL_MAIN:
	case CHANNEL_NEW:
		client->is_new = false;
		break;
	case CHANNEL_INPUT:
		if (frame->len > client->credit)
			return false;
		client->credit -= frame->len;
		break;
	case CHANNEL_SIZE:
		break;
	default:
		client->is_gone = true;
		return true;
	}
	send_input(frame->type, client->session, frame->data, frame->len);
	return true;
}

static void client_serve(struct client *client)
{
	struct frame frame;
	int got;

	while ((got = frames_next(&client->frames, &frame)) > 0) {
		if (!client_take(client, &frame)) {
			frames_again(&client->frames);
			return;
		}
	}
	client->is_gone |= got < 0;
}

static void client_read(struct client *client)
{
	if (frames_read(&client->frames, client->fd) <= 0)
		client->is_gone = true;
	else
		client_serve(client);
}

static void client_accept(void)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct client *client;

	if (fd < 0)
		return;
	client = calloc(1, sizeof(*client));
	if (!client)
		die("terminal");
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	client->fd = fd;
	client->session = ++last_session;
	client->credit = CHANNEL_WINDOW;
	client->is_new = true;
	client->next = clients;
	clients = client;
	if (is_ready)
		client_send(client, CHANNEL_READY, "", 0);
}

static void clients_clean(void)
{
	struct client **at = &clients;
	struct client *client;

	while ((client = *at)) {
		if (!client->is_gone) {
			at = &client->next;
			continue;
		}
		*at = client->next;
		if (!client->is_new)
			send_input(CHANNEL_CLOSE, client->session, "", 0);
		close(client->fd);
		free(client);
	}
}

/* Standard input, as much as the command accepts */
static void command_read(void)
{
	char buf[CHANNEL_WINDOW];
	ssize_t n = read(command.fd, buf, command.credit);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0) {
		command.credit -= (size_t)n;
		send_input(CHANNEL_INPUT, command.session, buf, (size_t)n);
		return;
	}
	command.fd = -1;
	send_input(CHANNEL_CLOSE, command.session, "", 0);
}

static void grant(const struct frame *frame)
{
	struct client *client = frame->session ? client_find(frame->session) :
						 &command;

	if (!client)
		return;
	client->credit += frame_number(frame);
	if (client != &command)
		client_serve(client);
}

static void make_ready(void)
{
	struct client *client;

	is_ready = true;
	for (client = clients; client; client = client->next)
		client_send(client, CHANNEL_READY, "", 0);
}

static void take_client_frame(const struct frame *frame)
{
	struct client *client = client_find(frame->session);

	if (client)
		client_send(client, frame->type, frame->data, frame->len);
	if (client && frame->type == CHANNEL_ENDED)
		client->is_new = true;
}

static void take_frame(struct decoder *d, const struct frame *frame)
{
	if (frame->type == CHANNEL_GRANT)
		grant(frame);
	else if (frame->type == CHANNEL_READY && input >= 0)
		make_ready();
	else if (frame->session)
		take_client_frame(frame);
	else if (frame->type == CHANNEL_STDOUT)
		put(STDOUT_FILENO, frame->data, frame->len);
	else if (frame->type == CHANNEL_STDERR)
		put(STDERR_FILENO, frame->data, frame->len);
	else if (frame->type == CHANNEL_KERNEL)
		put(d->kernel, frame->data, frame->len);
	else if (frame->type == CHANNEL_DONE)
		d->status = frame_number(frame) & 0xff;
}

/* Firmware and driver probing may write to the port before vmexec greets. */
static bool find_hello(struct decoder *d)
{
	static const char hello[] = CHANNEL_HELLO;
	const size_t n = sizeof(hello) - 1;
	struct frames *frames = &d->frames;
	char *at = memmem(frames->buf, frames->len, hello, n);

	if (at)
		frames->used = (size_t)(at - frames->buf) + n;
	else if (frames->len >= n)
		frames->used = frames->len - n + 1;
	d->greeted = at;
	return d->greeted;
}

/* False when the stream is no longer a sequence of frames. */
static bool decode(struct decoder *d)
{
	struct frame frame;
	int got;

	if (!d->greeted && !find_hello(d))
		return true;
	while ((got = frames_next(&d->frames, &frame)) > 0)
		take_frame(d, &frame);
	return !got;
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
	signal(SIGTTIN, SIG_DFL);
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

static void copy_screen(int *terminal, int screen)
{
	static size_t total;
	char buf[4096];
	ssize_t n = read(*terminal, buf, sizeof(buf));

	if (n <= 0) {
		*terminal = -1;
		return;
	}
	total += n;
	if (total < SCREEN_MAX)
		put(screen, buf, n);
}

/* What poll() waits for beside the clients */
enum wait {
	WAIT_CHANNEL,
	WAIT_SCREEN,
	WAIT_COMMAND,
	WAIT_LISTENER,
	WAITS,
};

static struct pollfd *polled;
static size_t polled_count;

static void poll_add(int fd)
{
	struct pollfd *grown = realloc(polled, (polled_count + 1) *
					       sizeof(*polled));

	if (!grown)
		die("poll");
	polled = grown;
	polled[polled_count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

/* Is there space in its buffer, so that it makes no sense not to read on? */
static bool client_has_room(const struct client *client)
{
	return client->frames.len - client->frames.used <
	       CHANNEL_PAYLOAD_MAX / 2;
}

/* Return: false when nothing has happened */
static bool wait_all(const int *waits, int ms)
{
	struct client *client;
	int i;

	polled_count = 0;
	for (i = 0; i < WAITS; i++)
		poll_add(waits[i]);
	if (!is_ready || !command.credit)
		polled[WAIT_COMMAND].fd = -1;
	for (client = clients; client; client = client->next)
		poll_add(is_ready && client_has_room(client) ? client->fd : -1);
	return poll(polled, polled_count, ms) > 0;
}

static void serve_clients(void)
{
	struct client *client = clients;
	size_t i;

	for (i = WAITS; client; client = client->next, i++)
		if (polled[i].revents)
			client_read(client);
	if (polled[WAIT_COMMAND].revents)
		command_read();
	if (polled[WAIT_LISTENER].revents)
		client_accept();
	clients_clean();
}

static const char *watch(struct decoder *d, int channel, int terminal,
			 int screen, int seconds)
{
	int waits[WAITS] = { channel, terminal, command.fd, listener };
	struct timespec end;
	long n;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	while (d->status < 0) {
		if (caught)
			finish(128 + caught);
		if (seconds && !left_ms(&end))
			return "timeout";
		waits[WAIT_COMMAND] = command.fd;
		if (!wait_all(waits, seconds ? left_ms(&end) : -1))
			continue;
		if (polled[WAIT_SCREEN].revents)
			copy_screen(&waits[WAIT_SCREEN], screen);
		serve_clients();
		if (!polled[WAIT_CHANNEL].revents)
			continue;
		n = frames_read(&d->frames, channel);
		if (n <= 0)
			return "died";
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

/*
 * The terminal that carries the input. This end also opens the emulator's, so
 * that it is raw from the beginning and remains when the emulator opens it late.
 */
static void open_input(const char *folder)
{
	struct termios t;
	char path[4096];
	int slave;

	input = open_terminal();
	snprintf(path, sizeof(path), "%s/input", folder);
	if (symlink(ptsname(input), path))
		die(path);
	slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0 || tcgetattr(slave, &t))
		die(path);
	cfmakeraw(&t);
	if (tcsetattr(slave, TCSANOW, &t))
		die(path);
	fcntl(input, F_SETFL, O_NONBLOCK);
	command.fd = STDIN_FILENO;
}

/* The folder's name may be longer than what a socket's address holds. */
static void open_listener(const char *folder)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path),
		 "/proc/self/fd/%d/" CHANNEL_SOCKET, dir);
	if (dir < 0 || listener < 0 ||
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, SOMAXCONN))
		die(folder);
	close(dir);
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* In the background a read of the terminal fails and is the input's end. */
	signal(SIGTTIN, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

int main(int argc, char **argv)
{
	static struct decoder d = { .status = -1 };
	int result, screen, terminal, channel[2];
	const char *folder = NULL;
	const char *end;

	if (argc > 2 && !strcmp(argv[1], "-i")) {
		folder = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 7 || strcmp(argv[5], "--")) {
		fputs("usage: vmwatch [-i FOLDER] SECONDS RESULT KERNEL SCREEN -- EMULATOR...\n",
		      stderr);
		return 2;
	}
	catch_signals();
	result = open_output(argv[2]);
	d.kernel = open_output(argv[3]);
	screen = open_output(argv[4]);
	terminal = open_terminal();
	if (folder) {
		open_input(folder);
		open_listener(folder);
	}
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
