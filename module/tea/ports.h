/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_PORTS_H
#define _TEA_PORTS_H

/*
 * The ports of a VM, which the profile calls the "module". ports.c is
 * freestanding and never waits: the caller does, according to the result.
 */

#include <uapi/tea.h>

/**
 * struct tea_ports - ports that the processes of one VM share
 * @pad: scratch pad, shorts big-endian
 * @semaphore: a value for each pid
 * @full: 1 where @semaphore holds a value
 * @quiet: 1 when the VM sends no text
 * @address: module address, even
 * @serial: serial input that was not read yet, a ring buffer
 * @serial_first: index in @serial of the next byte to be read
 * @serial_count: bytes in @serial
 * @changed: 1 unless they are as tea_ports_init() leaves them. A read changes only
 *	what was written before
 *
 * The caller serializes accesses, by a lock where there are several processes.
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
	unsigned char changed;
};

/**
 * struct tea_access - one port access
 * @port: 0 to 65535
 * @size: 1 or 2 bytes
 * @write: 1 for a write, 0 for a read
 * @pid: the process, 1 to 255
 * @value: in: the value to write. out: the value that was read, the character
 *	of TEA_PORT_TEXT or TEA_PORT_SENT, or the milliseconds of TEA_PORT_SLEEP
 */
struct tea_access {
	unsigned int port;
	unsigned int size;
	unsigned int write;
	unsigned int pid;
	unsigned int value;
};

/**
 * enum tea_port_result - how the caller completes an access
 * @TEA_PORT_DONE: it is complete; the value of a read is there
 * @TEA_PORT_TEXT: write one character to the display (never when quiet)
 * @TEA_PORT_SENT: send one byte of serial output
 * @TEA_PORT_ASK: a host port: have the host program do the access, or refuse it
 *	if the VM has no host ports
 * @TEA_PORT_SLEEP: let the process sleep for so many milliseconds (0: yield the
 *	CPU once)
 * @TEA_PORT_WAIT: there is no value yet: let the process wait, and try the same
 *	access again after tea_port_access() returned TEA_PORT_WAKE to another
 *	process, or after tea_ports_feed()
 * @TEA_PORT_WAKE: as TEA_PORT_DONE, and processes that wait have to try again
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
 * tea_ports_init() - initialize the ports of a new VM
 * @ports: the ports: the scratch pad is zeroed, the semaphores are empty, the
 *	address is the default, there is no serial input
 */
void tea_ports_init(struct tea_ports *ports);

/**
 * tea_ports_room() - free space for serial input
 * @ports: the VM's ports; the caller holds their lock
 *
 * Return: bytes, 0 to TEA_SERIAL_MAX.
 */
unsigned int tea_ports_room(const struct tea_ports *ports);

/**
 * tea_ports_feed() - append bytes to the serial input
 * @ports: the VM's ports; the caller holds their lock
 * @bytes: the bytes
 * @size: at most tea_ports_room()
 *
 * Processes that wait for serial input have to try again.
 */
void tea_ports_feed(struct tea_ports *ports, const unsigned char *bytes,
		    unsigned int size);

/**
 * tea_port_access() - do one access
 * @ports: the VM's ports; the caller holds their lock
 * @access: the access; its value is replaced as described for struct tea_access
 *
 * Return: enum tea_port_result.
 */
enum tea_port_result tea_port_access(struct tea_ports *ports,
				     struct tea_access *access);

#endif
