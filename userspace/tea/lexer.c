// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "lexer.h"

/* Larger numbers are out of every range; this limit avoids an overflow. */
#define NUMBER_CAP	0x7FFFFFFFLL

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_';
}

static int digit_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

static const char *token_bad(struct token *token, const char *at, const char *problem)
{
	token->kind = TOKEN_BAD;
	token->problem = problem;
	return at;
}

static const char *read_number(const char *at, const char *end,
			       struct token *token)
{
	const char *start = at;
	const char *digits;
	int base = 10;
	bool wrong = false;

	if (end - at >= 2 && at[0] == '0') {
		if (at[1] == 'x' || at[1] == 'X')
			base = 16;
		else if (at[1] == 'b' || at[1] == 'B')
			base = 2;
		if (base != 10)
			at += 2;
	}
	token->kind = TOKEN_NUMBER;
	token->value = 0;
	digits = at;
	for (; at < end && is_name(*at); at++) {
		int digit = digit_value(*at);

		if (digit >= base)
			wrong = true;
		token->value = token->value * base + digit;
		if (token->value > NUMBER_CAP)
			token->value = NUMBER_CAP;
	}
	token->size = (size_t)(at - start);
	return wrong || at == digits ? token_bad(token, at, "not a number") : at;
}

/* One character after a backslash: 0 to 255, or -1 for an unknown escape */
static int read_escape(const char **at, const char *end)
{
	static const char letters[] = "nrt0\\'\"";
	static const char values[] = "\n\r\t\0\\'\"";
	const char *letter;

	if (*at == end)
		return -1;
	if (**at == 'x' && end - *at > 2 && digit_value((*at)[1]) < 16 &&
	    digit_value((*at)[2]) < 16) {
		*at += 3;
		return digit_value((*at)[-2]) << 4 | digit_value((*at)[-1]);
	}
	letter = **at ? strchr(letters, **at) : NULL;
	if (!letter)
		return -1;
	(*at)++;
	return (unsigned char)values[letter - letters];
}

static int read_quoted(const char **at, const char *end)
{
	if (**at != '\\')
		return (unsigned char)*(*at)++;
	(*at)++;
	return read_escape(at, end);
}

static const char *read_character(const char *at, const char *end,
				  struct token *token)
{
	const char *start = at++;
	int value;

	if (at == end || *at == '\'')
		return token_bad(token, at, "empty character");
	value = read_quoted(&at, end);
	if (value < 0)
		return token_bad(token, end, LEXER_BAD_ESCAPE);
	if (at == end || *at != '\'')
		return token_bad(token, end, "expected ' after one character");
	at++;
	token->kind = TOKEN_NUMBER;
	token->value = value;
	token->size = (size_t)(at - start);
	return at;
}

static const char *read_string(const char *at, const char *end,
			       struct token *token)
{
	const char *start = at++;

	while (at < end && *at != '"') {
		const char *character = at;

		if (read_quoted(&at, end) >= 0)
			continue;
		token->text = character;
		token->size = 2;
		return token_bad(token, end, LEXER_BAD_ESCAPE);
	}
	if (at == end)
		return token_bad(token, end, "text without closing \"");
	at++;
	token->kind = TOKEN_STRING;
	token->size = (size_t)(at - start);
	return at;
}

int lexer_unquote(const char **at, const char *end)
{
	return *at < end ? read_quoted(at, end) : -1;
}

const char *lexer_next(const char *at, const char *end, struct token *token)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
		at++;
	*token = (struct token){ .kind = TOKEN_END, .text = at };
	if (at == end || *at == ';')
		return at;

	token->size = 1;
	if (is_digit(*at))
		return read_number(at, end, token);
	if (*at == '\'')
		return read_character(at, end, token);
	if (*at == '"')
		return read_string(at, end, token);
	if (*at && strchr(":,+-()", *at)) {
		token->kind = TOKEN_SIGN;
		token->value = *at;
		return at + 1;
	}
	if (*at != '.' && !is_name(*at))
		return token_bad(token, at + 1, "unexpected character");

	token->kind = *at == '.' ? TOKEN_DIRECTIVE : TOKEN_NAME;
	for (at++; at < end && is_name(*at); at++)
		token->size++;
	return at;
}
