/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_TOKEN_H
#define CC_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include <userspace/tea/report.h>

/* A sign of two or three characters as a number */
#define SIGN_2(a, b)		((a) | (b) << 8)
#define SIGN_3(a, b, c)		((a) | (b) << 8 | (c) << 16)

#define SIGN_INC	SIGN_2('+', '+')
#define SIGN_DEC	SIGN_2('-', '-')
#define SIGN_SHL	SIGN_2('<', '<')
#define SIGN_SHR	SIGN_2('>', '>')
#define SIGN_LE		SIGN_2('<', '=')
#define SIGN_GE		SIGN_2('>', '=')
#define SIGN_EQ		SIGN_2('=', '=')
#define SIGN_NE		SIGN_2('!', '=')
#define SIGN_AND	SIGN_2('&', '&')
#define SIGN_OR		SIGN_2('|', '|')

/* The largest value a number can have */
#define NUMBER_MAX	0x7FFFFFFFLL

/* What is wrong with a number above that */
extern const char *const cc_token_too_large;

/**
 * enum cc_kind - words of the language
 * @CC_END: end of the source
 * @CC_NEWLINE: end of a line; only the preprocessor sees it
 * @CC_NAME: a name or a word of the language
 * @CC_NUMBER: a number or a character in quotes
 * @CC_STRING: text in double quotes
 * @CC_SIGN: an operator or a separator
 * @CC_BAD: none of these; token.problem says why
 */
enum cc_kind {
	CC_END,
	CC_NEWLINE,
	CC_NAME,
	CC_NUMBER,
	CC_STRING,
	CC_SIGN,
	CC_BAD,
};

/**
 * struct cc_token - a word of a source
 * @kind: what it is
 * @first: it is the first word of its line
 * @spaced: white space comes before it
 * @file: number of its source
 * @line: its line there, from 1
 * @size: characters of it
 * @text: its first character
 * @at: its place for messages; of a word from a macro, the place where the macro
 *	was used
 * @value: of a number; of a sign, its characters (SIGN_2() and so on)
 * @problem: of CC_BAD; a message with cc_token_too_large shows the number, too
 */
struct cc_token {
	enum cc_kind kind;
	bool first;
	bool spaced;
	unsigned short file;
	unsigned int line;
	unsigned int size;
	const char *text;
	const char *at;
	union {
		long long value;
		const char *problem;
	};
};

/**
 * struct cc_lexer - a source being read
 * @at: current position
 * @end: its end
 * @file: number of the source
 * @line: current line
 * @first: only white space has been read of the line
 */
struct cc_lexer {
	const char *at;
	const char *end;
	unsigned short file;
	unsigned int line;
	bool first;
};

/**
 * cc_lex() - read the next word
 * @lexer: the source
 * @token: receives the word
 *
 * Comments and lines joined by a backslash are white space.
 */
void cc_lex(struct cc_lexer *lexer, struct cc_token *token);

/**
 * cc_token_is() - whether a word is a given name
 * @token: the word
 * @name: the name
 */
bool cc_token_is(const struct cc_token *token, const char *name);

/**
 * cc_token_sign() - whether a word is a given sign
 * @token: the word
 * @sign: the sign
 */
bool cc_token_sign(const struct cc_token *token, int sign);

/**
 * cc_token_text() - read the text of a CC_STRING
 * @token: the word
 * @characters: receives its characters, or null to count them only
 *
 * Return: number of characters, fewer than token->size.
 */
size_t cc_token_text(const struct cc_token *token, unsigned char *characters);

/**
 * cc_token_shown() - characters of a word that a message shows
 * @token: the word
 *
 * Return: its size, but not more than fits a message.
 */
int cc_token_shown(const struct cc_token *token);

/**
 * cc_token_fix() - note what could replace a word
 * @report: the report; its last remark is about the word
 * @token: the word; nothing is noted if it comes from a macro
 * @text: the replacement
 */
void cc_token_fix(struct report *report, const struct cc_token *token,
		  const char *text);

#endif
