// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "macro.h"

struct cc_macro *cc_macros_find(const struct cc_macros *macros,
				const struct cc_token *name)
{
	const struct symbol *symbol;
	struct cc_macro *macro;

	if (name->kind != CC_NAME)
		return NULL;
	symbol = symbols_find(&macros->names, name->text, name->size);
	if (!symbol)
		return NULL;
	macro = macros->list[symbol->value];
	return macro->defined ? macro : NULL;
}

void cc_macros_add(struct cc_macros *macros, struct cc_macro *macro)
{
	struct symbol *symbol;

	macro->defined = true;
	symbol = symbols_find(&macros->names, macro->name.text,
			      macro->name.size);
	if (symbol) {
		macros->list[symbol->value] = macro;
		return;
	}
	macros->list = grow_for(macros->list, macros->count,
				sizeof(*macros->list));
	macros->list[macros->count] = macro;
	symbols_add(&macros->names, (struct symbol){
		.name = macro->name.text,
		.size = macro->name.size,
		.value = (long long)macros->count++,
	});
}

static bool same_words(const struct cc_token *left,
		       const struct cc_token *right, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (left[i].size != right[i].size ||
		    memcmp(left[i].text, right[i].text, left[i].size))
			return false;
	}
	return true;
}

bool cc_macro_same(const struct cc_macro *left, const struct cc_macro *right)
{
	return left->takes_arguments == right->takes_arguments &&
	       left->parameter_count == right->parameter_count &&
	       left->size == right->size &&
	       same_words(left->parameters, right->parameters,
			  left->parameter_count) &&
	       same_words(left->body, right->body, left->size);
}

size_t cc_macro_parameter(const struct cc_macro *macro,
			  const struct cc_token *word)
{
	size_t i;

	for (i = 0; word->kind == CC_NAME && i < macro->parameter_count; i++) {
		if (same_words(macro->parameters + i, word, 1))
			return i;
	}
	return macro->parameter_count;
}

void cc_macros_free(struct cc_macros *macros)
{
	free(macros->list);
	symbols_free(&macros->names);
}
