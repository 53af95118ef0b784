// SPDX-License-Identifier: GPL-2.0-only
#include <uapi/tea.h>

#include "fold.h"
#include "gen_place.h"

/*
 * A count that does not fit a char is replaced by one that shifts out all bits.
 */
#define SHIFT_OUT(type)	((type).base == CC_INT ? 16 : 8)

static void push_constant(struct cc_generator *g, struct cc_type type,
			  long long value)
{
	if (type.base == CC_INT)
		cc_gen(g, TEA_OP_PUSHLS, (unsigned int)value & 0xFFFF);
	else
		cc_gen(g, TEA_OP_PUSHLB, (unsigned int)value & 0xFF);
}

static void push_text(struct cc_generator *g, const struct cc_token *token)
{
	unsigned char text[0x100];
	size_t count;
	size_t i;

	count = cc_token_text(token, NULL);
	if (count > 0xFF)
		return;
	cc_token_text(token, text);
	for (i = 0; i < count; i++)
		cc_gen(g, TEA_OP_PUSHLB, text[i]);
	cc_gen(g, TEA_OP_PUSHLB, (unsigned int)count);
}

static void gen_call(struct cc_generator *g, const struct cc_expr *expr)
{
	const struct cc_function *function = expr->function;
	unsigned int size = cc_type_size(function->type);
	const struct cc_expr *argument;
	unsigned int depth;

	if (function->defined)
		function = function->defined;
	if (size)
		cc_gen(g, TEA_OP_PUSHN, size);
	depth = g->depth;
	for (argument = expr->left; argument; argument = argument->next) {
		if (argument->kind == EXPR_STRING)
			push_text(g, argument->at);
		else
			cc_gen_value(g, argument);
	}
	cc_gen(g, TEA_OP_CALL, function->label);
	cc_gen_drop(g, g->depth - depth);
}

/* The count on top is an int: it becomes a byte. */
static void narrow_count(struct cc_generator *g, struct cc_type type)
{
	unsigned int fits = cc_gen_label(g);

	/* convsb sets C but never clears it; comps does. */
	cc_gen(g, TEA_OP_COMPS, 0);
	cc_gen(g, TEA_OP_COMPS, 0);
	cc_gen(g, TEA_OP_CONVSB, 0);
	cc_gen(g, TEA_OP_BRNC, fits);
	cc_gen(g, TEA_OP_POPB, 0);
	cc_gen(g, TEA_OP_PUSHLB, SHIFT_OUT(type));
	cc_gen_here(g, fits);
}

static void gen_shift(struct cc_generator *g, int sign, struct cc_type type,
		      struct cc_type count)
{
	if (count.base == CC_INT)
		narrow_count(g, type);
	if (sign == SIGN_SHL)
		cc_gen(g, type.base == CC_INT ? TEA_OP_RLS : TEA_OP_RLB, 0);
	else
		cc_gen(g, type.base == CC_INT ? TEA_OP_RRS : TEA_OP_RRB, 0);
}

void cc_gen_operator(struct cc_generator *g, int sign, struct cc_type type,
		     struct cc_type count)
{
	bool wide = type.base == CC_INT;

	switch (sign) {
	case '+':
		cc_gen(g, wide ? TEA_OP_ADDS : TEA_OP_ADDB, 0);
		break;
	case '-':
		cc_gen(g, wide ? TEA_OP_SUBS : TEA_OP_SUBB, 0);
		break;
	case '*':
		cc_gen(g, wide ? TEA_OP_MULTS : TEA_OP_MULTB, 0);
		if (!wide)
			cc_gen(g, TEA_OP_CONVSB, 0);
		break;
	case '/':
		cc_gen(g, wide ? TEA_OP_DIVS : TEA_OP_DIVB, 0);
		break;
	case '%':
		cc_gen(g, wide ? TEA_OP_MODS : TEA_OP_MODB, 0);
		break;
	case '&':
		cc_gen(g, wide ? TEA_OP_ANDS : TEA_OP_ANDB, 0);
		break;
	case '|':
		cc_gen(g, wide ? TEA_OP_ORS : TEA_OP_ORB, 0);
		break;
	case '^':
		cc_gen(g, wide ? TEA_OP_XORS : TEA_OP_XORB, 0);
		break;
	default:
		gen_shift(g, sign, type, count);
	}
}

static void gen_binary(struct cc_generator *g, const struct cc_expr *expr)
{
	unsigned int precedence = fold_precedence(expr->sign);
	const struct cc_expr *right = expr->right;

	if (precedence <= fold_precedence(SIGN_AND) ||
	    precedence == fold_precedence(SIGN_EQ) ||
	    precedence == fold_precedence('<')) {
		cc_gen_truth(g, expr);
		return;
	}
	cc_gen_value(g, expr->left);
	cc_gen_value(g, right);
	cc_gen_operator(g, expr->sign, expr->left->type, right->type);
}

static void gen_unary(struct cc_generator *g, const struct cc_expr *expr)
{
	bool wide = expr->type.base == CC_INT;

	if (expr->sign == '!') {
		cc_gen_truth(g, expr);
		return;
	}
	cc_gen_value(g, expr->left);
	if (expr->sign == '-')
		cc_gen(g, wide ? TEA_OP_NEGS : TEA_OP_NEGB, 0);
	else if (expr->sign == '~')
		cc_gen(g, wide ? TEA_OP_COMPS : TEA_OP_COMPB, 0);
}

static void gen_assign(struct cc_generator *g, const struct cc_expr *expr,
		       bool wanted)
{
	struct cc_place place;

	if (expr->sign) {
		cc_gen_update(g, expr, wanted);
		return;
	}
	cc_gen_value(g, expr->right);
	if (wanted)
		cc_gen_copy(g, cc_type_size(expr->type));
	place = cc_gen_place(g, expr->left);
	cc_gen_store(g, &place);
}

static void gen_conditional(struct cc_generator *g, const struct cc_expr *expr,
			    bool wanted)
{
	unsigned int otherwise = cc_gen_label(g);
	unsigned int end = cc_gen_label(g);
	unsigned int depth = g->depth;

	cc_gen_branch(g, expr->left, otherwise, false);
	if (wanted)
		cc_gen_value(g, expr->right);
	else
		cc_gen_effect(g, expr->right);
	cc_gen(g, TEA_OP_GOTO, end);
	g->depth = depth;
	cc_gen_here(g, otherwise);
	if (wanted)
		cc_gen_value(g, expr->third);
	else
		cc_gen_effect(g, expr->third);
	cc_gen_here(g, end);
}

static void gen_cast(struct cc_generator *g, const struct cc_expr *expr)
{
	cc_gen_value(g, expr->left);
	if (expr->type.base == expr->left->type.base)
		return;
	cc_gen(g, expr->type.base == CC_INT ? TEA_OP_CONVBS : TEA_OP_CONVSB, 0);
}

void cc_gen_value(struct cc_generator *g, const struct cc_expr *expr)
{
	struct cc_place place;

	switch (expr->kind) {
	case EXPR_CONSTANT:
		push_constant(g, expr->type, expr->value);
		break;
	case EXPR_VARIABLE:
	case EXPR_ELEMENT:
		place = cc_gen_place(g, expr);
		cc_gen_load(g, &place);
		break;
	case EXPR_CALL:
		gen_call(g, expr);
		break;
	case EXPR_UNARY:
		gen_unary(g, expr);
		break;
	case EXPR_BINARY:
		gen_binary(g, expr);
		break;
	case EXPR_ASSIGN:
		gen_assign(g, expr, true);
		break;
	case EXPR_STEP:
		cc_gen_update(g, expr, true);
		break;
	case EXPR_CONDITIONAL:
		gen_conditional(g, expr, true);
		break;
	case EXPR_COMMA:
		cc_gen_effect(g, expr->left);
		cc_gen_value(g, expr->right);
		break;
	case EXPR_CAST:
		gen_cast(g, expr);
		break;
	case EXPR_STRING:
		break;
	}
}

void cc_gen_effect(struct cc_generator *g, const struct cc_expr *expr)
{
	unsigned int depth = g->depth;

	switch (expr->kind) {
	case EXPR_CONSTANT:
		return;
	case EXPR_ASSIGN:
		gen_assign(g, expr, false);
		return;
	case EXPR_STEP:
		cc_gen_update(g, expr, false);
		return;
	case EXPR_CONDITIONAL:
		gen_conditional(g, expr, false);
		return;
	case EXPR_COMMA:
		cc_gen_effect(g, expr->left);
		cc_gen_effect(g, expr->right);
		return;
	case EXPR_CAST:
		cc_gen_effect(g, expr->left);
		return;
	default:
		/* An array or a string alone has no value to drop. */
		if (expr->kind == EXPR_VARIABLE && !cc_type_scalar(expr->type))
			return;
		cc_gen_value(g, expr);
	}
	cc_gen_drop(g, g->depth - depth);
}
