/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_REPORT_H
#define TEA_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/**
 * struct source - a text file in memory
 * @path: as the user gave it
 * @text: its bytes
 * @size: number of them
 * @next: the source read after it, or null
 */
struct source {
	const char *path;
	char *text;
	size_t size;
	struct source *next;
};

struct remark;

/**
 * struct report - errors and warnings about sources
 * @source: the first source; the others follow by their links
 * @remarks: errors and warnings in the order found
 * @count: number of them
 * @errors: how many of them are errors
 */
struct report {
	const struct source *source;
	struct remark *remarks;
	size_t count;
	size_t errors;
};

/**
 * report_add() - note an error or a warning
 * @report: the report
 * @warning: it is a warning
 * @at: the place in one of the sources
 * @format: the message
 */
void report_add(struct report *report, bool warning, const char *at,
		const char *format, ...)
	__attribute__((__format__(printf, 4, 5)));

/**
 * report_fix() - note how the last remark can be fixed
 * @report: the report
 * @at: the place of that remark; for another place nothing is noted
 * @size: characters from there that are replaced, 0 for an insertion
 * @text: what replaces them
 */
void report_fix(struct report *report, const char *at, size_t size,
		const char *text);

/**
 * report_source() - the source that contains a place
 * @report: the report
 * @at: the place; the end of a text belongs to the text
 *
 * Return: the source; the first one for a place that is in none.
 */
const struct source *report_source(const struct report *report,
				   const char *at);

/**
 * report_print() - print everything on stderr, in the order of the sources
 * @report: the report
 */
void report_print(struct report *report);

/**
 * report_json() - all remarks as JSON, in the order of the sources
 * @report: the report
 *
 * Return: an array of objects with severity, message, file, line, column,
 * end_column, text and fix.
 */
json_t *report_json(struct report *report);

/**
 * report_line() - the line number of a place
 * @source: the source
 * @at: the place
 *
 * Return: 1 for the first line.
 */
size_t report_line(const struct source *source, const char *at);

/**
 * report_free() - release the remarks
 * @report: the report
 */
void report_free(struct report *report);

#endif
