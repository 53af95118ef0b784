// SPDX-License-Identifier: GPL-2.0-only
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

void *tree_find(const struct tree *tree, const void *key,
		int (*compare)(const void *a, const void *b))
{
	void **place = tfind(key, &tree->root, compare);

	return place ? *place : NULL;
}

static void *tree_append(struct tree *tree, const void *key, size_t size)
{
	void **entries = reallocarray(tree->entries, tree->count + 1, sizeof(*entries));
	void *entry = malloc(size);

	if (entries)
		tree->entries = entries;
	if (!entries || !entry) {
		free(entry);
		return NULL;
	}
	memcpy(entry, key, size);
	entries[tree->count++] = entry;
	return entry;
}

void *tree_find_or_add(struct tree *tree, const void *key, size_t size,
		       int (*compare)(const void *a, const void *b))
{
	void **place = tsearch(key, &tree->root, compare);
	void *entry;

	if (!place || *place != key)
		return place ? *place : NULL;
	entry = tree_append(tree, key, size);
	if (entry)
		*place = entry;
	else
		tdelete(key, &tree->root, compare);
	return entry;
}

void tree_free(struct tree *tree, void (*release)(void *entry))
{
	tdestroy(tree->root, release);
	free(tree->entries);
	*tree = (struct tree){ 0 };
}
