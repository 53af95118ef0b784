// SPDX-License-Identifier: GPL-2.0-only
#include "program_token.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
	"break", "case", "char", "continue", "default", "do", "else", "for",
	"if", "int", "return", "switch", "void", "while",
};

static struct token word_token(const char *name, size_t size)
{
	struct token token = { .kind = TOKEN_WORD };

	for (; token.value < WORD_COUNT; token.value++) {
		if (strlen(words[token.value]) == size &&
		    !memcmp(words[token.value], name, size))
			return token;
	}
	token.kind = TOKEN_FUNCTION;
	if (size == 4 && !memcmp(name, "main", size))
		token.value = FUNCTION_MAIN;
	else if (size == 4 && !memcmp(name, "show", size))
		token.value = FUNCTION_SHOW;
	else
		token.value = atoi(name + 1);
	if (name[0] == 'v')
		token.kind = TOKEN_VARIABLE;
	return token;
}

static struct token operator_token(const char *text, size_t *size)
{
	static const char *const doubles[] = {
		"==", "!=", "<=", ">=", "<<", ">>", "&&", "||", "++", "--",
		"+=", "-=", "*=", "&=", "|=", "^=",
	};
	struct token token = { TOKEN_OPERATOR, text[0] };
	size_t i;

	*size = 1;
	for (i = 0; i < sizeof(doubles) / sizeof(*doubles); i++) {
		if (!strncmp(text, doubles[i], 2)) {
			*size = 2;
			token.value = TWO(text[0], text[1]);
		}
	}
	return token;
}

bool program_tokenise(struct token *tokens, const char *text)
{
	unsigned int count = 0;
	size_t size;

	while (*(text += strspn(text, " \t\n"))) {
		struct token *token = &tokens[count++];

		if (count == TOKENS_MAX)
			return false;
		size = 0;
		while (isalnum((unsigned char)text[size]) || text[size] == '_')
			size++;
		if (!size)
			*token = operator_token(text, &size);
		else if (isdigit((unsigned char)text[0]))
			*token = (struct token){ TOKEN_NUMBER, atoi(text) };
		else
			*token = word_token(text, size);
		if ((token->kind == TOKEN_VARIABLE &&
		     token->value >= VARIABLES_MAX) ||
		    (token->kind == TOKEN_FUNCTION &&
		     token->value >= FUNCTIONS_MAX))
			return false;
		text += size;
	}
	tokens[count].kind = TOKEN_END;
	return true;
}
