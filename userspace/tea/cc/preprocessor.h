/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_PREPROCESSOR_H
#define CC_PREPROCESSOR_H

#include <stdio.h>

#include "include.h"
#include "macro.h"
#include "token.h"

/* Bounds of one run */
#define CC_INCLUDE_DEPTH_MAX	32
#define CC_CONDITION_DEPTH_MAX	64
#define CC_EXPANSION_DEPTH_MAX	200
#define CC_WORDS_MAX		1000000
#define CC_BYTES_MAX		(16 << 20)

/**
 * struct cc_condition - an #if that has no #endif yet
 * @at: the word of the directive
 * @taken: a part of it was used already
 * @skipping: the current part is not used
 * @outer: the whole of it is not used
 * @otherwise: its #else has come
 */
struct cc_condition {
	struct cc_token at;
	bool taken;
	bool skipping;
	bool outer;
	bool otherwise;
};

/**
 * struct cc_inclusion - a source being preprocessed
 * @lexer: current position in it
 * @conditions: conditions that were open when it was included
 */
struct cc_inclusion {
	struct cc_lexer lexer;
	size_t conditions;
};

struct cc_stream;

/**
 * struct cc_preprocessor - a preprocessor at work
 * @sources: the sources
 * @report: receives errors
 * @arena: memory for its results
 * @macros: the macros
 * @inclusions: sources being read, the current one last
 * @depth: number of them
 * @conditions: open conditions
 * @condition_count: number of them
 * @stream: words from macros that come before those of the source
 * @expansions: expansions within each other
 * @words: words handled so far, against CC_WORDS_MAX
 * @bytes: bytes of sources read so far, against CC_BYTES_MAX
 * @tokens: the result so far
 * @count: words in it
 * @whole_line: reading must not go beyond the end of the line
 * @inside_file: reading must not go beyond the end of the source
 * @stopped: a bound was reached, and no further word is read
 */
struct cc_preprocessor {
	struct cc_sources *sources;
	struct report *report;
	struct arena *arena;
	struct cc_macros macros;
	struct cc_inclusion inclusions[CC_INCLUDE_DEPTH_MAX];
	size_t depth;
	struct cc_condition conditions[CC_CONDITION_DEPTH_MAX];
	size_t condition_count;
	struct cc_stream *stream;
	size_t expansions;
	size_t words;
	size_t bytes;
	struct cc_token *tokens;
	size_t count;
	bool whole_line;
	bool inside_file;
	bool stopped;
};

/**
 * cc_preprocess() - preprocess a source
 * @pp: the preprocessor; sources, report and arena are set. Its result is in
 *	tokens and count; the last word is CC_END
 * @file: number of the source
 *
 * Errors go to the report.
 */
void cc_preprocess(struct cc_preprocessor *pp, int file);

/**
 * cc_preprocessor_print() - write the result as text
 * @pp: the preprocessor
 * @to: where to
 */
void cc_preprocessor_print(const struct cc_preprocessor *pp, FILE *to);

/**
 * cc_preprocessor_free() - release the memory of a preprocessor
 * @pp: the preprocessor
 */
void cc_preprocessor_free(struct cc_preprocessor *pp);

/*
 * What preprocessor.c, expansion.c, directive.c and condition.c have in common
 */

/**
 * cc_pp_stop() - end the work: a bound was reached
 * @pp: the preprocessor
 * @at: the place
 * @format: the message
 */
void cc_pp_stop(struct cc_preprocessor *pp, const char *at,
		const char *format, ...)
	__attribute__((__format__(printf, 3, 4)));

/**
 * cc_pp_error() - note an error
 * @pp: the preprocessor
 * @at: the word
 * @format: the message
 */
void cc_pp_error(struct cc_preprocessor *pp, const struct cc_token *at,
		 const char *format, ...)
	__attribute__((__format__(printf, 3, 4)));

/**
 * cc_pp_bad() - report what is wrong with a malformed word
 * @pp: the preprocessor
 * @token: the word, of kind CC_BAD
 */
void cc_pp_bad(struct cc_preprocessor *pp, const struct cc_token *token);

/**
 * cc_pp_lex() - read a word of the current source, of any kind
 * @pp: the preprocessor
 * @token: receives it
 */
void cc_pp_lex(struct cc_preprocessor *pp, struct cc_token *token);

/**
 * cc_pp_raw() - read a word, handle directives before it, expand nothing
 * @pp: the preprocessor
 * @token: receives it
 */
void cc_pp_raw(struct cc_preprocessor *pp, struct cc_token *token);

/**
 * cc_pp_expanded() - read a word with macros expanded
 * @pp: the preprocessor
 * @token: receives it
 */
void cc_pp_expanded(struct cc_preprocessor *pp, struct cc_token *token);

/**
 * cc_pp_directive() - handle a directive
 * @pp: the preprocessor
 *
 * The # has been read.
 */
void cc_pp_directive(struct cc_preprocessor *pp);

/**
 * cc_pp_skip() - skip the words of a condition that are not used
 * @pp: the preprocessor
 */
void cc_pp_skip(struct cc_preprocessor *pp);

/**
 * cc_pp_enter() - continue with another source
 * @pp: the preprocessor
 * @file: its number
 * @at: the word that includes it, or null for the first one
 */
void cc_pp_enter(struct cc_preprocessor *pp, int file,
		 const struct cc_token *at);

/**
 * cc_pp_condition() - read and decide the condition of an #if
 * @pp: the preprocessor
 */
bool cc_pp_condition(struct cc_preprocessor *pp);

#endif
