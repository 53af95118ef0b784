// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "preprocessor.h"

/* Further errors after so many would not help the user. */
#define ERRORS_MAX	100
/* A larger gap between lines becomes one empty line. */
#define GAP_MAX		8

static void pp_report(struct cc_preprocessor *pp, const char *at, const char *format,
		      va_list arguments)
{
	char *message;

	if (vasprintf(&message, format, arguments) < 0)
		return;
	report_add(pp->report, false, at, "%s", message);
	free(message);
	if (pp->report->errors >= ERRORS_MAX)
		pp->stopped = true;
}

void cc_pp_stop(struct cc_preprocessor *pp, const char *at,
		const char *format, ...)
{
	va_list arguments;

	if (pp->stopped)
		return;
	va_start(arguments, format);
	pp_report(pp, at, format, arguments);
	va_end(arguments);
	pp->stopped = true;
}

void cc_pp_error(struct cc_preprocessor *pp, const struct cc_token *at,
		 const char *format, ...)
{
	va_list arguments;

	if (pp->stopped)
		return;
	va_start(arguments, format);
	pp_report(pp, at->at, format, arguments);
	va_end(arguments);
}

void cc_pp_bad(struct cc_preprocessor *pp, const struct cc_token *token)
{
	if (token->problem == cc_token_too_large)
		cc_pp_error(pp, token, "'%.*s' is too large, numbers go up to %lld",
			    cc_token_shown(token), token->text, NUMBER_MAX);
	else
		cc_pp_error(pp, token, "%s", token->problem);
}

/* The first line that is too long, or null */
static const char *long_line(const struct source *source)
{
	const char *at = source->text;
	const char *end = at + source->size;

	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));

		if (!line_end)
			line_end = end;
		if (line_end - at > CC_LINE_MAX)
			return at;
		at = line_end + 1;
	}
	return NULL;
}

void cc_pp_enter(struct cc_preprocessor *pp, int file,
		 const struct cc_token *at)
{
	const struct source *source = pp->sources->list[file];
	const char *where = at ? at->at : source->text;
	const char *line = long_line(source);

	if (pp->depth == CC_INCLUDE_DEPTH_MAX) {
		cc_pp_stop(pp, where,
			   "sources are included more than %d deep",
			   CC_INCLUDE_DEPTH_MAX);
		return;
	}
	if (line) {
		cc_pp_stop(pp, line, "a line may have at most %d bytes",
			   CC_LINE_MAX);
		return;
	}
	pp->bytes += source->size;
	if (pp->bytes > CC_BYTES_MAX) {
		cc_pp_stop(pp, where,
			   "the sources with all they include have more than %d bytes",
			   CC_BYTES_MAX);
		return;
	}
	pp->inclusions[pp->depth++] = (struct cc_inclusion){
		.lexer = {
			.at = source->text,
			.end = source->text + source->size,
			.file = (unsigned short)file,
			.line = 1,
			.first = true,
		},
		.conditions = pp->condition_count,
	};
}

void cc_pp_lex(struct cc_preprocessor *pp, struct cc_token *token)
{
	struct cc_inclusion *inclusion;

	*token = (struct cc_token){ .kind = CC_END };
	if (pp->depth) {
		inclusion = pp->inclusions + pp->depth - 1;
		if (!pp->stopped)
			cc_lex(&inclusion->lexer, token);
		else
			token->text = inclusion->lexer.at;
	}
	if (!token->at)
		token->at = token->text;
	/* How many lines there can be is limited by the size of the sources. */
	if (token->kind != CC_NEWLINE && ++pp->words > CC_WORDS_MAX)
		cc_pp_stop(pp, token->at,
			   "more than %d words with all macros expanded",
			   CC_WORDS_MAX);
}

static void token_append(struct cc_preprocessor *pp, const struct cc_token *token)
{
	pp->tokens = grow_for(pp->tokens, pp->count, sizeof(*pp->tokens));
	pp->tokens[pp->count++] = *token;
}

void cc_preprocess(struct cc_preprocessor *pp, int file)
{
	struct cc_token token;

	/*
	 * The definitions of the command line end with a word that is removed.
	 */
	if (pp->count)
		pp->count--;
	cc_pp_enter(pp, file, NULL);
	do {
		cc_pp_expanded(pp, &token);
		/*
		 * The parser finds the error, too, but does not report it
		 * again.
		 */
		if (token.kind == CC_BAD)
			cc_pp_bad(pp, &token);
		if (token.kind != CC_NEWLINE)
			token_append(pp, &token);
	} while (token.kind != CC_END);
	if (!pp->tokens[pp->count - 1].at) {
		const struct source *source = pp->sources->list[file];

		pp->tokens[pp->count - 1].at = source->text + source->size;
	}
}

static bool is_operator(char character)
{
	return character && strchr("+-*/%&|^<>=!:#", character);
}

static bool is_name(char character)
{
	return isalnum((unsigned char)character) || character == '_';
}

/* Words of different macros may not run into one another: -NEG is no --. */
static bool is_apart(const struct cc_token *token)
{
	const struct cc_token *last = token - 1;
	char left = last->text[last->size - 1];
	char right = *token->text;

	if (token->spaced)
		return true;
	if (token->text == last->text + last->size)
		return false;
	return (is_operator(left) && is_operator(right)) ||
	       (is_name(left) && is_name(right));
}

void cc_preprocessor_print(const struct cc_preprocessor *pp, FILE *to)
{
	unsigned int file = 0;
	unsigned int line = 1;
	size_t i;

	for (i = 0; i + 1 < pp->count; i++) {
		const struct cc_token *token = pp->tokens + i;
		unsigned int gap = 1;

		if (token->file == file && token->line == line) {
			if (i && is_apart(token))
				fputc(' ', to);
		} else {
			if (token->file == file && token->line > line)
				gap = token->line - line;
			for (gap = gap > GAP_MAX ? 2 : gap; gap; gap--)
				fputc('\n', to);
		}
		fwrite(token->text, 1, token->size, to);
		file = token->file;
		line = token->line;
	}
	fputc('\n', to);
}

void cc_preprocessor_free(struct cc_preprocessor *pp)
{
	cc_macros_free(&pp->macros);
	free(pp->tokens);
}
