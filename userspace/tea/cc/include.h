/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_INCLUDE_H
#define CC_INCLUDE_H

#include <stdbool.h>
#include <stddef.h>

#include <userspace/tea/report.h>

#include "arena.h"

/* Bytes of one source, and of one of its lines */
#define CC_SOURCE_MAX		(4 << 20)
#define CC_LINE_MAX		65536
/* Different sources of one run */
#define CC_SOURCES_MAX		250

/**
 * struct cc_sources - the sources of one run
 * @arena: where their names are kept
 * @report: receives errors and warnings; links the sources
 * @folders: folders of includes, those of -I first; ends with null
 * @list: the sources in the order they were opened
 * @count: number of them
 */
struct cc_sources {
	struct arena *arena;
	struct report *report;
	const char *const *folders;
	struct source *list[CC_SOURCES_MAX];
	size_t count;
};

/**
 * cc_sources_add() - add a source that is in memory
 * @sources: the sources
 * @path: its name; kept
 * @text: its text; freed with the sources
 * @size: bytes of it
 *
 * Return: its number, or -ENOSPC with CC_SOURCES_MAX sources.
 */
int cc_sources_add(struct cc_sources *sources, const char *path, char *text,
		   size_t size);

/**
 * cc_sources_open() - open a source, or find it if it was opened before
 * @sources: the sources
 * @path: its path
 *
 * Return: its number or a negative errno: -EFBIG above CC_SOURCE_MAX bytes.
 */
int cc_sources_open(struct cc_sources *sources, const char *path);

/**
 * cc_sources_include() - find a source that is included
 * @sources: the sources
 * @name: the name between quotes or brackets
 * @size: bytes of it
 * @from: path of the source that includes it, whose folder is searched first; or
 *	null
 *
 * Return: its number or a negative errno, -ENOENT if no folder has it.
 */
int cc_sources_include(struct cc_sources *sources, const char *name,
		       size_t size, const char *from);

/**
 * cc_sources_free() - release the texts
 * @sources: the sources
 */
void cc_sources_free(struct cc_sources *sources);

#endif
