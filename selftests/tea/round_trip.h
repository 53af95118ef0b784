/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ROUND_TRIP_H
#define ROUND_TRIP_H

#include <stdbool.h>
#include <stddef.h>

/**
 * round_trip() - does an object file come back the same from the disassembler
 *	and the assembler?
 * @file: the object file, from its signature on
 * @size: bytes in it, TEA_FILE_MIN to TEA_FILE_MAX
 *
 * Errors of the assembler are printed.
 *
 * Return: true if it does.
 */
bool round_trip(const unsigned char *file, size_t size);

#endif
