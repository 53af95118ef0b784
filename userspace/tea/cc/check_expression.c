// SPDX-License-Identifier: GPL-2.0-only
#include "checker.h"
#include "fold.h"

static const struct cc_type char_type = { .base = CC_CHAR };

/*
 * An expression with an error becomes a constant that causes no further errors.
 */
static struct cc_expr *error_constant(struct cc_expr *expr)
{
	expr->fixed = false;
	return cc_constant(expr, 1);
}

static bool is_constant(const struct cc_expr *expr)
{
	return expr->kind == EXPR_CONSTANT;
}

/* A constant without a given type gets the type of the other operand. */
static bool constant_adapts(const struct cc_expr *expr)
{
	return is_constant(expr) && !expr->fixed;
}

static struct cc_expr *need_scalar(struct cc_checker *c, struct cc_expr *expr)
{
	char name[CC_TYPE_NAME];

	if (cc_type_scalar(expr->type))
		return expr;
	if (expr->kind == EXPR_STRING)
		cc_check_error(c, expr->at,
			       "text can only be an argument for a string, or what an array of char starts with");
	else if (expr->type.count)
		cc_check_error(c, expr->at,
			       "an array has no value, only its elements have");
	else if (expr->type.base == CC_TEXT)
		cc_check_error(c, expr->at,
			       "a string can only be reached in an asm block");
	else
		cc_check_error(c, expr->at, "a value is needed here, not %s",
			       cc_type_name(expr->type, name));
	return error_constant(expr);
}

struct cc_expr *cc_check_scalar(struct cc_checker *c, struct cc_expr *expr)
{
	return need_scalar(c, cc_check_expr(c, expr));
}

bool cc_check_constant(struct cc_checker *c, struct cc_expr *expr,
		       long long min, long long max, long long *value)
{
	size_t errors = c->report->errors;

	expr = cc_check_scalar(c, expr);
	*value = expr->value;
	if (c->report->errors != errors)
		return false;
	if (!is_constant(expr)) {
		cc_check_error(c, expr->at, "a constant is needed here");
		return false;
	}
	if (*value < min || *value > max) {
		cc_check_error(c, expr->at, "%lld is not from %lld to %lld",
			       *value, min, max);
		return false;
	}
	return true;
}

static struct cc_expr *check_variable(struct cc_checker *c,
				      struct cc_expr *expr)
{
	const struct cc_names *const tables[] = { &c->locals, &c->globals,
						  NULL };
	struct cc_variable *variable = cc_names_find(&c->locals, expr->at);

	if (!variable)
		variable = cc_names_find(&c->globals, expr->at);
	if (!variable) {
		if (cc_names_find(&c->functions, expr->at))
			cc_check_error(c, expr->at,
				       "'%.*s' is a function, call it with '()'",
				       cc_token_shown(expr->at),
				       expr->at->text);
		else
			cc_check_unknown(c, expr->at, tables);
		return error_constant(expr);
	}
	if (variable->gone) {
		cc_check_error(c, expr->at,
			       "'%.*s' is out of scope: the block that declared it has ended",
			       cc_token_shown(expr->at), expr->at->text);
		return error_constant(expr);
	}
	if (variable->global && variable->name > expr->at) {
		cc_check_error(c, expr->at,
			       "'%.*s' is declared only later, in line %u",
			       cc_token_shown(expr->at), expr->at->text,
			       variable->name->line);
		return error_constant(expr);
	}
	variable->used = true;
	expr->variable = variable;
	expr->type = variable->type;
	return expr;
}

static struct cc_expr *check_element(struct cc_checker *c,
				     struct cc_expr *expr)
{
	struct cc_expr *index = cc_check_scalar(c, expr->right);

	expr = check_variable(c, expr);
	if (!expr->variable)
		return expr;
	if (!expr->type.count) {
		cc_check_error(c, expr->at, "'%.*s' is no array",
			       cc_token_shown(expr->at), expr->at->text);
		return error_constant(expr);
	}
	if (is_constant(index) && (index->value < 0 ||
				   index->value >= expr->type.count)) {
		cc_check_error(c, index->at,
			       "index %lld of an array with %u elements",
			       index->value, expr->type.count);
		return error_constant(expr);
	}
	expr->right = index;
	expr->type.count = 0;
	return expr;
}

/* Checks a variable that is read. */
static struct cc_expr *check_read(struct cc_checker *c, struct cc_expr *expr)
{
	expr = check_variable(c, expr);
	if (expr->variable && !expr->variable->assigned &&
	    !expr->type.count) {
		cc_check_error(c, expr->at,
			       "'%.*s' is read before it is given a value",
			       cc_token_shown(expr->at), expr->at->text);
		expr->variable->assigned = true;
	}
	return expr;
}

/* Returns the variable that is assigned to, or null after an error. */
static struct cc_expr *check_target(struct cc_checker *c, struct cc_expr *expr,
				    bool read)
{
	const struct cc_token *at = expr->at;

	if (expr->kind == EXPR_ELEMENT) {
		expr = check_element(c, expr);
	} else if (expr->kind == EXPR_VARIABLE) {
		expr = read ? check_read(c, expr) : check_variable(c, expr);
	} else {
		cc_check_error(c, at, "only variables can be assigned to");
		cc_check_expr(c, expr);
		return NULL;
	}
	if (!expr->variable)
		return NULL;
	if (cc_type_scalar(expr->type))
		return expr;
	cc_check_error(c, at, expr->type.count ?
		       "an array has no value, only its elements have" :
		       "a string cannot be assigned to");
	return NULL;
}

static struct cc_expr *check_string_argument(struct cc_checker *c,
					     struct cc_expr *argument)
{
	if (argument->kind == EXPR_STRING) {
		if (cc_token_text(argument->at, NULL) > CC_STRING_MAX)
			cc_check_error(c, argument->at,
				       "a string has at most %d characters",
				       CC_STRING_MAX);
		argument->type.base = CC_TEXT;
		return argument;
	}
	cc_check_error(c, argument->at,
		       "text in double quotes is needed here, the parameter is a string");
	return error_constant(argument);
}

static void check_arguments(struct cc_checker *c, struct cc_expr *call)
{
	const struct cc_variable *parameter = call->function->parameters;
	struct cc_expr **link = &call->left;
	size_t count = 0;

	while (*link) {
		struct cc_expr *next = (*link)->next;
		struct cc_expr *argument = *link;

		count++;
		if (parameter && parameter->type.base == CC_TEXT)
			argument = check_string_argument(c, argument);
		else
			argument = cc_check_scalar(c, argument);
		if (parameter && cc_type_scalar(parameter->type))
			argument = cc_convert_cut(c, argument,
						  parameter->type);
		parameter = parameter ? parameter->next : NULL;
		argument->next = next;
		*link = argument;
		link = &argument->next;
	}
	if (count != call->function->parameter_count)
		cc_check_error(c, call->at,
			       "'%.*s' takes %zu argument%s, not %zu",
			       cc_token_shown(call->at), call->at->text,
			       call->function->parameter_count,
			       call->function->parameter_count == 1 ? "" : "s",
			       count);
}

static struct cc_expr *check_call(struct cc_checker *c, struct cc_expr *expr)
{
	const struct cc_names *const tables[] = { &c->functions, NULL };
	struct cc_expr *argument;

	expr->function = cc_names_find(&c->functions, expr->at);
	if (expr->function && expr->function->defined)
		expr->function = expr->function->defined;
	if (expr->function && expr->function->is_main) {
		cc_check_error(c, expr->at, "main cannot be called");
		return error_constant(expr);
	}
	if (!expr->function) {
		cc_check_unknown(c, expr->at, tables);
		for (argument = expr->left; argument;
		     argument = argument->next) {
			if (argument->kind != EXPR_STRING)
				cc_check_expr(c, argument);
		}
		return error_constant(expr);
	}
	check_arguments(c, expr);
	cc_check_called(c, expr->function);
	expr->type = expr->function->type;
	return expr;
}

/* The type that 16 or 8 bits of both operands have together */
static struct cc_type common_type(const struct cc_expr *left,
				  const struct cc_expr *right)
{
	struct cc_type type = char_type;

	if (left->type.base == CC_INT || right->type.base == CC_INT)
		type.base = CC_INT;
	type.is_unsigned = (left->type.is_unsigned && !constant_adapts(left)) ||
			   (right->type.is_unsigned && !constant_adapts(right));
	return type;
}

static struct cc_expr *types_meet(struct cc_checker *c, struct cc_expr *expr,
				  struct cc_type type)
{
	if (!constant_adapts(expr))
		return type.base == CC_INT ? cc_widen(c, expr) : expr;
	expr->value = cc_type_cut(type, expr->value);
	expr->type = type;
	return expr;
}

/* Whether a constant makes an unsigned char an int, by its sign */
static bool type_widens(const struct cc_expr *constant, const struct cc_expr *other)
{
	return constant_adapts(constant) && constant->type.base == CC_INT &&
	       other->type.is_unsigned && other->type.base == CC_CHAR;
}

static void check_widened(struct cc_checker *c, const struct cc_expr *expr)
{
	if (type_widens(expr->left, expr->right) || type_widens(expr->right, expr->left))
		cc_check_warning(c, expr->at,
				 "an unsigned char is widened by its sign for that; cast the constant to unsigned char");
}

static void check_mixed(struct cc_checker *c, const struct cc_expr *expr,
			struct cc_type type)
{
	const struct cc_expr *left = expr->left;
	const struct cc_expr *right = expr->right;

	if (left->type.is_unsigned != right->type.is_unsigned &&
	    !constant_adapts(left) && !constant_adapts(right))
		cc_check_error(c, expr->at,
			       "a signed and an unsigned value are compared; cast one of them");
	else if (!type.is_unsigned &&
		 ((constant_adapts(left) && !cc_type_fits(type, left->value)) ||
		  (constant_adapts(right) && !cc_type_fits(type, right->value))))
		cc_check_warning(c, expr->at,
				 "a constant above 32767 is compared as a negative one");
}

void cc_check_sign_ignored(struct cc_checker *c, const struct cc_expr *expr)
{
	if (expr->sign == '/' || expr->sign == '%' || expr->sign == SIGN_SHR)
		cc_check_warning(c, expr->at,
				 "'%s' takes its operands for signed ones",
				 expr->sign == '/' ? "/" :
				 expr->sign == '%' ? "%" : ">>");
}

static void check_divisor(struct cc_checker *c, const struct cc_expr *expr)
{
	if ((expr->sign == '/' || expr->sign == '%') &&
	    is_constant(expr->right) && !expr->right->value)
		cc_check_error(c, expr->at, "division by zero");
	else if (expr->type.is_unsigned)
		cc_check_sign_ignored(c, expr);
}

/* An operator whose operands have been checked */
static struct cc_expr *check_operator(struct cc_checker *c,
				      struct cc_expr *expr)
{
	unsigned int precedence = fold_precedence(expr->sign);
	struct cc_type type;

	if (is_constant(expr->left) && is_constant(expr->right))
		return cc_fold_binary(c, expr);
	expr->type = char_type;
	if (expr->sign == SIGN_AND || expr->sign == SIGN_OR)
		return expr;
	if (expr->sign == SIGN_SHL || expr->sign == SIGN_SHR) {
		expr->type = expr->left->type;
		if (is_constant(expr->left))
			expr->left->value = cc_type_cut(expr->type,
							expr->left->value);
		check_divisor(c, expr);
		return expr;
	}
	type = common_type(expr->left, expr->right);
	if (precedence == fold_precedence('<'))
		check_mixed(c, expr, type);
	if (precedence == fold_precedence('<') ||
	    precedence == fold_precedence(SIGN_EQ))
		check_widened(c, expr);
	expr->left = types_meet(c, expr->left, type);
	expr->right = types_meet(c, expr->right, type);
	if (precedence != fold_precedence('<') &&
	    precedence != fold_precedence(SIGN_EQ))
		expr->type = type;
	check_divisor(c, expr);
	return expr;
}

static struct cc_expr *check_binary(struct cc_checker *c, struct cc_expr *expr)
{
	expr->left = cc_check_scalar(c, expr->left);
	expr->right = cc_check_scalar(c, expr->right);
	return check_operator(c, expr);
}

static struct cc_expr *check_unary(struct cc_checker *c, struct cc_expr *expr)
{
	expr->left = cc_check_scalar(c, expr->left);
	if (is_constant(expr->left))
		return cc_fold_unary(c, expr);
	expr->type = expr->sign == '!' ? char_type : expr->left->type;
	return expr;
}

static struct cc_expr *check_step(struct cc_checker *c, struct cc_expr *expr)
{
	struct cc_expr *target = check_target(c, expr->left, true);

	if (!target)
		return error_constant(expr);
	expr->left = target;
	expr->type = target->type;
	return expr;
}

/* a op= b is a = a op b, in which a is evaluated once. */
static struct cc_expr *check_compound(struct cc_checker *c,
				      struct cc_expr *expr)
{
	struct cc_expr operation = {
		.kind = EXPR_BINARY,
		.sign = expr->sign,
		.at = expr->at,
	};
	char name[CC_TYPE_NAME];
	struct cc_expr *target;
	struct cc_expr *right;

	target = check_target(c, expr->left, true);
	right = cc_check_scalar(c, expr->right);
	if (!target)
		return error_constant(expr);
	operation.left = target;
	operation.right = right;
	check_operator(c, &operation);
	if (target->type.base == CC_CHAR && operation.type.base == CC_INT)
		cc_check_error(c, right->at,
			       "int is not converted to %s without a cast; write (%s)",
			       cc_type_name(target->type, name), name);
	expr->left = target;
	expr->right = operation.right;
	expr->type = target->type;
	return expr;
}

static struct cc_expr *check_assign(struct cc_checker *c, struct cc_expr *expr)
{
	struct cc_expr *target;
	struct cc_expr *value;

	if (expr->sign)
		return check_compound(c, expr);
	value = cc_check_scalar(c, expr->right);
	target = check_target(c, expr->left, false);
	if (!target)
		return error_constant(expr);
	target->variable->assigned = true;
	target->variable->stored = true;
	expr->left = target;
	expr->right = cc_convert_cut(c, value, target->type);
	expr->type = target->type;
	return expr;
}

static struct cc_expr *check_conditional(struct cc_checker *c,
					 struct cc_expr *expr)
{
	struct cc_expr *chosen;
	struct cc_type type;

	expr->left = cc_check_scalar(c, expr->left);
	expr->right = cc_check_expr(c, expr->right);
	expr->third = cc_check_expr(c, expr->third);
	expr->type = (struct cc_type){ .base = CC_VOID };
	if (expr->right->type.base == CC_VOID &&
	    expr->third->type.base == CC_VOID)
		return expr;
	expr->right = need_scalar(c, expr->right);
	expr->third = need_scalar(c, expr->third);
	if (is_constant(expr->left)) {
		chosen = expr->left->value ? expr->right : expr->third;
		if (is_constant(chosen)) {
			expr->fixed = chosen->fixed;
			type = chosen->type;
			cc_constant(expr, chosen->value);
			expr->type = type;
			return expr;
		}
	}
	type = common_type(expr->right, expr->third);
	expr->right = types_meet(c, expr->right, type);
	expr->third = types_meet(c, expr->third, type);
	expr->type = type;
	return expr;
}

static struct cc_expr *check_cast(struct cc_checker *c, struct cc_expr *expr)
{
	struct cc_type type = expr->type;
	struct cc_expr *value;

	if (type.base == CC_VOID) {
		expr->left = cc_check_expr(c, expr->left);
		return expr;
	}
	if (type.base == CC_TEXT) {
		cc_check_error(c, expr->at, "nothing can be cast to string");
		return error_constant(expr);
	}
	value = cc_check_scalar(c, expr->left);
	if (is_constant(value)) {
		cc_constant(expr, cc_type_cut(type, value->value));
		expr->type = type;
		expr->fixed = true;
		return expr;
	}
	expr->left = value;
	return expr;
}

struct cc_expr *cc_check_expr(struct cc_checker *c, struct cc_expr *expr)
{
	switch (expr->kind) {
	case EXPR_CONSTANT:
		if (expr->value > 0xFFFF)
			cc_check_warning(c, expr->at,
					 "%lld does not fit in 16 bits",
					 expr->value);
		return cc_constant(expr, expr->value);
	case EXPR_STRING:
		break;
	case EXPR_VARIABLE:
		return check_read(c, expr);
	case EXPR_ELEMENT:
		return check_element(c, expr);
	case EXPR_CALL:
		return check_call(c, expr);
	case EXPR_UNARY:
		return check_unary(c, expr);
	case EXPR_BINARY:
		return check_binary(c, expr);
	case EXPR_ASSIGN:
		return check_assign(c, expr);
	case EXPR_STEP:
		return check_step(c, expr);
	case EXPR_CONDITIONAL:
		return check_conditional(c, expr);
	case EXPR_COMMA:
		expr->left = cc_check_expr(c, expr->left);
		expr->right = cc_check_expr(c, expr->right);
		expr->type = expr->right->type;
		return expr;
	case EXPR_CAST:
		return check_cast(c, expr);
	}
	return expr;
}
