// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server.h"

#define LOOPBACK	"127.0.0.1"
/* Time, in ms, after which a client without a descriptor is accepted again */
#define ACCEPT_MS	1000

static int server_fail(char *error, size_t size, const char *word,
		       const char *reason)
{
	snprintf(error, size, "cannot listen on '%s': %s", word, reason);
	return -1;
}

/* Only the user who runs the stub may connect, whatever the umask is. */
static int unix_bind(int fd, const struct sockaddr_un *address)
{
	mode_t mask = umask(0177);
	int err = bind(fd, (const struct sockaddr *)address, sizeof(*address));

	umask(mask);
	return err;
}

static int unix_open(struct gdb_server *server, const char *word, char *error,
		     size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(word) >= sizeof(address.sun_path))
		return server_fail(error, size, word, "the path is too long");
	memcpy(address.sun_path, word, strlen(word) + 1);
	server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server->listener < 0 || unix_bind(server->listener, &address))
		return server_fail(error, size, word,
				   errno == EADDRINUSE ?
				   "a file of this name exists; remove it" :
				   strerror(errno));
	memcpy(server->path, word, strlen(word) + 1);
	snprintf(server->address, sizeof(server->address), "%s", word);
	if (listen(server->listener, 1))
		return server_fail(error, size, word, strerror(errno));
	return 0;
}

/* The port is that of the socket, as the user may have left it to the kernel. */
static void tcp_name(struct gdb_server *server, const struct addrinfo *info)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	char host[64] = "", port[16] = "";

	if (!getsockname(server->listener, (struct sockaddr *)&address, &size))
		getnameinfo((struct sockaddr *)&address, size, host,
			    sizeof(host), port, sizeof(port),
			    NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(server->address, sizeof(server->address),
		 info->ai_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	server->remote = strncmp(host, "127.", 4) && strcmp(host, "::1");
}

/* Returns 0 or an errno. */
static int tcp_listen(struct gdb_server *server, const struct addrinfo *info)
{
	int on = 1;
	int err;

	server->listener = socket(info->ai_family,
				  info->ai_socktype | SOCK_CLOEXEC, 0);
	if (server->listener < 0)
		return errno;
	setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(server->listener, info->ai_addr, info->ai_addrlen) ||
	    listen(server->listener, 1)) {
		err = errno;
		close(server->listener);
		server->listener = -1;
		return err;
	}
	tcp_name(server, info);
	return 0;
}

/* HOST:PORT, where HOST may be missing and may have brackets around it */
static void tcp_split(const char *word, char *host, size_t size,
		      const char **port)
{
	const char *colon = strrchr(word, ':');
	size_t length = colon ? (size_t)(colon - word) : 0;

	*port = colon ? colon + 1 : word;
	if (length > 1 && word[0] == '[' && word[length - 1] == ']') {
		word++;
		length -= 2;
	}
	snprintf(host, size, "%.*s", (int)length, word);
	if (!length)
		snprintf(host, size, "%s", LOOPBACK);
}

static int tcp_open(struct gdb_server *server, const char *word, char *error,
		    size_t size)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	struct addrinfo *info, *one;
	const char *port;
	char host[128];
	int err;

	tcp_split(word, host, sizeof(host), &port);
	/* getaddrinfo() takes the low 16 bits of a larger number. */
	if (strspn(port, "0123456789") == strlen(port) &&
	    strtoul(port, NULL, 10) > UINT16_MAX)
		return server_fail(error, size, word,
				   "a port is a number up to 65535");
	err = getaddrinfo(host, port, &hints, &info);
	if (err)
		return server_fail(error, size, word, gai_strerror(err));
	/* A name may have addresses of protocols that this host does not use. */
	err = EADDRNOTAVAIL;
	for (one = info; one && (err == EADDRNOTAVAIL || err == EAFNOSUPPORT);
	     one = one->ai_next)
		err = tcp_listen(server, one);
	freeaddrinfo(info);
	return err ? server_fail(error, size, word, strerror(err)) : 0;
}

int gdb_server_open(struct gdb_server *server, const char *word, char *error,
		    size_t size)
{
	int err;

	memset(server, 0, sizeof(*server));
	server->listener = -1;
	if (!strcmp(word, "-")) {
		snprintf(server->address, sizeof(server->address),
			 "| teavmx gdb -");
		return 0;
	}
	err = strchr(word, '/') ? unix_open(server, word, error, size) :
				  tcp_open(server, word, error, size);
	if (err)
		gdb_server_close(server);
	return err;
}

/* Returns a descriptor, or -1 when the program was requested to end. */
static int server_accept(const struct gdb_server *server,
			 const struct gdb_host *host)
{
	struct pollfd poll = { .fd = server->listener, .events = POLLIN };
	bool logged = false;
	int on = 1;
	int fd;

	while (!host->ended()) {
		if (!host->poll(&poll, 1, -1))
			continue;
		fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
			if (!logged)
				host->log("no descriptor is left for a client, which waits");
			logged = true;
			host->poll(&poll, 0, ACCEPT_MS);
		}
		if (fd < 0)
			continue;
		/* Fails for a Unix socket, which does not delay anything. */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		return fd;
	}
	return -1;
}

static enum gdb_end server_session(const struct gdb_server *server,
				   const struct gdb_host *host,
				   const struct gdb_target *target,
				   const enum gdb_mode *mode, int in, int out)
{
	struct gdb_session *session = calloc(1, sizeof(*session));
	enum gdb_end end;

	if (!session) {
		host->log("out of memory");
		return GDB_END_GONE;
	}
	gdb_connection_init(&session->connection, host, in, out,
			    server->listener);
	session->target = target;
	session->address = server->address;
	session->fixed = mode;
	if (mode)
		session->mode = *mode;
	end = gdb_session_run(session);
	free(session);
	return end;
}

static void server_log(const struct gdb_host *host, enum gdb_end end)
{
	switch (end) {
	case GDB_END_CLOSED:
		host->log("the client has left; its breakpoints are removed");
		break;
	case GDB_END_DETACHED:
		host->log("the client has detached; the VM runs");
		break;
	case GDB_END_KILLED:
		host->log("the client has removed the VM");
		break;
	default:
		host->log("the VM has ended, or cannot be used any more");
		break;
	}
}

enum gdb_end gdb_server_run(struct gdb_server *server,
			    const struct gdb_host *host,
			    const struct gdb_target *target, bool once,
			    const enum gdb_mode *mode)
{
	enum gdb_end end = GDB_END_NONE;
	int fd;

	if (server->listener < 0) {
		end = server_session(server, host, target, mode, STDIN_FILENO,
				     STDOUT_FILENO);
		server_log(host, end);
		return end;
	}
	do {
		fd = server_accept(server, host);
		if (fd < 0)
			return end;
		end = server_session(server, host, target, mode, fd, fd);
		close(fd);
		server_log(host, end);
	} while (!once && !host->ended() &&
		 (end == GDB_END_CLOSED || end == GDB_END_DETACHED));
	return end;
}

void gdb_server_close(struct gdb_server *server)
{
	if (server->listener >= 0)
		close(server->listener);
	if (server->path[0])
		unlink(server->path);
	server->listener = -1;
	server->path[0] = '\0';
}
