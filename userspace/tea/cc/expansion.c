// SPDX-License-Identifier: GPL-2.0-only
/*
 * Expansion of macros.
 */
#include <stdlib.h>
#include <string.h>

#include "preprocessor.h"

/**
 * struct cc_stream - words to be read before the source goes on
 * @below: what comes after them
 * @tokens: the words
 * @count: number of them
 * @next: how many have been read
 * @macro: the macro they come from, or null
 * @barrier: reading does not go on below
 */
struct cc_stream {
	struct cc_stream *below;
	const struct cc_token *tokens;
	size_t count;
	size_t next;
	struct cc_macro *macro;
	bool barrier;
};

/* A list of words */
struct words {
	struct cc_token *tokens;
	size_t count;
};

static void stream_push(struct cc_preprocessor *pp, struct cc_stream stream)
{
	struct cc_stream *copy = arena_zalloc(pp->arena, sizeof(*copy));

	*copy = stream;
	copy->below = pp->stream;
	pp->stream = copy;
	if (copy->macro)
		copy->macro->active = true;
}

static void stream_pop(struct cc_preprocessor *pp)
{
	if (pp->stream->macro)
		pp->stream->macro->active = false;
	pp->stream = pp->stream->below;
}

static void add_word(struct words *words, const struct cc_token *token)
{
	words->tokens = grow_for(words->tokens, words->count, sizeof(*token));
	words->tokens[words->count++] = *token;
}

/* The words move to the arena, which frees them all at the end. */
static struct words stream_settle(struct cc_preprocessor *pp, struct words words)
{
	struct cc_token *tokens = NULL;

	if (words.count) {
		tokens = arena_zalloc(pp->arena,
				      words.count * sizeof(*tokens));
		memcpy(tokens, words.tokens, words.count * sizeof(*tokens));
	}
	free(words.tokens);
	words.tokens = tokens;
	return words;
}

static void count_word(struct cc_preprocessor *pp, const char *at)
{
	if (++pp->words > CC_WORDS_MAX)
		cc_pp_stop(pp, at,
			   "more than %d words with all macros expanded",
			   CC_WORDS_MAX);
}

/* The conditions of a source must end with it. */
static void inclusion_leave(struct cc_preprocessor *pp)
{
	const struct cc_inclusion *inclusion = pp->inclusions + --pp->depth;

	while (pp->condition_count > inclusion->conditions) {
		struct cc_condition *condition;

		condition = pp->conditions + --pp->condition_count;
		cc_pp_error(pp, &condition->at, "'%.*s' without #endif",
			    cc_token_shown(&condition->at),
			    condition->at.text);
	}
}

void cc_pp_raw(struct cc_preprocessor *pp, struct cc_token *token)
{
	for (;;) {
		struct cc_stream *stream = pp->stream;

		if (stream && stream->next < stream->count && !pp->stopped) {
			*token = stream->tokens[stream->next++];
			count_word(pp, token->at);
			return;
		}
		if (stream && stream->barrier) {
			*token = (struct cc_token){ .kind = CC_END };
			return;
		}
		if (stream) {
			stream_pop(pp);
			continue;
		}
		cc_pp_lex(pp, token);
		if (token->first && cc_token_sign(token, '#') &&
		    !pp->whole_line) {
			cc_pp_directive(pp);
			continue;
		}
		if (token->kind == CC_END && !pp->inside_file && pp->depth) {
			inclusion_leave(pp);
			if (pp->depth)
				continue;
		}
		return;
	}
}

/*
 * Returns whether the next word that is no end of line is a parenthesis. Any
 * other word is not consumed.
 */
static bool next_is_parenthesis(struct cc_preprocessor *pp)
{
	struct words read = { 0 };
	struct cc_token token;
	bool inside = pp->inside_file;

	pp->inside_file = true;
	do {
		cc_pp_raw(pp, &token);
		/* Several ends of lines count as one. */
		if (token.kind != CC_END &&
		    (token.kind != CC_NEWLINE || !read.count))
			add_word(&read, &token);
	} while (token.kind == CC_NEWLINE && !pp->whole_line);
	pp->inside_file = inside;
	if (cc_token_sign(&token, '(')) {
		free(read.tokens);
		return true;
	}
	/* Words are put back; the end of a source comes again by itself. */
	if (read.count) {
		read = stream_settle(pp, read);
		stream_push(pp, (struct cc_stream){
			.tokens = read.tokens,
			.count = read.count,
		});
	}
	return false;
}

/* Reads the arguments, the parenthesis being read. False after an error. */
static bool read_arguments(struct cc_preprocessor *pp,
			   const struct cc_macro *macro,
			   const struct cc_token *use, struct words *arguments,
			   size_t *count)
{
	struct words argument = { 0 };
	bool inside = pp->inside_file;
	struct cc_token token;
	size_t nested = 0;

	*count = 0;
	pp->inside_file = true;
	for (;;) {
		bool ends;

		cc_pp_raw(pp, &token);
		if (token.kind == CC_NEWLINE && !pp->whole_line)
			continue;
		if (token.kind == CC_END || token.kind == CC_NEWLINE) {
			cc_pp_stop(pp, use->at,
				   "the arguments of macro '%.*s' have no closing ')'",
				   cc_token_shown(use), use->text);
			break;
		}
		ends = !nested && (cc_token_sign(&token, ')') ||
				   (cc_token_sign(&token, ',')));
		nested += cc_token_sign(&token, '(');
		if (!ends) {
			nested -= cc_token_sign(&token, ')');
			add_word(&argument, &token);
			continue;
		}
		if (*count < CC_PARAMETERS_MAX)
			arguments[*count] = stream_settle(pp, argument);
		else
			free(argument.tokens);
		argument = (struct words){ 0 };
		++*count;
		if (cc_token_sign(&token, ')'))
			break;
	}
	pp->inside_file = inside;
	free(argument.tokens);
	if (token.kind != CC_SIGN)
		return false;
	if (*count == 1 && !macro->parameter_count && !arguments[0].count)
		*count = 0;
	if (*count == macro->parameter_count)
		return true;
	cc_pp_error(pp, use, "macro '%.*s' takes %zu argument%s, not %zu",
		    cc_token_shown(use), use->text, macro->parameter_count,
		    macro->parameter_count == 1 ? "" : "s", *count);
	return false;
}

/* An argument is expanded by itself before it goes into the body. */
static struct words expand_argument(struct cc_preprocessor *pp,
				    struct words argument)
{
	struct words expanded = { 0 };
	bool whole_line = pp->whole_line;
	struct cc_token token;

	pp->whole_line = false;
	stream_push(pp, (struct cc_stream){
		.tokens = argument.tokens,
		.count = argument.count,
		.barrier = true,
	});
	for (;;) {
		cc_pp_expanded(pp, &token);
		if (token.kind == CC_END)
			break;
		add_word(&expanded, &token);
	}
	/* After a stop there may be more on top of it. */
	while (!pp->stream->barrier)
		stream_pop(pp);
	stream_pop(pp);
	pp->whole_line = whole_line;
	return stream_settle(pp, expanded);
}

/* Messages about words from a macro show the place where the macro was used. */
static void add_at(struct cc_preprocessor *pp, struct words *words,
		   const struct cc_token *token, const struct cc_token *use)
{
	struct cc_token copy = *token;

	copy.at = use->at;
	copy.file = use->file;
	copy.line = use->line;
	copy.first = false;
	count_word(pp, use->at);
	add_word(words, &copy);
}

static void macro_substitute(struct cc_preprocessor *pp, struct cc_macro *macro,
			     const struct cc_token *use,
			     const struct words *arguments)
{
	struct words result = { 0 };
	size_t i, j;

	for (i = 0; i < macro->size && !pp->stopped; i++) {
		const struct cc_token *word = macro->body + i;
		size_t parameter = cc_macro_parameter(macro, word);

		if (parameter == macro->parameter_count) {
			add_at(pp, &result, word, use);
			continue;
		}
		for (j = 0; j < arguments[parameter].count && !pp->stopped; j++)
			add_at(pp, &result, arguments[parameter].tokens + j,
			       arguments[parameter].tokens + j);
		if (j && word->spaced)
			result.tokens[result.count - j].spaced = true;
	}
	if (result.count)
		result.tokens[0].spaced = use->spaced;
	result = stream_settle(pp, result);
	stream_push(pp, (struct cc_stream){
		.tokens = result.tokens,
		.count = result.count,
		.macro = macro,
	});
}

/* False if the word is to be left as it is. */
static bool macro_expand(struct cc_preprocessor *pp, const struct cc_token *use)
{
	struct words arguments[CC_PARAMETERS_MAX];
	struct cc_macro *macro = cc_macros_find(&pp->macros, use);
	size_t count;
	size_t i;

	if (!macro)
		return false;
	if (macro->takes_arguments && !next_is_parenthesis(pp))
		return false;
	if (macro->active) {
		cc_pp_stop(pp, use->at, "macro '%.*s' stands for itself",
			   cc_token_shown(use), use->text);
		return true;
	}
	if (!macro->takes_arguments) {
		macro_substitute(pp, macro, use, NULL);
		return true;
	}
	if (pp->expansions == CC_EXPANSION_DEPTH_MAX) {
		cc_pp_stop(pp, use->at,
			   "macros are used more than %d deep within each other",
			   CC_EXPANSION_DEPTH_MAX);
		return true;
	}
	pp->expansions++;
	if (read_arguments(pp, macro, use, arguments, &count)) {
		for (i = 0; i < count; i++)
			arguments[i] = expand_argument(pp, arguments[i]);
		macro_substitute(pp, macro, use, arguments);
	}
	pp->expansions--;
	return true;
}

void cc_pp_expanded(struct cc_preprocessor *pp, struct cc_token *token)
{
	do {
		cc_pp_raw(pp, token);
	} while (token->kind == CC_NAME && macro_expand(pp, token));
}
