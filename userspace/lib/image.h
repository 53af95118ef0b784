/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_IMAGE_H
#define TEAVMX_IMAGE_H

#include "internal.h"

/** TEAVMX_SEGMENTS_MAX - most segments of an ELF file that can be loaded */
#define TEAVMX_SEGMENTS_MAX	64

/**
 * struct teavmx_segment - A part of an executable, in RAM.
 * @address: guest-physical address
 * @size: bytes in RAM
 * @bytes: the first of them, in the file
 * @stored: how many come from the file; those after them are zero
 */
struct teavmx_segment {
	uint64_t address;
	uint64_t size;
	const uint8_t *bytes;
	uint64_t stored;
};

/**
 * struct teavmx_image - An executable, taken apart.
 * @entry: guest-physical address of the first instruction
 * @bits: 32 or 64
 * @count: entries in @segments
 * @segments: its segments, none of size 0
 */
struct teavmx_image {
	uint64_t entry;
	unsigned int bits;
	size_t count;
	struct teavmx_segment segments[TEAVMX_SEGMENTS_MAX];
};

/**
 * teavmx_image_parse() - Take an ELF executable apart.
 * @file: the file's bytes
 * @size: how many
 * @memory: bytes of RAM that it must fit into
 * @image: receives the parts; they point into @file
 * @error: receives the reason of a refusal
 *
 * Return: 0 or -1.
 */
int teavmx_image_parse(const void *file, size_t size, uint64_t memory,
		       struct teavmx_image *image, struct teavmx_error *error);

#endif
