/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_SERIAL_H
#define TEAVMX_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/** SERIAL_PORTS - how many ports it has */
#define SERIAL_PORTS	8

/**
 * struct serial - a serial interface of the 8250 kind, without interrupts
 * @put: called with a byte that the guest sends
 * @get: returns the next byte to receive, -1 when there is none now
 * @data: passed on to both
 * @divisor: latch, low and high byte
 * @ier: interrupt enable register; it has no effect
 * @fcr: FIFO control register
 * @lcr: line control register
 * @mcr: modem control register
 * @scr: scratch register
 * @received: next byte for the guest, -1 for none
 */
struct serial {
	void (*put)(void *data, uint8_t byte);
	int (*get)(void *data);
	void *data;
	uint8_t divisor[2];
	uint8_t ier;
	uint8_t fcr;
	uint8_t lcr;
	uint8_t mcr;
	uint8_t scr;
	int received;
};

/**
 * serial_read() - a guest reads a port
 * @serial: the interface
 * @port: 0 to 7
 *
 * Return: what it reads.
 */
uint8_t serial_read(struct serial *serial, unsigned int port);

/**
 * serial_write() - a guest writes a port
 * @serial: the interface
 * @port: 0 to 7
 * @value: what it writes
 */
void serial_write(struct serial *serial, unsigned int port, uint8_t value);

#endif
