/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_COMPILER_H
#define CC_COMPILER_H

#include <stdbool.h>
#include <stdio.h>

#include <uapi/tea.h>

#include <userspace/common/tea_map.h>
#include <userspace/tea/report.h>

#include "arena.h"
#include "include.h"

/**
 * struct cc_compiler - a compilation
 * @path: name of the source, "-" for standard input
 * @text: its text from malloc(), or null to read @path; taken over
 * @text_size: bytes of @text
 * @folders: where includes are looked for, ends with null
 * @defines: lines with the #define of each -D, or null
 * @optimise: make the code shorter
 * @wary: give all warnings
 * @preprocessed: where the preprocessed source goes instead of compiling it
 * @assembly: where assembly language goes as well, or null
 * @map: receives the debug map, or null
 * @report: receives errors and warnings; points into the sources
 * @file: receives the object file
 * @size: bytes in @file
 * @arena: memory
 * @sources: the sources
 */
struct cc_compiler {
	const char *path;
	char *text;
	size_t text_size;
	const char *const *folders;
	const char *defines;
	bool optimise;
	bool wary;
	FILE *preprocessed;
	FILE *assembly;
	struct tea_map *map;
	struct report report;
	unsigned char file[TEA_FILE_MAX];
	size_t size;
	struct arena arena;
	struct cc_sources sources;
};

/**
 * cc_compile() - compile a program
 * @compiler: the compilation; its first members say what to do, the rest is
 *	zero
 *
 * Errors of the source are in the report.
 *
 * Return: 0, or a negative errno if the source or, by its -EINVAL, the map
 * could not be had: -EFBIG above CC_SOURCE_MAX bytes.
 */
int cc_compile(struct cc_compiler *compiler);

/**
 * cc_compiler_free() - release everything
 * @compiler: the compilation
 */
void cc_compiler_free(struct cc_compiler *compiler);

#endif
