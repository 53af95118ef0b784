// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <userspace/common/cli.h>
#include <userspace/tea/lexer.h>

#include "token.h"

#define SHOWN_MAX	60

const char *const cc_token_too_large = "a number that is too large";

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_beyond_ascii(char c)
{
	return (unsigned char)c > 0x7F;
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

static void token_bad(struct cc_token *token, const char *problem)
{
	token->kind = CC_BAD;
	token->problem = problem;
}

/* Returns where the line continues after a backslash at its end, or null. */
static const char *line_joined(const char *at, const char *end)
{
	if (at == end || *at != '\\')
		return NULL;
	at++;
	if (at < end && *at == '\r')
		at++;
	return at < end && *at == '\n' ? at + 1 : NULL;
}

/* Skips a comment; false if it has no end. */
static bool skip_comment(struct cc_lexer *lexer)
{
	const char *at = lexer->at;
	const char *end = lexer->end;

	if (at[1] == '/') {
		for (at += 2; at < end && *at != '\n'; at++) {
			const char *next = line_joined(at, end);

			if (next) {
				lexer->line++;
				at = next - 1;
			}
		}
		lexer->at = at;
		return true;
	}
	for (at += 2; end - at >= 2; at++) {
		if (*at == '\n')
			lexer->line++;
		if (at[0] == '*' && at[1] == '/') {
			lexer->at = at + 2;
			return true;
		}
	}
	lexer->at = end;
	return false;
}

/* Skips white space; false at a comment without end, where @token points. */
static bool skip_space(struct cc_lexer *lexer, struct cc_token *token)
{
	while (lexer->at < lexer->end) {
		const char *next = line_joined(lexer->at, lexer->end);
		char c = *lexer->at;

		if (next) {
			lexer->line++;
			lexer->at = next;
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' ||
			   c == '\v') {
			lexer->at++;
		} else if (c == '/' && lexer->end - lexer->at >= 2 &&
			   (lexer->at[1] == '/' || lexer->at[1] == '*')) {
			token->at = lexer->at;
			token->line = lexer->line;
			if (!skip_comment(lexer))
				return false;
		} else {
			break;
		}
		token->spaced = true;
	}
	return true;
}

static const char *lex_number(const char *at, const char *end,
			      struct cc_token *token)
{
	int base = 10;
	bool wrong = false;
	bool too_large = false;
	long long value = 0;
	const char *digits;

	if (end - at >= 2 && at[0] == '0') {
		if (at[1] == 'x' || at[1] == 'X')
			base = 16;
		else if (at[1] == 'b' || at[1] == 'B')
			base = 2;
	}
	token->kind = CC_NUMBER;
	if (base != 10)
		at += 2;
	else if (end - at > 1 && at[0] == '0' && is_digit(at[1]))
		token_bad(token, "a number does not begin with 0, there are no octal ones");
	digits = at;
	for (; at < end && (is_name(*at) || *at == '.'); at++) {
		int digit = digit_value(*at);

		wrong |= digit >= base;
		value = value * base + digit;
		if (value > NUMBER_MAX) {
			value = NUMBER_MAX;
			too_large = true;
		}
	}
	if (token->kind == CC_BAD)
		return at;
	token->value = value;
	if (wrong || at == digits)
		token_bad(token, memchr(token->text, '.', (size_t)(at - token->text)) ?
			  "there are no floating-point numbers" : "not a number");
	else if (too_large)
		token_bad(token, cc_token_too_large);
	return at;
}

static const char *lex_character(const char *at, const char *end,
				 struct cc_token *token)
{
	int value;

	at++;
	if (at == end || *at == '\'' || *at == '\n') {
		token_bad(token, "empty character");
		return at < end && *at == '\'' ? at + 1 : at;
	}
	value = lexer_unquote(&at, end);
	if (value < 0) {
		token_bad(token, LEXER_BAD_ESCAPE);
		return at;
	}
	if (at == end || *at != '\'') {
		token_bad(token, "expected ' after one character");
		return at;
	}
	token->kind = CC_NUMBER;
	token->value = (signed char)value;
	return at + 1;
}

static const char *lex_string(const char *at, const char *end,
			      struct cc_token *token)
{
	token->kind = CC_STRING;
	at++;
	while (at < end && *at != '"' && *at != '\n') {
		const char *character = at;

		if (lexer_unquote(&at, end) >= 0)
			continue;
		token->at = character;
		token_bad(token, LEXER_BAD_ESCAPE);
		while (at < end && *at != '"' && *at != '\n')
			at++;
		break;
	}
	if (at < end && *at == '"')
		return at + 1;
	if (token->kind != CC_BAD)
		token_bad(token, "text without closing \"");
	return at;
}

static const char *lex_sign(const char *at, const char *end,
			    struct cc_token *token)
{
	static const int longer[] = {
		SIGN_3('<', '<', '='), SIGN_3('>', '>', '='), SIGN_INC,
		SIGN_DEC, SIGN_SHL, SIGN_SHR, SIGN_LE, SIGN_GE, SIGN_EQ,
		SIGN_NE, SIGN_AND, SIGN_OR, SIGN_2('+', '='),
		SIGN_2('-', '='), SIGN_2('*', '='), SIGN_2('/', '='),
		SIGN_2('%', '='), SIGN_2('&', '='), SIGN_2('|', '='),
		SIGN_2('^', '='),
	};
	size_t i;

	token->kind = CC_SIGN;
	for (i = 0; i < ARRAY_SIZE(longer); i++) {
		int size = longer[i] >> 16 ? 3 : 2;

		if (end - at < size || at[0] != (longer[i] & 0xFF) ||
		    at[1] != (longer[i] >> 8 & 0xFF) ||
		    (size == 3 && at[2] != longer[i] >> 16))
			continue;
		token->value = longer[i];
		return at + size;
	}
	token->value = *at;
	if (!*at || !strchr("(){}[];,:?=<>+-*/%&|^~!#", *at))
		token_bad(token, "unexpected character");
	/* The bytes of a character outside of ASCII are one error. */
	while (is_beyond_ascii(*at) && end - at > 1 && is_beyond_ascii(at[1]))
		at++;
	return at + 1;
}

void cc_lex(struct cc_lexer *lexer, struct cc_token *token)
{
	const char *end = lexer->end;
	const char *at;

	*token = (struct cc_token){ .file = lexer->file };
	if (!skip_space(lexer, token)) {
		token->text = token->at;
		token->size = 2;
		token_bad(token, "comment without end");
		return;
	}
	at = lexer->at;
	token->text = at;
	token->at = at;
	token->line = lexer->line;
	token->first = lexer->first;
	lexer->first = false;
	if (at == end)
		return;
	if (*at == '\n') {
		token->kind = CC_NEWLINE;
		lexer->line++;
		lexer->first = true;
		at++;
	} else if (is_digit(*at)) {
		at = lex_number(at, end, token);
	} else if (*at == '\'') {
		at = lex_character(at, end, token);
	} else if (*at == '"') {
		at = lex_string(at, end, token);
	} else if (is_name(*at)) {
		token->kind = CC_NAME;
		while (at < end && is_name(*at))
			at++;
	} else {
		at = lex_sign(at, end, token);
	}
	token->size = (unsigned int)(at - token->text);
	lexer->at = at;
}

bool cc_token_is(const struct cc_token *token, const char *name)
{
	return token->kind == CC_NAME && strlen(name) == token->size &&
	       !memcmp(token->text, name, token->size);
}

bool cc_token_sign(const struct cc_token *token, int sign)
{
	return token->kind == CC_SIGN && token->value == sign;
}

int cc_token_shown(const struct cc_token *token)
{
	return token->size < SHOWN_MAX ? (int)token->size : SHOWN_MAX;
}

size_t cc_token_text(const struct cc_token *token, unsigned char *characters)
{
	const char *end = token->text + token->size - 1;
	const char *at = token->text + 1;
	size_t count = 0;
	int character;

	while ((character = lexer_unquote(&at, end)) >= 0) {
		if (characters)
			characters[count] = (unsigned char)character;
		count++;
	}
	return count;
}

void cc_token_fix(struct report *report, const struct cc_token *token,
		  const char *text)
{
	if (token->at == token->text)
		report_fix(report, token->at, token->size, text);
}
