/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DAP_STREAM_H
#define DAP_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/* Bytes of the header of a message, and of what follows it */
#define DAP_HEADER_MAX	1024
#define DAP_BODY_MAX	0x100000

/**
 * struct dap_stream - messages to and from a client
 * @in: where its requests come from
 * @out: where responses and events go to
 * @bytes: what was read and is no message yet
 * @size: number of these bytes
 * @ended: there will be no further requests, or no response can be sent
 * @sequence: number of the last message sent
 */
struct dap_stream {
	int in;
	int out;
	char *bytes;
	size_t size;
	bool ended;
	json_int_t sequence;
};

/**
 * enum dap_received - result of dap_stream_next()
 * @DAP_NOTHING: there is no whole message yet
 * @DAP_MESSAGE: a message
 * @DAP_MALFORMED: a message that is not JSON; the next one can be read
 * @DAP_BROKEN: the end of the message is not known, so no further one can be read
 */
enum dap_received {
	DAP_NOTHING,
	DAP_MESSAGE,
	DAP_MALFORMED,
	DAP_BROKEN,
};

/**
 * dap_stream_open() - prepare a stream
 * @stream: the stream
 * @in: where requests come from
 * @out: where responses and events go to
 *
 * Return: 0, or -1 without memory.
 */
int dap_stream_open(struct dap_stream *stream, int in, int out);

/**
 * dap_stream_close() - release a stream
 * @stream: the stream
 */
void dap_stream_close(struct dap_stream *stream);

/**
 * dap_stream_fill() - read what there is, or wait for it
 * @stream: the stream; dap_stream_next() has returned DAP_NOTHING
 *
 * A signal ends it, too. Sets stream.ended at the end of the input.
 */
void dap_stream_fill(struct dap_stream *stream);

/**
 * dap_stream_next() - take a message out of the bytes that were read
 * @stream: the stream
 * @message: receives a new reference with DAP_MESSAGE
 *
 * Return: enum dap_received; DAP_MALFORMED and DAP_BROKEN are reported by
 * dap_refuse().
 */
enum dap_received dap_stream_next(struct dap_stream *stream, json_t **message);

/**
 * dap_stream_send() - send a message
 * @stream: the stream
 * @message: an object without "seq"; the reference is taken over
 */
void dap_stream_send(struct dap_stream *stream, json_t *message);

#endif
