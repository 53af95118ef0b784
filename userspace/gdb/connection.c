// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"

/* Time, in ms, that a client has to read before it counts as dead */
#define WRITE_MS	10000

void gdb_connection_init(struct gdb_connection *connection,
			 const struct gdb_host *host, int in, int out,
			 int listener)
{
	memset(connection, 0, sizeof(*connection));
	connection->host = host;
	connection->in = in;
	connection->out = out;
	connection->listener = listener;
}

/* Without this a second client would wait for an answer without end. */
static void connection_refuse(struct gdb_connection *connection)
{
	int other = accept4(connection->listener, NULL, NULL, SOCK_CLOEXEC);

	/* It waits until there are descriptors again, and the session has ended. */
	if (other < 0 && (errno == EMFILE || errno == ENFILE))
		connection->listener = -1;
	if (other < 0)
		return;
	close(other);
	connection->host->log("a second client is refused: the VM has one already");
}

bool gdb_connection_poll(struct gdb_connection *connection, int fd,
			 int milliseconds)
{
	/* poll() ignores descriptors that are negative. */
	struct pollfd polls[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = connection->in, .events = POLLIN | POLLRDHUP },
		{ .fd = connection->listener, .events = POLLIN },
	};

	if (!connection->host->poll(polls, 3, milliseconds))
		return false;
	/* A client that has left and comes again is the next one. */
	if (polls[2].revents && !(polls[1].revents & (POLLRDHUP | POLLHUP)))
		connection_refuse(connection);
	return polls[0].revents;
}

bool gdb_connection_ready(struct gdb_connection *connection)
{
	struct pollfd poll = { .fd = connection->in, .events = POLLIN };

	if (connection->host->ended())
		connection->closed = true;
	return connection->closed || connection->begin < connection->end ||
	       connection->host->poll(&poll, 1, 0);
}

static void connection_fill(struct gdb_connection *connection)
{
	ssize_t count = read(connection->in, connection->bytes,
			     sizeof(connection->bytes));

	if (count < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (count <= 0) {
		connection->closed = true;
		return;
	}
	connection->begin = 0;
	connection->end = (size_t)count;
}

/*
 * A write of at most PIPE_BUF bytes to a pipe that has room does not block. A socket
 * does not block.
 */
static ssize_t connection_write(int fd, const uint8_t *bytes, size_t size)
{
	ssize_t count = send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (count < 0 && errno == ENOTSOCK)
		count = write(fd, bytes, size < PIPE_BUF ? size : PIPE_BUF);
	return count;
}

static void connection_put(struct gdb_connection *connection,
			   const uint8_t *bytes, size_t size)
{
	struct pollfd poll = { .fd = connection->out, .events = POLLOUT };
	ssize_t count;

	while (size && !connection->closed) {
		if (!connection->host->poll(&poll, 1, WRITE_MS)) {
			connection->host->log("the client does not read");
			connection->closed = true;
			return;
		}
		count = connection_write(connection->out, bytes, size);
		if (count < 0 && errno != EINTR && errno != EAGAIN)
			connection->closed = true;
		if (count > 0) {
			bytes += count;
			size -= (size_t)count;
		}
	}
}

static void connection_acknowledge(struct gdb_connection *connection,
				   const char *sign)
{
	if (!connection->no_ack)
		connection_put(connection, (const uint8_t *)sign, 1);
}

static enum gdb_input connection_input(struct gdb_connection *connection,
				       enum gdb_input input)
{
	switch (input) {
	case GDB_INPUT_PACKET:
	case GDB_INPUT_LONG:
		connection_acknowledge(connection, "+");
		return input;
	case GDB_INPUT_CORRUPT:
		connection_acknowledge(connection, "-");
		return GDB_INPUT_MORE;
	case GDB_INPUT_NAK:
		if (!connection->no_ack)
			connection_put(connection, connection->last.data,
				       connection->last.size);
		return GDB_INPUT_MORE;
	case GDB_INPUT_INTERRUPT:
		return input;
	default:
		return GDB_INPUT_MORE;
	}
}

static enum gdb_input connection_take(struct gdb_connection *connection)
{
	enum gdb_input input = GDB_INPUT_MORE;

	while (input == GDB_INPUT_MORE && connection->begin < connection->end)
		input = connection_input(connection,
					 gdb_reader_take(&connection->reader,
							 connection->bytes[connection->begin++]));
	return input;
}

enum gdb_input gdb_connection_next(struct gdb_connection *connection, bool wait)
{
	enum gdb_input input = connection_take(connection);

	while (input == GDB_INPUT_MORE && !connection->closed) {
		if (!gdb_connection_ready(connection)) {
			if (!wait)
				break;
			gdb_connection_poll(connection, -1, -1);
			continue;
		}
		if (!connection->closed)
			connection_fill(connection);
		input = connection_take(connection);
	}
	return connection->closed ? GDB_INPUT_MORE : input;
}

void gdb_connection_send(struct gdb_connection *connection,
			 struct gdb_packet *packet)
{
	gdb_packet_end(packet);
	connection->last = *packet;
	connection_put(connection, packet->data, packet->size);
}
