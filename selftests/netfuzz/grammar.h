/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GRAMMAR_H
#define GRAMMAR_H

/* The requests of the netlink family, as grammar.py derives them. */

#include <stdbool.h>
#include <stdint.h>

#define COUNT(array)	(sizeof(array) / sizeof(*(array)))

enum grammar_kind {
	GRAMMAR_U8,
	GRAMMAR_U16,
	GRAMMAR_U32,
	GRAMMAR_U64,
	GRAMMAR_STRING,
	GRAMMAR_BINARY,
	GRAMMAR_FLAG,
	GRAMMAR_NEST,
	GRAMMAR_PAD,
};

/**
 * struct grammar_attribute - an attribute of a set
 * @name: its name
 * @type: its number
 * @kind: enum grammar_kind
 * @multi: can be there several times
 * @flags: @high has the valid bits
 * @low: the lowest valid value
 * @high: the highest one, 0 for that of its width
 * @longest: most bytes, 0 for no limit
 * @nest: what is nested in it, or NULL
 */
struct grammar_attribute {
	const char *name;
	uint16_t type;
	uint8_t kind;
	bool multi;
	bool flags;
	uint32_t low;
	uint32_t high;
	uint32_t longest;
	const struct grammar_set *nest;
};

/**
 * struct grammar_set - an attribute set
 * @name: its name
 * @attributes: its attributes by number
 * @count: how many
 */
struct grammar_set {
	const char *name;
	const struct grammar_attribute *attributes;
	unsigned int count;
};

/**
 * struct grammar_command - a command
 * @name: its name
 * @number: enum teavmx_cmd
 * @set: its attribute set
 * @places: places in @set of what its request can have
 * @count: how many
 * @dump: it also exists as a dump
 */
struct grammar_command {
	const char *name;
	uint8_t number;
	const struct grammar_set *set;
	const uint8_t *places;
	unsigned int count;
	bool dump;
};

extern const struct grammar_command grammar_commands[];
extern const unsigned int grammar_command_count;
extern const struct grammar_set *const grammar_sets[];
extern const unsigned int grammar_set_count;

#endif
