/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_BOARD_H
#define TEAVMX_BOARD_H

#include <stddef.h>

#include <userspace/lib/teavmx.h>

#include "serial.h"

/** BOARD_SERIAL - first port of the serial interface */
#define BOARD_SERIAL	0x3f8
/** BOARD_EXIT_PORT - usual port that ends a payload */
#define BOARD_EXIT_PORT	0xf4
/** BOARD_DEBUG_PORT - usual port whose bytes are text */
#define BOARD_DEBUG_PORT	0xe9

/**
 * struct board - the devices that teavmx raw gives to a payload
 * @exit_port: a write ends the payload
 * @debug_port: bytes written are text
 * @serial: serial interface on BOARD_SERIAL
 * @ended: something was written to @exit_port
 * @exit_value: what
 * @keep: text is kept in @text and not printed
 * @text: what the payload printed
 * @text_size: bytes of it
 * @text_error: errno that printing ended with
 * @input_over: standard input has come to its end
 * @told: bit n: that port n is empty was said
 * @told_memory: that memory is empty was said
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
	uint8_t told[0x10000 / 8];
	bool told_memory;
};

/**
 * board_init() - put a board together
 * @board: the board
 * @exit_port: port that ends a payload
 * @debug_port: port whose bytes are text
 * @keep: keep text instead of printing it
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
