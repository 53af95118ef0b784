// SPDX-License-Identifier: GPL-2.0-only
#include "fold.h"
#include "parser.h"

static struct cc_expr *new_expr(struct cc_parser *p, enum cc_expr_kind kind,
				const struct cc_token *at)
{
	struct cc_expr *expr = arena_zalloc(p->arena, sizeof(*expr));

	expr->kind = kind;
	expr->at = at;
	expr->depth = 1;
	return expr;
}

/* The tree may only be so deep. */
static void check_depth(struct cc_parser *p, const struct cc_expr *expr)
{
	if (expr->depth <= CC_EXPR_DEPTH_MAX || p->stopped)
		return;
	report_add(p->report, false, expr->at->at,
		   "an expression of more than %d levels", CC_EXPR_DEPTH_MAX);
	cc_parse_stop(p);
}

static struct cc_expr *with_parts(struct cc_parser *p, struct cc_expr *expr,
				  struct cc_expr *left, struct cc_expr *right)
{
	unsigned int depth = left->depth;

	if (right && right->depth > depth)
		depth = right->depth;
	expr->left = left;
	expr->right = right;
	expr->depth = depth + 1;
	check_depth(p, expr);
	return expr;
}

static struct cc_expr *parse_call(struct cc_parser *p, struct cc_expr *callee)
{
	struct cc_expr **last = &callee->left;

	callee->kind = EXPR_CALL;
	cc_parse_advance(p);
	if (cc_parse_sign(p, ')') || !cc_parse_enter(p))
		return callee;
	do {
		struct cc_expr *argument = cc_parse_assignment(p);

		if (argument->depth >= callee->depth)
			callee->depth = argument->depth + 1;
		*last = argument;
		last = &argument->next;
	} while (!p->broken && cc_parse_sign(p, ','));
	cc_parse_expect(p, ')');
	p->nested--;
	check_depth(p, callee);
	return callee;
}

static void parse_element(struct cc_parser *p, struct cc_expr *array)
{
	if (!cc_parse_enter(p))
		return;
	cc_parse_advance(p);
	array->kind = EXPR_ELEMENT;
	array->right = cc_parse_expression(p);
	array->depth = array->right->depth + 1;
	cc_parse_expect(p, ']');
	p->nested--;
	check_depth(p, array);
}

static struct cc_expr *parse_primary(struct cc_parser *p)
{
	const struct cc_token *token = cc_parse_token(p);
	struct cc_expr *expr;

	if (token->kind == CC_NUMBER) {
		expr = new_expr(p, EXPR_CONSTANT, token);
		expr->value = token->value;
		cc_parse_advance(p);
		return expr;
	}
	if (token->kind == CC_STRING || token->kind == CC_NAME) {
		expr = new_expr(p, token->kind == CC_NAME ? EXPR_VARIABLE :
				EXPR_STRING, token);
		cc_parse_advance(p);
		return expr;
	}
	if (cc_token_sign(token, '(') && cc_parse_enter(p)) {
		cc_parse_advance(p);
		expr = cc_parse_expression(p);
		cc_parse_expect(p, ')');
		p->nested--;
		return expr;
	}
	cc_parse_error(p, "an expression");
	return new_expr(p, EXPR_CONSTANT, token);
}

static struct cc_expr *parse_step(struct cc_parser *p, const struct cc_token *at,
				  struct cc_expr *target, bool postfix)
{
	struct cc_expr *expr = new_expr(p, EXPR_STEP, at);

	expr->sign = (int)at->value;
	expr->postfix = postfix;
	return with_parts(p, expr, target, NULL);
}

static struct cc_expr *parse_postfix(struct cc_parser *p)
{
	struct cc_expr *expr = parse_primary(p);

	while (!p->broken) {
		const struct cc_token *token = cc_parse_token(p);

		if (cc_token_sign(token, '(') && expr->kind == EXPR_VARIABLE) {
			expr = parse_call(p, expr);
		} else if (cc_token_sign(token, '[') &&
			   expr->kind == EXPR_VARIABLE) {
			parse_element(p, expr);
		} else if (cc_token_sign(token, SIGN_INC) ||
			   cc_token_sign(token, SIGN_DEC)) {
			cc_parse_advance(p);
			expr = parse_step(p, token, expr, true);
		} else {
			break;
		}
	}
	return expr;
}

static struct cc_expr *parse_unary(struct cc_parser *p)
{
	const struct cc_token *token = cc_parse_token(p);
	int sign = token->kind == CC_SIGN ? (int)token->value : 0;
	struct cc_expr *expr;
	struct cc_type type;

	if (sign == '(' && cc_parse_at_type(cc_parse_ahead(p))) {
		if (!cc_parse_enter(p))
			return new_expr(p, EXPR_CONSTANT, token);
		cc_parse_advance(p);
		cc_parse_type(p, &type);
		cc_parse_expect(p, ')');
		expr = new_expr(p, EXPR_CAST, token);
		expr->type = type;
	} else if (sign == '-' || sign == '+' || sign == '!' || sign == '~' ||
		   sign == SIGN_INC || sign == SIGN_DEC) {
		if (!cc_parse_enter(p))
			return new_expr(p, EXPR_CONSTANT, token);
		cc_parse_advance(p);
		expr = new_expr(p, EXPR_UNARY, token);
		expr->sign = sign;
		if (sign == SIGN_INC || sign == SIGN_DEC)
			expr->kind = EXPR_STEP;
	} else {
		return parse_postfix(p);
	}
	with_parts(p, expr, parse_unary(p), NULL);
	p->nested--;
	return expr;
}

/* Operators that bind more strongly than @level; all group to the left. */
static struct cc_expr *parse_binary(struct cc_parser *p, unsigned int level)
{
	struct cc_expr *left = parse_unary(p);

	while (!p->broken) {
		const struct cc_token *token = cc_parse_token(p);
		struct cc_expr *expr;
		unsigned int binds;

		if (token->kind != CC_SIGN)
			break;
		binds = fold_precedence((int)token->value);
		if (binds <= level)
			break;
		cc_parse_advance(p);
		expr = new_expr(p, EXPR_BINARY, token);
		expr->sign = (int)token->value;
		left = with_parts(p, expr, left, parse_binary(p, binds));
	}
	return left;
}

static struct cc_expr *parse_conditional(struct cc_parser *p)
{
	struct cc_expr *condition = parse_binary(p, 0);
	const struct cc_token *token = cc_parse_token(p);
	struct cc_expr *expr;
	struct cc_expr *right;

	if (p->broken || !cc_token_sign(token, '?') || !cc_parse_enter(p))
		return condition;
	cc_parse_advance(p);
	expr = new_expr(p, EXPR_CONDITIONAL, token);
	right = cc_parse_expression(p);
	cc_parse_expect(p, ':');
	expr->third = parse_conditional(p);
	p->nested--;
	with_parts(p, expr, condition, right);
	if (expr->third->depth >= expr->depth)
		expr->depth = expr->third->depth + 1;
	return expr;
}

/* The operator of an assignment; 0 for "=", negative for no assignment */
static int assignment_operator(const struct cc_token *token)
{
	static const char operators[] = "+-*/%&|^";
	size_t i;

	if (token->kind != CC_SIGN)
		return -1;
	if (token->value == '=')
		return 0;
	if (token->value == SIGN_3('<', '<', '='))
		return SIGN_SHL;
	if (token->value == SIGN_3('>', '>', '='))
		return SIGN_SHR;
	for (i = 0; operators[i]; i++) {
		if (token->value == SIGN_2(operators[i], '='))
			return operators[i];
	}
	return -1;
}

struct cc_expr *cc_parse_assignment(struct cc_parser *p)
{
	struct cc_expr *left = parse_conditional(p);
	const struct cc_token *token = cc_parse_token(p);
	int sign = assignment_operator(token);
	struct cc_expr *expr;

	if (p->broken || sign < 0 || !cc_parse_enter(p))
		return left;
	cc_parse_advance(p);
	expr = new_expr(p, EXPR_ASSIGN, token);
	expr->sign = sign;
	with_parts(p, expr, left, cc_parse_assignment(p));
	p->nested--;
	return expr;
}

struct cc_expr *cc_parse_expression(struct cc_parser *p)
{
	struct cc_expr *left = cc_parse_assignment(p);

	while (!p->broken) {
		const struct cc_token *token = cc_parse_token(p);

		if (!cc_parse_sign(p, ','))
			break;
		left = with_parts(p, new_expr(p, EXPR_COMMA, token), left,
				  cc_parse_assignment(p));
	}
	return left;
}

struct cc_expr *cc_parse_operand(struct cc_parser *p)
{
	return parse_binary(p, 0);
}
