// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>

#include "symbol.h"

#define FIRST_SLOTS	64

/* The slot that holds the name, or the free one where it belongs */
static struct symbol *slot_of(const struct symbols *symbols, const char *name,
			      size_t size)
{
	size_t hash = 5381;
	size_t i;

	for (i = 0; i < size; i++)
		hash = hash * 33 + (unsigned char)name[i];
	for (i = hash;; i++) {
		struct symbol *slot;

		slot = symbols->slots + (i & (symbols->slot_count - 1));
		if (!slot->name || (slot->size == size &&
				    !memcmp(slot->name, name, size)))
			return slot;
	}
}

static void symbols_grow(struct symbols *symbols)
{
	struct symbols larger = {
		.slot_count = symbols->slot_count ? 2 * symbols->slot_count
						  : FIRST_SLOTS,
		.count = symbols->count,
	};
	size_t i;

	larger.slots = calloc(larger.slot_count, sizeof(*larger.slots));
	if (!larger.slots)
		err(CLI_FAILED, "symbols");
	for (i = 0; i < symbols->slot_count; i++) {
		const struct symbol *old = symbols->slots + i;

		if (old->name)
			*slot_of(&larger, old->name, old->size) = *old;
	}
	free(symbols->slots);
	*symbols = larger;
}

struct symbol *symbols_find(const struct symbols *symbols, const char *name,
			    size_t size)
{
	struct symbol *slot;

	if (!symbols->slot_count)
		return NULL;
	slot = slot_of(symbols, name, size);
	return slot->name ? slot : NULL;
}

void symbols_add(struct symbols *symbols, struct symbol symbol)
{
	if (2 * symbols->count >= symbols->slot_count)
		symbols_grow(symbols);
	*slot_of(symbols, symbol.name, symbol.size) = symbol;
	symbols->count++;
}

const struct symbol *symbols_nearest(const struct symbols *symbols,
				     const char *word)
{
	const struct symbol *nearest = NULL;
	const char **names = calloc(symbols->count + 1, sizeof(*names));
	size_t count = 0;
	const char *name;
	size_t i;

	for (i = 0; names && i < symbols->slot_count; i++) {
		const struct symbol *slot = symbols->slots + i;

		if (slot->name)
			names[count] = strndup(slot->name, slot->size);
		if (slot->name && names[count])
			count++;
	}
	name = cli_nearest(word, names, count);
	if (name)
		nearest = symbols_find(symbols, name, strlen(name));
	while (count)
		free((char *)names[--count]);
	free(names);
	return nearest;
}

void symbols_free(struct symbols *symbols)
{
	free(symbols->slots);
}
