/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GDB_SERVER_H
#define GDB_SERVER_H

#include "stub.h"

/**
 * struct gdb_server - where clients connect
 * @listener: the socket, or -1 for standard input and output
 * @address: what the user types after "target remote"
 * @path: of a Unix socket, or empty
 * @remote: other machines may reach the socket
 */
struct gdb_server {
	int listener;
	char address[160];
	char path[108];
	bool remote;
};

/**
 * gdb_server_open() - begin to listen
 * @server: receives the state, for gdb_server_close()
 * @word: "-" for standard input and output, a path with a slash for a Unix socket,
 *	or PORT, :PORT or HOST:PORT for TCP, on the loopback interface without HOST
 * @error: receives the reason of a failure
 * @size: bytes at @error
 *
 * Return: 0 or -1.
 */
int gdb_server_open(struct gdb_server *server, const char *word, char *error,
		    size_t size);

/**
 * gdb_server_run() - debug a target with one client after the other
 * @server: where they connect
 * @host: what the program provides
 * @target: the target
 * @once: end after the first client
 * @mode: the mode whose registers are described, or NULL for that of the guest when a
 *	client connects
 *
 * Return: how the last session has ended; GDB_END_NONE if the program was requested
 * to end while there was no client.
 */
enum gdb_end gdb_server_run(struct gdb_server *server,
			    const struct gdb_host *host,
			    const struct gdb_target *target, bool once,
			    const enum gdb_mode *mode);

/* gdb_server_close() - stop listening */
void gdb_server_close(struct gdb_server *server);

#endif
