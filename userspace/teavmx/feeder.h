/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_FEEDER_H
#define TEAVMX_FEEDER_H

#include <stdbool.h>

#include <userspace/lib/teavmx.h>

/* So often a feeder looks whether there is room again. */
#define FEEDER_MS	20

/**
 * struct feeder - a file on its way to the serial input of a VM
 * @path: as the user gave it, "-" for standard input; null for none
 * @fd: the file, -1 at its end
 * @size: bytes in @bytes that are not in the VM yet
 * @bytes: what was read
 */
struct feeder {
	const char *path;
	int fd;
	size_t size;
	unsigned char bytes[TEAVMX_SERIAL_MAX / 2];
};

/**
 * feeder_open() - begin with a file
 * @feeder: receives it
 * @path: the file, or "-" for standard input; stays in use
 *
 * Return: 0 or a negative errno.
 */
int feeder_open(struct feeder *feeder, const char *path);

/**
 * feeder_close() - end
 * @feeder: a feeder, also one that is all zeros
 */
void feeder_close(struct feeder *feeder);

/**
 * feeder_wants() - is there anything to wait for in the file?
 * @feeder: feeder
 *
 * Return: true when @fd shall be read as soon as it can.
 */
bool feeder_wants(const struct feeder *feeder);

/**
 * feeder_read() - read a piece
 * @feeder: feeder that wants
 *
 * Return: 0 or a negative errno.
 */
int feeder_read(struct feeder *feeder);

/**
 * feeder_push() - put what was read into the VM, if there is room
 * @feeder: feeder; @size is 0 afterwards, or not when there is no room
 * @teavmx: handle
 * @vm: the VM
 *
 * Return: 0, or -1 with teavmx_error().
 */
int feeder_push(struct feeder *feeder, struct teavmx *teavmx, uint32_t vm);

#endif
