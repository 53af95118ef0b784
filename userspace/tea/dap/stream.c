// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <userspace/common/cli.h>
#include <userspace/debug/interrupt.h>

#include "problem.h"
#include "stream.h"

#define STREAM_ROOM	(DAP_HEADER_MAX + DAP_BODY_MAX)
#define HEADER_END	"\r\n\r\n"
#define LENGTH_FIELD	"Content-Length:"

int dap_stream_open(struct dap_stream *stream, int in, int out)
{
	*stream = (struct dap_stream){
		.in = in,
		.out = out,
		.bytes = malloc(STREAM_ROOM),
	};
	return stream->bytes ? 0 : -1;
}

void dap_stream_close(struct dap_stream *stream)
{
	free(stream->bytes);
	stream->bytes = NULL;
}

void dap_stream_fill(struct dap_stream *stream)
{
	ssize_t size = read(stream->in, stream->bytes + stream->size,
			    STREAM_ROOM - stream->size);

	if (size > 0)
		stream->size += (size_t)size;
	else if (!size || errno != EINTR)
		stream->ended = true;
}

/* Field names have no case; values may have spaces around them. */
static int read_length(const char *header, const char *end, size_t *length)
{
	unsigned long long number;
	char word[24];
	size_t size;

	while (header < end &&
	       strncasecmp(header, LENGTH_FIELD, strlen(LENGTH_FIELD))) {
		header = memmem(header, (size_t)(end - header), "\r\n", 2);
		if (!header)
			break;
		header += 2;
	}
	if (!header || header >= end)
		return dap_refuse("a message begins with a header that has Content-Length");
	header += strlen(LENGTH_FIELD);
	header += strspn(header, " \t");
	size = strcspn(header, " \t\r");
	snprintf(word, sizeof(word), "%.*s", (int)size, header);
	if (size >= sizeof(word) ||
	    cli_number(word, 0, DAP_BODY_MAX, &number))
		return dap_refuse("Content-Length: expected 0 to %d bytes, got '%s'",
				  DAP_BODY_MAX, word);
	*length = (size_t)number;
	return 0;
}

static void stream_drop(struct dap_stream *stream, size_t size)
{
	stream->size -= size;
	memmove(stream->bytes, stream->bytes + size, stream->size);
}

enum dap_received dap_stream_next(struct dap_stream *stream, json_t **message)
{
	json_error_t error;
	size_t header;
	size_t length = 0;
	char *end;

	end = memmem(stream->bytes, stream->size < DAP_HEADER_MAX ?
		     stream->size : DAP_HEADER_MAX, HEADER_END,
		     strlen(HEADER_END));
	if (!end && stream->size < DAP_HEADER_MAX)
		return DAP_NOTHING;
	if (!end) {
		dap_refuse("the header of a message has at most %d bytes",
			   DAP_HEADER_MAX);
		return DAP_BROKEN;
	}
	if (read_length(stream->bytes, end, &length))
		return DAP_BROKEN;
	header = (size_t)(end - stream->bytes) + strlen(HEADER_END);
	if (stream->size - header < length)
		return DAP_NOTHING;
	*message = json_loadb(stream->bytes + header, length, 0, &error);
	stream_drop(stream, header + length);
	if (*message)
		return DAP_MESSAGE;
	dap_refuse("the message is not JSON: %s", error.text);
	return DAP_MALFORMED;
}

/*
 * A client that has left, or does not read until SIGTERM comes, gets no more. A pipe that
 * can be written has room for PIPE_BUF bytes, so write() does not block.
 */
static void stream_write(struct dap_stream *stream, const char *bytes,
			 size_t size)
{
	while (size && !stream->ended) {
		size_t piece = size < PIPE_BUF ? size : PIPE_BUF;
		ssize_t written = -1;

		if (debug_wait_output(stream->out))
			written = write(stream->out, bytes, piece);
		if (written < 0) {
			stream->ended = true;
			break;
		}
		bytes += written;
		size -= (size_t)written;
	}
}

void dap_stream_send(struct dap_stream *stream, json_t *message)
{
	char header[64];
	char *text;
	int size;

	json_object_set_new(message, "seq", json_integer(++stream->sequence));
	text = json_dumps(message, JSON_COMPACT);
	json_decref(message);
	if (!text) {
		stream->ended = true;
		return;
	}
	size = snprintf(header, sizeof(header), LENGTH_FIELD " %zu" HEADER_END,
			strlen(text));
	stream_write(stream, header, (size_t)size);
	stream_write(stream, text, strlen(text));
	free(text);
}
