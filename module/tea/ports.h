/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_PORTS_H
#define _TEA_PORTS_H

/* The ports of a VM (the profile's "module"). Freestanding; never waits. */

#include <uapi/tea.h>

/**
 * struct tea_ports - what the processes of one VM share
 * @pad: scratch pad, shorts big-endian
 * @semaphore: a value for each pid
 * @full: 1 where @semaphore holds a value
 * @quiet: 1 when the VM sends no text
 * @address: module address, even
 * @serial: serial input that waits to be read, a ring
 * @serial_first: place in @serial of the next byte
 * @serial_count: bytes in @serial
 *
 * The caller serialises access to it.
 */
struct tea_ports {
	unsigned char pad[TEA_PAD_SIZE];
	unsigned char semaphore[TEA_SEMAPHORES];
	unsigned char full[TEA_SEMAPHORES];
	unsigned char quiet;
	unsigned char address;
	unsigned char serial[TEA_SERIAL_MAX];
	unsigned int serial_first;
	unsigned int serial_count;
};

/**
 * struct tea_access - one port access
 * @port: 0 to 65535
 * @size: 1 or 2 bytes
 * @write: 1 for a write, 0 for a read
 * @pid: the process, 1 to 255
 * @value: in: what is written. out: what was read, the character of
 *	TEA_PORT_TEXT or TEA_PORT_SENT, or the milliseconds of TEA_PORT_SLEEP
 */
struct tea_access {
	unsigned int port;
	unsigned int size;
	unsigned int write;
	unsigned int pid;
	unsigned int value;
};

/**
 * enum tea_port_result - what the caller must do about an access
 * @TEA_PORT_DONE: nothing; a read's value is there
 * @TEA_PORT_TEXT: show one character (never when quiet)
 * @TEA_PORT_SENT: pass one byte of serial output on
 * @TEA_PORT_ASK: a host port: the host program does the access, or it is refused
 *	where there are none
 * @TEA_PORT_SLEEP: keep the process from running for so many milliseconds
 *	(0: just yield)
 * @TEA_PORT_WAIT: the value is not there yet; hold the process and try the
 *	same access again when tea_port_access() returned TEA_PORT_WAKE to
 *	anybody, or after tea_ports_feed()
 * @TEA_PORT_WAKE: done as TEA_PORT_DONE, and those who wait should try again
 * @TEA_PORT_IO_ERR: refused: unknown port, wrong direction, size or value
 */
enum tea_port_result {
	TEA_PORT_DONE,
	TEA_PORT_TEXT,
	TEA_PORT_SENT,
	TEA_PORT_ASK,
	TEA_PORT_SLEEP,
	TEA_PORT_WAIT,
	TEA_PORT_WAKE,
	TEA_PORT_IO_ERR,
};

/**
 * tea_ports_init() - scratch pad zero, semaphores empty, default address, no
 *	serial input
 * @ports: the ports
 */
void tea_ports_init(struct tea_ports *ports);

/**
 * tea_ports_room() - how much serial input fits
 * @ports: the VM's ports; the caller holds their lock
 *
 * Return: bytes, 0 to TEA_SERIAL_MAX.
 */
unsigned int tea_ports_room(const struct tea_ports *ports);

/**
 * tea_ports_feed() - put bytes behind the serial input that waits
 * @ports: the VM's ports; the caller holds their lock
 * @bytes: the bytes
 * @size: at most tea_ports_room()
 *
 * Those who wait should try again.
 */
void tea_ports_feed(struct tea_ports *ports, const unsigned char *bytes,
		    unsigned int size);

/**
 * tea_port_access() - do one access
 * @ports: the VM's ports; the caller holds their lock
 * @access: what is asked; its value is replaced as struct tea_access says
 *
 * Return: enum tea_port_result.
 */
enum tea_port_result tea_port_access(struct tea_ports *ports,
				     struct tea_access *access);

#endif
