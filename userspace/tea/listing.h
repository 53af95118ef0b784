/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_LISTING_H
#define TEA_LISTING_H

#include <stdbool.h>
#include <stdio.h>

#include <userspace/common/tea_map.h>

/**
 * struct listing - comments that a debug map adds to a disassembly
 * @map: the map, or null for no comments
 * @map_path: path of the map
 * @text: the source that was read last, or null
 * @size: bytes of it
 * @file: its number in the map
 * @opened: there was an attempt to read it
 */
struct listing {
	const struct tea_map *map;
	const char *map_path;
	char *text;
	size_t size;
	unsigned int file;
	bool opened;
};

/**
 * listing_comments() - write functions and lines that begin in a piece of code
 * @listing: the listing
 * @from: code address of the piece
 * @to_address: the address behind it
 * @to: where to
 *
 * The name of a function, and each source line: its file and number, and its
 * text where the source can be read.
 */
void listing_comments(struct listing *listing, unsigned int from,
		      unsigned int to_address, FILE *to);

/**
 * listing_free() - release the source
 * @listing: the listing
 */
void listing_free(struct listing *listing);

#endif
