// SPDX-License-Identifier: GPL-2.0-only
#include "channel.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX	160

static void frames_consume(struct frames *frames)
{
	frames->len -= frames->used;
	memmove(frames->buf, frames->buf + frames->used, frames->len);
	frames->used = 0;
}

long frames_read(struct frames *frames, int fd)
{
	ssize_t n;

	frames_consume(frames);
	do {
		n = read(fd, frames->buf + frames->len,
			 sizeof(frames->buf) - frames->len);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		frames->len += (size_t)n;
	return n;
}

/* The head of a frame: its bytes, 0 if it is not there yet, -1 if it is none */
static int parse_head(const struct frames *frames, struct frame *frame)
{
	const char *eol = memchr(frames->buf, '\n', frames->len);
	char head[CHANNEL_HEAD_MAX];
	size_t size;
	int end = 0;

	if (!eol)
		return frames->len < CHANNEL_HEAD_MAX ? 0 : -1;
	size = (size_t)(eol - frames->buf);
	if (size >= sizeof(head))
		return -1;
	memcpy(head, frames->buf, size);
	head[size] = 0;
	if (sscanf(head, "%c%u %zu%n", &frame->type, &frame->session,
		   &frame->len, &end) != 3 ||
	    (size_t)end != size || frame->len > CHANNEL_PAYLOAD_MAX ||
	    !strchr("oekxrgqmnwic", frame->type))
		return -1;
	return (int)size + 1;
}

int frames_next(struct frames *frames, struct frame *frame)
{
	int head;

	frames_consume(frames);
	if (!frames->len)
		return 0;
	head = parse_head(frames, frame);
	if (head <= 0)
		return head;
	if (frames->len < (size_t)head + frame->len)
		return 0;
	frame->data = frames->buf + head;
	frames->used = (size_t)head + frame->len;
	return 1;
}

void frames_again(struct frames *frames)
{
	frames->used = 0;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int frame_write(int fd, char type, unsigned int session, const void *data,
		size_t len)
{
	char buf[CHANNEL_HEAD_MAX + CHANNEL_PAYLOAD_MAX];
	int head = snprintf(buf, CHANNEL_HEAD_MAX, "%c%u %zu\n", type, session,
			    len);

	memcpy(buf + head, data, len);
	return write_all(fd, buf, (size_t)head + len);
}

int frame_print(int fd, char type, unsigned int session, const char *format,
		...)
{
	char text[TEXT_MAX];
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return frame_write(fd, type, session, text,
			   len < TEXT_MAX ? (size_t)len : TEXT_MAX - 1);
}

unsigned long frame_number(const struct frame *frame)
{
	char number[24] = "";

	memcpy(number, frame->data,
	       frame->len < sizeof(number) - 1 ? frame->len :
						 sizeof(number) - 1);
	return strtoul(number, NULL, 10);
}
