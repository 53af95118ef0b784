// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "name.h"

/*
 * The name, or else the number, goes to @name. Returns the attribute, or NULL.
 */
static const struct attribute *add_name(const struct attribute_set *set,
					int type, char *name, size_t size)
{
	const struct attribute *attribute = NULL;

	if (set && type > 0 && (size_t)type < set->count)
		attribute = &set->attributes[type];
	if (attribute && attribute->name)
		snprintf(name, size, "%s", attribute->name);
	else
		snprintf(name, size, "%d", type);
	return attribute;
}

void teavmx_attribute_name(uint8_t command, int nest, int type, char *name,
			   size_t size)
{
	const struct attribute_set *set = attribute_set_of(command);
	const struct attribute *outer;
	size_t used;

	if (nest) {
		outer = add_name(set, nest, name, size);
		used = strlen(name);
		if (used + 1 >= size)
			return;
		name[used++] = '.';
		name += used;
		size -= used;
		set = outer ? outer->nest : NULL;
	}
	add_name(set, type, name, size);
}
