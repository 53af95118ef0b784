/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>

#include <selftests/tea/chance.h>

#include "grammar.h"
#include "objects.h"

/* More than the largest object file, which is refused */
#define REQUEST_MAX	(160 * 1024)

/* What is wrong with a request. Those up to FLAW_JUNK are in an attribute. */
enum flaw {
	FLAW_NONE,
	FLAW_MISSING,
	FLAW_TWICE,
	FLAW_SHORT,
	FLAW_LONG,
	FLAW_EMPTY,
	FLAW_VALUE,
	FLAW_OTHER_TYPE,
	FLAW_UNKNOWN_TYPE,
	FLAW_NESTED_BIT,
	FLAW_LENGTH_FIELD,
	FLAW_OTHER_NEST,
	FLAW_JUNK,
	FLAW_COMMAND,
	FLAW_VERSION,
	FLAW_RESERVED,
	FLAW_FLAGS,
	FLAW_CUT,
	FLAW_OVERLONG,
	FLAW_TRAILING,
	FLAW_FLIPPED_BITS,
	FLAWS,
};

/**
 * struct request - a request that is being made
 * @chance: what decides
 * @command: its command
 * @vm: the VM that it is about
 * @place: where @vm is among the objects; a VM that it creates is put there
 * @density: percentage of the optional attributes that it has
 * @flaw: what is wrong with it
 * @countdown: attributes before the one with the flaw
 * @attributes: bit N for attribute N of the outermost level
 * @depth: nests that are open
 * @size: bytes so far
 * @bytes: the message
 */
struct request {
	struct chance chance;
	const struct grammar_command *command;
	struct object_vm vm;
	unsigned int place;
	unsigned int density;
	enum flaw flaw;
	unsigned int countdown;
	uint64_t attributes;
	unsigned int depth;
	size_t size;
	uint8_t bytes[REQUEST_MAX];
};

/**
 * request_make() - make a request
 * @request: filled in
 * @family: number of the netlink family
 * @seed: what the request is made from, beside the objects that exist
 * @perfect: percentage of requests without a flaw
 */
void request_make(struct request *request, int family, uint64_t seed,
		  unsigned int perfect);

/**
 * request_put() - add an attribute
 * @request: the request
 * @type: its number
 * @data: its payload
 * @size: bytes
 */
void request_put(struct request *request, uint16_t type, const void *data,
		 size_t size);

/**
 * request_name() - name of a flaw
 * @flaw: the flaw
 *
 * Return: the name.
 */
const char *request_name(enum flaw flaw);

#endif
