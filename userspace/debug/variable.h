/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_VARIABLE_H
#define DEBUG_VARIABLE_H

#include "frame.h"

/**
 * variable_next() - go through the variables that the code of a frame can name
 * @view: the program
 * @frame: the frame
 * @place: variables of this kind
 * @last: the one before, or null for the first
 *
 * Return: the next one or null.
 */
const struct tea_map_variable *
variable_next(const struct view *view, const struct frame *frame,
	      enum tea_map_place place, const struct tea_map_variable *last);

/**
 * variable_byte() - find a variable, or an element of an array, on the stack
 * @view: the program
 * @frame: the frame that it belongs to
 * @variable: the variable
 * @index: index of the element, 0 if it is no array
 * @at: receives the first byte, counted from the bottom of the stack
 *
 * Return: true; false if the variable is not on the stack at this moment, or the
 * index is too large.
 */
bool variable_byte(const struct view *view, const struct frame *frame,
		   const struct tea_map_variable *variable,
		   unsigned long long index, unsigned int *at);

/**
 * variable_returned() - what a function returns
 * @view: the program
 * @frame: its frame
 *
 * The caller reserves the bytes before the call, so they are at the same place after the
 * return.
 *
 * Return: a variable, or null if the function returns nothing or the debug map does
 * not have it.
 */
const struct tea_map_variable *variable_returned(const struct view *view,
						 const struct frame *frame);

/**
 * variable_value() - read a variable, or an element of an array
 * @view: the program
 * @frame: the frame that it belongs to
 * @variable: the variable
 * @index: index of the element, 0 if it is no array
 * @value: receives the value; of a string, a character
 *
 * Return: true; false if the variable is not on the stack at this moment, or the
 * index is too large.
 */
bool variable_value(const struct view *view, const struct frame *frame,
		    const struct tea_map_variable *variable,
		    unsigned long long index, long long *value);

/**
 * variable_count() - number of elements
 * @view: the program
 * @frame: the frame
 * @variable: the variable
 *
 * Return: elements of an array or characters of a string, 0 for other variables.
 */
unsigned int variable_count(const struct view *view, const struct frame *frame,
			    const struct tea_map_variable *variable);

/**
 * value_read() - the value of the bytes on the stack
 * @at: its bytes
 * @type: its type, of one or two bytes
 *
 * Return: the value.
 */
long long value_read(const unsigned char *at, enum tea_map_type type);

/**
 * value_print() - print a value
 * @type: its type; a character is printed as such, too
 * @value: the value
 * @to: where to
 */
void value_print(enum tea_map_type type, long long value, FILE *to);

/**
 * variable_print() - print the value of a variable
 * @view: the program
 * @frame: the frame that it belongs to
 * @variable: the variable
 * @to: where to
 */
void variable_print(const struct view *view, const struct frame *frame,
		    const struct tea_map_variable *variable, FILE *to);

/**
 * variable_json() - the value of a variable
 * @view: the program
 * @frame: the frame that it belongs to
 * @variable: the variable
 *
 * Return: a new reference: a number, an array of numbers, a string, or null if the
 * variable is not on the stack.
 */
json_t *variable_json(const struct view *view, const struct frame *frame,
		      const struct tea_map_variable *variable);

/**
 * variables_json() - the values of all variables of a kind
 * @view: the program
 * @frame: the frame
 * @place: the kind
 *
 * Return: a new reference to an object; a name means its innermost variable.
 */
json_t *variables_json(const struct view *view, const struct frame *frame,
		       enum tea_map_place place);

/**
 * variables_print() - print all variables of a kind, one a line
 * @view: the program
 * @frame: the frame
 * @place: the kind
 * @indent: what each line begins with
 * @to: where to
 *
 * Return: number of them.
 */
unsigned int variables_print(const struct view *view, const struct frame *frame,
			     enum tea_map_place place, const char *indent,
			     FILE *to);

#endif
