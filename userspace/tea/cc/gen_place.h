/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_GEN_PLACE_H
#define CC_GEN_PLACE_H

#include "generator.h"

/**
 * struct cc_place - address of a variable or an element
 * @absolute: counted from the bottom of the stack, not from the top
 * @size: bytes it takes, 1 or 2
 * @position: bytes between the bottom of the frame and it, or what it is an
 *	element of
 * @index: index that is known only when it runs, or null
 */
struct cc_place {
	bool absolute;
	unsigned int size;
	unsigned int position;
	const struct cc_expr *index;
};

/**
 * cc_gen_place() - find a place
 * @g: the generator
 * @target: a variable or an element
 *
 * Return: the place.
 */
struct cc_place cc_gen_place(const struct cc_generator *g,
			     const struct cc_expr *target);

/**
 * cc_gen_load() - push the value at a place
 * @g: the generator
 * @place: the place
 */
void cc_gen_load(struct cc_generator *g, const struct cc_place *place);

/**
 * cc_gen_store() - pop a value to a place
 * @g: the generator
 * @place: the place
 */
void cc_gen_store(struct cc_generator *g, const struct cc_place *place);

/**
 * cc_gen_copy() - push a value again
 * @g: the generator
 * @size: its bytes, 1 or 2
 */
void cc_gen_copy(struct cc_generator *g, unsigned int size);

/**
 * cc_gen_update() - write the code of a step or a compound assignment
 * @g: the generator
 * @expr: the expression
 * @wanted: push its value as well
 */
void cc_gen_update(struct cc_generator *g, const struct cc_expr *expr,
		   bool wanted);

#endif
