// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/tea.h>

#include "checker.h"

#define CASES_BYTES	(0x10000 / 8)

static void check_statement(struct cc_checker *c, struct cc_statement *s);

static struct cc_label *label_of(struct cc_checker *c,
				 const struct cc_token *name)
{
	struct cc_label *label = cc_names_find(&c->labels, name);

	if (!label) {
		label = arena_zalloc(c->arena, sizeof(*label));
		label->name = name;
		label->id = c->unit->labels++;
		cc_names_add(&c->labels, name, label);
	}
	return label;
}

static struct cc_label *define_label(struct cc_checker *c,
				     const struct cc_token *name)
{
	struct cc_label *label = label_of(c, name);

	if (label->defined)
		cc_check_error(c, name, "label '%.*s' is there twice",
			       cc_token_shown(name), name->text);
	label->name = name;
	label->defined = true;
	label->block = c->block;
	return label;
}

static void add_goto(struct cc_checker *c, struct cc_statement *s)
{
	s->label = label_of(c, s->target);
	s->label->used = true;
	s->parent = c->block;
	s->cases = c->gotos;
	c->gotos = s;
}

/* A goto may leave blocks, but not enter one after its variables. */
static void check_goto(struct cc_checker *c, const struct cc_statement *s)
{
	const struct cc_statement *around = s->parent;
	const struct cc_statement *block;

	if (!s->label->defined)
		return;
	for (; around; around = around->parent) {
		for (block = s->label->block; block; block = block->parent) {
			if (block != around)
				continue;
			if (s->label->block->depth != around->depth)
				cc_check_error(c, s->at,
					       "goto into a block behind its declarations");
			return;
		}
	}
}

static void check_labels(struct cc_checker *c)
{
	struct cc_names defined = { 0 };
	const struct cc_names *const tables[] = { &defined, NULL };
	size_t i;

	for (; c->gotos; c->gotos = c->gotos->cases)
		check_goto(c, c->gotos);
	for (i = 0; i < c->labels.count; i++) {
		struct cc_label *label = c->labels.list[i];

		if (label->defined)
			cc_names_add(&defined, label->name, label);
	}
	for (i = 0; i < c->labels.count; i++) {
		const struct cc_label *label = c->labels.list[i];

		if (!label->defined)
			cc_check_unknown(c, label->name, tables);
		else if (c->wary && !label->used)
			cc_check_warning(c, label->name,
					 "nothing goes to label '%.*s'",
					 cc_token_shown(label->name),
					 label->name->text);
	}
	cc_names_free(&defined);
}

static void check_target(struct cc_checker *c, struct cc_asm *item)
{
	const struct cc_token *name = item->target;
	struct cc_function *function = cc_names_find(&c->functions, name);
	struct cc_label *label = cc_names_find(&c->labels, name);

	if (function && !label) {
		if (function->defined)
			function = function->defined;
		item->function = function;
		cc_check_called(c, function);
		return;
	}
	if (!label)
		label = label_of(c, name);
	label->used = true;
	item->label = label;
}

static void check_operand(struct cc_checker *c, struct cc_asm *item)
{
	struct cc_expr *operand = item->operand;
	long long value;

	if (tea_opcode_bytes((unsigned int)item->opcode) == 1)
		cc_check_constant(c, operand, -0x80, 0xFF, &value);
	else
		cc_check_constant(c, operand, -0x8000, 0xFFFF, &value);
	operand->value = value;
}

/*
 * An asm block may use and assign every local variable, and every global of the same
 * source: those of another source are not the matter of a library's asm.
 */
static void assign_all(struct cc_checker *c, const struct cc_asm *code)
{
	struct cc_variable *variable;
	size_t i;

	for (i = 0; i < c->locals.count; i++) {
		variable = c->locals.list[i];
		variable->assigned = true;
		variable->used = true;
	}
	for (i = 0; code && i < c->globals.count; i++) {
		variable = c->globals.list[i];
		if (variable->name && variable->name->file == code->at->file)
			variable->stored = true;
	}
}

static void check_asm(struct cc_checker *c, struct cc_statement *s)
{
	struct cc_asm *item;

	for (item = s->code; item; item = item->next) {
		if (item->opcode < 0)
			item->label = define_label(c, item->at);
	}
	for (item = s->code; item; item = item->next) {
		if (item->operand)
			check_operand(c, item);
		else if (item->target)
			check_target(c, item);
	}
	assign_all(c, s->code);
}

static void check_block(struct cc_checker *c, struct cc_statement *s)
{
	struct cc_variable *scope = c->scope;
	unsigned int depth = c->depth;
	struct cc_variable *variable;
	struct cc_statement *inner;

	s->parent = c->block;
	c->block = s;
	for (variable = s->variables; variable; variable = variable->next)
		cc_check_variable(c, variable);
	s->depth = c->depth;
	for (inner = s->body; inner; inner = inner->next)
		check_statement(c, inner);
	for (variable = s->variables; variable; variable = variable->next) {
		variable->gone = true;
		if (c->wary && variable->name && !variable->used)
			cc_check_warning(c, variable->name,
					 "'%.*s' is not used",
					 cc_token_shown(variable->name),
					 variable->name->text);
	}
	c->block = s->parent;
	c->scope = scope;
	c->depth = depth;
}

static struct cc_expr *check_condition(struct cc_checker *c,
				       struct cc_expr *expr)
{
	if (c->wary && expr->kind == EXPR_ASSIGN && !expr->sign)
		cc_check_warning(c, expr->at,
				 "an assignment as a condition, '==' was perhaps meant");
	return cc_check_scalar(c, expr);
}

static struct cc_expr *check_effect(struct cc_checker *c, struct cc_expr *expr)
{
	const struct cc_expr *last = expr;

	while (last->kind == EXPR_COMMA)
		last = last->right;
	if (c->wary && last->kind != EXPR_CALL && last->kind != EXPR_ASSIGN &&
	    last->kind != EXPR_STEP && last->kind != EXPR_CONDITIONAL &&
	    !(last->kind == EXPR_CAST && last->type.base == CC_VOID))
		cc_check_warning(c, last->at, "this has no effect");
	if (expr->kind == EXPR_STRING)
		return cc_check_scalar(c, expr);
	return cc_check_expr(c, expr);
}

static void check_loop(struct cc_checker *c, struct cc_statement *s)
{
	struct cc_statement *loop = c->loop;
	struct cc_statement *way_out = c->way_out;

	if (s->first)
		s->first = check_effect(c, s->first);
	if (s->kind != STMT_DO && s->expr)
		s->expr = check_condition(c, s->expr);
	c->loop = s;
	c->way_out = s;
	check_statement(c, s->body);
	c->loop = loop;
	c->way_out = way_out;
	if (s->kind == STMT_DO)
		s->expr = check_condition(c, s->expr);
	if (s->step)
		s->step = check_effect(c, s->step);
}

/* A case that is no char makes the comparison one of ints. */
static void settle_cases(struct cc_checker *c, struct cc_statement *s)
{
	const struct cc_type char_type = { .base = CC_CHAR };
	struct cc_statement *one;
	bool wide = s->expr->type.base == CC_INT;

	for (one = s->cases; one; one = one->cases)
		wide |= !cc_type_fits(char_type, one->expr->value);
	if (wide)
		s->expr = cc_widen(c, s->expr);
}

static void check_switch(struct cc_checker *c, struct cc_statement *s)
{
	struct cc_checker outer = *c;

	s->expr = cc_check_scalar(c, s->expr);
	c->choice = s;
	c->way_out = s;
	c->choice_depth = c->depth;
	c->last_case = &s->cases;
	c->seen = calloc(CASES_BYTES, 1);
	check_statement(c, s->body);
	free(c->seen);
	c->choice = outer.choice;
	c->way_out = outer.way_out;
	c->choice_depth = outer.choice_depth;
	c->seen = outer.seen;
	c->last_case = outer.last_case;
	settle_cases(c, s);
}

static bool in_switch(struct cc_checker *c, const struct cc_statement *s)
{
	if (!c->choice)
		cc_check_error(c, s->at, "'%.*s' outside of a switch",
			       cc_token_shown(s->at), s->at->text);
	else if (c->depth != c->choice_depth)
		cc_check_error(c, s->at,
			       "'%.*s' in a block of the switch, behind its declarations",
			       cc_token_shown(s->at), s->at->text);
	return c->choice;
}

static struct cc_label *new_label(struct cc_checker *c)
{
	struct cc_label *label = arena_zalloc(c->arena, sizeof(*label));

	label->id = c->unit->labels++;
	return label;
}

static void check_case(struct cc_checker *c, struct cc_statement *s)
{
	long long value;

	s->label = new_label(c);
	if (in_switch(c, s) &&
	    cc_check_constant(c, s->expr, LLONG_MIN, LLONG_MAX, &value)) {
		unsigned int bit = (unsigned int)value & 0xFFFF;

		s->expr->value = (short)value;
		if (c->seen && (c->seen[bit / 8] & 1 << bit % 8))
			cc_check_error(c, s->at, "case %lld is there twice",
				       value);
		else if (c->seen)
			c->seen[bit / 8] |= (unsigned char)(1 << bit % 8);
		*c->last_case = s;
		c->last_case = &s->cases;
	}
	if (s->body)
		check_statement(c, s->body);
}

static void check_default(struct cc_checker *c, struct cc_statement *s)
{
	s->label = new_label(c);
	if (in_switch(c, s)) {
		if (c->choice->otherwise)
			cc_check_error(c, s->at, "default is there twice");
		c->choice->otherwise = s;
	}
	if (s->body)
		check_statement(c, s->body);
}

static void check_way_out(struct cc_checker *c, struct cc_statement *s)
{
	const char *what = s->kind == STMT_BREAK ? "break" : "continue";
	struct cc_statement *left = s->kind == STMT_BREAK ? c->way_out
							  : c->loop;

	if (!left)
		cc_check_error(c, s->at, "'%s' outside of a loop%s", what,
			       s->kind == STMT_BREAK ? " or switch" : "");
	else if (s->kind == STMT_BREAK)
		left->breaks = true;
}

static void check_return(struct cc_checker *c, struct cc_statement *s)
{
	struct cc_type type = c->function->type;

	if (!s->expr) {
		if (type.base != CC_VOID)
			cc_check_error(c, s->at,
				       "'%.*s' returns a value, none is given",
				       cc_token_shown(c->function->name),
				       c->function->name->text);
		return;
	}
	if (type.base == CC_VOID) {
		cc_check_error(c, s->expr->at,
			       "'%.*s' is void and returns no value",
			       cc_token_shown(c->function->name),
			       c->function->name->text);
		return;
	}
	s->expr = cc_check_scalar(c, s->expr);
	/* A constant of 16 bits is used without a conversion. */
	if (type.base == CC_INT && s->expr->kind == EXPR_CONSTANT)
		s->expr->value = (short)s->expr->value;
	s->expr = cc_convert(c, s->expr, type);
}

static void check_statement(struct cc_checker *c, struct cc_statement *s)
{
	switch (s->kind) {
	case STMT_EMPTY:
		break;
	case STMT_EXPR:
		s->expr = check_effect(c, s->expr);
		break;
	case STMT_BLOCK:
		check_block(c, s);
		break;
	case STMT_IF:
		s->expr = check_condition(c, s->expr);
		check_statement(c, s->body);
		if (s->otherwise)
			check_statement(c, s->otherwise);
		break;
	case STMT_WHILE:
	case STMT_DO:
	case STMT_FOR:
		check_loop(c, s);
		break;
	case STMT_SWITCH:
		check_switch(c, s);
		break;
	case STMT_CASE:
		check_case(c, s);
		break;
	case STMT_DEFAULT:
		check_default(c, s);
		break;
	case STMT_LABEL:
		s->label = define_label(c, s->at);
		if (s->body)
			check_statement(c, s->body);
		break;
	case STMT_GOTO:
		add_goto(c, s);
		break;
	case STMT_BREAK:
	case STMT_CONTINUE:
		check_way_out(c, s);
		break;
	case STMT_RETURN:
		check_return(c, s);
		break;
	case STMT_ASM:
		check_asm(c, s);
		break;
	}
}

static bool loop_endless(const struct cc_statement *s)
{
	if (s->breaks)
		return false;
	if (!s->expr)
		return s->kind == STMT_FOR;
	return s->expr->kind == EXPR_CONSTANT && s->expr->value;
}

/* Whether the end of a statement is never reached */
static bool never_ends(const struct cc_statement *s)
{
	const struct cc_statement *last = s->body;

	switch (s->kind) {
	case STMT_RETURN:
	case STMT_GOTO:
		return true;
	case STMT_BLOCK:
		while (last && last->next)
			last = last->next;
		return last && never_ends(last);
	case STMT_IF:
		return s->otherwise && never_ends(s->body) &&
		       never_ends(s->otherwise);
	case STMT_WHILE:
	case STMT_DO:
	case STMT_FOR:
		return loop_endless(s);
	case STMT_SWITCH:
		return s->otherwise && !s->breaks && never_ends(s->body);
	case STMT_CASE:
	case STMT_DEFAULT:
	case STMT_LABEL:
		return s->body && never_ends(s->body);
	default:
		return false;
	}
}

void cc_check_body(struct cc_checker *c)
{
	struct cc_statement *body = c->function->body;

	check_block(c, body);
	check_labels(c);
	if (c->function->type.base != CC_VOID && !never_ends(body))
		cc_check_error(c, body->end,
			       "'%.*s' ends without 'return' and a value",
			       cc_token_shown(c->function->name),
			       c->function->name->text);
}
