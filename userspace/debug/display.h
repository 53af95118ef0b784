/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_DISPLAY_H
#define DEBUG_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#define DISPLAYS_MAX	32

struct debugger;

/**
 * struct display - an expression that is printed at each stop
 * @number: the number that the user sees
 * @text: the expression
 */
struct display {
	unsigned int number;
	char *text;
};

/**
 * struct displays - all of them, in the order of numbers
 * @list: the expressions
 * @count: how many
 * @last: the last number given
 */
struct displays {
	struct display list[DISPLAYS_MAX];
	size_t count;
	unsigned int last;
};

/**
 * display_add() - add an expression
 * @displays: the expressions
 * @text: the expression, which is copied
 *
 * Return: the new one, or null if there are DISPLAYS_MAX or there is no memory.
 */
const struct display *display_add(struct displays *displays, const char *text);

/**
 * display_remove() - remove an expression
 * @displays: the expressions
 * @number: its number
 *
 * Return: false if there is none with that number.
 */
bool display_remove(struct displays *displays, unsigned long long number);

/**
 * display_free() - remove all expressions
 * @displays: the expressions
 */
void display_free(struct displays *displays);

/**
 * display_print() - print the values of all expressions that have one here
 * @debugger: the debugger
 */
void display_print(struct debugger *debugger);

/**
 * display_json() - the values of all expressions that have one here
 * @debugger: the debugger
 *
 * Return: a new reference to an array, or null if there is no expression.
 */
json_t *display_json(struct debugger *debugger);

#endif
