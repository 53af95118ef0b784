/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_LEXER_H
#define TEA_LEXER_H

#include <stddef.h>

#define LEXER_BAD_ESCAPE \
	"unknown escape, the known ones are " \
	"\\n \\r \\t \\0 \\\\ \\' \\\" \\xHH"

/**
 * enum token_kind - words of the assembly language
 * @TOKEN_END: end of the line, or a comment
 * @TOKEN_NAME: a label, constant or mnemonic
 * @TOKEN_DIRECTIVE: a name after a dot
 * @TOKEN_NUMBER: a number or a character in quotes
 * @TOKEN_STRING: text in double quotes
 * @TOKEN_SIGN: one of : , + - ( )
 * @TOKEN_BAD: none of these; token.problem says why
 */
enum token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_DIRECTIVE,
	TOKEN_NUMBER,
	TOKEN_STRING,
	TOKEN_SIGN,
	TOKEN_BAD,
};

/**
 * struct token - a word of a line
 * @kind: what it is
 * @text: its first character in the source
 * @size: characters of it
 * @value: of a number; of a sign, its character
 * @problem: of TOKEN_BAD
 */
struct token {
	enum token_kind kind;
	const char *text;
	size_t size;
	long long value;
	const char *problem;
};

/**
 * lexer_next() - read the next word of a line
 * @at: where to start
 * @end: end of the line, without its newline
 * @token: receives the word
 *
 * Return: where to go on.
 */
const char *lexer_next(const char *at, const char *end, struct token *token);

/**
 * lexer_unquote() - read one character of a TOKEN_STRING
 * @at: moved on past the character
 * @end: the closing quote
 *
 * Return: the character, or -1 at the end and for an unknown escape.
 */
int lexer_unquote(const char **at, const char *end);

#endif
