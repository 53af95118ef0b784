/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_EXPRESSION_H
#define DEBUG_EXPRESSION_H

#include "frame.h"

/* Bytes for the description of an error */
#define EXPRESSION_ERROR	160

/**
 * struct expression - an expression and its value
 * @value: the value, of 64 bits
 * @variable: the variable, if the expression is one, or an element of one
 * @index: index of the element, else 0
 * @whole: it is an array or a string as a whole, which has no @value
 * @error: what is wrong, or empty
 */
struct expression {
	long long value;
	const struct tea_map_variable *variable;
	unsigned int index;
	bool whole;
	char error[EXPRESSION_ERROR];
};

/**
 * expression_read() - compute an expression of the language
 * @view: the program; without a stack, the form of the expression and its names are
 *	checked, and the value is of no meaning
 * @frame: the frame whose variables it names
 * @text: the expression: numbers, characters, variables, elements and all
 *	operators of C without side effect
 * @expression: receives the value
 *
 * It is computed as the compiler computes constants, with 64 bits, so an intermediate
 * result is not truncated as it is in the program. The right operand of && and || needs
 * no value if the left one decides.
 *
 * Return: 0, or -1 with expression.error.
 */
int expression_read(const struct view *view, const struct frame *frame,
		    const char *text, struct expression *expression);

/**
 * expression_assign() - read "VARIABLE = EXPRESSION"
 * @view: the program
 * @frame: the frame whose variables it names
 * @text: the text; VARIABLE can be an element of an array
 * @expression: receives variable, index, and the value that the variable is to have,
 *	which is one of its type, with or without sign
 *
 * Return: 0, or -1 with expression.error.
 */
int expression_assign(const struct view *view, const struct frame *frame,
		      const char *text, struct expression *expression);

#endif
