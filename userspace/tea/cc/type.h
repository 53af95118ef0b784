/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_TYPE_H
#define CC_TYPE_H

#include <stdbool.h>

/**
 * enum cc_base - what a value is made of
 * @CC_VOID: nothing
 * @CC_CHAR: 8 bits
 * @CC_INT: 16 bits
 * @CC_TEXT: characters and a byte with their number (string)
 */
enum cc_base {
	CC_VOID,
	CC_CHAR,
	CC_INT,
	CC_TEXT,
};

/**
 * struct cc_type - a type
 * @base: what a value, or an element, is made of
 * @is_unsigned: relations compare it without sign
 * @count: elements of an array, 0 if it is no array
 */
struct cc_type {
	enum cc_base base;
	bool is_unsigned;
	unsigned int count;
};

/* Bytes for the name of cc_type_name() */
#define CC_TYPE_NAME	32

/**
 * cc_type_size() - bytes that a variable of a type takes on the stack
 * @type: the type
 *
 * Return: the size, 0 for void and string.
 */
unsigned int cc_type_size(struct cc_type type);

/**
 * cc_type_scalar() - whether a value is a char or an int
 * @type: the type
 */
bool cc_type_scalar(struct cc_type type);

/**
 * cc_type_same() - whether two types are the same
 * @left: a type
 * @right: a type
 */
bool cc_type_same(struct cc_type left, struct cc_type right);

/**
 * cc_type_fits() - whether a constant is one of a type's, by its sign
 * @type: char or int, signed or not
 * @value: the constant
 */
bool cc_type_fits(struct cc_type type, long long value);

/**
 * cc_type_cut() - the value a type's bits give
 * @type: char or int
 * @value: any value
 *
 * Return: the low 8 or 16 bits of @value, by their sign also if the type is
 * unsigned: that is what widening makes of them.
 */
long long cc_type_cut(struct cc_type type, long long value);

/**
 * cc_type_name() - name of a type for messages
 * @type: the type
 * @name: receives it (CC_TYPE_NAME bytes)
 *
 * Return: @name.
 */
const char *cc_type_name(struct cc_type type, char *name);

#endif
