/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_EXPORT_H
#define TEAVMX_EXPORT_H

#include <stdio.h>

#include "spans.h"

/**
 * struct export - A recording that is exported.
 * @path: its file
 * @spans: what it has
 * @recording: the recording, opened again; nothing was read
 * @problem: why it ends before a whole recording does, or NULL
 * @to: where to write
 */
struct export {
	const char *path;
	struct spans spans;
	struct recording *recording;
	const char *problem;
	FILE *to;
};

/**
 * export_perfetto() - Write a recording as trace events in JSON.
 * @export: the recording
 *
 * Return: 0 or a negative errno; a failure to write is left to ferror().
 */
int export_perfetto(struct export *export);

/**
 * export_html() - Write a recording as a page with all that it needs.
 * @export: the recording
 *
 * Return: as export_perfetto().
 */
int export_html(struct export *export);

#endif
