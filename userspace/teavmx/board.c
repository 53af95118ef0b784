// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"

#define TEXT_MAX	(64 << 20)
/* Bytes by which the buffer of the text grows */
#define TEXT_STEP	4096

static void keep_byte(struct board *board, uint8_t byte)
{
	unsigned char *larger;

	if (board->text_size == TEXT_MAX) {
		board->text_error = EFBIG;
		return;
	}
	if (board->text_size % TEXT_STEP == 0) {
		larger = realloc(board->text, board->text_size + TEXT_STEP);
		if (!larger) {
			board->text_error = ENOMEM;
			return;
		}
		board->text = larger;
	}
	board->text[board->text_size++] = byte;
}

static void put_byte(void *data, uint8_t byte)
{
	struct board *board = data;

	if (board->text_error)
		return;
	if (board->keep)
		keep_byte(board, byte);
	else if (putchar(byte) == EOF)
		board->text_error = errno;
}

static int get_byte(void *data)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	struct board *board = data;
	uint8_t byte;

	if (board->input_over || poll(&input, 1, 0) <= 0)
		return -1;
	if (read(STDIN_FILENO, &byte, 1) == 1)
		return byte;
	board->input_over = true;
	return -1;
}

void board_init(struct board *board, uint16_t exit_port, uint16_t debug_port,
		bool keep)
{
	memset(board, 0, sizeof(*board));
	board->exit_port = exit_port;
	board->debug_port = debug_port;
	board->keep = keep;
	board->serial.put = put_byte;
	board->serial.get = get_byte;
	board->serial.data = board;
	board->serial.received = -1;
}

void board_free(struct board *board)
{
	free(board->text);
	board->text = NULL;
}

static bool is_serial(uint16_t port)
{
	return port >= BOARD_SERIAL && port < BOARD_SERIAL + SERIAL_PORTS;
}

/*
 * A payload that probes for hardware would fill the screen with messages. An access of
 * several bytes has one, with its first empty port.
 */
static void tell_empty(struct board *board, uint32_t vcpu, uint16_t port)
{
	if (board->reported[port / 8] & 1u << port % 8)
		return;
	board->reported[port / 8] |= (uint8_t)(1u << port % 8);
	if (board->access_reported)
		return;
	board->access_reported = true;
	fprintf(stderr,
		"teavmx: vCPU %u: nothing is at port 0x%x: reads give ones, writes go nowhere\n",
		vcpu, port);
}

static uint8_t in_byte(struct board *board, uint32_t vcpu, uint16_t port)
{
	/* A payload recognizes the debug port by this value. */
	if (port == board->debug_port)
		return (uint8_t)port;
	if (is_serial(port))
		return serial_read(&board->serial, port - BOARD_SERIAL);
	if (port != board->exit_port)
		tell_empty(board, vcpu, port);
	return UINT8_MAX;
}

uint32_t board_in(void *data, uint32_t vcpu, uint16_t port, unsigned int size)
{
	struct board *board = data;
	uint32_t value = 0;
	unsigned int i;

	board->access_reported = false;
	for (i = 0; i < size; i++)
		value |= (uint32_t)in_byte(board, vcpu, (uint16_t)(port + i)) <<
			 8 * i;
	return value;
}

static void board_end(struct board *board, uint32_t value)
{
	board->ended = true;
	board->exit_value = value;
}

static void out_byte(struct board *board, uint32_t vcpu, uint16_t port,
		     uint8_t value)
{
	if (port == board->exit_port)
		board_end(board, value);
	else if (port == board->debug_port)
		put_byte(board, value);
	else if (is_serial(port))
		serial_write(&board->serial, port - BOARD_SERIAL, value);
	else
		tell_empty(board, vcpu, port);
}

bool board_out(void *data, uint32_t vcpu, uint16_t port, unsigned int size,
	       uint32_t value)
{
	struct board *board = data;
	unsigned int i;

	if (port == board->exit_port) {
		board_end(board, value);
		return false;
	}
	board->access_reported = false;
	for (i = 0; i < size && !board->ended; i++)
		out_byte(board, vcpu, (uint16_t)(port + i),
			 (uint8_t)(value >> 8 * i));
	return !board->ended && !board->text_error;
}

void board_memory(void *data, uint32_t vcpu, struct teavmx_mmio *mmio)
{
	struct board *board = data;

	if (!mmio->write)
		mmio->value = UINT64_MAX;
	if (board->reported_memory)
		return;
	board->reported_memory = true;
	fprintf(stderr,
		"teavmx: vCPU %u: nothing is at 0x%llx: reads beyond RAM give ones, writes go nowhere\n",
		vcpu, (unsigned long long)mmio->address);
}
