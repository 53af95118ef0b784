// SPDX-License-Identifier: GPL-2.0-only
/*
 * Constants: what an operator makes of them, and of which type they are.
 */
#include <stdio.h>

#include "checker.h"
#include "fold.h"

#define CHAR_TYPE	((struct cc_type){ .base = CC_CHAR })
#define INT_TYPE	((struct cc_type){ .base = CC_INT })
#define UCHAR_MAX	0xFF
#define USHORT_MAX	0xFFFF

static void set_constant(struct cc_expr *expr, long long value)
{
	expr->kind = EXPR_CONSTANT;
	expr->value = value;
	expr->depth = 1;
	expr->left = NULL;
	expr->right = NULL;
	expr->third = NULL;
}

struct cc_expr *cc_constant(struct cc_expr *expr, long long value)
{
	set_constant(expr, value);
	expr->type = cc_type_fits(CHAR_TYPE, value) ? CHAR_TYPE : INT_TYPE;
	return expr;
}

/*
 * The result keeps its exact value in 16 bits. Where 8 bits were enough for the
 * operands but are not for the result, it becomes an int.
 */
static struct cc_expr *constant_exact(struct cc_checker *c, struct cc_expr *expr,
				      struct cc_type type, long long value)
{
	set_constant(expr, value);
	expr->type = type;
	if (type.base == CC_CHAR && !cc_type_fits(type, value) &&
	    !(type.is_unsigned && value >= 0 && value <= UCHAR_MAX)) {
		cc_check_warning(c, expr->at,
				 "constants of 8 bits give %lld: it is kept as an int, 8 bits would have made it %lld",
				 value, cc_type_cut(type, value));
		expr->type.base = CC_INT;
	}
	if (value > USHORT_MAX || (value < 0 && !cc_type_fits(INT_TYPE, value)))
		cc_check_warning(c, expr->at,
				 "%lld does not fit in 16 bits and becomes %lld",
				 value, cc_type_cut(INT_TYPE, value));
	expr->value = cc_type_cut(expr->type, value);
	return expr;
}

/* Bits that an operator for bits sets are meant; a sum that overflows is not. */
static void check_overflow(struct cc_checker *c, const struct cc_expr *expr,
			   long long left, long long right, long long value)
{
	if ((expr->sign == '+' || expr->sign == '-' || expr->sign == '*') &&
	    cc_type_fits(INT_TYPE, left) && cc_type_fits(INT_TYPE, right) &&
	    value > cc_type_cut(INT_TYPE, value) && value <= USHORT_MAX)
		cc_check_warning(c, expr->at,
				 "%lld does not fit in int and becomes %lld; only an unsigned int holds it",
				 value, cc_type_cut(INT_TYPE, value));
}

struct cc_expr *cc_fold_unary(struct cc_checker *c, struct cc_expr *expr)
{
	const struct cc_expr *left = expr->left;
	long long value = fold_unary(expr->sign, left->value);
	struct cc_type type = left->type;

	expr->fixed = left->fixed;
	if (expr->sign == '!') {
		expr->fixed = false;
		return cc_constant(expr, value);
	}
	/* -128 is a char though 128 is none. */
	if (expr->sign == '-' && !left->fixed && value < 0)
		return cc_constant(expr, value);
	return constant_exact(c, expr, type, value);
}

/* The value that a relation of unsigned operands sees */
static long long without_sign(const struct cc_expr *expr, bool wide)
{
	return expr->value & (wide ? USHORT_MAX : UCHAR_MAX);
}

static bool gives_truth(int sign)
{
	unsigned int precedence = fold_precedence(sign);

	return precedence == fold_precedence(SIGN_EQ) ||
	       precedence == fold_precedence('<') || sign == SIGN_AND ||
	       sign == SIGN_OR;
}

static bool is_shift(int sign)
{
	return sign == SIGN_SHL || sign == SIGN_SHR;
}

/*
 * An int that does not fit a char shifts out all bits, as in gen_expression.c; a constant
 * may have more than 16.
 */
static long long shift_count(struct cc_type type, long long count)
{
	short value = (short)count;

	if (type.base != CC_INT || value == (signed char)value)
		return count;
	return 31;
}

struct cc_expr *cc_fold_binary(struct cc_checker *c, struct cc_expr *expr)
{
	struct cc_type type = expr->left->type;
	struct cc_type other = expr->right->type;
	bool wide = type.base == CC_INT || other.base == CC_INT;
	long long left = expr->left->value;
	long long right = expr->right->value;
	bool is_unsigned = type.is_unsigned || other.is_unsigned;
	long long value;

	if (is_shift(expr->sign))
		right = shift_count(other, right);
	if (gives_truth(expr->sign)) {
		if (is_unsigned) {
			left = without_sign(expr->left, wide);
			right = without_sign(expr->right, wide);
		}
		fold_binary(expr->sign, left, right, &value);
		return cc_constant(expr, value);
	}
	if (!fold_binary(expr->sign, left, right, &value)) {
		cc_check_error(c, expr->at, "division by zero");
		return cc_constant(expr, 1);
	}
	if (is_unsigned && (left < 0 || right < 0))
		cc_check_sign_ignored(c, expr);
	else if (!is_unsigned)
		check_overflow(c, expr, left, right, value);
	expr->fixed = expr->left->fixed || expr->right->fixed;
	if (!is_shift(expr->sign)) {
		type.base = wide ? CC_INT : CC_CHAR;
		type.is_unsigned = is_unsigned;
	} else {
		expr->fixed = expr->left->fixed;
	}
	return constant_exact(c, expr, type, value);
}

struct cc_expr *cc_cast(struct cc_checker *c, struct cc_expr *expr,
			struct cc_type type)
{
	struct cc_expr *cast;

	if (expr->kind == EXPR_CONSTANT) {
		expr->value = cc_type_cut(type, expr->value);
		expr->type = type;
		expr->fixed = true;
		return expr;
	}
	if (cc_type_same(expr->type, type))
		return expr;
	cast = arena_zalloc(c->arena, sizeof(*cast));
	cast->kind = EXPR_CAST;
	cast->at = expr->at;
	cast->type = type;
	cast->left = expr;
	cast->next = expr->next;
	return cast;
}

struct cc_expr *cc_widen(struct cc_checker *c, struct cc_expr *expr)
{
	struct cc_type type = expr->type;
	bool fixed = expr->fixed;

	if (type.base == CC_INT)
		return expr;
	type.base = CC_INT;
	expr = cc_cast(c, expr, type);
	expr->fixed = fixed;
	return expr;
}

/* An unsigned type holds values up to twice as large with the same bits. */
static bool constant_keeps_bits(struct cc_type type, long long value)
{
	long long max = type.base == CC_CHAR ? UCHAR_MAX : USHORT_MAX;

	return cc_type_fits(type, value) ||
	       (type.is_unsigned && value >= 0 && value <= max);
}

/* The cast that a message suggests can stand before a single word only. */
static void fix_cast(struct cc_checker *c, const struct cc_expr *expr,
		     struct cc_type type)
{
	char name[CC_TYPE_NAME];
	char text[CC_TYPE_NAME + 2];

	if ((expr->kind != EXPR_VARIABLE && expr->kind != EXPR_CONSTANT &&
	     expr->kind != EXPR_CALL && expr->kind != EXPR_ELEMENT) ||
	    expr->at->at != expr->at->text || expr->at->kind == CC_SIGN)
		return;
	snprintf(text, sizeof(text), "(%s)", cc_type_name(type, name));
	report_fix(c->report, expr->at->at, 0, text);
}

struct cc_expr *cc_convert_cut(struct cc_checker *c, struct cc_expr *expr,
			       struct cc_type type)
{
	long long value = expr->value;
	long long cut = cc_type_cut(type, value);
	char name[CC_TYPE_NAME];

	if (expr->kind != EXPR_CONSTANT || expr->fixed ||
	    cc_type_fits(type, value))
		return cc_convert(c, expr, type);
	if (!constant_keeps_bits(type, value))
		cc_check_warning(c, expr->at,
				 "%lld does not fit in %s and becomes %lld; write (%s)%lld if that is meant",
				 value, cc_type_name(type, name), cut, name,
				 value);
	if (!constant_keeps_bits(type, value))
		fix_cast(c, expr, type);
	expr->value = cut;
	expr->type = type;
	return expr;
}

struct cc_expr *cc_convert(struct cc_checker *c, struct cc_expr *expr,
			   struct cc_type type)
{
	char name[CC_TYPE_NAME];
	char other[CC_TYPE_NAME];

	if (expr->kind == EXPR_CONSTANT && !expr->fixed) {
		if (!cc_type_fits(type, expr->value)) {
			cc_check_error(c, expr->at,
				       "%lld does not fit in %s, from %d to %d; write (%s)%lld for its low bits",
				       expr->value,
				       cc_type_name(type, name),
				       type.base == CC_CHAR ? -0x80 : -0x8000,
				       type.base == CC_CHAR ? 0x7F : 0x7FFF,
				       name, expr->value);
			fix_cast(c, expr, type);
			return cc_constant(expr, 1);
		}
		expr->type = type;
		return expr;
	}
	if (type.base == CC_CHAR && expr->type.base == CC_INT) {
		cc_check_error(c, expr->at,
			       "%s is not converted to %s without a cast; write (%s)",
			       cc_type_name(expr->type, other),
			       cc_type_name(type, name), name);
		fix_cast(c, expr, type);
		return cc_constant(expr, 1);
	}
	if (type.base == CC_INT)
		expr = cc_widen(c, expr);
	return expr;
}
