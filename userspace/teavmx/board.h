/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_BOARD_H
#define TEAVMX_BOARD_H

#include <stddef.h>

#include <userspace/lib/teavmx.h>

#include "serial.h"

/** BOARD_SERIAL - first port of the serial interface */
#define BOARD_SERIAL	0x3f8
/** BOARD_EXIT_PORT - port that ends a payload, by default */
#define BOARD_EXIT_PORT	0xf4
/** BOARD_DEBUG_PORT - port whose bytes are text, by default */
#define BOARD_DEBUG_PORT	0xe9

/**
 * struct board - the devices that teavmx raw gives to a payload
 * @exit_port: a write ends the payload
 * @debug_port: bytes written are text
 * @serial: serial interface on BOARD_SERIAL
 * @ended: the payload has written to @exit_port
 * @exit_value: what it wrote
 * @keep: text is stored in @text and not printed
 * @text: text of the payload
 * @text_size: bytes of it
 * @text_error: errno that printing failed with, or 0
 * @input_over: standard input has ended
 * @reported: bit n is set when the message that port n has no device was printed
 * @access_reported: the access that is being made had such a message
 * @reported_memory: the message that an address has no device was printed
 */
struct board {
	uint16_t exit_port;
	uint16_t debug_port;
	struct serial serial;
	bool ended;
	uint32_t exit_value;
	bool keep;
	unsigned char *text;
	size_t text_size;
	int text_error;
	bool input_over;
	uint8_t reported[0x10000 / 8];
	bool access_reported;
	bool reported_memory;
};

/**
 * board_init() - initialize a board
 * @board: the board
 * @exit_port: port that ends a payload
 * @debug_port: port whose bytes are text
 * @keep: store text instead of printing it
 */
void board_init(struct board *board, uint16_t exit_port, uint16_t debug_port,
		bool keep);

/**
 * board_free() - release the text
 * @board: the board
 */
void board_free(struct board *board);

/**
 * board_in() - a guest reads a port; for struct teavmx_answers
 * @data: struct board
 * @vcpu: the vCPU
 * @port: the port
 * @size: bytes
 *
 * Return: what it reads.
 */
uint32_t board_in(void *data, uint32_t vcpu, uint16_t port, unsigned int size);

/**
 * board_out() - a guest writes a port; for struct teavmx_answers
 * @data: struct board
 * @vcpu: the vCPU
 * @port: the port
 * @size: bytes
 * @value: what it writes
 *
 * Return: false when that ends the payload.
 */
bool board_out(void *data, uint32_t vcpu, uint16_t port, unsigned int size,
	       uint32_t value);

/**
 * board_memory() - a guest uses memory that is not RAM; for teavmx_answers
 * @data: struct board
 * @vcpu: the vCPU
 * @mmio: the access
 */
void board_memory(void *data, uint32_t vcpu, struct teavmx_mmio *mmio);

#endif
