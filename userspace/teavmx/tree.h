/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_TREE_H
#define TEAVMX_TREE_H

#include <stddef.h>

/**
 * struct tree - entries that are found by what they have in common with a key
 * @root: of tsearch()
 * @entries: the same entries, in the order in which they were added
 * @count: number of them
 *
 * All zero is an empty one.
 */
struct tree {
	void *root;
	void **entries;
	size_t count;
};

/**
 * tree_find() - find an entry
 * @tree: the tree
 * @key: what the entry equals
 * @compare: as of tsearch()
 *
 * Return: the entry, or null.
 */
void *tree_find(const struct tree *tree, const void *key,
		int (*compare)(const void *a, const void *b));

/**
 * tree_find_or_add() - find an entry, or add a copy of the key
 * @tree: the tree
 * @key: what the entry equals
 * @size: bytes of @key
 * @compare: as of tsearch()
 *
 * Return: the entry, or null without memory.
 */
void *tree_find_or_add(struct tree *tree, const void *key, size_t size,
		       int (*compare)(const void *a, const void *b));

/**
 * tree_free() - release a tree, which is empty then
 * @tree: the tree
 * @release: called with each entry; free() for those that have nothing else
 */
void tree_free(struct tree *tree, void (*release)(void *entry));

#endif
