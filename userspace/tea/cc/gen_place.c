// SPDX-License-Identifier: GPL-2.0-only
/*
 * Variables and elements of arrays. What is in the frame is counted from the
 * top of the stack, at most 255 bytes; globals, and in main whatever is too far
 * from the top, are counted from the bottom.
 */
#include <uapi/tea.h>

#include "gen_place.h"

struct cc_place cc_gen_place(const struct cc_generator *g,
			     const struct cc_expr *target)
{
	const struct cc_variable *variable = target->variable;
	bool in_main = g->function && g->function->is_main;
	struct cc_place place = {
		.absolute = variable->global,
		.size = cc_type_size(target->type),
		.position = variable->position,
	};

	if (target->kind == EXPR_ELEMENT) {
		if (target->right->kind == EXPR_CONSTANT)
			place.position += (unsigned int)target->right->value *
					  place.size;
		else
			place.index = target->right;
	}
	if (in_main && (place.index || !cc_gen_reaches(g, place.position)))
		place.absolute = true;
	return place;
}

/* Pushes the index as an int. */
static void push_wide_index(struct cc_generator *g, const struct cc_expr *index)
{
	if (index->type.base == CC_INT) {
		cc_gen_value(g, index);
	} else if (index->type.is_unsigned) {
		cc_gen(g, TEA_OP_PUSHLB, 0);
		cc_gen_value(g, index);
	} else {
		cc_gen_value(g, index);
		cc_gen(g, TEA_OP_CONVBS, 0);
	}
}

/*
 * Pushes where the element is: a distance from what will be the top once it
 * and @above more bytes are popped, or an address.
 */
static void push_where(struct cc_generator *g, const struct cc_place *place,
		       unsigned int above)
{
	if (place->absolute) {
		cc_gen(g, TEA_OP_PUSHLS, place->position);
		push_wide_index(g, place->index);
		if (place->size == 2) {
			cc_gen(g, TEA_OP_PUSHLB, 1);
			cc_gen(g, TEA_OP_RLS, 0);
		}
		cc_gen(g, TEA_OP_ADDS, 0);
		return;
	}
	cc_gen(g, TEA_OP_PUSHLB, cc_gen_distance(g, place->position, above));
	cc_gen_value(g, place->index);
	if (place->index->type.base == CC_INT)
		cc_gen(g, TEA_OP_CONVSB, 0);
	if (place->size == 2) {
		cc_gen(g, TEA_OP_PUSHLB, 1);
		cc_gen(g, TEA_OP_RLB, 0);
	}
	cc_gen(g, TEA_OP_SUBB, 0);
}

static void load_indirect(struct cc_generator *g, const struct cc_place *place)
{
	if (place->absolute)
		cc_gen(g, place->size == 2 ? TEA_OP_PUSHSSAX : TEA_OP_PUSHSBAX,
		       0);
	else
		cc_gen(g, place->size == 2 ? TEA_OP_PUSHSSX : TEA_OP_PUSHSBX,
		       0);
}

static void store_indirect(struct cc_generator *g, const struct cc_place *place)
{
	if (place->absolute)
		cc_gen(g, place->size == 2 ? TEA_OP_POPSSAX : TEA_OP_POPBSAX,
		       0);
	else
		cc_gen(g, place->size == 2 ? TEA_OP_POPSSX : TEA_OP_POPBSX, 0);
}

void cc_gen_load(struct cc_generator *g, const struct cc_place *place)
{
	bool wide = place->size == 2;

	if (place->index) {
		push_where(g, place, 0);
		load_indirect(g, place);
	} else if (place->absolute) {
		cc_gen(g, wide ? TEA_OP_PUSHSSA : TEA_OP_PUSHSBA,
		       place->position);
	} else {
		cc_gen(g, wide ? TEA_OP_PUSHSS : TEA_OP_PUSHSB,
		       cc_gen_distance(g, place->position, 0));
	}
}

void cc_gen_store(struct cc_generator *g, const struct cc_place *place)
{
	bool wide = place->size == 2;

	if (place->index) {
		push_where(g, place, place->size);
		store_indirect(g, place);
	} else if (place->absolute) {
		cc_gen(g, wide ? TEA_OP_POPSSA : TEA_OP_POPBSA,
		       place->position);
	} else {
		cc_gen(g, wide ? TEA_OP_POPSS : TEA_OP_POPBS,
		       cc_gen_distance(g, place->position, place->size));
	}
}

void cc_gen_copy(struct cc_generator *g, unsigned int size)
{
	cc_gen(g, size == 2 ? TEA_OP_PUSHSS : TEA_OP_PUSHSB, size);
}

/* The value on top: one more, one less, or with an operand */
static void gen_apply(struct cc_generator *g, const struct cc_expr *expr,
		      unsigned int size)
{
	if (expr->kind == EXPR_ASSIGN) {
		const struct cc_expr *right = expr->right;

		cc_gen_value(g, right);
		cc_gen_operator(g, expr->sign, expr->left->type, right->type);
	} else if (expr->sign == SIGN_INC) {
		cc_gen(g, size == 2 ? TEA_OP_INCS : TEA_OP_INCB, size);
	} else {
		cc_gen(g, size == 2 ? TEA_OP_DECS : TEA_OP_DECB, size);
	}
}

/* A step of what lies in the frame needs no copy. */
static void step_in_place(struct cc_generator *g, const struct cc_expr *expr,
			  const struct cc_place *place)
{
	unsigned int distance = cc_gen_distance(g, place->position, 0);

	if (expr->sign == SIGN_INC)
		cc_gen(g, place->size == 2 ? TEA_OP_INCS : TEA_OP_INCB,
		       distance);
	else
		cc_gen(g, place->size == 2 ? TEA_OP_DECS : TEA_OP_DECB,
		       distance);
}

static void update_static(struct cc_generator *g, const struct cc_expr *expr,
			  const struct cc_place *place, bool wanted)
{
	bool before = wanted && expr->kind == EXPR_STEP && expr->postfix;
	bool after = wanted && !before;

	if (before)
		cc_gen_load(g, place);
	if (expr->kind == EXPR_STEP && !place->absolute) {
		step_in_place(g, expr, place);
		if (after)
			cc_gen_load(g, place);
		return;
	}
	cc_gen_load(g, place);
	gen_apply(g, expr, place->size);
	if (after)
		cc_gen_copy(g, place->size);
	cc_gen_store(g, place);
}

/* Copies the value on top to a place reserved for it below. */
static void gen_reserve(struct cc_generator *g, unsigned int size,
			unsigned int position)
{
	cc_gen_copy(g, size);
	cc_gen(g, size == 2 ? TEA_OP_POPSS : TEA_OP_POPBS,
	       cc_gen_distance(g, position, size));
}

/*
 * An index may have effects of its own, so where the element is gets computed
 * once and stays on the stack below the value.
 */
static void update_indexed(struct cc_generator *g, const struct cc_expr *expr,
			   const struct cc_place *place, bool wanted)
{
	bool before = wanted && expr->kind == EXPR_STEP && expr->postfix;
	unsigned int where = place->absolute ? 2 : 1;
	unsigned int kept = g->depth;

	if (wanted)
		cc_gen(g, TEA_OP_PUSHN, place->size);
	push_where(g, place, 0);
	cc_gen_copy(g, where);
	if (!place->absolute) {
		cc_gen(g, TEA_OP_PUSHLB, where);
		cc_gen(g, TEA_OP_ADDB, 0);
	}
	load_indirect(g, place);
	if (before)
		gen_reserve(g, place->size, kept);
	gen_apply(g, expr, place->size);
	if (wanted && !before)
		gen_reserve(g, place->size, kept);
	cc_gen(g, place->absolute ? TEA_OP_PUSHSS : TEA_OP_PUSHSB,
	       where + place->size);
	if (!place->absolute) {
		cc_gen(g, TEA_OP_PUSHLB, where);
		cc_gen(g, TEA_OP_ADDB, 0);
	}
	store_indirect(g, place);
	cc_gen_drop(g, where);
}

void cc_gen_update(struct cc_generator *g, const struct cc_expr *expr,
		   bool wanted)
{
	struct cc_place place = cc_gen_place(g, expr->left);

	if (place.index)
		update_indexed(g, expr, &place, wanted);
	else
		update_static(g, expr, &place, wanted);
}
