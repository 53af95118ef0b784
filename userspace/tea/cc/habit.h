/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_HABIT_H
#define CC_HABIT_H

#include "parser.h"

/**
 * struct cc_habit - a word of C that the language does not have
 * @word: the word
 * @message: what there is instead
 * @fix: what can replace it, or null
 */
struct cc_habit {
	const char *word;
	const char *message;
	const char *fix;
};

/**
 * cc_habit_find() - find a word of C that the language does not have
 * @token: the word
 *
 * Return: the entry or null.
 */
const struct cc_habit *cc_habit_find(const struct cc_token *token);

/**
 * cc_habit_keyword() - find the keyword that a mistyped word most likely meant
 * @token: the word
 * @least: fewest characters of a word that is compared
 *
 * Return: the keyword or null.
 */
const char *cc_habit_keyword(const struct cc_token *token, unsigned int least);

/* What declares the functions that print */
#define CC_PRINT_LIBRARY \
	"#include <print.tea> has print(), print_int(), print_char() and others"

/* cc_habit_prints() - is a word the name of such a function, or like one? */
bool cc_habit_prints(const struct cc_token *token);

/**
 * cc_habit_report() - report an error of form that comes from C or from a mistyped
 *	keyword
 * @p: the parser, at the word that is not allowed there
 *
 * Return: false if the error is of another kind; nothing is reported then.
 */
bool cc_habit_report(struct cc_parser *p);

#endif
