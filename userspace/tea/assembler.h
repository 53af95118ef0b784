/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_ASSEMBLER_H
#define TEA_ASSEMBLER_H

#include <stddef.h>

#include <userspace/common/tea_map.h>

#include "report.h"

/**
 * assembler_run() - assemble a source
 * @source: the source
 * @report: receives errors and warnings
 * @file: receives the object file (TEA_FILE_MAX bytes); it is incomplete if
 *	@report has errors
 *
 * Return: bytes in @file.
 */
size_t assembler_run(const struct source *source, struct report *report,
		     unsigned char *file);

/**
 * assembler_run_mapped() - assemble a source and note where its lines are
 * @source: the source
 * @report: receives errors and warnings
 * @file: as for assembler_run()
 * @map: receives the line of each instruction; may be null
 *
 * Return: bytes in @file.
 */
size_t assembler_run_mapped(const struct source *source, struct report *report,
			    unsigned char *file, struct tea_map *map);

#endif
