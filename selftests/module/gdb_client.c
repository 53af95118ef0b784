// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: gdb_client PATH
 *
 * A client of the stub for gdb at a Unix socket, which sends what lines of standard input
 * request and prints what it receives:
 *
 *   PACKET    send it, and print packets up to one that prints no text
 *   >PACKET   send it only
 *   <         print packets up to one that prints no text
 *   !HEX      send these bytes
 *   ^PID      send nothing: SIGTERM to this process
 *   ?FILE     send nothing: wait until the file exists
 *
 * Text that the stub has the client print is decoded. A connection that the stub has
 * closed is printed as "closed".
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static FILE *from, *to;

static int digit(int letter)
{
	const char *digits = "0123456789abcdef";
	const char *at = letter > 0 ? strchr(digits, letter) : NULL;

	return at ? (int)(at - digits) : 0;
}

static void print_text(const char *hex)
{
	for (; hex[0] && hex[1]; hex += 2)
		putchar(digit(hex[0]) << 4 | digit(hex[1]));
}

/* Returns false for the last packet. */
static bool receive_one(void)
{
	static char packet[40000];
	size_t size = 0;
	int byte;

	do {
		byte = fgetc(from);
	} while (byte != EOF && byte != '$');
	for (byte = fgetc(from); byte != EOF && byte != '#'; byte = fgetc(from))
		if (size < sizeof(packet) - 1)
			packet[size++] = (char)byte;
	packet[size] = '\0';
	if (byte == EOF) {
		puts("closed");
		return false;
	}
	fgetc(from);
	fgetc(from);
	fputc('+', to);
	fflush(to);
	if (packet[0] == 'O' && packet[1] != 'K') {
		print_text(packet + 1);
		return true;
	}
	puts(packet);
	return false;
}

static void receive(void)
{
	while (receive_one())
		;
	fflush(stdout);
}

static void send_packet(const char *packet)
{
	unsigned int sum = 0;
	const char *at;

	for (at = packet; *at; at++)
		sum += (uint8_t)*at;
	fprintf(to, "$%s#%02x", packet, sum & 0xff);
	fflush(to);
}

static void send_bytes(const char *hex)
{
	for (; hex[0] && hex[1]; hex += 2)
		fputc(digit(hex[0]) << 4 | digit(hex[1]), to);
	fflush(to);
}

static void wait_for(const char *file)
{
	while (access(file, F_OK))
		usleep(10000);
}

/* "?" alone is a packet. */
static void act(const char *line)
{
	if (line[0] == '?' && line[1]) {
		wait_for(line + 1);
		return;
	}
	switch (line[0]) {
	case '>':
		send_packet(line + 1);
		break;
	case '<':
		receive();
		break;
	case '!':
		send_bytes(line + 1);
		break;
	case '^':
		kill((pid_t)atoi(line + 1), SIGTERM);
		break;
	default:
		send_packet(line);
		receive();
	}
}

/* The file of the socket is there before the stub listens. */
static int connect_soon(int fd, const struct sockaddr_un *address)
{
	int tries = 200;

	while (connect(fd, (const struct sockaddr *)address, sizeof(*address))) {
		if (errno != ECONNREFUSED || !--tries)
			return -1;
		usleep(50000);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char line[4096];

	/* A stub that has closed the connection is noticed when its answer is read. */
	signal(SIGPIPE, SIG_IGN);
	if (argc != 2 || fd < 0 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	memcpy(address.sun_path, argv[1], strlen(argv[1]) + 1);
	if (connect_soon(fd, &address)) {
		perror("gdb_client: connect");
		return 1;
	}
	from = fdopen(fd, "r");
	to = fdopen(dup(fd), "w");
	if (!from || !to)
		return 1;
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		act(line);
	}
	return 0;
}
