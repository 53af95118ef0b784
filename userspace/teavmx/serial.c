// SPDX-License-Identifier: GPL-2.0-only
#include "serial.h"

#define DATA		0
#define IER		1
#define IIR_FCR		2
#define LCR		3
#define MCR		4
#define LSR		5
#define MSR		6

#define IER_BITS	0x0f
#define IIR_NOTHING	0x01
#define IIR_FIFOS	0xc0
#define FCR_ENABLE	0x01
#define LCR_DIVISOR	0x80
#define MCR_BITS	0x1f
#define MCR_LOOP	0x10
#define LSR_RECEIVED	0x01
#define LSR_SENT	0x60
/* Carrier, data set ready, clear to send */
#define MSR_CONNECTED	0xb0

static bool has_byte(struct serial *serial)
{
	if (serial->received < 0 && !(serial->mcr & MCR_LOOP))
		serial->received = serial->get(serial->data);
	return serial->received >= 0;
}

static uint8_t take_byte(struct serial *serial)
{
	uint8_t byte = has_byte(serial) ? (uint8_t)serial->received : 0;

	serial->received = -1;
	return byte;
}

/* In loopback mode the outputs of the modem control register are its inputs. */
static uint8_t modem_status(const struct serial *serial)
{
	uint8_t mcr = serial->mcr;

	if (!(mcr & MCR_LOOP))
		return MSR_CONNECTED;
	return (uint8_t)((mcr & 0x02) << 3 | (mcr & 0x01) << 5 |
			 (mcr & 0x0c) << 4);
}

uint8_t serial_read(struct serial *serial, unsigned int port)
{
	bool divisor = serial->lcr & LCR_DIVISOR;

	switch (port) {
	case DATA:
		return divisor ? serial->divisor[0] : take_byte(serial);
	case IER:
		return divisor ? serial->divisor[1] : serial->ier;
	case IIR_FCR:
		return IIR_NOTHING | (serial->fcr & FCR_ENABLE ? IIR_FIFOS : 0);
	case LCR:
		return serial->lcr;
	case MCR:
		return serial->mcr;
	case LSR:
		return LSR_SENT | (has_byte(serial) ? LSR_RECEIVED : 0);
	case MSR:
		return modem_status(serial);
	default:
		return serial->scr;
	}
}

static void serial_send(struct serial *serial, uint8_t value)
{
	if (serial->mcr & MCR_LOOP)
		serial->received = value;
	else
		serial->put(serial->data, value);
}

void serial_write(struct serial *serial, unsigned int port, uint8_t value)
{
	bool divisor = serial->lcr & LCR_DIVISOR;

	switch (port) {
	case DATA:
		if (divisor)
			serial->divisor[0] = value;
		else
			serial_send(serial, value);
		break;
	case IER:
		if (divisor)
			serial->divisor[1] = value;
		else
			serial->ier = value & IER_BITS;
		break;
	case IIR_FCR:
		serial->fcr = value;
		break;
	case LCR:
		serial->lcr = value;
		break;
	case MCR:
		serial->mcr = value & MCR_BITS;
		break;
	case LSR:
	case MSR:
		break;
	default:
		serial->scr = value;
	}
}
