/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_GENERATOR_H
#define CC_GENERATOR_H

#include <userspace/tea/report.h>

#include "ast.h"
#include "code.h"

/**
 * struct cc_generator - a code generator at work
 * @unit: the program
 * @report: receives errors: code or data too large for the machine
 * @code: the code so far
 * @function: the function, or null in the start of the program
 * @depth: bytes of the frame, temporary values included
 * @at: the word that the code comes from
 * @scope: the last local variable declared, or null
 * @break_label: where a break goes
 * @break_depth: bytes of the frame there
 * @continue_label: where a continue goes
 * @continue_depth: bytes of the frame there
 * @too_deep: that has been reported for this function
 */
struct cc_generator {
	const struct cc_unit *unit;
	struct report *report;
	struct cc_code *code;
	const struct cc_function *function;
	unsigned int depth;
	const struct cc_token *at;
	const struct cc_variable *scope;
	unsigned int break_label;
	unsigned int break_depth;
	unsigned int continue_label;
	unsigned int continue_depth;
	bool too_deep;
};

/**
 * cc_generate() - write the code of a program
 * @unit: the program, without errors
 * @report: receives errors
 * @code: receives the code
 */
void cc_generate(const struct cc_unit *unit, struct report *report,
		 struct cc_code *code);

/* What generator.c and gen_*.c have in common */

/**
 * cc_gen() - append an instruction
 * @g: the generator
 * @opcode: the instruction
 * @operand: its operand, or 0
 */
void cc_gen(struct cc_generator *g, unsigned int opcode, unsigned int operand);

/**
 * cc_gen_label() - a new label
 * @g: the generator
 */
unsigned int cc_gen_label(struct cc_generator *g);

/**
 * cc_gen_here() - put a label at the end of the code so far
 * @g: the generator
 * @label: its number
 */
void cc_gen_here(struct cc_generator *g, unsigned int label);

/**
 * cc_gen_drop() - drop bytes from the stack
 * @g: the generator
 * @size: number of them
 */
void cc_gen_drop(struct cc_generator *g, unsigned int size);

/**
 * cc_gen_distance() - distance of a place in the frame from the top
 * @g: the generator
 * @position: the place
 * @size: bytes on top that are gone when the distance is used
 *
 * Return: 1 to 255; after a report, 1.
 */
unsigned int cc_gen_distance(struct cc_generator *g, unsigned int position,
			     unsigned int size);

/**
 * cc_gen_reaches() - whether a place in the frame is not too far from the top
 * @g: the generator
 * @position: the place
 */
bool cc_gen_reaches(const struct cc_generator *g, unsigned int position);

/**
 * cc_gen_value() - push the value of an expression
 * @g: the generator
 * @expr: the expression
 */
void cc_gen_value(struct cc_generator *g, const struct cc_expr *expr);

/**
 * cc_gen_effect() - evaluate an expression, leave no value
 * @g: the generator
 * @expr: the expression
 */
void cc_gen_effect(struct cc_generator *g, const struct cc_expr *expr);

/**
 * cc_gen_branch() - go to a label depending on an expression
 * @g: the generator
 * @expr: the expression
 * @label: the label
 * @when: go there if it is true (not 0), or if it is false
 */
void cc_gen_branch(struct cc_generator *g, const struct cc_expr *expr,
		   unsigned int label, bool when);

/**
 * cc_gen_truth() - push 0 or 1 as the result of a condition
 * @g: the generator
 * @expr: the condition
 */
void cc_gen_truth(struct cc_generator *g, const struct cc_expr *expr);

/**
 * cc_gen_operator() - compute an operator; its operands are on the stack
 * @g: the generator
 * @sign: the operator, no relation
 * @type: type of the operands
 * @count: of a shift, type of the count
 */
void cc_gen_operator(struct cc_generator *g, int sign, struct cc_type type,
		     struct cc_type count);

/**
 * cc_gen_variable() - push the initial value of a variable
 * @g: the generator
 * @variable: the variable
 */
void cc_gen_variable(struct cc_generator *g, const struct cc_variable *variable);

/**
 * cc_gen_statement() - write the code of a statement
 * @g: the generator
 * @s: the statement
 */
void cc_gen_statement(struct cc_generator *g, const struct cc_statement *s);

#endif
