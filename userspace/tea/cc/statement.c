// SPDX-License-Identifier: GPL-2.0-only
#include <uapi/tea.h>

#include "parser.h"

static struct cc_statement *parse_statement(struct cc_parser *p);

static struct cc_statement *new_statement(struct cc_parser *p,
					  enum cc_statement_kind kind)
{
	struct cc_statement *new = arena_zalloc(p->arena, sizeof(*new));

	new->kind = kind;
	new->at = cc_parse_token(p);
	return new;
}

/* In the original language keywords can be names: x = if + 1 has a meaning. */
static bool at_word(const struct cc_parser *p, const char *word)
{
	return cc_token_is(cc_parse_token(p), word) &&
	       !cc_token_sign(cc_parse_ahead(p), '=');
}

static struct cc_expr *in_parentheses(struct cc_parser *p)
{
	struct cc_expr *expr;

	cc_parse_expect(p, '(');
	expr = cc_parse_expression(p);
	cc_parse_expect(p, ')');
	return expr;
}

static struct cc_statement *if_statement(struct cc_parser *p)
{
	struct cc_statement *new = new_statement(p, STMT_IF);

	cc_parse_advance(p);
	new->expr = in_parentheses(p);
	new->body = parse_statement(p);
	if (!p->broken && cc_token_is(cc_parse_token(p), "else")) {
		cc_parse_advance(p);
		new->otherwise = parse_statement(p);
	}
	return new;
}

/* while and switch have the same form. */
static struct cc_statement *parse_headed(struct cc_parser *p,
					 enum cc_statement_kind kind)
{
	struct cc_statement *new = new_statement(p, kind);

	cc_parse_advance(p);
	new->expr = in_parentheses(p);
	new->body = parse_statement(p);
	return new;
}

static struct cc_statement *do_statement(struct cc_parser *p)
{
	struct cc_statement *new = new_statement(p, STMT_DO);

	cc_parse_advance(p);
	new->body = parse_statement(p);
	if (!p->broken && !cc_token_is(cc_parse_token(p), "while")) {
		cc_parse_error(p, "'while'");
		return new;
	}
	cc_parse_advance(p);
	new->expr = in_parentheses(p);
	cc_parse_expect(p, ';');
	return new;
}

static struct cc_expr *parse_optional(struct cc_parser *p, int end)
{
	struct cc_expr *expr;

	if (p->broken || cc_parse_sign(p, end))
		return NULL;
	expr = cc_parse_expression(p);
	cc_parse_expect(p, end);
	return expr;
}

/* After a declaration in the head of a loop the parser continues at the body. */
static void skip_head(struct cc_parser *p)
{
	unsigned int open = 1;

	report_add(p->report, false, cc_parse_token(p)->at,
		   "the head of 'for' declares no variable; declare it at the beginning of the block");
	while (open && cc_parse_token(p)->kind != CC_END) {
		if (cc_token_sign(cc_parse_token(p), '('))
			open++;
		else if (cc_token_sign(cc_parse_token(p), ')'))
			open--;
		cc_parse_advance(p);
	}
}

static struct cc_statement *for_statement(struct cc_parser *p)
{
	struct cc_statement *new = new_statement(p, STMT_FOR);

	cc_parse_advance(p);
	cc_parse_expect(p, '(');
	if (!p->broken && cc_parse_at_type(cc_parse_token(p)) &&
	    cc_parse_ahead(p)->kind == CC_NAME) {
		skip_head(p);
		new->body = parse_statement(p);
		return new;
	}
	new->first = parse_optional(p, ';');
	new->expr = parse_optional(p, ';');
	new->step = parse_optional(p, ')');
	new->body = parse_statement(p);
	return new;
}

static struct cc_statement *parse_jump(struct cc_parser *p,
				       enum cc_statement_kind kind)
{
	struct cc_statement *new = new_statement(p, kind);

	cc_parse_advance(p);
	if (kind == STMT_GOTO) {
		new->target = cc_parse_token(p);
		if (new->target->kind != CC_NAME)
			cc_parse_error(p, "the name of a label");
		else
			cc_parse_advance(p);
	} else if (kind == STMT_RETURN &&
		   !cc_token_sign(cc_parse_token(p), ';')) {
		new->expr = cc_parse_expression(p);
	}
	cc_parse_expect(p, ';');
	return new;
}

/* The statement after a label belongs to it, but may be absent. */
static struct cc_statement *parse_label(struct cc_parser *p,
					enum cc_statement_kind kind)
{
	struct cc_statement *new = new_statement(p, kind);

	cc_parse_advance(p);
	if (kind == STMT_CASE)
		new->expr = cc_parse_operand(p);
	cc_parse_expect(p, ':');
	if (!p->broken && !cc_token_sign(cc_parse_token(p), '}'))
		new->body = parse_statement(p);
	return new;
}

static int opcode_of(const struct cc_token *token)
{
	unsigned int opcode;

	for (opcode = 0; opcode < TEA_OP_COUNT; opcode++) {
		if (cc_token_is(token, tea_opcode_name(opcode)))
			return (int)opcode;
	}
	return -1;
}

static void asm_item(struct cc_parser *p, struct cc_asm *item)
{
	item->at = cc_parse_token(p);
	item->opcode = -1;
	if (item->at->kind != CC_NAME) {
		cc_parse_error(p, "an instruction or a label");
		return;
	}
	if (cc_token_sign(cc_parse_ahead(p), ':')) {
		cc_parse_advance(p);
		cc_parse_advance(p);
		return;
	}
	item->opcode = opcode_of(item->at);
	if (item->opcode < 0) {
		cc_parse_error(p, "an instruction or a label");
		return;
	}
	cc_parse_advance(p);
	switch (tea_opcode_operand((unsigned int)item->opcode)) {
	case TEA_OPERAND_NONE:
		return;
	case TEA_OPERAND_TARGET:
		item->target = cc_parse_token(p);
		if (item->target->kind == CC_NAME)
			cc_parse_advance(p);
		else
			cc_parse_error(p, "the name of a label or a function");
		return;
	default:
		item->operand = cc_parse_operand(p);
	}
}

static struct cc_statement *asm_statement(struct cc_parser *p)
{
	struct cc_statement *new = new_statement(p, STMT_ASM);
	struct cc_asm **last = &new->code;

	cc_parse_advance(p);
	cc_parse_expect(p, '{');
	while (!p->broken && !p->stopped && !cc_parse_sign(p, '}')) {
		struct cc_asm *item;

		if (cc_parse_sign(p, ';'))
			continue;
		item = arena_zalloc(p->arena, sizeof(*item));
		asm_item(p, item);
		*last = item;
		last = &item->next;
	}
	/* After an error the parser continues at the end of the block. */
	while (p->broken && cc_parse_token(p)->kind != CC_END) {
		if (cc_parse_sign(p, '}'))
			p->broken = false;
		else
			cc_parse_advance(p);
	}
	cc_parse_sign(p, ';');
	return new;
}

static struct cc_statement *expression_statement(struct cc_parser *p)
{
	struct cc_statement *new = new_statement(p, STMT_EXPR);

	p->first = p->next;
	if (cc_parse_sign(p, ';')) {
		new->kind = STMT_EMPTY;
		return new;
	}
	if (cc_parse_at_type(cc_parse_token(p))) {
		cc_parse_error(p, "a statement (declarations come first in a block)");
		return new;
	}
	new->expr = cc_parse_expression(p);
	cc_parse_expect(p, ';');
	return new;
}

static const struct {
	const char *word;
	struct cc_statement *(*read)(struct cc_parser *p);
} readers[] = {
	{ "if", if_statement },
	{ "for", for_statement },
	{ "do", do_statement },
	{ "asm", asm_statement },
};

static const struct {
	const char *word;
	struct cc_statement *(*read)(struct cc_parser *p,
				     enum cc_statement_kind kind);
	enum cc_statement_kind kind;
} kind_readers[] = {
	{ "while", parse_headed, STMT_WHILE },
	{ "switch", parse_headed, STMT_SWITCH },
	{ "return", parse_jump, STMT_RETURN },
	{ "break", parse_jump, STMT_BREAK },
	{ "continue", parse_jump, STMT_CONTINUE },
	{ "goto", parse_jump, STMT_GOTO },
	{ "case", parse_label, STMT_CASE },
	{ "default", parse_label, STMT_DEFAULT },
};

static struct cc_statement *read_statement(struct cc_parser *p)
{
	const struct cc_token *token = cc_parse_token(p);
	size_t i;

	if (cc_token_sign(token, '{'))
		return cc_parse_block(p);
	for (i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
		if (at_word(p, readers[i].word))
			return readers[i].read(p);
	}
	for (i = 0; i < sizeof(kind_readers) / sizeof(*kind_readers); i++) {
		if (at_word(p, kind_readers[i].word))
			return kind_readers[i].read(p, kind_readers[i].kind);
	}
	if (token->kind == CC_NAME && cc_token_sign(cc_parse_ahead(p), ':')) {
		struct cc_statement *new = new_statement(p, STMT_LABEL);

		cc_parse_advance(p);
		cc_parse_advance(p);
		if (!cc_token_sign(cc_parse_token(p), '}'))
			new->body = parse_statement(p);
		return new;
	}
	return expression_statement(p);
}

/*
 * After an error, advances past the next semicolon, or to the end of the block.
 */
static void statement_recover(struct cc_parser *p)
{
	unsigned int braces = 0;

	while (cc_parse_token(p)->kind != CC_END && !p->stopped) {
		const struct cc_token *token = cc_parse_token(p);

		if (!braces && cc_token_sign(token, '}'))
			break;
		cc_parse_advance(p);
		if (cc_token_sign(token, '{'))
			braces++;
		else if (cc_token_sign(token, '}') && !--braces)
			break;
		else if (!braces && cc_token_sign(token, ';'))
			break;
	}
	p->broken = p->stopped;
}

static struct cc_statement *parse_statement(struct cc_parser *p)
{
	struct cc_statement *new;

	if (p->broken || !cc_parse_enter(p))
		return new_statement(p, STMT_EMPTY);
	new = read_statement(p);
	p->nested--;
	return new;
}

struct cc_statement *cc_parse_block(struct cc_parser *p)
{
	struct cc_statement *block = new_statement(p, STMT_BLOCK);
	struct cc_variable **last_variable = &block->variables;
	struct cc_statement **last = &block->body;

	cc_parse_advance(p);
	while (!p->stopped && cc_parse_at_type(cc_parse_token(p))) {
		struct cc_type type;

		if (cc_parse_type(p, &type))
			cc_parse_declaration(p, type, &last_variable);
		if (p->broken)
			statement_recover(p);
	}
	while (!p->stopped && cc_parse_token(p)->kind != CC_END &&
	       !cc_token_sign(cc_parse_token(p), '}')) {
		*last = parse_statement(p);
		last = &(*last)->next;
		if (p->broken)
			statement_recover(p);
	}
	block->end = cc_parse_token(p);
	cc_parse_expect(p, '}');
	return block;
}
