// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>

#include <userspace/common/cli.h>

#include "fold.h"
#include "token.h"

static const struct {
	int sign;
	unsigned int precedence;
} operators[] = {
	{ SIGN_OR, 1 }, { SIGN_AND, 2 }, { '|', 3 }, { '^', 4 }, { '&', 5 },
	{ SIGN_EQ, 6 }, { SIGN_NE, 6 }, { '<', 7 }, { '>', 7 }, { SIGN_LE, 7 },
	{ SIGN_GE, 7 }, { SIGN_SHL, 8 }, { SIGN_SHR, 8 }, { '+', 9 },
	{ '-', 9 }, { '*', 10 }, { '/', 10 }, { '%', 10 },
};

unsigned int fold_precedence(int sign)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(operators); i++) {
		if (operators[i].sign == sign)
			return operators[i].precedence;
	}
	return 0;
}

long long fold_unary(int sign, long long value)
{
	switch (sign) {
	case '-':
		return (long long)(0 - (unsigned long long)value);
	case '!':
		return !value;
	case '~':
		return ~value;
	default:
		return value;
	}
}

static long long fold_shift(int sign, long long left, long long right)
{
	unsigned int count = (unsigned int)right & 31;

	if (sign == SIGN_SHL)
		return (long long)((unsigned long long)left << count);
	return left >> count;
}

static long long fold_divide(int sign, long long left, long long right)
{
	/* The one quotient that does not fit */
	if (right == -1)
		return sign == '/' ? fold_unary('-', left) : 0;
	return sign == '/' ? left / right : left % right;
}

/* 0 or 1, or negative for an operator of another kind */
static int fold_truth(int sign, long long left, long long right)
{
	switch (sign) {
	case SIGN_OR:
		return left || right;
	case SIGN_AND:
		return left && right;
	case SIGN_EQ:
		return left == right;
	case SIGN_NE:
		return left != right;
	case '<':
		return left < right;
	case '>':
		return left > right;
	case SIGN_LE:
		return left <= right;
	case SIGN_GE:
		return left >= right;
	default:
		return -1;
	}
}

static long long fold_compute(int sign, long long left, long long right)
{
	unsigned long long a = (unsigned long long)left;
	unsigned long long b = (unsigned long long)right;

	switch (sign) {
	case '|':
		return left | right;
	case '^':
		return left ^ right;
	case '&':
		return left & right;
	case '+':
		return (long long)(a + b);
	case '-':
		return (long long)(a - b);
	case '*':
		return (long long)(a * b);
	case '/':
	case '%':
		return fold_divide(sign, left, right);
	default:
		return fold_shift(sign, left, right);
	}
}

bool fold_binary(int sign, long long left, long long right, long long *result)
{
	*result = fold_truth(sign, left, right);
	if (*result >= 0)
		return true;
	if (!right && (sign == '/' || sign == '%'))
		return false;
	*result = fold_compute(sign, left, right);
	return true;
}
