// SPDX-License-Identifier: GPL-2.0-only
#include "habit.h"
#include "parser.h"

const struct cc_token *cc_parse_token(const struct cc_parser *p)
{
	return p->tokens + p->next;
}

const struct cc_token *cc_parse_ahead(const struct cc_parser *p)
{
	const struct cc_token *token = p->tokens + p->next;

	return token->kind == CC_END ? token : token + 1;
}

void cc_parse_advance(struct cc_parser *p)
{
	if (p->tokens[p->next].kind != CC_END)
		p->next++;
}

bool cc_parse_sign(struct cc_parser *p, int sign)
{
	if (!cc_token_sign(cc_parse_token(p), sign))
		return false;
	cc_parse_advance(p);
	return true;
}

/* Every further read returns the end of the source. */
void cc_parse_stop(struct cc_parser *p)
{
	p->stopped = true;
	p->broken = true;
	while (p->tokens[p->next].kind != CC_END)
		p->next++;
}

void cc_parse_error(struct cc_parser *p, const char *expected)
{
	const struct cc_token *token = cc_parse_token(p);

	if (!p->broken && !p->stopped && token->kind != CC_BAD &&
	    !cc_habit_report(p)) {
		if (token->kind == CC_END)
			report_add(p->report, false, token->at,
				   "expected %s, not the end of the source",
				   expected);
		else
			report_add(p->report, false, token->at,
				   "expected %s, found '%.*s'", expected,
				   cc_token_shown(token), token->text);
	}
	p->broken = true;
	if (p->report->errors >= CC_ERRORS_MAX)
		cc_parse_stop(p);
}

void cc_parse_expect(struct cc_parser *p, int sign)
{
	char expected[] = "' '";
	const struct cc_token *found;

	if (p->broken || cc_parse_sign(p, sign))
		return;
	expected[1] = (char)sign;
	found = p->broken || p->stopped ? NULL : cc_parse_token(p);
	cc_parse_error(p, expected);
	if (sign == ';' && found && found->text == found->at)
		report_fix(p->report, found->at, 0, ";");
}

bool cc_parse_enter(struct cc_parser *p)
{
	if (p->nested < CC_NEST_MAX && !p->stopped) {
		p->nested++;
		return true;
	}
	if (!p->stopped)
		report_add(p->report, false, cc_parse_token(p)->at,
			   "nested more than %d deep", CC_NEST_MAX);
	cc_parse_stop(p);
	return false;
}

bool cc_parse_at_type(const struct cc_token *token)
{
	static const char *const words[] = {
		"void", "char", "int", "string", "unsigned", "signed",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (cc_token_is(token, words[i]))
			return true;
	}
	return false;
}

bool cc_parse_type(struct cc_parser *p, struct cc_type *type)
{
	const struct cc_token *token = cc_parse_token(p);
	const struct cc_token *first = token;
	bool has_base = false;
	bool has_sign = false;

	*type = (struct cc_type){ .base = CC_INT };
	for (; cc_parse_at_type(token); token = cc_parse_token(p)) {
		bool sign = cc_token_is(token, "unsigned") ||
			    cc_token_is(token, "signed");

		if (p->stopped)
			return false;
		if (sign ? has_sign : has_base) {
			cc_parse_error(p, "one type");
			return false;
		}
		has_sign |= sign;
		has_base |= !sign;
		if (cc_token_is(token, "unsigned"))
			type->is_unsigned = true;
		else if (cc_token_is(token, "void"))
			type->base = CC_VOID;
		else if (cc_token_is(token, "char"))
			type->base = CC_CHAR;
		else if (cc_token_is(token, "string"))
			type->base = CC_TEXT;
		cc_parse_advance(p);
	}
	if (has_sign && !cc_type_scalar(*type)) {
		report_add(p->report, false, first->at,
			   "void and string are neither signed nor unsigned");
		type->is_unsigned = false;
	}
	return token != first;
}

/* { a, b, c } */
static struct cc_expr *initial_list(struct cc_parser *p)
{
	struct cc_expr *list = NULL;
	struct cc_expr **last = &list;

	if (cc_token_sign(cc_parse_token(p), '}')) {
		cc_parse_error(p, "an expression");
		/*
		 * After an error the parser continues at the end of the list.
		 */
		if (!p->stopped) {
			cc_parse_advance(p);
			p->broken = false;
		}
		return NULL;
	}
	do {
		if (list && cc_token_sign(cc_parse_token(p), '}'))
			break;
		*last = cc_parse_assignment(p);
		last = &(*last)->next;
	} while (!p->broken && cc_parse_sign(p, ','));
	cc_parse_expect(p, '}');
	return list;
}

static struct cc_variable *parse_variable(struct cc_parser *p, struct cc_type type)
{
	struct cc_variable *variable;

	variable = arena_zalloc(p->arena, sizeof(*variable));
	variable->type = type;
	if (cc_parse_token(p)->kind != CC_NAME ||
	    cc_parse_at_type(cc_parse_token(p))) {
		cc_parse_error(p, "a name");
		return variable;
	}
	variable->name = cc_parse_token(p);
	cc_parse_advance(p);
	if (cc_parse_sign(p, '[')) {
		variable->count = cc_parse_assignment(p);
		cc_parse_expect(p, ']');
	}
	return variable;
}

void cc_parse_declaration(struct cc_parser *p, struct cc_type type,
			  struct cc_variable ***last)
{
	do {
		struct cc_variable *new = parse_variable(p, type);

		if (p->broken)
			return;
		if (cc_parse_sign(p, '='))
			new->value = cc_parse_sign(p, '{') ? initial_list(p)
					: cc_parse_assignment(p);
		**last = new;
		*last = &new->next;
	} while (!p->broken && cc_parse_sign(p, ','));
	cc_parse_expect(p, ';');
}

static void parse_parameters(struct cc_parser *p, struct cc_function *function)
{
	struct cc_variable **last = &function->parameters;

	if (cc_parse_sign(p, ')'))
		return;
	if (cc_token_is(cc_parse_token(p), "void") &&
	    cc_token_sign(cc_parse_ahead(p), ')')) {
		cc_parse_advance(p);
		cc_parse_advance(p);
		return;
	}
	do {
		struct cc_variable *new = arena_zalloc(p->arena, sizeof(*new));

		if (!cc_parse_type(p, &new->type)) {
			cc_parse_error(p, "the type of a parameter");
			return;
		}
		if (cc_parse_token(p)->kind == CC_NAME) {
			new->name = cc_parse_token(p);
			cc_parse_advance(p);
		}
		new->assigned = true;
		*last = new;
		last = &new->next;
		function->parameter_count++;
	} while (!p->broken && cc_parse_sign(p, ','));
	cc_parse_expect(p, ')');
}

static void add_item(struct cc_parser *p, struct cc_item ***last,
		     struct cc_item item)
{
	struct cc_item *copy = arena_zalloc(p->arena, sizeof(*copy));

	*copy = item;
	**last = copy;
	*last = &copy->next;
}

static void parse_function(struct cc_parser *p, struct cc_type type,
			   struct cc_item ***last)
{
	struct cc_function *new = arena_zalloc(p->arena, sizeof(*new));

	new->type = type;
	new->name = cc_parse_token(p);
	cc_parse_advance(p);
	cc_parse_advance(p);
	parse_parameters(p, new);
	if (p->broken)
		return;
	if (!cc_parse_sign(p, ';')) {
		if (!cc_token_sign(cc_parse_token(p), '{')) {
			cc_parse_error(p, "'{' or ';'");
			return;
		}
		new->body = cc_parse_block(p);
	}
	add_item(p, last, (struct cc_item){ .function = new });
}

static void parse_globals(struct cc_parser *p, struct cc_type type,
			  struct cc_item ***last)
{
	struct cc_variable *list = NULL;
	struct cc_variable **end = &list;

	cc_parse_declaration(p, type, &end);
	for (; list; list = list->next) {
		list->global = true;
		list->assigned = true;
		add_item(p, last, (struct cc_item){ .variable = list });
	}
}

/* After an error, advances to what looks like the next declaration. */
static void parser_recover(struct cc_parser *p)
{
	unsigned int braces = 0;

	while (cc_parse_token(p)->kind != CC_END && !p->stopped) {
		const struct cc_token *token = cc_parse_token(p);

		if (!braces && token->first && token->at == token->text &&
		    cc_parse_at_type(token))
			return;
		cc_parse_advance(p);
		if (cc_token_sign(token, '{'))
			braces++;
		else if (cc_token_sign(token, '}') && braces <= 1)
			break;
		else if (cc_token_sign(token, '}'))
			braces--;
		else if (cc_token_sign(token, ';') && !braces)
			return;
	}
	cc_parse_sign(p, ';');
}

void cc_parse(const struct cc_token *tokens, struct report *report,
	      struct arena *arena, struct cc_unit *unit)
{
	struct cc_parser p = {
		.tokens = tokens,
		.report = report,
		.arena = arena,
	};
	struct cc_item **last = &unit->items;

	while (cc_parse_token(&p)->kind != CC_END && !p.stopped) {
		size_t start = p.next;
		struct cc_type type;
		bool typed;

		p.broken = false;
		p.first = start;
		typed = cc_parse_type(&p, &type);
		if (!p.broken) {
			if (cc_parse_token(&p)->kind == CC_NAME &&
			    cc_token_sign(cc_parse_ahead(&p), '('))
				parse_function(&p, type, &last);
			else if (typed)
				parse_globals(&p, type, &last);
			else
				cc_parse_error(&p, "a declaration");
		}
		if (p.broken && p.next == start)
			cc_parse_advance(&p);
		if (p.broken)
			parser_recover(&p);
	}
	while (tokens->kind != CC_END)
		tokens++;
	unit->end = tokens;
}
