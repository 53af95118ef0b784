/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_ARENA_H
#define CC_ARENA_H

#include <stddef.h>

struct arena_block;

/**
 * struct arena - memory that is released all at once; all zero is empty
 * @block: the block in use
 */
struct arena {
	struct arena_block *block;
};

/**
 * arena_zalloc() - get zeroed memory; ends the program without memory
 * @arena: the arena
 * @size: bytes
 *
 * Return: the memory, aligned for anything.
 */
void *arena_zalloc(struct arena *arena, size_t size);

/**
 * arena_copy() - get a copy of bytes with a NUL behind them
 * @arena: the arena
 * @bytes: the bytes
 * @size: number of them
 *
 * Return: the copy.
 */
void *arena_copy(struct arena *arena, const void *bytes, size_t size);

/**
 * arena_free() - release everything
 * @arena: the arena; empty afterwards
 */
void arena_free(struct arena *arena);

/**
 * grow_for() - see that a table has room for one more entry
 * @table: the table, from malloc(), or null
 * @count: entries in it
 * @size: bytes of an entry
 *
 * Ends the program without memory.
 *
 * Return: the table, perhaps moved.
 */
void *grow_for(void *table, size_t count, size_t size);

#endif
