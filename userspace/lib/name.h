/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_NAME_H
#define TEAVMX_NAME_H

#include "teavmx.h"

#define COUNT(names)	(sizeof(names) / sizeof((names)[0]))

struct attribute_set;

/**
 * struct attribute - An attribute of the specification.
 * @name: its name there
 * @nest: the set of the attributes that it nests, or NULL
 */
struct attribute {
	const char *name;
	const struct attribute_set *nest;
};

/**
 * struct attribute_set - An attribute set of the specification.
 * @attributes: by number, with gaps
 * @count: one more than the highest number
 */
struct attribute_set {
	const struct attribute *attributes;
	size_t count;
};

/**
 * attribute_set_of() - The attribute set of a command's requests.
 * @command: TEAVMX_CMD_*
 *
 * Return: the set, NULL for an unknown command.
 */
const struct attribute_set *attribute_set_of(uint8_t command);

#endif
