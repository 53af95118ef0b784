// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <uapi/tea.h>

#include "arena.h"
#include "checker.h"
#include "generator.h"

#define DISTANCE_MAX	255
#define COUNT_MAX	255

void cc_gen(struct cc_generator *g, unsigned int opcode, unsigned int operand)
{
	struct cc_insn insn = {
		.opcode = opcode,
		.operand = operand,
		.scope = g->scope,
		.depth = g->depth,
	};
	int effect;

	if (g->at) {
		insn.file = g->at->file;
		insn.line = g->at->line;
	}
	cc_code_add(g->code, insn);
	if (cc_insn_effect(&insn, &effect))
		g->depth += (unsigned int)effect;
}

unsigned int cc_gen_label(struct cc_generator *g)
{
	return g->code->labels++;
}

void cc_gen_here(struct cc_generator *g, unsigned int label)
{
	cc_gen(g, CODE_LABEL, label);
}

void cc_gen_drop(struct cc_generator *g, unsigned int size)
{
	for (; size > COUNT_MAX; size -= COUNT_MAX)
		cc_gen(g, TEA_OP_POPN, COUNT_MAX);
	if (size > 2)
		cc_gen(g, TEA_OP_POPN, size);
	else if (size)
		cc_gen(g, size == 2 ? TEA_OP_POPS : TEA_OP_POPB, 0);
}

bool cc_gen_reaches(const struct cc_generator *g, unsigned int position)
{
	return g->depth - position <= DISTANCE_MAX;
}

unsigned int cc_gen_distance(struct cc_generator *g, unsigned int position,
			     unsigned int size)
{
	unsigned int distance = g->depth - size - position;

	if (distance <= DISTANCE_MAX)
		return distance;
	if (!g->too_deep)
		report_add(g->report, false, g->at->at,
			   "%u bytes from the top of the stack, only %d can be reached",
			   distance, DISTANCE_MAX);
	g->too_deep = true;
	return 1;
}

static void gen_zeros(struct cc_generator *g, unsigned int size)
{
	for (; size >= 2; size -= 2)
		cc_gen(g, TEA_OP_PUSHLS, 0);
	if (size)
		cc_gen(g, TEA_OP_PUSHLB, 0);
}

/* Elements without a value are 0. */
static void gen_array(struct cc_generator *g, const struct cc_variable *variable)
{
	unsigned int end = g->depth + cc_type_size(variable->type);
	const struct cc_expr *value = variable->value;

	if (value && value->kind == EXPR_STRING) {
		unsigned char text[CC_ARRAY_MAX + 1];
		size_t count = cc_token_text(value->at, NULL);
		size_t i;

		if (count <= CC_ARRAY_MAX)
			cc_token_text(value->at, text);
		for (i = 0; i < count && i <= CC_ARRAY_MAX; i++)
			cc_gen(g, TEA_OP_PUSHLB, text[i]);
		value = NULL;
	}
	for (; value; value = value->next)
		cc_gen_value(g, value);
	gen_zeros(g, end - g->depth);
}

void cc_gen_variable(struct cc_generator *g, const struct cc_variable *variable)
{
	if (variable->type.count)
		gen_array(g, variable);
	else if (variable->value)
		cc_gen_value(g, variable->value);
	else if (variable->type.base == CC_INT)
		cc_gen(g, TEA_OP_PUSHLS, 0xFFFF);
	else
		cc_gen(g, TEA_OP_PUSHLB, 0xFF);
}

static void gen_start(struct cc_generator *g)
{
	const struct cc_item *item;

	g->depth = g->unit->globals_from;
	for (item = g->unit->items; item; item = item->next) {
		if (!item->variable)
			continue;
		g->at = item->variable->name;
		cc_gen_variable(g, item->variable);
	}
	g->at = g->unit->main->name;
	cc_gen(g, TEA_OP_CALL, g->unit->main->label);
	cc_gen_drop(g, g->depth - cc_type_size(g->unit->main->type));
	cc_gen(g, TEA_OP_EXIT, 0);
}

static void gen_function(struct cc_generator *g, const struct cc_function *function)
{
	const struct cc_insn *last;

	g->function = function;
	g->at = function->name;
	g->scope = NULL;
	g->too_deep = false;
	g->depth = function->frame;
	cc_code_add(g->code, (struct cc_insn){
		.opcode = CODE_FUNCTION,
		.function = function,
	});
	cc_gen_here(g, function->label);
	cc_gen_statement(g, function->body);
	last = g->code->list + g->code->count - 1;
	if (last->opcode != TEA_OP_RETURN)
		cc_gen(g, TEA_OP_RETURN, 0);
	cc_code_add(g->code, (struct cc_insn){
		.opcode = CODE_END,
		.function = function,
	});
}

void cc_generate(const struct cc_unit *unit, struct report *report,
		 struct cc_code *code)
{
	struct cc_generator g = {
		.unit = unit,
		.report = report,
		.code = code,
	};
	const struct cc_function *one;

	code->labels = unit->labels;
	gen_start(&g);
	gen_function(&g, unit->main);
	for (one = unit->functions; one; one = one->next) {
		if (one->reached && !one->is_main)
			gen_function(&g, one);
	}
}
