/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_FEEDER_H
#define TEAVMX_FEEDER_H

#include <stdbool.h>

#include <userspace/lib/teavmx.h>

/* Interval, in ms, in which a feeder checks whether there is room again */
#define FEEDER_MS	20

/**
 * struct feeder - a file that is written to the serial input of a VM
 * @path: as the user gave it, "-" for standard input; null for none
 * @fd: the file, -1 at its end
 * @size: bytes in @bytes that the VM has not received
 * @bytes: what was read from the file
 */
struct feeder {
	const char *path;
	int fd;
	size_t size;
	unsigned char bytes[TEAVMX_SERIAL_MAX / 2];
};

/**
 * feeder_open() - open the file
 * @feeder: receives it
 * @path: the file, or "-" for standard input; must live as long as @feeder
 *
 * Return: 0 or a negative errno.
 */
int feeder_open(struct feeder *feeder, const char *path);

/**
 * feeder_close() - close the file
 * @feeder: a feeder, also one that is all zeros
 */
void feeder_close(struct feeder *feeder);

/**
 * feeder_wants() - must the caller wait for the file?
 * @feeder: feeder
 *
 * Return: true when the caller must wait until @fd is readable.
 */
bool feeder_wants(const struct feeder *feeder);

/**
 * feeder_read() - read a part of the file
 * @feeder: feeder for which feeder_wants() is true
 *
 * Return: 0 or a negative errno.
 */
int feeder_read(struct feeder *feeder);

/**
 * feeder_push() - send what was read to the VM, if there is room
 * @feeder: feeder; @size is 0 afterwards unless there was no room
 * @teavmx: handle
 * @vm: the VM
 *
 * Return: 0, or -1 with teavmx_error().
 */
int feeder_push(struct feeder *feeder, struct teavmx *teavmx, uint32_t vm);

#endif
