// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <userspace/common/cli.h>

#include "habit.h"

#define NO_STORAGE	"leave it out, there is one kind of storage"
#define NO_FLOATING	"there are no floating-point numbers"
#define NO_STRUCTURES	"there are no structures, unions and enumerations"
#define NO_POINTERS	"there are no pointers"
#define PRINT		"print"

static const struct cc_habit habits[] = {
	{ "NULL", NO_POINTERS, NULL },
	{ "bool", "a char holds 0 or 1", "char" },
	{ "const", NO_STORAGE, "" },
	{ "double", NO_FLOATING, NULL },
	{ "enum", NO_STRUCTURES "; #define names a number", NULL },
	{ "extern", NO_STORAGE, "" },
	{ "false", "write 0", "0" },
	{ "float", NO_FLOATING, NULL },
	{ "inline", "leave it out", "" },
	{ "long", "int has 16 bits, nothing has more", "int" },
	{ "printf", CC_PRINT_LIBRARY, NULL },
	{ "putchar", CC_PRINT_LIBRARY, NULL },
	{ "puts", CC_PRINT_LIBRARY, NULL },
	{ "register", NO_STORAGE, "" },
	{ "short", "int has 16 bits", "int" },
	{ "sizeof", "a char has 1 byte, an int 2", NULL },
	{ "static", NO_STORAGE, "" },
	{ "struct", NO_STRUCTURES, NULL },
	{ "true", "write 1", "1" },
	{ "typedef", "there are no new types", NULL },
	{ "union", NO_STRUCTURES, NULL },
	{ "volatile", NO_STORAGE, "" },
};

static const char *const keywords[] = {
	"asm", "break", "case", "char", "continue", "default", "do", "else",
	"for", "goto", "if", "int", "return", "signed", "string", "switch",
	"unsigned", "void", "while",
};

const struct cc_habit *cc_habit_find(const struct cc_token *token)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(habits); i++) {
		if (cc_token_is(token, habits[i].word))
			return &habits[i];
	}
	return NULL;
}

const char *cc_habit_keyword(const struct cc_token *token, unsigned int least)
{
	const char *keyword;
	char word[16] = "";
	size_t i;

	if (token->kind != CC_NAME || token->size < least ||
	    token->size >= sizeof(word))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(keywords); i++) {
		if (cc_token_is(token, keywords[i]))
			return NULL;
	}
	memcpy(word, token->text, token->size);
	keyword = cli_nearest(word, keywords, ARRAY_SIZE(keywords));
	/* A mistyped word begins right: "print" is not meant as "int". */
	return keyword && *keyword == *word ? keyword : NULL;
}

bool cc_habit_prints(const struct cc_token *token)
{
	return token->size >= strlen(PRINT) &&
	       !memcmp(token->text, PRINT, strlen(PRINT));
}

static bool report_word(struct cc_parser *p, const struct cc_token *token)
{
	const struct cc_habit *habit = cc_habit_find(token);

	if (!habit)
		return false;
	report_add(p->report, false, token->at, "'%s' is not a word of TEA: %s",
		   habit->word, habit->message);
	if (habit->fix)
		cc_token_fix(p->report, token, habit->fix);
	return true;
}

static bool report_keyword(struct cc_parser *p, const struct cc_token *token)
{
	const char *keyword = cc_habit_keyword(token, 3);

	if (!keyword)
		return false;
	report_add(p->report, false, token->at,
		   "'%.*s' is not a word of TEA, did you mean '%s'?",
		   cc_token_shown(token), token->text, keyword);
	cc_token_fix(p->report, token, keyword);
	return true;
}

static bool report_pointer(struct cc_parser *p, const struct cc_token *token,
			   const struct cc_token *before)
{
	if (cc_token_sign(token, '*'))
		report_add(p->report, false, token->at,
			   NO_POINTERS "; text is an array of char, or a string as a parameter");
	else if (cc_token_sign(token, '&'))
		report_add(p->report, false, token->at,
			   NO_POINTERS ", nothing has an address");
	else if (cc_token_sign(token, '>') && cc_token_sign(before, '-'))
		report_add(p->report, false, before->at,
			   NO_POINTERS " and no structures");
	else
		return false;
	return true;
}

/* A mistyped keyword is followed by what cannot follow a name in an expression. */
static bool splits_words(const struct cc_token *token)
{
	return token->kind == CC_NAME || token->kind == CC_NUMBER ||
	       token->kind == CC_STRING || cc_token_sign(token, '{');
}

/* The head of a loop or an if, with a statement or a semicolon where none can be */
static bool has_head(const struct cc_token *first, const struct cc_token *token)
{
	return first->kind == CC_NAME && cc_token_sign(first + 1, '(') &&
	       first + 1 < token &&
	       (splits_words(token) || cc_token_sign(token, ';'));
}

/* The semicolons in parentheses do not end the statement. */
static void skip_head(struct cc_parser *p, const struct cc_token *from)
{
	unsigned int open = 1;

	for (; open && from->kind != CC_END; from++) {
		if (cc_token_sign(from, '('))
			open++;
		else if (cc_token_sign(from, ')'))
			open--;
		if (from >= cc_parse_token(p))
			cc_parse_advance(p);
	}
}

bool cc_habit_report(struct cc_parser *p)
{
	const struct cc_token *token = cc_parse_token(p);
	const struct cc_token *before = p->next ? token - 1 : token;
	const struct cc_token *first = p->tokens + p->first;

	if (token->kind == CC_END)
		return false;
	if (report_pointer(p, token, before) || report_word(p, token) ||
	    report_word(p, before))
		return true;
	if (token->kind == CC_NAME && splits_words(token + 1) &&
	    report_keyword(p, token))
		return true;
	if (splits_words(token) && report_keyword(p, before))
		return true;
	if (!has_head(first, token) || !report_keyword(p, first))
		return false;
	if (cc_token_sign(token, ';'))
		skip_head(p, first + 2);
	return true;
}
