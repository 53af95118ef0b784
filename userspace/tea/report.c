// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>
#include <userspace/common/tea_result.h>

#include "report.h"

#define SHOWN_MAX	100
#define SHOWN_WIDTH	160

/**
 * struct remark - an error or a warning
 * @warning: it is a warning
 * @at: the place
 * @source: number of sources before that of the place
 * @order: number of remarks before, to keep the order of remarks at one place
 * @message: its text
 * @fix: what replaces characters there, or null
 * @fix_size: number of these characters
 */
struct remark {
	bool warning;
	const char *at;
	size_t source;
	size_t order;
	char *message;
	char *fix;
	size_t fix_size;
};

void report_add(struct report *report, bool warning, const char *at,
		const char *format, ...)
{
	struct remark *remark;
	va_list arguments;
	char *c;

	remark = reallocarray(report->remarks, report->count + 1,
			      sizeof(*remark));
	if (!remark)
		err(CLI_FAILED, "report");
	report->remarks = remark;
	remark += report->count;
	*remark = (struct remark){ .warning = warning, .at = at };
	remark->order = report->count++;
	va_start(arguments, format);
	if (vasprintf(&remark->message, format, arguments) < 0)
		err(CLI_FAILED, "report");
	va_end(arguments);
	/*
	 * Control characters that are quoted from the source must not reach the
	 * terminal.
	 */
	for (c = remark->message; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7F)
			*c = '?';
	}
	if (!warning)
		report->errors++;
}

void report_fix(struct report *report, const char *at, size_t size,
		const char *text)
{
	struct remark *last;

	if (!report->count)
		return;
	last = report->remarks + report->count - 1;
	if (last->at != at || last->fix)
		return;
	last->fix = strdup(text);
	last->fix_size = size;
}

const struct source *report_source(const struct report *report, const char *at)
{
	const struct source *source = report->source;

	for (; source; source = source->next) {
		if (at >= source->text && at <= source->text + source->size)
			return source;
	}
	return report->source;
}

size_t report_line(const struct source *source, const char *at)
{
	const char *next = source->text;
	size_t line = 1;

	while (next < at) {
		next = memchr(next, '\n', (size_t)(at - next));
		if (!next)
			break;
		next++;
		line++;
	}
	return line;
}

static int by_place(const void *left, const void *right)
{
	const struct remark *a = left;
	const struct remark *b = right;

	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static const char *line_start(const struct source *source, const char *at)
{
	while (at > source->text && at[-1] != '\n')
		at--;
	return at;
}

static const char *line_end(const struct source *source, const char *at)
{
	while (at < source->text + source->size && *at != '\n')
		at++;
	return at;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The word or the text in quotes at a place, else one character */
static size_t remark_size(const char *at, const char *end)
{
	const char *next = at;

	if (at == end)
		return 0;
	if (*at == '"') {
		for (next++; next < end && *next != '"'; next++)
			next += *next == '\\' && next + 1 < end;
	} else {
		while (next + 1 < end && is_word(*next) && is_word(next[1]))
			next++;
	}
	return (size_t)(next < end ? next + 1 - at : end - at);
}

/* A source that is no UTF-8 has each byte as the character of that number. */
static json_t *line_json(const char *start, size_t size)
{
	return json_stringn(start, size) ?:
	       tea_json_text((const unsigned char *)start, size);
}

static json_t *remark_json(const struct source *source,
			   const struct remark *remark)
{
	const char *start = line_start(source, remark->at);
	const char *end = line_end(source, remark->at);
	long long column = remark->at - start + 1;
	json_t *fix = NULL;

	if (remark->fix)
		fix = json_pack("{s:I, s:I, s:o}", "column", (json_int_t)column,
				"end_column",
				(json_int_t)column + (json_int_t)remark->fix_size,
				"text", tea_json_string(remark->fix));
	return json_pack("{s:s, s:o, s:o, s:I, s:I, s:I, s:o, s:o?}",
			 "severity", remark->warning ? "warning" : "error",
			 "message", tea_json_string(remark->message),
			 "file", tea_json_string(source->path),
			 "line", (json_int_t)report_line(source, remark->at),
			 "column", (json_int_t)column,
			 "end_column", (json_int_t)column +
			 (json_int_t)remark_size(remark->at, end), "text",
			 line_json(start, (size_t)(end - start)), "fix", fix);
}

static void print_remark(const struct source *source,
			 const struct remark *remark)
{
	const char *start = line_start(source, remark->at);
	const char *end = line_end(source, remark->at);
	const char *c;

	fprintf(stderr, "%s:%zu:%td: %s: %s\n", source->path,
		report_line(source, remark->at), remark->at - start + 1,
		remark->warning ? "warning" : "error", remark->message);

	if (remark->at - start > SHOWN_WIDTH / 2)
		start = remark->at - SHOWN_WIDTH / 2;
	if (end - start > SHOWN_WIDTH)
		end = start + SHOWN_WIDTH;
	fputs("  ", stderr);
	for (c = start; c < end; c++) {
		unsigned char shown = (unsigned char)*c;

		/* Other bytes could be escape codes for the terminal. */
		fputc(shown == '\t' || (shown >= ' ' && shown != 0x7F) ?
		      shown : '?', stderr);
	}
	fputs("\n  ", stderr);
	for (c = start; c < remark->at; c++)
		fputc(*c == '\t' ? '\t' : ' ', stderr);
	fputs("^\n", stderr);
}

static size_t source_order(const struct report *report, const char *at)
{
	const struct source *wanted = report_source(report, at);
	const struct source *source = report->source;
	size_t order = 0;

	for (; source != wanted; source = source->next)
		order++;
	return order;
}

static void report_sort(struct report *report)
{
	size_t i;

	for (i = 0; i < report->count; i++)
		report->remarks[i].source =
			source_order(report, report->remarks[i].at);
	if (report->count)
		qsort(report->remarks, report->count, sizeof(struct remark),
		      by_place);
}

json_t *report_json(struct report *report)
{
	json_t *array = json_array();
	size_t i;

	report_sort(report);
	for (i = 0; i < report->count; i++)
		json_array_append_new(array,
				      remark_json(report_source(report,
								report->remarks[i].at),
						  report->remarks + i));
	return array;
}

/* Errors come first, as without them there would be no warnings to heed. */
static bool remark_fits(const struct report *report, const struct remark *remark,
			size_t errors, size_t warnings)
{
	if (!remark->warning)
		return errors < SHOWN_MAX;
	return report->errors < SHOWN_MAX && warnings < SHOWN_MAX - report->errors;
}

void report_print(struct report *report)
{
	size_t shown[2] = { 0 };
	size_t i;

	report_sort(report);
	for (i = 0; i < report->count; i++) {
		const struct remark *remark = report->remarks + i;

		if (!remark_fits(report, remark, shown[0], shown[1]))
			continue;
		shown[remark->warning]++;
		print_remark(report_source(report, remark->at), remark);
	}
	if (report->count > SHOWN_MAX)
		fprintf(stderr, "%s: %zu more not shown\n",
			report->source->path, report->count - SHOWN_MAX);
}

void report_free(struct report *report)
{
	size_t i;

	for (i = 0; i < report->count; i++) {
		free(report->remarks[i].message);
		free(report->remarks[i].fix);
	}
	free(report->remarks);
}
