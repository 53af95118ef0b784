// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lines that begin with #.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>

#include "preprocessor.h"

static bool ends_line(const struct cc_token *token)
{
	return token->kind == CC_NEWLINE || token->kind == CC_END;
}

static void skip_line(struct cc_preprocessor *pp, struct cc_token *token)
{
	while (!ends_line(token))
		cc_pp_lex(pp, token);
}

/* Refuses further words on the line. */
static void end_line(struct cc_preprocessor *pp, const char *directive)
{
	struct cc_token token;

	cc_pp_lex(pp, &token);
	if (!ends_line(&token))
		cc_pp_error(pp, &token, "unexpected '%.*s' after #%s",
			    cc_token_shown(&token), token.text, directive);
	skip_line(pp, &token);
}

static bool read_parameters(struct cc_preprocessor *pp, struct cc_macro *macro)
{
	struct cc_token list[CC_PARAMETERS_MAX];
	struct cc_token token;

	cc_pp_lex(pp, &token);
	if (cc_token_sign(&token, ')'))
		return true;
	for (;;) {
		if (token.kind != CC_NAME) {
			cc_pp_error(pp, &token, "expected the name of a parameter");
			break;
		}
		if (macro->parameter_count == CC_PARAMETERS_MAX) {
			cc_pp_error(pp, &token,
				    "a macro has at most %d parameters",
				    CC_PARAMETERS_MAX);
			break;
		}
		list[macro->parameter_count++] = token;
		cc_pp_lex(pp, &token);
		if (cc_token_sign(&token, ')')) {
			size_t size = macro->parameter_count * sizeof(*list);

			macro->parameters = arena_copy(pp->arena, list, size);
			return true;
		}
		if (!cc_token_sign(&token, ',')) {
			cc_pp_error(pp, &token, "expected ',' or ')'");
			break;
		}
		cc_pp_lex(pp, &token);
	}
	skip_line(pp, &token);
	return false;
}

static void read_body(struct cc_preprocessor *pp, struct cc_macro *macro)
{
	struct cc_token *words = NULL;
	struct cc_token token;

	for (;;) {
		cc_pp_lex(pp, &token);
		if (ends_line(&token))
			break;
		words = grow_for(words, macro->size, sizeof(*words));
		words[macro->size++] = token;
	}
	if (macro->size)
		macro->body = arena_copy(pp->arena, words,
					 macro->size * sizeof(*words));
	free(words);
}

static void do_define(struct cc_preprocessor *pp)
{
	struct cc_macro *macro = arena_zalloc(pp->arena, sizeof(*macro));
	const struct cc_inclusion *inclusion = pp->inclusions + pp->depth - 1;
	const struct cc_macro *old;
	struct cc_token token;

	cc_pp_lex(pp, &token);
	macro->name = token;
	if (token.kind != CC_NAME || cc_token_is(&token, "defined")) {
		cc_pp_error(pp, &token, "expected the name of a macro");
		skip_line(pp, &token);
		return;
	}
	if (inclusion->lexer.at < inclusion->lexer.end &&
	    *inclusion->lexer.at == '(') {
		cc_pp_lex(pp, &token);
		macro->takes_arguments = true;
		if (!read_parameters(pp, macro))
			return;
	}
	read_body(pp, macro);
	old = cc_macros_find(&pp->macros, &macro->name);
	if (old && !cc_macro_same(old, macro)) {
		const struct source *source;

		source = report_source(pp->report, old->name.at);
		cc_pp_error(pp, &macro->name,
			    "macro '%.*s' is defined already, in line %zu of %s",
			    cc_token_shown(&macro->name), macro->name.text,
			    report_line(source, old->name.at), source->path);
		return;
	}
	cc_macros_add(&pp->macros, macro);
}

static void do_undef(struct cc_preprocessor *pp)
{
	struct cc_macro *macro;
	struct cc_token token;

	cc_pp_lex(pp, &token);
	if (token.kind != CC_NAME) {
		cc_pp_error(pp, &token, "expected the name of a macro");
		skip_line(pp, &token);
		return;
	}
	macro = cc_macros_find(&pp->macros, &token);
	if (macro)
		macro->defined = false;
	end_line(pp, "undef");
}

static void enter_include(struct cc_preprocessor *pp,
			  const struct cc_token *at, const char *name,
			  size_t size, const char *from)
{
	int file = cc_sources_include(pp->sources, name, size, from);

	if (file >= 0)
		cc_pp_enter(pp, file, at);
	else if (file == -ENOENT)
		cc_pp_error(pp, at, "'%.*s' is found nowhere", (int)size, name);
	else if (file == -EFBIG)
		cc_pp_error(pp, at, "'%.*s' has more than %d bytes", (int)size,
			    name, CC_SOURCE_MAX);
	else if (file == -ENOSPC)
		cc_pp_stop(pp, at->at, "more than %d different sources",
			   CC_SOURCES_MAX);
	else
		cc_pp_error(pp, at, "'%.*s': %s", (int)size, name,
			    strerror(-file));
}

/* <name> is no word of the language: it is read from the text itself. */
static void include_system(struct cc_preprocessor *pp, struct cc_token *token)
{
	struct cc_lexer *lexer = &pp->inclusions[pp->depth - 1].lexer;
	const char *name = lexer->at;
	const char *end = name;
	struct cc_token at = *token;

	while (end < lexer->end && *end != '>' && *end != '\n')
		end++;
	if (end == lexer->end || *end != '>' || end == name) {
		cc_pp_error(pp, token, "expected <NAME>");
		skip_line(pp, token);
		return;
	}
	lexer->at = end + 1;
	end_line(pp, "include");
	enter_include(pp, &at, name, (size_t)(end - name), NULL);
}

static void do_include(struct cc_preprocessor *pp)
{
	const struct source *source;
	struct cc_token token;

	cc_pp_lex(pp, &token);
	source = pp->sources->list[token.file];
	if (token.kind == CC_STRING && token.size > 2) {
		end_line(pp, "include");
		enter_include(pp, &token, token.text + 1, token.size - 2,
			      source->path);
	} else if (token.kind == CC_SIGN && *token.text == '<') {
		pp->inclusions[pp->depth - 1].lexer.at = token.text + 1;
		include_system(pp, &token);
	} else {
		cc_pp_error(pp, &token, "expected \"NAME\" or <NAME>");
		skip_line(pp, &token);
	}
}

/* The rest of the line as it stands */
static void do_error(struct cc_preprocessor *pp, const struct cc_token *name)
{
	const struct cc_lexer *lexer = &pp->inclusions[pp->depth - 1].lexer;
	const char *text = lexer->at;
	struct cc_token token;
	const char *end;

	while (text < lexer->end && (*text == ' ' || *text == '\t'))
		text++;
	end = memchr(text, '\n', (size_t)(lexer->end - text));
	if (!end)
		end = lexer->end;
	cc_pp_error(pp, name, "#error %.*s", end - text < 200 ?
		    (int)(end - text) : 200, text);
	cc_pp_lex(pp, &token);
	skip_line(pp, &token);
}

static struct cc_condition *begin_condition(struct cc_preprocessor *pp,
					    const struct cc_token *at)
{
	struct cc_condition *condition;

	if (pp->condition_count == CC_CONDITION_DEPTH_MAX) {
		cc_pp_stop(pp, at->at, "#if is nested more than %d deep",
			   CC_CONDITION_DEPTH_MAX);
		return NULL;
	}
	condition = pp->conditions + pp->condition_count++;
	*condition = (struct cc_condition){ .at = *at };
	return condition;
}

static void condition_decide(struct cc_condition *condition, bool taken)
{
	condition->skipping = condition->outer || condition->taken || !taken;
	condition->taken |= taken;
}

static bool read_ifdef(struct cc_preprocessor *pp, const struct cc_token *name)
{
	char directive[16];
	struct cc_token token;
	bool defined;

	cc_pp_lex(pp, &token);
	if (token.kind != CC_NAME) {
		cc_pp_error(pp, &token, "expected the name of a macro");
		skip_line(pp, &token);
		return false;
	}
	defined = cc_macros_find(&pp->macros, &token);
	snprintf(directive, sizeof(directive), "%.*s", (int)name->size,
		 name->text);
	end_line(pp, directive);
	return defined;
}

/* Handles #if, #ifdef and #ifndef; @outer is set in a part that is skipped. */
static void do_if(struct cc_preprocessor *pp, const struct cc_token *name,
		  bool outer)
{
	struct cc_condition *condition = begin_condition(pp, name);
	struct cc_token token = *name;

	if (!condition)
		return;
	condition->outer = outer;
	if (outer) {
		skip_line(pp, &token);
		condition_decide(condition, false);
	} else if (cc_token_is(name, "if")) {
		condition_decide(condition, cc_pp_condition(pp));
	} else {
		condition_decide(condition, read_ifdef(pp, name) ==
				 cc_token_is(name, "ifdef"));
	}
}

/* #elif, #else or #endif; the condition belongs to the same source. */
static void do_part(struct cc_preprocessor *pp, const struct cc_token *name)
{
	const struct cc_inclusion *inclusion = pp->inclusions + pp->depth - 1;
	struct cc_condition *condition;
	struct cc_token token = *name;

	if (pp->condition_count == inclusion->conditions) {
		cc_pp_error(pp, name, "#%.*s without #if", (int)name->size,
			    name->text);
		skip_line(pp, &token);
		return;
	}
	condition = pp->conditions + pp->condition_count - 1;
	if (cc_token_is(name, "endif")) {
		end_line(pp, "endif");
		pp->condition_count--;
		return;
	}
	if (condition->otherwise)
		cc_pp_error(pp, name, "#%.*s after #else", (int)name->size,
			    name->text);
	if (cc_token_is(name, "else")) {
		condition->otherwise = true;
		end_line(pp, "else");
		condition_decide(condition, true);
	} else if (condition->taken || condition->outer) {
		skip_line(pp, &token);
		condition_decide(condition, false);
	} else {
		condition_decide(condition, cc_pp_condition(pp));
	}
}

static bool is_part(const struct cc_token *name)
{
	return cc_token_is(name, "elif") || cc_token_is(name, "else") ||
	       cc_token_is(name, "endif");
}

static bool is_if(const struct cc_token *name)
{
	return cc_token_is(name, "if") || cc_token_is(name, "ifdef") ||
	       cc_token_is(name, "ifndef");
}

void cc_pp_skip(struct cc_preprocessor *pp)
{
	struct cc_token token;

	while (!pp->stopped && pp->condition_count &&
	       pp->conditions[pp->condition_count - 1].skipping) {
		cc_pp_lex(pp, &token);
		if (token.kind == CC_END)
			return;
		if (!token.first || !cc_token_sign(&token, '#'))
			continue;
		cc_pp_lex(pp, &token);
		if (is_if(&token))
			do_if(pp, &token, true);
		else if (is_part(&token))
			do_part(pp, &token);
		else
			skip_line(pp, &token);
	}
}

static void directive_unknown(struct cc_preprocessor *pp, struct cc_token *name)
{
	static const char *const names[] = {
		"define", "elif", "else", "endif", "error", "if", "ifdef",
		"ifndef", "include", "undef",
	};
	char *word = strndup(name->text, (size_t)cc_token_shown(name));
	const char *near = NULL;

	if (word && name->kind == CC_NAME)
		near = cli_nearest(word, names, ARRAY_SIZE(names));
	if (near)
		cc_pp_error(pp, name,
			    "unknown directive '#%s', did you mean '#%s'?",
			    word, near);
	else
		cc_pp_error(pp, name, "unknown directive '#%s'", word ?: "");
	free(word);
	skip_line(pp, name);
}

void cc_pp_directive(struct cc_preprocessor *pp)
{
	struct cc_token name;

	cc_pp_lex(pp, &name);
	if (ends_line(&name))
		return;
	if (cc_token_is(&name, "define"))
		do_define(pp);
	else if (cc_token_is(&name, "undef"))
		do_undef(pp);
	else if (cc_token_is(&name, "include"))
		do_include(pp);
	else if (cc_token_is(&name, "error"))
		do_error(pp, &name);
	else if (is_if(&name))
		do_if(pp, &name, false);
	else if (is_part(&name))
		do_part(pp, &name);
	else
		directive_unknown(pp, &name);
	cc_pp_skip(pp);
}
