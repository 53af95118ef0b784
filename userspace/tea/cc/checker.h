/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_CHECKER_H
#define CC_CHECKER_H

#include <userspace/tea/report.h>
#include <userspace/tea/symbol.h>

#include "arena.h"
#include "ast.h"

/* Bytes of an array */
#define CC_ARRAY_MAX		32767
#define CC_STRING_MAX		255

/**
 * struct cc_names - a table of things by name; all zero is empty
 * @names: index of @list by name
 * @list: the things
 * @count: number of them
 */
struct cc_names {
	struct symbols names;
	void **list;
	size_t count;
};

/**
 * struct cc_checker - a checker at work
 * @unit: the program
 * @report: receives errors and warnings
 * @arena: memory for what it adds to the tree
 * @wary: all warnings, not only those about what surely is wrong
 * @functions: all functions
 * @globals: the globals so far
 * @locals: names of the function
 * @labels: labels of the function
 * @gotos: gotos of the function, by next
 * @function: the function, or null in the value of a global
 * @block: the block
 * @scope: the last local variable declared, or null
 * @loop: the loop around, or null
 * @way_out: the loop or switch around, or null
 * @choice: the switch around, or null
 * @choice_depth: bytes of the frame there
 * @last_case: where its next case is to be linked
 * @seen: the cases of that switch so far, a bit for each 16-bit value
 * @depth: bytes of the frame
 * @deepest: the most bytes that any variables need
 * @deepest_at: the last one of these
 * @nearest: nearest names looked for so far
 */
struct cc_checker {
	struct cc_unit *unit;
	struct report *report;
	struct arena *arena;
	bool wary;
	struct cc_names functions;
	struct cc_names globals;
	struct cc_names locals;
	struct cc_names labels;
	struct cc_statement *gotos;
	struct cc_function *function;
	struct cc_statement *block;
	struct cc_variable *scope;
	struct cc_statement *loop;
	struct cc_statement *way_out;
	struct cc_statement *choice;
	unsigned int choice_depth;
	struct cc_statement **last_case;
	unsigned char *seen;
	unsigned int depth;
	unsigned int deepest;
	const struct cc_token *deepest_at;
	unsigned int nearest;
};

/**
 * cc_check() - find out what names mean, give everything a type and a place
 * @unit: the program
 * @report: receives errors and warnings
 * @arena: memory for what is added to the tree
 * @wary: give all warnings
 *
 * Constants are folded, implied conversions become casts.
 */
void cc_check(struct cc_unit *unit, struct report *report, struct arena *arena,
	      bool wary);

/* What checker.c, check_*.c and constant.c have in common */

/**
 * cc_names_find() - look a name up
 * @names: the table
 * @name: a word
 *
 * Return: the thing or null.
 */
void *cc_names_find(const struct cc_names *names, const struct cc_token *name);

/**
 * cc_names_add() - add a name that is not there
 * @names: the table
 * @name: the word
 * @thing: what it names
 */
void cc_names_add(struct cc_names *names, const struct cc_token *name,
		  void *thing);

/**
 * cc_names_free() - release a table
 * @names: the table; empty afterwards
 */
void cc_names_free(struct cc_names *names);

/**
 * cc_check_error() - note an error
 * @c: the checker
 * @at: the place
 * @format: the message
 */
void cc_check_error(struct cc_checker *c, const struct cc_token *at,
		    const char *format, ...)
	__attribute__((__format__(printf, 3, 4)));

/**
 * cc_check_warning() - note a warning
 * @c: the checker
 * @at: the place
 * @format: the message
 */
void cc_check_warning(struct cc_checker *c, const struct cc_token *at,
		      const char *format, ...)
	__attribute__((__format__(printf, 3, 4)));

/**
 * cc_check_unknown() - note that a name means nothing
 * @c: the checker
 * @name: the word
 * @tables: where it could have been, ends with null
 */
void cc_check_unknown(struct cc_checker *c, const struct cc_token *name,
		      const struct cc_names *const *tables);

/**
 * cc_check_sign_ignored() - warn of an operator that is a signed one always
 * @c: the checker
 * @expr: an operator with unsigned operands; others than / % >> give no warning
 */
void cc_check_sign_ignored(struct cc_checker *c, const struct cc_expr *expr);

/**
 * cc_check_called() - note that the current function needs another
 * @c: the checker
 * @callee: the other one
 */
void cc_check_called(struct cc_checker *c, struct cc_function *callee);

/**
 * cc_check_variable() - check a declaration and give the variable its place
 * @c: the checker
 * @variable: the variable
 */
void cc_check_variable(struct cc_checker *c, struct cc_variable *variable);

/**
 * cc_check_body() - check a function
 * @c: the checker; function and depth are set
 */
void cc_check_body(struct cc_checker *c);

/**
 * cc_check_expr() - check an expression
 * @c: the checker
 * @expr: the expression
 *
 * Return: what it became, with a type; after an error, some constant.
 */
struct cc_expr *cc_check_expr(struct cc_checker *c, struct cc_expr *expr);

/**
 * cc_check_scalar() - check an expression that must have a value
 * @c: the checker
 * @expr: the expression
 *
 * Return: what it became: a char or an int.
 */
struct cc_expr *cc_check_scalar(struct cc_checker *c, struct cc_expr *expr);

/**
 * cc_check_constant() - check an expression that must be constant
 * @c: the checker
 * @expr: the expression
 * @min: smallest value it may have
 * @max: largest value it may have
 * @value: receives its value
 *
 * Return: false after an error.
 */
bool cc_check_constant(struct cc_checker *c, struct cc_expr *expr,
		       long long min, long long max, long long *value);

/**
 * cc_convert() - convert a checked value as a declaration does
 * @c: the checker
 * @expr: the value; a constant that does not fit in @type is an error
 * @type: char or int
 *
 * Return: the converted expression.
 */
struct cc_expr *cc_convert(struct cc_checker *c, struct cc_expr *expr,
			   struct cc_type type);

/**
 * cc_convert_cut() - convert a checked value as an assignment or a call does
 * @c: the checker
 * @expr: the value; a constant that does not fit in @type is cut to its low
 *	bits, with a warning unless @type is unsigned and has these bits
 * @type: char or int
 *
 * Return: the converted expression.
 */
struct cc_expr *cc_convert_cut(struct cc_checker *c, struct cc_expr *expr,
			       struct cc_type type);

/**
 * cc_widen() - make a checked value an int
 * @c: the checker
 * @expr: the value
 *
 * Return: what it became.
 */
struct cc_expr *cc_widen(struct cc_checker *c, struct cc_expr *expr);

/**
 * cc_cast() - convert a checked value as a cast does
 * @c: the checker
 * @expr: the value
 * @type: char or int
 *
 * Return: what it became.
 */
struct cc_expr *cc_cast(struct cc_checker *c, struct cc_expr *expr,
			struct cc_type type);

/**
 * cc_constant() - make an expression a constant
 * @expr: the expression
 * @value: its value; its type becomes char where that is enough, else int
 *
 * Return: @expr.
 */
struct cc_expr *cc_constant(struct cc_expr *expr, long long value);

/**
 * cc_fold_unary() - compute an operator applied to a constant
 * @c: the checker
 * @expr: the expression; its part is a constant
 *
 * Return: @expr, now a constant.
 */
struct cc_expr *cc_fold_unary(struct cc_checker *c, struct cc_expr *expr);

/**
 * cc_fold_binary() - compute an operator applied to two constants
 * @c: the checker
 * @expr: the expression; its parts are constants
 *
 * Return: @expr, now a constant.
 */
struct cc_expr *cc_fold_binary(struct cc_checker *c, struct cc_expr *expr);

#endif
