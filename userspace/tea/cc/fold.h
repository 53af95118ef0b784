/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_FOLD_H
#define CC_FOLD_H

#include <stdbool.h>

/**
 * fold_precedence() - precedence of an operator between two operands
 * @sign: the operator
 *
 * Return: 1 for || up to 10 for *, / and %, 0 if it is no such operator.
 */
unsigned int fold_precedence(int sign);

/**
 * fold_unary() - apply an operator to a constant
 * @sign: one of + - ! ~
 * @value: the constant
 *
 * Return: the result.
 */
long long fold_unary(int sign, long long value);

/**
 * fold_binary() - apply an operator to two constants
 * @sign: the operator
 * @left: left operand
 * @right: right operand
 * @result: receives the low 64 bits of the result, which is exact with operands of 33
 *	bits at most; counts of shifts are taken modulo 32
 *
 * Return: false for a division by zero.
 */
bool fold_binary(int sign, long long left, long long right, long long *result);

#endif
