// SPDX-License-Identifier: GPL-2.0-only
#include <uapi/tea.h>

#include "generator.h"

/* Goes to a label in a frame that has fewer bytes. */
static void gen_leave(struct cc_generator *g, unsigned int depth,
		      unsigned int opcode, unsigned int label)
{
	unsigned int here = g->depth;

	cc_gen_drop(g, here - depth);
	cc_gen(g, opcode, label);
	g->depth = here;
}

static void if_statement(struct cc_generator *g, const struct cc_statement *s)
{
	unsigned int otherwise = cc_gen_label(g);
	unsigned int end;

	cc_gen_branch(g, s->expr, otherwise, false);
	cc_gen_statement(g, s->body);
	if (!s->otherwise) {
		cc_gen_here(g, otherwise);
		return;
	}
	end = cc_gen_label(g);
	cc_gen(g, TEA_OP_GOTO, end);
	cc_gen_here(g, otherwise);
	cc_gen_statement(g, s->otherwise);
	cc_gen_here(g, end);
}

/* The body of a loop, or of a switch, with somewhere to break to */
static void gen_body(struct cc_generator *g, const struct cc_statement *s,
		     unsigned int break_label, unsigned int continue_label)
{
	struct cc_generator outer = *g;

	g->break_label = break_label;
	g->break_depth = g->depth;
	if (s->kind != STMT_SWITCH) {
		g->continue_label = continue_label;
		g->continue_depth = g->depth;
	}
	cc_gen_statement(g, s->body);
	g->break_label = outer.break_label;
	g->break_depth = outer.break_depth;
	g->continue_label = outer.continue_label;
	g->continue_depth = outer.continue_depth;
	g->at = s->at;
}

static void gen_loop(struct cc_generator *g, const struct cc_statement *s)
{
	unsigned int top = cc_gen_label(g);
	unsigned int next = cc_gen_label(g);
	unsigned int end = cc_gen_label(g);

	if (s->first)
		cc_gen_effect(g, s->first);
	cc_gen_here(g, top);
	if (s->kind != STMT_DO && s->expr)
		cc_gen_branch(g, s->expr, end, false);
	gen_body(g, s, end, next);
	cc_gen_here(g, next);
	if (s->step)
		cc_gen_effect(g, s->step);
	if (s->kind == STMT_DO) {
		g->at = s->expr->at;
		cc_gen_branch(g, s->expr, top, true);
	} else {
		cc_gen(g, TEA_OP_GOTO, top);
	}
	cc_gen_here(g, end);
}

static void switch_statement(struct cc_generator *g,
			     const struct cc_statement *s)
{
	bool wide = s->expr->type.base == CC_INT;
	unsigned int end = cc_gen_label(g);
	const struct cc_statement *one;

	cc_gen_value(g, s->expr);
	for (one = s->cases; one; one = one->cases) {
		unsigned int value = (unsigned int)one->expr->value;

		cc_gen(g, wide ? TEA_OP_PUSHLS : TEA_OP_PUSHLB,
		       value & (wide ? 0xFFFF : 0xFF));
		cc_gen(g, wide ? TEA_OP_CMPSBR : TEA_OP_CMPBBR,
		       one->label->id);
	}
	cc_gen_drop(g, wide ? 2 : 1);
	cc_gen(g, TEA_OP_GOTO, s->otherwise ? s->otherwise->label->id : end);
	gen_body(g, s, end, 0);
	cc_gen_here(g, end);
}

static void return_statement(struct cc_generator *g,
			     const struct cc_statement *s)
{
	if (s->expr) {
		unsigned int size = cc_type_size(s->expr->type);
		bool wide = size == 2;

		cc_gen_value(g, s->expr);
		if (g->function->is_main && !cc_gen_reaches(g, 0))
			cc_gen(g, wide ? TEA_OP_POPSSA : TEA_OP_POPBSA, 0);
		else
			cc_gen(g, wide ? TEA_OP_POPSS : TEA_OP_POPBS,
			       cc_gen_distance(g, 0, size));
	}
	gen_leave(g, g->function->frame, TEA_OP_RETURN, 0);
}

static void asm_statement(struct cc_generator *g, const struct cc_statement *s)
{
	unsigned int depth = g->depth;
	const struct cc_asm *item;
	int effect;

	for (item = s->code; item; item = item->next) {
		struct cc_insn insn = {
			.opcode = (unsigned int)item->opcode,
			.file = item->at->file,
			.line = item->at->line,
			.scope = g->scope,
			.depth = depth,
			.fixed = true,
		};

		if (item->opcode < 0) {
			cc_gen_here(g, item->label->id);
			continue;
		}
		if (item->function)
			insn.operand = item->function->label;
		else if (item->label)
			insn.operand = item->label->id;
		else if (item->operand)
			insn.operand = (unsigned int)item->operand->value &
				(tea_opcode_bytes(insn.opcode) == 1 ? 0xFF
								    : 0xFFFF);
		cc_code_add(g->code, insn);
		if (!cc_insn_effect(&insn, &effect))
			depth = CC_DEPTH_UNKNOWN;
		else if (depth != CC_DEPTH_UNKNOWN)
			depth += (unsigned int)effect;
	}
}

static void gen_block(struct cc_generator *g, const struct cc_statement *s)
{
	const struct cc_variable *variable;
	const struct cc_variable *scope = g->scope;
	const struct cc_statement *inner;
	unsigned int depth = g->depth;

	for (variable = s->variables; variable; variable = variable->next) {
		g->at = variable->name;
		cc_gen_variable(g, variable);
		g->scope = variable;
	}
	for (inner = s->body; inner; inner = inner->next)
		cc_gen_statement(g, inner);
	g->at = s->end;
	g->scope = scope;
	cc_gen_drop(g, g->depth - depth);
}

void cc_gen_statement(struct cc_generator *g, const struct cc_statement *s)
{
	g->at = s->at;
	switch (s->kind) {
	case STMT_EMPTY:
		break;
	case STMT_EXPR:
		cc_gen_effect(g, s->expr);
		break;
	case STMT_BLOCK:
		gen_block(g, s);
		break;
	case STMT_IF:
		if_statement(g, s);
		break;
	case STMT_WHILE:
	case STMT_DO:
	case STMT_FOR:
		gen_loop(g, s);
		break;
	case STMT_SWITCH:
		switch_statement(g, s);
		break;
	case STMT_CASE:
	case STMT_DEFAULT:
	case STMT_LABEL:
		cc_gen_here(g, s->label->id);
		if (s->body)
			cc_gen_statement(g, s->body);
		break;
	case STMT_GOTO:
		gen_leave(g, s->label->block->depth, TEA_OP_GOTO, s->label->id);
		break;
	case STMT_BREAK:
		gen_leave(g, g->break_depth, TEA_OP_GOTO, g->break_label);
		break;
	case STMT_CONTINUE:
		gen_leave(g, g->continue_depth, TEA_OP_GOTO, g->continue_label);
		break;
	case STMT_RETURN:
		return_statement(g, s);
		break;
	case STMT_ASM:
		asm_statement(g, s);
		break;
	}
}
