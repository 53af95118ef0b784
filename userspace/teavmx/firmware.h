/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_FIRMWARE_H
#define TEAVMX_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>

#include <userspace/lib/teavmx.h>

/*
 * There is no firmware. In real mode each vector points to an instruction of its
 * own until the payload sets it, so that a call of the BIOS is recognized by its
 * vector and does not execute empty memory.
 */

/**
 * firmware_write() - set the vectors of real mode so that calls exit
 * @teavmx: handle
 * @vm: a raw VM that holds its payload already and has not run
 * @memory: bytes of its RAM
 * @written: receives whether it was done; it is not if the payload lies in the
 *	vector table or where the vectors would point
 *
 * Return: 0, or -1 when a request failed.
 */
int firmware_write(struct teavmx *teavmx, uint32_t vm, uint64_t memory,
		   bool *written);

/**
 * firmware_vector() - did a vCPU call the firmware?
 * @teavmx: handle
 * @exit: exit that the vCPU is paused for; its VM had firmware_write()
 *
 * Return: the vector, -1 when it did not, or when its registers cannot be read.
 */
int firmware_vector(struct teavmx *teavmx, const struct teavmx_record *exit);

/**
 * firmware_describe() - describe a call
 * @teavmx: handle
 * @exit: exit that the vCPU is paused for
 * @vector: what firmware_vector() returned
 * @text: receives the description
 * @size: bytes of it
 */
void firmware_describe(struct teavmx *teavmx, const struct teavmx_record *exit,
		       unsigned int vector, char *text, size_t size);

#endif
