/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_EMITTER_H
#define CC_EMITTER_H

#include <stdio.h>

#include <userspace/common/tea_map.h>
#include <userspace/tea/report.h>

#include "ast.h"
#include "code.h"
#include "include.h"

/**
 * struct cc_emitter - a program ready to be written
 * @unit: the program
 * @code: its code
 * @sources: its sources
 * @addresses: code address of each label
 * @size: bytes of code
 */
struct cc_emitter {
	const struct cc_unit *unit;
	const struct cc_code *code;
	const struct cc_sources *sources;
	unsigned int *addresses;
	size_t size;
};

/**
 * cc_emit_layout() - give everything its address
 * @e: the emitter; unit, code and sources are set
 * @report: receives an error if the code is too large
 */
void cc_emit_layout(struct cc_emitter *e, struct report *report);

/**
 * cc_emit_object() - write the object file
 * @e: the emitter, with addresses
 * @file: receives it (TEA_FILE_MAX bytes)
 *
 * Return: bytes in @file.
 */
size_t cc_emit_object(const struct cc_emitter *e, unsigned char *file);

/**
 * cc_emit_assembly() - write assembly language that gives the same object file
 * @e: the emitter, with addresses
 * @to: where to
 */
void cc_emit_assembly(const struct cc_emitter *e, FILE *to);

/**
 * cc_emit_map() - write the debug map
 * @e: the emitter, with addresses
 * @map: receives it; to be freed also after an error
 *
 * Return: 0, -EINVAL for a source whose path a map cannot have, -ENOMEM.
 */
int cc_emit_map(const struct cc_emitter *e, struct tea_map *map);

/**
 * cc_emitter_free() - release the addresses
 * @e: the emitter
 */
void cc_emitter_free(struct cc_emitter *e);

#endif
