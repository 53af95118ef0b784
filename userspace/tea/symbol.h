/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_SYMBOL_H
#define TEA_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct symbol - a label or a constant
 * @name: its first character in the source
 * @size: characters of the name
 * @value: its value
 * @known: the value is known; that of a constant from its .equ on
 */
struct symbol {
	const char *name;
	size_t size;
	long long value;
	bool known;
};

/**
 * struct symbols - a table of symbols
 * @slots: hash table
 * @slot_count: its size, 0 or a power of two
 * @count: slots in use
 */
struct symbols {
	struct symbol *slots;
	size_t slot_count;
	size_t count;
};

/**
 * symbols_find() - look a name up
 * @symbols: the table
 * @name: the name
 * @size: characters of it
 *
 * Return: the symbol, valid until the next symbols_add(), or null.
 */
struct symbol *symbols_find(const struct symbols *symbols, const char *name,
			    size_t size);

/**
 * symbols_add() - add a name that the table does not have
 * @symbols: the table
 * @symbol: what to add
 */
void symbols_add(struct symbols *symbols, struct symbol symbol);

/**
 * symbols_nearest() - find the name a mistyped word most likely meant
 * @symbols: the table
 * @word: the word
 *
 * Return: the symbol or null.
 */
const struct symbol *symbols_nearest(const struct symbols *symbols,
				     const char *word);

/**
 * symbols_free() - release the table
 * @symbols: the table
 */
void symbols_free(struct symbols *symbols);

#endif
