/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GDB_PACKET_H
#define GDB_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Packets of gdb's remote protocol (GDB manual, "Remote Protocol", "Overview"):
 * $DATA#SUM, where } escapes a byte of binary data.
 */

/* GDB_PACKET_MAX - most bytes between $ and # that a packet has, in each direction */
#define GDB_PACKET_MAX	16384

/**
 * enum gdb_input - what a byte from the client completes
 * @GDB_INPUT_MORE: nothing yet
 * @GDB_INPUT_PACKET: a packet
 * @GDB_INPUT_CORRUPT: a packet with a wrong checksum
 * @GDB_INPUT_LONG: a packet with more bytes than GDB_PACKET_MAX, which are lost
 * @GDB_INPUT_INTERRUPT: a request to interrupt the guest
 * @GDB_INPUT_ACK: an acknowledgment
 * @GDB_INPUT_NAK: a request to send the last packet again
 */
enum gdb_input {
	GDB_INPUT_MORE,
	GDB_INPUT_PACKET,
	GDB_INPUT_CORRUPT,
	GDB_INPUT_LONG,
	GDB_INPUT_INTERRUPT,
	GDB_INPUT_ACK,
	GDB_INPUT_NAK,
};

/**
 * struct gdb_reader - the packet that is being received
 * @state: which part of it follows; zero before the first byte
 * @escaped: the last byte was the escape character
 * @sum: sum of the bytes between $ and #
 * @wanted: the checksum that the packet has
 * @size: bytes in @data
 * @data: the bytes, without escapes, followed by a null byte when it is complete
 */
struct gdb_reader {
	unsigned int state;
	bool escaped;
	uint8_t sum;
	uint8_t wanted;
	size_t size;
	char data[GDB_PACKET_MAX + 1];
};

/**
 * gdb_reader_take() - receive one byte
 * @reader: the packet so far
 * @byte: the byte
 *
 * Bytes outside of packets that have no meaning are ignored.
 *
 * Return: enum gdb_input.
 */
enum gdb_input gdb_reader_take(struct gdb_reader *reader, uint8_t byte);

/**
 * struct gdb_packet - a packet to send
 * @size: bytes in @data
 * @overflow: there was more than it can hold
 * @data: $ and what follows
 */
struct gdb_packet {
	size_t size;
	bool overflow;
	uint8_t data[1 + GDB_PACKET_MAX + 3];
};

/* gdb_packet_begin() - empty a packet */
void gdb_packet_begin(struct gdb_packet *packet);

/* gdb_packet_room() - bytes that can be added */
size_t gdb_packet_room(const struct gdb_packet *packet);

/**
 * gdb_packet_print() - add text
 * @packet: the packet
 * @format: as printf(); the result must have no $, #, } and *
 */
void gdb_packet_print(struct gdb_packet *packet, const char *format, ...)
	__attribute__((__format__(printf, 2, 3)));

/* gdb_packet_hex() - add bytes as pairs of hexadecimal digits */
void gdb_packet_hex(struct gdb_packet *packet, const void *bytes, size_t size);

/**
 * gdb_packet_binary() - add bytes, escaped where necessary
 * @packet: the packet
 * @bytes: the bytes
 * @size: how many
 *
 * Return: how many of them it had room for.
 */
size_t gdb_packet_binary(struct gdb_packet *packet, const void *bytes,
			 size_t size);

/* gdb_packet_end() - add the checksum; no more can be added then */
void gdb_packet_end(struct gdb_packet *packet);

/**
 * struct gdb_text - a part of a packet that is not read yet
 * @at: the next byte
 * @end: the byte after the last one
 */
struct gdb_text {
	const char *at;
	const char *end;
};

/* gdb_text_is() - skip a word if the text begins with it; false if it does not */
bool gdb_text_is(struct gdb_text *text, const char *word);

/**
 * gdb_text_number() - read a hexadecimal number
 * @text: begins with the number, and then what follows it
 * @number: receives it
 *
 * Return: 0, or -1 when it is none of at most 64 bits.
 */
int gdb_text_number(struct gdb_text *text, uint64_t *number);

/**
 * gdb_text_hex() - read pairs of hexadecimal digits up to the end
 * @text: the digits
 * @bytes: receives the bytes
 * @room: how many of them at most
 *
 * Return: number of bytes, or -1 when the text is malformed or too long.
 */
int gdb_text_hex(struct gdb_text *text, void *bytes, size_t room);

#endif
