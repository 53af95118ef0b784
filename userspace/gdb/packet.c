// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "packet.h"

#define ESCAPE		'}'
#define ESCAPED_BY	0x20
#define INTERRUPT	0x03

enum reader_state {
	READER_OUTSIDE,
	READER_DATA,
	READER_HIGH,
	READER_LOW,
};

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

static void reader_begin(struct gdb_reader *reader)
{
	reader->state = READER_DATA;
	reader->escaped = false;
	reader->sum = 0;
	reader->size = 0;
}

static enum gdb_input reader_outside(struct gdb_reader *reader, uint8_t byte)
{
	switch (byte) {
	case '$':
		reader_begin(reader);
		return GDB_INPUT_MORE;
	case '+':
		return GDB_INPUT_ACK;
	case '-':
		return GDB_INPUT_NAK;
	case INTERRUPT:
		return GDB_INPUT_INTERRUPT;
	default:
		return GDB_INPUT_MORE;
	}
}

/* The size is beyond the room when there were more bytes. */
static void reader_store(struct gdb_reader *reader, uint8_t byte)
{
	reader->sum += byte;
	if (byte == ESCAPE && !reader->escaped) {
		reader->escaped = true;
		return;
	}
	if (reader->escaped)
		byte ^= ESCAPED_BY;
	reader->escaped = false;
	if (reader->size < GDB_PACKET_MAX)
		reader->data[reader->size] = (char)byte;
	if (reader->size <= GDB_PACKET_MAX)
		reader->size++;
}

/* A $ is always escaped in a packet, so another one begins where the last was cut. */
static enum gdb_input reader_data(struct gdb_reader *reader, uint8_t byte)
{
	if (byte == '$')
		reader_begin(reader);
	else if (byte == '#')
		reader->state = READER_HIGH;
	else
		reader_store(reader, byte);
	return GDB_INPUT_MORE;
}

static enum gdb_input reader_end(struct gdb_reader *reader, int low)
{
	reader->state = READER_OUTSIDE;
	if (low < 0 || (reader->wanted | low) != reader->sum)
		return GDB_INPUT_CORRUPT;
	if (reader->size > GDB_PACKET_MAX)
		return GDB_INPUT_LONG;
	reader->data[reader->size] = '\0';
	return GDB_INPUT_PACKET;
}

enum gdb_input gdb_reader_take(struct gdb_reader *reader, uint8_t byte)
{
	int digit = digit_value((char)byte);

	switch (reader->state) {
	case READER_OUTSIDE:
		return reader_outside(reader, byte);
	case READER_DATA:
		return reader_data(reader, byte);
	case READER_HIGH:
		if (digit < 0)
			return reader_end(reader, -1);
		reader->wanted = (uint8_t)(digit << 4);
		reader->state = READER_LOW;
		return GDB_INPUT_MORE;
	default:
		return reader_end(reader, digit);
	}
}

void gdb_packet_begin(struct gdb_packet *packet)
{
	packet->size = 1;
	packet->overflow = false;
	packet->data[0] = '$';
}

size_t gdb_packet_room(const struct gdb_packet *packet)
{
	return 1 + GDB_PACKET_MAX - packet->size;
}

void gdb_packet_print(struct gdb_packet *packet, const char *format, ...)
{
	size_t room = gdb_packet_room(packet);
	va_list arguments;
	int count;

	va_start(arguments, format);
	/* The null byte has its place where the checksum will be. */
	count = vsnprintf((char *)packet->data + packet->size, room + 1, format,
			  arguments);
	va_end(arguments);
	if (count < 0 || (size_t)count > room)
		packet->overflow = true;
	else
		packet->size += (size_t)count;
}

void gdb_packet_hex(struct gdb_packet *packet, const void *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *from = bytes;
	uint8_t *to = packet->data + packet->size;

	if (size > gdb_packet_room(packet) / 2) {
		packet->overflow = true;
		return;
	}
	packet->size += 2 * size;
	while (size--) {
		*to++ = (uint8_t)digits[*from >> 4];
		*to++ = (uint8_t)digits[*from++ & 15];
	}
}

static bool packet_escapes(uint8_t byte)
{
	return byte == '$' || byte == '#' || byte == ESCAPE || byte == '*';
}

size_t gdb_packet_binary(struct gdb_packet *packet, const void *bytes,
			 size_t size)
{
	const uint8_t *from = bytes;
	size_t done;

	for (done = 0; done < size; done++, from++) {
		if (gdb_packet_room(packet) < (packet_escapes(*from) ? 2 : 1))
			break;
		if (packet_escapes(*from)) {
			packet->data[packet->size++] = ESCAPE;
			packet->data[packet->size++] = *from ^ ESCAPED_BY;
		} else {
			packet->data[packet->size++] = *from;
		}
	}
	return done;
}

void gdb_packet_end(struct gdb_packet *packet)
{
	char text[4];
	uint8_t sum = 0;
	size_t i;

	for (i = 1; i < packet->size; i++)
		sum += packet->data[i];
	snprintf(text, sizeof(text), "#%02x", sum);
	memcpy(packet->data + packet->size, text, 3);
	packet->size += 3;
}

bool gdb_text_is(struct gdb_text *text, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(text->end - text->at) < size ||
	    memcmp(text->at, word, size))
		return false;
	text->at += size;
	return true;
}

int gdb_text_number(struct gdb_text *text, uint64_t *number)
{
	const char *begin = text->at;
	int digit;

	*number = 0;
	for (; text->at < text->end; text->at++) {
		digit = digit_value(*text->at);
		if (digit < 0)
			break;
		if (*number >> 60)
			return -1;
		*number = *number << 4 | (unsigned int)digit;
	}
	return text->at == begin ? -1 : 0;
}

int gdb_text_hex(struct gdb_text *text, void *bytes, size_t room)
{
	uint8_t *to = bytes;
	size_t count = (size_t)(text->end - text->at) / 2;
	size_t i;
	int high, low;

	if ((text->end - text->at) % 2 || count > room)
		return -1;
	for (i = 0; i < count; i++, text->at += 2) {
		high = digit_value(text->at[0]);
		low = digit_value(text->at[1]);
		if (high < 0 || low < 0)
			return -1;
		to[i] = (uint8_t)(high << 4 | low);
	}
	return (int)count;
}
