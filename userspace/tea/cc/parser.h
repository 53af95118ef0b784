/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_PARSER_H
#define CC_PARSER_H

#include <userspace/tea/report.h>

#include "arena.h"
#include "ast.h"

/* Statements and parentheses within each other */
#define CC_NEST_MAX		200
/* Expressions within each other: 1 + 1 + 1... is one level each */
#define CC_EXPR_DEPTH_MAX	1000
#define CC_ERRORS_MAX		100

/**
 * struct cc_parser - a parser at work
 * @tokens: the words; the last one is CC_END
 * @next: number of the current one
 * @report: receives errors
 * @arena: memory for the tree
 * @first: number of the first word of the statement or declaration
 * @nested: statements and parentheses around the current word
 * @broken: the statement has an error; further ones in it are not reported
 * @stopped: no further word is read
 */
struct cc_parser {
	const struct cc_token *tokens;
	size_t next;
	size_t first;
	struct report *report;
	struct arena *arena;
	unsigned int nested;
	bool broken;
	bool stopped;
};

/**
 * cc_parse() - read a program
 * @tokens: words of the source; the last one is CC_END
 * @report: receives errors
 * @arena: memory for the tree
 * @unit: receives the program; complete only if there are no errors
 */
void cc_parse(const struct cc_token *tokens, struct report *report,
	      struct arena *arena, struct cc_unit *unit);

/* What parser.c, statement.c and expression.c have in common */

/**
 * cc_parse_token() - the current word
 * @p: the parser
 *
 * Return: the word; CC_END once the parser has stopped.
 */
const struct cc_token *cc_parse_token(const struct cc_parser *p);

/**
 * cc_parse_ahead() - the word after the current one
 * @p: the parser
 */
const struct cc_token *cc_parse_ahead(const struct cc_parser *p);

/**
 * cc_parse_advance() - advance to the next word
 * @p: the parser
 */
void cc_parse_advance(struct cc_parser *p);

/**
 * cc_parse_sign() - take the current word if it is a sign
 * @p: the parser
 * @sign: the sign
 *
 * Return: whether it was.
 */
bool cc_parse_sign(struct cc_parser *p, int sign);

/**
 * cc_parse_expect() - take the current word, which must be a sign
 * @p: the parser
 * @sign: a sign of one character
 */
void cc_parse_expect(struct cc_parser *p, int sign);

/**
 * cc_parse_error() - report that the current word is not allowed there
 * @p: the parser
 * @expected: what is
 */
void cc_parse_error(struct cc_parser *p, const char *expected);

/**
 * cc_parse_stop() - end the parser, as a bound was reached
 * @p: the parser
 */
void cc_parse_stop(struct cc_parser *p);

/**
 * cc_parse_enter() - go one level deeper
 * @p: the parser
 *
 * Return: false beyond CC_NEST_MAX levels; then the parser has stopped. Else
 * "nested" is to be decremented later.
 */
bool cc_parse_enter(struct cc_parser *p);

/**
 * cc_parse_type() - read a type
 * @p: the parser
 * @type: receives it
 *
 * Return: false if there is none.
 */
bool cc_parse_type(struct cc_parser *p, struct cc_type *type);

/**
 * cc_parse_at_type() - whether a word begins a type
 * @token: the word
 */
bool cc_parse_at_type(const struct cc_token *token);

/**
 * cc_parse_declaration() - read variables after their type
 * @p: the parser
 * @type: their type
 * @last: where to link them; moved on
 */
void cc_parse_declaration(struct cc_parser *p, struct cc_type type,
			  struct cc_variable ***last);

/**
 * cc_parse_block() - read a block
 * @p: the parser, at its opening brace
 *
 * Return: the block.
 */
struct cc_statement *cc_parse_block(struct cc_parser *p);

/**
 * cc_parse_expression() - read an expression, commas included
 * @p: the parser
 *
 * Return: the expression; some expression after an error.
 */
struct cc_expr *cc_parse_expression(struct cc_parser *p);

/**
 * cc_parse_assignment() - read an expression without commas
 * @p: the parser
 *
 * Return: the expression; some expression after an error.
 */
struct cc_expr *cc_parse_assignment(struct cc_parser *p);

/**
 * cc_parse_operand() - read a constant, as an operand of an instruction
 * @p: the parser
 *
 * Return: the expression; some expression after an error.
 */
struct cc_expr *cc_parse_operand(struct cc_parser *p);

#endif
