// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>

#include "arena.h"

#define BLOCK_SIZE	65536
#define ALIGNMENT	16

/**
 * struct arena_block - a piece of memory to hand out
 * @below: the block before
 * @used: bytes handed out
 * @size: bytes in it
 * @bytes: the memory
 */
struct arena_block {
	struct arena_block *below;
	size_t used;
	size_t size;
	char bytes[] __attribute__((__aligned__(ALIGNMENT)));
};

void *arena_zalloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->block;
	void *memory;

	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (!block || block->size - block->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		block = calloc(1, sizeof(*block) + room);
		if (!block)
			err(CLI_FAILED, "compiler");
		block->size = room;
		block->below = arena->block;
		arena->block = block;
	}
	memory = block->bytes + block->used;
	block->used += size;
	return memory;
}

void *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
	void *copy = arena_zalloc(arena, size + 1);

	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

void arena_free(struct arena *arena)
{
	while (arena->block) {
		struct arena_block *below = arena->block->below;

		free(arena->block);
		arena->block = below;
	}
}

void *grow_for(void *table, size_t count, size_t size)
{
	/* The table doubles when its count is a power of two. */
	if (table && (count & (count - 1)))
		return table;
	table = reallocarray(table, count ? 2 * count : 1, size);
	if (!table)
		err(CLI_FAILED, "compiler");
	return table;
}
