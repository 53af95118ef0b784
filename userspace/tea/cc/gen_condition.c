// SPDX-License-Identifier: GPL-2.0-only
#include <uapi/tea.h>

#include "fold.h"
#include "generator.h"

/* The relation that holds when another does not */
static int relation_opposite(int sign)
{
	switch (sign) {
	case '<':
		return SIGN_GE;
	case '>':
		return SIGN_LE;
	case SIGN_LE:
		return '>';
	case SIGN_GE:
		return '<';
	case SIGN_EQ:
		return SIGN_NE;
	default:
		return SIGN_EQ;
	}
}

/* After a subtraction: C is set if there was no borrow, Z if both are equal. */
static void branch_unsigned(struct cc_generator *g, int sign,
			    unsigned int label)
{
	unsigned int skip;

	switch (sign) {
	case '<':
		cc_gen(g, TEA_OP_BRNC, label);
		break;
	case SIGN_GE:
		cc_gen(g, TEA_OP_BRC, label);
		break;
	case SIGN_LE:
		cc_gen(g, TEA_OP_BRNC, label);
		cc_gen(g, TEA_OP_BRZ, label);
		break;
	default:
		skip = cc_gen_label(g);
		cc_gen(g, TEA_OP_BRZ, skip);
		cc_gen(g, TEA_OP_BRC, label);
		cc_gen_here(g, skip);
	}
}

/* After a subtraction that cannot overflow */
static void branch_signed(struct cc_generator *g, int sign, unsigned int label)
{
	if (sign == '<' || sign == SIGN_LE)
		cc_gen(g, TEA_OP_BRNEG, label);
	if (sign == '>' || sign == SIGN_GE)
		cc_gen(g, TEA_OP_BRPOS, label);
	if (sign == SIGN_LE || sign == SIGN_GE)
		cc_gen(g, TEA_OP_BRZ, label);
}

static void gen_subtract(struct cc_generator *g, bool wide)
{
	cc_gen(g, wide ? TEA_OP_SUBS : TEA_OP_SUBB, 0);
	cc_gen_drop(g, wide ? 2 : 1);
}

/* With the top bit flipped, signed numbers have the order of unsigned ones. */
static void push_flipped(struct cc_generator *g, const struct cc_expr *expr)
{
	if (expr->kind == EXPR_CONSTANT) {
		cc_gen(g, TEA_OP_PUSHLS,
		       ((unsigned int)expr->value ^ 0x8000) & 0xFFFF);
		return;
	}
	cc_gen_value(g, expr);
	cc_gen(g, TEA_OP_PUSHLS, 0x8000);
	cc_gen(g, TEA_OP_ADDS, 0);
}

static void gen_relation(struct cc_generator *g, const struct cc_expr *expr,
			 int sign, unsigned int label)
{
	const struct cc_expr *left = expr->left;
	const struct cc_expr *right = expr->right;
	bool wide = left->type.base == CC_INT;

	if (sign == SIGN_EQ || sign == SIGN_NE) {
		cc_gen_value(g, left);
		cc_gen_value(g, right);
		gen_subtract(g, wide);
		cc_gen(g, sign == SIGN_EQ ? TEA_OP_BRZ : TEA_OP_BRNZ, label);
	} else if (left->type.is_unsigned || right->type.is_unsigned) {
		cc_gen_value(g, left);
		cc_gen_value(g, right);
		gen_subtract(g, wide);
		branch_unsigned(g, sign, label);
	} else if (wide) {
		push_flipped(g, left);
		push_flipped(g, right);
		gen_subtract(g, true);
		branch_unsigned(g, sign, label);
	} else {
		cc_gen_value(g, left);
		cc_gen(g, TEA_OP_CONVBS, 0);
		cc_gen_value(g, right);
		cc_gen(g, TEA_OP_CONVBS, 0);
		gen_subtract(g, true);
		branch_signed(g, sign, label);
	}
}

/* Both must hold, or one of them, before the branch is taken. */
static void branch_two(struct cc_generator *g, const struct cc_expr *expr,
		       unsigned int label, bool when)
{
	bool both = (expr->sign == SIGN_AND) == when;
	unsigned int skip;

	if (!both) {
		cc_gen_branch(g, expr->left, label, when);
		cc_gen_branch(g, expr->right, label, when);
		return;
	}
	skip = cc_gen_label(g);
	cc_gen_branch(g, expr->left, skip, !when);
	cc_gen_branch(g, expr->right, label, when);
	cc_gen_here(g, skip);
}

void cc_gen_branch(struct cc_generator *g, const struct cc_expr *expr,
		   unsigned int label, bool when)
{
	unsigned int precedence = 0;

	if (expr->kind == EXPR_CONSTANT) {
		if (!!expr->value == when)
			cc_gen(g, TEA_OP_GOTO, label);
		return;
	}
	if (expr->kind == EXPR_UNARY && expr->sign == '!') {
		cc_gen_branch(g, expr->left, label, !when);
		return;
	}
	if (expr->kind == EXPR_BINARY)
		precedence = fold_precedence(expr->sign);
	if (precedence && precedence <= fold_precedence(SIGN_AND)) {
		branch_two(g, expr, label, when);
	} else if (precedence == fold_precedence(SIGN_EQ) ||
		   precedence == fold_precedence('<')) {
		gen_relation(g, expr, when ? expr->sign : relation_opposite(expr->sign),
			     label);
	} else {
		cc_gen_value(g, expr);
		cc_gen_drop(g, cc_type_size(expr->type));
		cc_gen(g, when ? TEA_OP_BRNZ : TEA_OP_BRZ, label);
	}
}

void cc_gen_truth(struct cc_generator *g, const struct cc_expr *expr)
{
	unsigned int holds = cc_gen_label(g);
	unsigned int end = cc_gen_label(g);

	cc_gen_branch(g, expr, holds, true);
	cc_gen(g, TEA_OP_PUSHLB, 0);
	cc_gen(g, TEA_OP_GOTO, end);
	g->depth--;
	cc_gen_here(g, holds);
	cc_gen(g, TEA_OP_PUSHLB, 1);
	cc_gen_here(g, end);
}
