/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROGRAM_TOKEN_H
#define PROGRAM_TOKEN_H

/* The words of the programs of program_generate() */

#include <stdbool.h>

#define TOKENS_MAX	65536
/* Numbers in names are below these. */
#define VARIABLES_MAX	2048
#define FUNCTIONS_MAX	8

/* The function that shows a character, and main, beside those with numbers */
#define FUNCTION_SHOW	(FUNCTIONS_MAX - 1)
#define FUNCTION_MAIN	(FUNCTIONS_MAX - 2)

enum token_kind {
	TOKEN_END,
	TOKEN_NUMBER,
	TOKEN_VARIABLE,
	TOKEN_FUNCTION,
	TOKEN_WORD,
	TOKEN_OPERATOR,
};

enum word {
	WORD_BREAK, WORD_CASE, WORD_CHAR, WORD_CONTINUE, WORD_DEFAULT, WORD_DO,
	WORD_ELSE, WORD_FOR, WORD_IF, WORD_INT, WORD_RETURN, WORD_SWITCH,
	WORD_VOID, WORD_WHILE, WORD_COUNT,
};

/**
 * struct token - a word of the source
 * @kind: what it is
 * @value: number; of a name, the number in it; enum word; or the characters of
 *	an operator, the last one lowest
 */
struct token {
	enum token_kind kind;
	int value;
};

#define TWO(a, b)	((a) << 8 | (b))

/**
 * program_tokenise() - take a source apart
 * @tokens: receives TOKENS_MAX words at most, the last one TOKEN_END
 * @text: the source
 *
 * Return: false if it has more words, or other names, than there is room for.
 */
bool program_tokenise(struct token *tokens, const char *text);

#endif
