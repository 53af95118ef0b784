/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VM_CHANNEL_H
#define VM_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What travels between vmexec (inside the machine) and vmwatch (outside): the
 * second serial port carries the greeting and then frames out of the machine,
 * the third one frames into it. Between vmwatch and vmterm, the program on a
 * terminal, the same frames travel over a socket.
 *
 * A frame is one letter, the number of its session, a space, the length of its
 * payload, a newline and the payload; numbers are decimal. Session 0 is the
 * command with its standard input and output. Each other session is a terminal.
 */

#define CHANNEL_HELLO		"\nvmexec 2\n"
#define CHANNEL_PAYLOAD_MAX	4096
#define CHANNEL_HEAD_MAX	32

/*
 * Bytes of input of a session that may be in the machine and not yet read by the
 * one for whom they are: the serial port has no flow control of its own.
 */
#define CHANNEL_WINDOW		1024

/* The name of the socket in the folder of a run */
#define CHANNEL_SOCKET		"terminals"

enum channel_type {
	/* out of the machine */
	CHANNEL_STDOUT = 'o',	/* bytes of standard output, or of a terminal */
	CHANNEL_STDERR = 'e',	/* bytes of standard error */
	CHANNEL_KERNEL = 'k',	/* lines the kernel should not have logged */
	CHANNEL_DONE = 'x',	/* the exit status in decimal, the last frame */
	CHANNEL_READY = 'r',	/* input is accepted from now on */
	CHANNEL_GRANT = 'g',	/* so many bytes of input have been read */
	CHANNEL_ENDED = 'q',	/* a terminal's program ended with this status */
	/* into the machine */
	CHANNEL_MAIN = 'm',	/* a terminal for the command: rows, columns, TERM */
	CHANNEL_NEW = 'n',	/* a terminal for a further shell, likewise */
	CHANNEL_SIZE = 'w',	/* the terminal's new rows and columns */
	CHANNEL_INPUT = 'i',	/* bytes of input */
	CHANNEL_CLOSE = 'c',	/* no more input; hangs a terminal up */
};

/**
 * struct frame - one frame
 * @type: enum channel_type
 * @session: its session
 * @data: its payload, until the next call of frames_next()
 * @len: bytes of it
 */
struct frame {
	char type;
	unsigned int session;
	char *data;
	size_t len;
};

/**
 * struct frames - frames that arrive in pieces
 * @buf: what has arrived
 * @len: bytes of it
 * @used: bytes of the frame returned last
 */
struct frames {
	char buf[CHANNEL_PAYLOAD_MAX + CHANNEL_HEAD_MAX];
	size_t len;
	size_t used;
};

/**
 * frames_read() - read what a descriptor has into the buffer
 * @frames: the buffer; after frames_next() returned 0 it has space
 * @fd: the descriptor
 *
 * Return: as read().
 */
long frames_read(struct frames *frames, int fd);

/**
 * frames_next() - take the next frame
 * @frames: the buffer
 * @frame: receives it
 *
 * Return: 1, 0 if it has not arrived as a whole, -1 if this is no frame.
 */
int frames_next(struct frames *frames, struct frame *frame);

/**
 * frames_again() - have frames_next() return the last frame once more
 * @frames: the buffer
 */
void frames_again(struct frames *frames);

/**
 * frame_write() - write a frame
 * @fd: where to; blocks until all is written
 * @type: enum channel_type
 * @session: its session
 * @data: its payload
 * @len: bytes of it, at most CHANNEL_PAYLOAD_MAX
 *
 * Return: 0, or -1 with errno.
 */
int frame_write(int fd, char type, unsigned int session, const void *data,
		size_t len);

/* frame_print() - write a frame with a short text */
int frame_print(int fd, char type, unsigned int session, const char *format,
		...) __attribute__((__format__(printf, 4, 5)));

/**
 * frame_number() - the number in a frame's payload
 * @frame: the frame
 *
 * Return: the number, 0 if there is none.
 */
unsigned long frame_number(const struct frame *frame);

#endif
