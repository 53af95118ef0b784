// SPDX-License-Identifier: GPL-2.0-only
/*
 * The condition of an #if is a constant of 64 bits, as in C. Names that are no
 * macros are 0.
 */
#include "fold.h"
#include "preprocessor.h"

#define NEST_MAX	64

/**
 * struct reading - a condition being read
 * @pp: the preprocessor
 * @token: current word
 * @nested: how deep in parentheses and operators
 * @ignored: what is computed has no effect, so it may divide by zero
 * @broken: an error has been reported
 */
struct reading {
	struct cc_preprocessor *pp;
	struct cc_token token;
	unsigned int nested;
	unsigned int ignored;
	bool broken;
};

static void form_error(struct reading *r, const char *expected)
{
	const struct cc_token *token = &r->token;

	if (r->broken)
		return;
	r->broken = true;
	if (token->kind == CC_BAD)
		cc_pp_bad(r->pp, token);
	else if (token->kind == CC_NEWLINE || token->kind == CC_END)
		cc_pp_error(r->pp, token, "expected %s", expected);
	else
		cc_pp_error(r->pp, token, "expected %s, found '%.*s'", expected,
			    cc_token_shown(token), token->text);
}

static void condition_advance(struct reading *r)
{
	cc_pp_expanded(r->pp, &r->token);
}

static long long condition_expression(struct reading *r, unsigned int level);

/* defined NAME or defined(NAME); the name is not expanded. */
static long long read_defined(struct reading *r)
{
	bool parenthesis;
	bool defined;

	cc_pp_raw(r->pp, &r->token);
	parenthesis = cc_token_sign(&r->token, '(');
	if (parenthesis)
		cc_pp_raw(r->pp, &r->token);
	if (r->token.kind != CC_NAME) {
		form_error(r, "the name of a macro");
		return 0;
	}
	defined = cc_macros_find(&r->pp->macros, &r->token);
	condition_advance(r);
	if (!parenthesis)
		return defined;
	if (cc_token_sign(&r->token, ')'))
		condition_advance(r);
	else
		form_error(r, "')'");
	return defined;
}

static long long condition_unary(struct reading *r)
{
	long long value = 0;
	int sign;

	if (r->token.kind == CC_NUMBER) {
		value = r->token.value;
		condition_advance(r);
		return value;
	}
	if (cc_token_is(&r->token, "defined"))
		return read_defined(r);
	if (r->token.kind == CC_NAME) {
		condition_advance(r);
		return 0;
	}
	sign = r->token.kind == CC_SIGN ? (int)r->token.value : 0;
	if (r->nested == NEST_MAX || (sign != '(' && sign != '-' &&
				      sign != '+' && sign != '!' &&
				      sign != '~')) {
		form_error(r, r->nested == NEST_MAX ?
			   "a condition that is nested less deep" :
			   "a number or a name");
		return 0;
	}
	r->nested++;
	condition_advance(r);
	if (sign == '(') {
		value = condition_expression(r, 0);
		if (cc_token_sign(&r->token, ')'))
			condition_advance(r);
		else
			form_error(r, "')'");
	} else {
		value = fold_unary(sign, condition_unary(r));
	}
	r->nested--;
	return value;
}

static long long condition_binary(struct reading *r, int sign, long long left,
				  unsigned int level)
{
	struct cc_token at = r->token;
	bool ignored = (sign == SIGN_AND && !left) || (sign == SIGN_OR && left);
	long long right;
	long long value;

	condition_advance(r);
	r->ignored += ignored;
	right = condition_expression(r, level);
	r->ignored -= ignored;
	if (sign == SIGN_AND)
		return left && right;
	if (sign == SIGN_OR)
		return left || right;
	if (fold_binary(sign, left, right, &value))
		return value;
	if (!r->ignored && !r->broken) {
		cc_pp_error(r->pp, &at, "division by zero");
		r->broken = true;
	}
	return 0;
}

static long long condition_expression(struct reading *r, unsigned int level)
{
	long long value = condition_unary(r);

	while (!r->broken && r->token.kind == CC_SIGN) {
		int sign = (int)r->token.value;
		unsigned int binds = fold_precedence(sign);
		long long other;
		bool taken;

		if (binds > level) {
			value = condition_binary(r, sign, value, binds);
			continue;
		}
		if (sign != '?' || level || r->nested == NEST_MAX)
			break;
		taken = value;
		r->nested++;
		condition_advance(r);
		r->ignored += !taken;
		value = condition_expression(r, 0);
		r->ignored -= !taken;
		if (cc_token_sign(&r->token, ':'))
			condition_advance(r);
		else
			form_error(r, "':'");
		r->ignored += taken;
		other = condition_expression(r, 0);
		r->ignored -= taken;
		r->nested--;
		value = taken ? value : other;
	}
	return value;
}

bool cc_pp_condition(struct cc_preprocessor *pp)
{
	bool whole_line = pp->whole_line;
	struct reading r = { .pp = pp };
	long long value;

	pp->whole_line = true;
	condition_advance(&r);
	value = condition_expression(&r, 0);
	if (r.token.kind != CC_NEWLINE && r.token.kind != CC_END)
		form_error(&r, "the end of the line");
	while (r.token.kind != CC_NEWLINE && r.token.kind != CC_END)
		cc_pp_raw(pp, &r.token);
	pp->whole_line = whole_line;
	return !r.broken && value;
}
