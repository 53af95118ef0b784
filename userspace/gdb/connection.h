/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GDB_CONNECTION_H
#define GDB_CONNECTION_H

#include "packet.h"
#include "target.h"

/**
 * struct gdb_connection - the stream between stub and client
 * @host: what the program provides
 * @in: descriptor that is read
 * @out: descriptor that is written
 * @listener: descriptor of a socket whose further clients are refused, or -1
 * @no_ack: packets are not acknowledged
 * @closed: the client has closed it, does not read, or the program ends
 * @reader: the packet that is being received
 * @last: the last packet that was sent
 * @begin: first byte of @bytes that is not used
 * @end: the byte after the last one
 * @bytes: what was received
 */
struct gdb_connection {
	const struct gdb_host *host;
	int in;
	int out;
	int listener;
	bool no_ack;
	bool closed;
	struct gdb_reader reader;
	struct gdb_packet last;
	size_t begin;
	size_t end;
	uint8_t bytes[4096];
};

/**
 * gdb_connection_init() - prepare a connection
 * @connection: receives it
 * @host: what the program provides
 * @in: descriptor that is read
 * @out: descriptor that is written
 * @listener: as in struct gdb_connection
 */
void gdb_connection_init(struct gdb_connection *connection,
			 const struct gdb_host *host, int in, int out,
			 int listener);

/**
 * gdb_connection_poll() - wait for the client or for a descriptor
 * @connection: the connection
 * @fd: a descriptor, or -1
 * @milliseconds: how long at most, -1 for no limit
 *
 * Further clients are refused meanwhile.
 *
 * Return: true when @fd is readable.
 */
bool gdb_connection_poll(struct gdb_connection *connection, int fd,
			 int milliseconds);

/**
 * gdb_connection_ready() - is there something from the client?
 * @connection: the connection
 *
 * Return: true if there are bytes, or if the connection is closed.
 */
bool gdb_connection_ready(struct gdb_connection *connection);

/**
 * gdb_connection_next() - the next packet or interrupt of the client
 * @connection: the connection; @connection->reader has the packet
 * @wait: wait for it
 *
 * A packet is acknowledged; one that is corrupt is requested again. An
 * acknowledgment that reports an error has the last packet sent again.
 *
 * Return: GDB_INPUT_PACKET, GDB_INPUT_LONG or GDB_INPUT_INTERRUPT, or
 * GDB_INPUT_MORE if there is none yet, or the connection is closed.
 */
enum gdb_input gdb_connection_next(struct gdb_connection *connection, bool wait);

/**
 * gdb_connection_send() - send a packet
 * @connection: the connection
 * @packet: the packet; gdb_packet_end() is called here
 */
void gdb_connection_send(struct gdb_connection *connection,
			 struct gdb_packet *packet);

#endif
