/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_HEXDUMP_H
#define TEAVMX_HEXDUMP_H

#include <stdint.h>
#include <stdio.h>

/**
 * hexdump_print() - print bytes as "hexdump -C" does
 * @bytes: the bytes
 * @size: how many, at least one
 * @address: of the first one
 * @file: where to
 *
 * A line has sixteen bytes in hexadecimal and as text; "*" stands for lines equal
 * to the one before; the last line is the address after the last byte.
 */
void hexdump_print(const unsigned char *bytes, size_t size, uint64_t address,
		   FILE *file);

#endif
