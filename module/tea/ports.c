// SPDX-License-Identifier: GPL-2.0-only
#include "ports.h"

/*
 * The kernel calls tea_port_access() where no tracer may run: see
 * module/vmx/fastpath.c. It has its own definition of these two.
 */
#ifndef noinstr
#define noinstr
#endif
#ifndef __always_inline
#define __always_inline inline
#endif

void tea_ports_init(struct tea_ports *ports)
{
	unsigned int i;

	for (i = 0; i < TEA_PAD_SIZE; i++)
		ports->pad[i] = 0;
	for (i = 0; i < TEA_SEMAPHORES; i++) {
		ports->semaphore[i] = 0;
		ports->full[i] = 0;
	}
	ports->quiet = 0;
	ports->address = TEA_ADDRESS_DEFAULT;
	ports->serial_first = 0;
	ports->serial_count = 0;
	ports->changed = 0;
}

unsigned int tea_ports_room(const struct tea_ports *ports)
{
	return TEA_SERIAL_MAX - ports->serial_count;
}

void tea_ports_feed(struct tea_ports *ports, const unsigned char *bytes,
		    unsigned int size)
{
	unsigned int end = ports->serial_first + ports->serial_count;
	unsigned int i;

	for (i = 0; i < size; i++)
		ports->serial[(end + i) % TEA_SERIAL_MAX] = bytes[i];
	ports->serial_count += size;
	ports->changed = 1;
}

static __always_inline enum tea_port_result
serial_read(struct tea_ports *ports, struct tea_access *access)
{
	if (!ports->serial_count)
		return TEA_PORT_WAIT;
	access->value = ports->serial[ports->serial_first];
	ports->serial_first = (ports->serial_first + 1) % TEA_SERIAL_MAX;
	ports->serial_count--;
	return TEA_PORT_DONE;
}

/* The mask of access sizes that a port allows for reads or for writes. */
static __always_inline unsigned int
port_sizes(unsigned int port, unsigned int write)
{
	switch (port) {
#define PORT_ROW(NAME, first, count, name, reads, writes, ...) \
	case first ... (first) + (count) - 1: \
		return write ? (writes) : (reads);
	TEA_PORTS(PORT_ROW)
#undef PORT_ROW
	}
	return TEA_SIZE_NONE;
}

static __always_inline enum tea_port_result
semaphore_access(struct tea_ports *ports, struct tea_access *access)
{
	unsigned int i = (access->port - TEA_PORT_SEMAPHORE) & 0xFF;

	if (access->write) {
		ports->semaphore[i] = (unsigned char)access->value;
		ports->full[i] = 1;
		return TEA_PORT_WAKE;
	}
	if (!ports->full[i])
		return TEA_PORT_WAIT;
	access->value = ports->semaphore[i];
	ports->full[i] = 0;
	return TEA_PORT_DONE;
}

static __always_inline enum tea_port_result
pad_access(struct tea_ports *ports, struct tea_access *access)
{
	unsigned int i = access->port - TEA_PORT_SCRATCH_PAD;

	if (i + access->size > TEA_PAD_SIZE)
		return TEA_PORT_IO_ERR;
	if (access->write && access->size == TEA_SIZE_INT) {
		ports->pad[i] = (unsigned char)(access->value >> 8);
		ports->pad[i + 1] = (unsigned char)access->value;
	} else if (access->write) {
		ports->pad[i] = (unsigned char)access->value;
	} else if (access->size == TEA_SIZE_INT) {
		access->value = ports->pad[i] << 8 | ports->pad[i + 1];
	} else {
		access->value = ports->pad[i];
	}
	return TEA_PORT_DONE;
}

static __always_inline enum tea_port_result
sleep_access(struct tea_access *access)
{
	/*
	 * A single byte is signed: 0x80 to 0xFF are negative and sleep for 0
	 * ms.
	 */
	if (access->size == TEA_SIZE_CHAR && access->value > 0x7F)
		access->value = 0;
	access->value /= 10;
	return TEA_PORT_SLEEP;
}

static __always_inline enum tea_port_result
port_read(struct tea_ports *ports, struct tea_access *access)
{
	switch (access->port) {
	case TEA_PORT_PROCESS_ID:
		access->value = access->pid;
		return TEA_PORT_DONE;
	case TEA_PORT_SERIAL:
		return serial_read(ports, access);
	case TEA_PORT_QUIET:
		access->value = ports->quiet;
		return TEA_PORT_DONE;
	case TEA_PORT_ADDRESS:
		access->value = ports->address;
		return TEA_PORT_DONE;
	case TEA_PORT_VERSION:
		access->value = TEA_PORT_VERSION_VALUE;
		return TEA_PORT_DONE;
	case TEA_PORT_BUILD:
		access->value = TEA_PORT_BUILD_VALUE;
		return TEA_PORT_DONE;
	}
	return TEA_PORT_IO_ERR;
}

static __always_inline enum tea_port_result
port_write(struct tea_ports *ports, struct tea_access *access)
{
	switch (access->port) {
	case TEA_PORT_TIMER:
		return sleep_access(access);
	case TEA_PORT_SERIAL:
		return TEA_PORT_SENT;
	case TEA_PORT_DISPLAY:
		return ports->quiet ? TEA_PORT_DONE : TEA_PORT_TEXT;
	case TEA_PORT_QUIET:
		if (access->value > 1)
			return TEA_PORT_IO_ERR;
		ports->quiet = (unsigned char)access->value;
		return TEA_PORT_DONE;
	case TEA_PORT_ADDRESS:
		/*
		 * The profile has only even addresses, and 0 is the host's own.
		 */
		if (!access->value || (access->value & 1))
			return TEA_PORT_IO_ERR;
		ports->address = (unsigned char)access->value;
		return TEA_PORT_DONE;
	}
	return TEA_PORT_IO_ERR;
}

noinstr enum tea_port_result tea_port_access(struct tea_ports *ports,
					     struct tea_access *access)
{
	unsigned int sizes = port_sizes(access->port, access->write);

	if (access->size != TEA_SIZE_CHAR && access->size != TEA_SIZE_INT)
		return TEA_PORT_IO_ERR;
	if (!(sizes & access->size))
		return TEA_PORT_IO_ERR;
	if (access->write) {
		access->value &= access->size == TEA_SIZE_CHAR ? 0xFF : 0xFFFF;
		ports->changed = 1;
	}

	if (access->port >= TEA_PORT_HOST)
		return TEA_PORT_ASK;
	if (access->port >= TEA_PORT_SCRATCH_PAD)
		return pad_access(ports, access);
	if (access->port >= TEA_PORT_SEMAPHORE)
		return semaphore_access(ports, access);
	if (access->write)
		return port_write(ports, access);
	return port_read(ports, access);
}
