/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_POINT_H
#define DEBUG_POINT_H

#include <stdbool.h>
#include <stddef.h>

#include <module/tea/debug.h>

#define POINTS_MAX	(TEA_DEBUG_BREAKS + TEA_DEBUG_WATCHES)

/**
 * struct point - a breakpoint, or a byte of the stack that is watched
 * @number: the number that the user sees; each is given only once
 * @watch: it is a byte of the stack
 * @address: code address, or index from the bottom of the stack
 * @value: the byte when it was read last
 * @hits: how often the program stopped for it
 * @condition: expression that must not be 0 for a stop, or null
 */
struct point {
	unsigned int number;
	bool watch;
	unsigned int address;
	unsigned char value;
	unsigned long long hits;
	char *condition;
};

/**
 * struct points - all breakpoints and watched bytes, in the order of numbers
 * @list: the points
 * @count: how many
 * @last: the last number given
 */
struct points {
	struct point list[POINTS_MAX];
	size_t count;
	unsigned int last;
};

/**
 * points_find() - the point at an address
 * @points: the points
 * @watch: a byte of the stack
 * @address: where
 *
 * Return: the point or null.
 */
struct point *points_find(struct points *points, bool watch,
			  unsigned int address);

/**
 * points_number() - the point with a number
 * @points: the points
 * @number: its number
 *
 * Return: the point or null.
 */
struct point *points_number(struct points *points, unsigned long long number);

/**
 * points_full() - is there no room for one more?
 * @points: the points
 * @watch: of this kind
 *
 * Return: true when there is none.
 */
bool points_full(const struct points *points, bool watch);

/**
 * points_add() - add a point; points_full() and points_find() were called before
 * @points: the points
 * @watch: a byte of the stack
 * @address: where
 *
 * Return: the new point.
 */
struct point *points_add(struct points *points, bool watch,
			 unsigned int address);

/**
 * points_conditional() - has any point a condition?
 * @points: the points
 *
 * Return: true when one has.
 */
bool points_conditional(const struct points *points);

/**
 * points_remove() - remove a point
 * @points: the points
 * @point: one of them
 */
void points_remove(struct points *points, struct point *point);

#endif
