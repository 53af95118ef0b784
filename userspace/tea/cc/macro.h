/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_MACRO_H
#define CC_MACRO_H

#include <stdbool.h>
#include <stddef.h>

#include <userspace/tea/symbol.h>

#include "token.h"

#define CC_PARAMETERS_MAX	64

/**
 * struct cc_macro - a macro
 * @name: the word that names it in its #define
 * @defined: it is; #undef clears it
 * @takes_arguments: it is used like a function
 * @active: it is being expanded
 * @parameters: names of its parameters
 * @parameter_count: number of them
 * @body: its replacement
 * @size: words in @body
 */
struct cc_macro {
	struct cc_token name;
	bool defined;
	bool takes_arguments;
	bool active;
	struct cc_token *parameters;
	size_t parameter_count;
	struct cc_token *body;
	size_t size;
};

/**
 * struct cc_macros - the macros of one run; all zero is empty
 * @names: index of @list by name
 * @list: the macros
 * @count: number of them
 */
struct cc_macros {
	struct symbols names;
	struct cc_macro **list;
	size_t count;
};

/**
 * cc_macros_find() - look a macro up
 * @macros: the macros
 * @name: a word
 *
 * Return: the macro or null.
 */
struct cc_macro *cc_macros_find(const struct cc_macros *macros,
				const struct cc_token *name);

/**
 * cc_macros_add() - define a macro
 * @macros: the macros
 * @macro: the macro; kept
 */
void cc_macros_add(struct cc_macros *macros, struct cc_macro *macro);

/**
 * cc_macro_same() - whether two definitions are the same
 * @left: a macro
 * @right: a macro
 */
bool cc_macro_same(const struct cc_macro *left, const struct cc_macro *right);

/**
 * cc_macro_parameter() - which parameter a word of a body is
 * @macro: the macro
 * @word: the word
 *
 * Return: its number, or parameter_count if it is none.
 */
size_t cc_macro_parameter(const struct cc_macro *macro,
			  const struct cc_token *word);

/**
 * cc_macros_free() - release the tables
 * @macros: the macros
 */
void cc_macros_free(struct cc_macros *macros);

#endif
