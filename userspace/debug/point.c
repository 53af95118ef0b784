// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "point.h"

struct point *points_find(struct points *points, bool watch,
			  unsigned int address)
{
	struct point *point = points->list;

	for (; point < points->list + points->count; point++)
		if (point->watch == watch && point->address == address)
			return point;
	return NULL;
}

struct point *points_number(struct points *points, unsigned long long number)
{
	struct point *point = points->list;

	for (; point < points->list + points->count; point++)
		if (point->number == number)
			return point;
	return NULL;
}

bool points_full(const struct points *points, bool watch)
{
	size_t same = 0;
	size_t i;

	for (i = 0; i < points->count; i++)
		same += points->list[i].watch == watch;
	return same == (watch ? TEA_DEBUG_WATCHES : TEA_DEBUG_BREAKS);
}

struct point *points_add(struct points *points, bool watch,
			 unsigned int address)
{
	struct point *point = &points->list[points->count++];

	*point = (struct point){
		.number = ++points->last,
		.watch = watch,
		.address = address,
	};
	return point;
}

bool points_conditional(const struct points *points)
{
	size_t i;

	for (i = 0; i < points->count; i++)
		if (points->list[i].condition)
			return true;
	return false;
}

void points_remove(struct points *points, struct point *point)
{
	struct point *end = points->list + points->count--;

	free(point->condition);

	memmove(point, point + 1, (size_t)(end - point - 1) * sizeof(*point));
}
