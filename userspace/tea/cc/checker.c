// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/tea.h>

#include "checker.h"
#include "habit.h"
#include "parser.h"

#define NEAREST_MAX	20
/* A shorter name is close to some keyword by chance. */
#define KEYWORD_LEAST	4
#define RETURN_BYTES	2

void *cc_names_find(const struct cc_names *names, const struct cc_token *name)
{
	const struct symbol *symbol;

	symbol = symbols_find(&names->names, name->text, name->size);
	return symbol ? names->list[symbol->value] : NULL;
}

void cc_names_add(struct cc_names *names, const struct cc_token *name,
		  void *thing)
{
	names->list = grow_for(names->list, names->count,
			       sizeof(*names->list));
	names->list[names->count] = thing;
	symbols_add(&names->names, (struct symbol){
		.name = name->text,
		.size = name->size,
		.value = (long long)names->count++,
	});
}

void cc_names_free(struct cc_names *names)
{
	symbols_free(&names->names);
	free(names->list);
	*names = (struct cc_names){ 0 };
}

static void checker_report(struct cc_checker *c, bool warning, const struct cc_token *at,
			   const char *format, va_list arguments)
{
	char *message;

	/* Further ones after so many would not help the user. The first error always counts. */
	if (c->report->errors >= CC_ERRORS_MAX ||
	    (warning && c->report->count >= 2 * CC_ERRORS_MAX))
		return;
	if (vasprintf(&message, format, arguments) < 0)
		return;
	report_add(c->report, warning, at->at, "%s", message);
	free(message);
}

void cc_check_error(struct cc_checker *c, const struct cc_token *at,
		    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	checker_report(c, false, at, format, arguments);
	va_end(arguments);
}

void cc_check_warning(struct cc_checker *c, const struct cc_token *at,
		      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	checker_report(c, true, at, format, arguments);
	va_end(arguments);
}

void cc_check_unknown(struct cc_checker *c, const struct cc_token *name,
		      const struct cc_names *const *tables)
{
	char *word = strndup(name->text, (size_t)cc_token_shown(name));
	const struct cc_habit *habit = cc_habit_find(name);
	/* It is meant, however near the name of another function is. */
	bool prints = habit && !strcmp(habit->message, CC_PRINT_LIBRARY);
	const struct symbol *near = NULL;
	const char *keyword = NULL;
	char *fix = NULL;

	for (; word && !prints && !near && *tables && c->nearest < NEAREST_MAX; tables++)
		near = symbols_nearest(&(*tables)->names, word);
	c->nearest++;
	if (near)
		fix = strndup(near->name, near->size);
	else if (!habit)
		keyword = cc_habit_keyword(name, KEYWORD_LEAST);
	if (!fix && keyword)
		fix = strdup(keyword);
	if (fix)
		cc_check_error(c, name,
			       "'%s' is not defined, did you mean '%s'?",
			       word, fix);
	else if (habit)
		cc_check_error(c, name, "'%s' is not a word of TEA: %s",
			       habit->word, habit->message);
	else if (cc_habit_prints(name))
		cc_check_error(c, name, "'%s' is not defined: " CC_PRINT_LIBRARY,
			       word ?: "");
	else
		cc_check_error(c, name, "'%s' is not defined", word ?: "");
	if (fix || (habit && habit->fix))
		cc_token_fix(c->report, name, fix ?: habit->fix);
	free(fix);
	free(word);
}

void cc_check_called(struct cc_checker *c, struct cc_function *callee)
{
	struct cc_function *caller = c->function;

	/* Initial values of globals are computed before main. */
	if (!caller)
		caller = c->unit->main;
	if (!caller)
		return;
	caller->calls = grow_for(caller->calls, caller->call_count,
				 sizeof(*caller->calls));
	caller->calls[caller->call_count++] = callee;
}

static void check_array_value(struct cc_checker *c, struct cc_variable *v)
{
	struct cc_type type = v->type;
	struct cc_expr **link = &v->value;
	unsigned int count = 0;

	if (v->value->kind == EXPR_STRING && type.base == CC_CHAR) {
		if (cc_token_text(v->value->at, NULL) > type.count)
			cc_check_error(c, v->value->at,
				       "more characters than the array has elements");
		return;
	}
	type.count = 0;
	for (; *link; link = &(*link)->next) {
		struct cc_expr *next = (*link)->next;

		if (count++ == v->type.count)
			cc_check_error(c, (*link)->at,
				       "more values than the array has elements");
		*link = cc_convert(c, cc_check_scalar(c, *link), type);
		(*link)->next = next;
	}
}

static void check_value(struct cc_checker *c, struct cc_variable *v)
{
	if (v->type.count) {
		check_array_value(c, v);
		return;
	}
	if (v->value->next)
		cc_check_error(c, v->value->next->at,
			       "more than one value for one variable");
	v->value = cc_convert(c, cc_check_scalar(c, v->value), v->type);
	v->value->next = NULL;
	v->assigned = true;
}

static void check_declared_type(struct cc_checker *c, struct cc_variable *v)
{
	long long count;

	if (v->type.base == CC_VOID)
		cc_check_error(c, v->name, "a variable cannot be void");
	else if (v->type.base == CC_TEXT)
		cc_check_error(c, v->name,
			       "only a parameter can be a string; an array of char holds text");
	if (!cc_type_scalar(v->type))
		v->type = (struct cc_type){ .base = CC_INT };
	if (!v->count)
		return;
	if (!cc_check_constant(c, v->count, 1, CC_ARRAY_MAX /
			       cc_type_size(v->type), &count))
		count = 1;
	v->type.count = (unsigned int)count;
}

static void check_new_name(struct cc_checker *c, const struct cc_names *names,
			   const struct cc_token *name)
{
	const struct cc_variable *old = cc_names_find(names, name);

	if (old)
		cc_check_error(c, name,
			       "'%.*s' is declared already, in line %u",
			       cc_token_shown(name), name->text,
			       old->name->line);
}

void cc_check_variable(struct cc_checker *c, struct cc_variable *v)
{
	struct cc_names *names = v->global ? &c->globals : &c->locals;
	unsigned int *end = v->global ? &c->unit->globals_end : &c->depth;

	if (!v->name)
		return;
	check_declared_type(c, v);
	if (v->value)
		check_value(c, v);
	check_new_name(c, names, v->name);
	if (v->global && cc_names_find(&c->functions, v->name))
		cc_check_error(c, v->name, "'%.*s' is also a function",
			       cc_token_shown(v->name), v->name->text);
	if (!cc_names_find(names, v->name))
		cc_names_add(names, v->name, v);
	if (*end + cc_type_size(v->type) > TEA_STACK_MAX) {
		cc_check_error(c, v->name,
			       "the variables take more than %d bytes",
			       TEA_STACK_MAX);
		return;
	}
	v->position = *end;
	*end += cc_type_size(v->type);
	if (*end > c->deepest) {
		c->deepest = *end;
		c->deepest_at = v->name;
	}
	if (!v->global) {
		v->outer = c->scope;
		c->scope = v;
	}
}

/* Gives the parameters their places in the frame. */
static void place_parameters(struct cc_function *function)
{
	unsigned int position = cc_type_size(function->type);
	struct cc_variable *v;

	for (v = function->parameters; v; v = v->next) {
		v->position = position;
		position += cc_type_size(v->type);
	}
	function->parameter_bytes = position - cc_type_size(function->type);
}

static void check_parameters(struct cc_checker *c, struct cc_function *function)
{
	struct cc_variable *v;

	for (v = function->parameters; v; v = v->next) {
		if (v->type.base == CC_VOID) {
			cc_check_error(c, v->name ?: function->name,
				       "a parameter cannot be void");
			v->type.base = CC_INT;
		}
		if (!v->name) {
			if (function->body)
				cc_check_error(c, function->name,
					       "a parameter of '%.*s' has no name",
					       cc_token_shown(function->name),
					       function->name->text);
			continue;
		}
		if (v->type.base == CC_TEXT && function->is_main)
			cc_check_error(c, v->name,
				       "main cannot have a string");
		if (function->body) {
			check_new_name(c, &c->locals, v->name);
			if (!cc_names_find(&c->locals, v->name))
				cc_names_add(&c->locals, v->name, v);
		}
	}
}

static bool same_signature(const struct cc_function *left,
			   const struct cc_function *right)
{
	const struct cc_variable *a = left->parameters;
	const struct cc_variable *b = right->parameters;

	if (!cc_type_same(left->type, right->type) ||
	    left->parameter_count != right->parameter_count)
		return false;
	for (; a; a = a->next, b = b->next) {
		if (!cc_type_same(a->type, b->type))
			return false;
	}
	return true;
}

/* All functions are declared before the body of any is checked. */
static void declare_function(struct cc_checker *c, struct cc_function *new)
{
	struct cc_function *old = cc_names_find(&c->functions, new->name);
	struct cc_function *last = old && old->defined ? old->defined : old;

	new->is_main = cc_token_is(new->name, "main");
	new->label = c->unit->labels++;
	place_parameters(new);
	if (new->type.base == CC_TEXT) {
		cc_check_error(c, new->name, "a function cannot return a string");
		new->type.base = CC_VOID;
	}
	if (!old) {
		cc_names_add(&c->functions, new->name, new);
	} else if (new->body && last->body) {
		cc_check_error(c, new->name,
			       "function '%.*s' is defined twice, first in line %u",
			       cc_token_shown(new->name), new->name->text,
			       last->name->line);
	} else if (!same_signature(old, new)) {
		cc_check_error(c, new->name,
			       "'%.*s' is declared with another result or other parameters in line %u",
			       cc_token_shown(new->name), new->name->text,
			       old->name->line);
	} else if (new->body) {
		old->defined = new;
	}
	if (new->body && new->is_main && !c->unit->main)
		c->unit->main = new;
}

/* The frame is laid out as if each text were empty: what lies below one is missed. */
static void check_below_text(struct cc_checker *c, const struct cc_function *f)
{
	static const char *const wrong[][2] = {
		{ "the parameters before it are read at a wrong place",
		  "declare strings first" },
		{ "its value goes to a wrong place",
		  "make it void, and set a global" },
		{ "its value and the parameters before it are at wrong places",
		  "make it void, set a global, and declare strings first" },
	};
	bool used = false;
	bool missed = false;
	bool text = false;
	const struct cc_variable *v;
	int kind;

	for (v = f->parameters; v; v = v->next) {
		if (v->type.base == CC_TEXT) {
			missed |= used;
			text = true;
		}
		used |= v->used;
	}
	kind = (f->type.base == CC_VOID ? 0 : 2) + missed;
	if (text && kind)
		cc_check_warning(c, f->name,
				 "'%.*s' has a string, and the length of the text is not known here: %s; %s",
				 cc_token_shown(f->name), f->name->text,
				 wrong[kind - 1][0], wrong[kind - 1][1]);
}

static void check_function(struct cc_checker *c, struct cc_function *function)
{
	c->function = function;
	check_parameters(c, function);
	if (function->body) {
		function->frame = cc_type_size(function->type) +
				  function->parameter_bytes + RETURN_BYTES;
		if (function->is_main)
			function->frame = c->unit->globals_end + RETURN_BYTES;
		c->depth = function->frame;
		c->block = NULL;
		c->scope = NULL;
		cc_check_body(c);
		if (!function->is_main)
			check_below_text(c, function);
	}
	cc_names_free(&c->locals);
	cc_names_free(&c->labels);
	c->function = NULL;
}

/* Marks the functions that main needs; no code is generated for the others. */
static void function_reach(struct cc_checker *c)
{
	struct cc_function **waiting = NULL;
	size_t count = 0;
	size_t i;

	waiting = grow_for(waiting, count, sizeof(*waiting));
	c->unit->main->reached = true;
	waiting[count++] = c->unit->main;
	while (count) {
		struct cc_function *function = waiting[--count];

		for (i = 0; i < function->call_count; i++) {
			struct cc_function *callee = function->calls[i];

			if (callee->defined)
				callee = callee->defined;
			if (callee->reached)
				continue;
			callee->reached = true;
			if (!callee->body)
				cc_check_error(c, callee->name,
					       "'%.*s' is called, but nowhere defined",
					       cc_token_shown(callee->name),
					       callee->name->text);
			waiting = grow_for(waiting, count, sizeof(*waiting));
			waiting[count++] = callee;
		}
	}
	free(waiting);
}

static void check_items(struct cc_checker *c)
{
	struct cc_function **last = &c->unit->functions;
	struct cc_item *item;

	for (item = c->unit->items; item; item = item->next) {
		if (item->function)
			declare_function(c, item->function);
	}
	if (c->unit->main)
		c->unit->globals_from = cc_type_size(c->unit->main->type) +
					c->unit->main->parameter_bytes;
	c->unit->globals_end = c->unit->globals_from;
	/* The frame of main lies above all globals. */
	for (item = c->unit->items; item; item = item->next) {
		if (item->variable)
			cc_check_variable(c, item->variable);
		else if (!item->function->is_main)
			check_function(c, item->function);
	}
	for (item = c->unit->items; item; item = item->next) {
		if (!item->function)
			continue;
		if (item->function->is_main)
			check_function(c, item->function);
		if (item->function->body) {
			*last = item->function;
			last = &item->function->next;
		}
	}
}

/* Calls and temporary values come on top of the variables. */
static void check_stack(struct cc_checker *c)
{
	if (c->deepest > TEA_STACK_DEFAULT)
		cc_check_warning(c, c->deepest_at,
				 "the variables up to this one take %u bytes of stack, a program has %d; run it with --stack %u or more",
				 c->deepest, TEA_STACK_DEFAULT,
				 c->deepest + RETURN_BYTES);
}

/* As in C a global without value would start as 0, which here it does not. */
static void check_unset(struct cc_checker *c)
{
	const struct cc_item *item;

	for (item = c->unit->items; item; item = item->next) {
		const struct cc_variable *v = item->variable;

		if (v && v->name && v->used && !v->value && !v->stored &&
		    !v->type.count)
			cc_check_warning(c, v->name,
					 "'%.*s' has no initial value and is not assigned to: it starts as -1, not as 0",
					 cc_token_shown(v->name),
					 v->name->text);
	}
}

void cc_check(struct cc_unit *unit, struct report *report, struct arena *arena,
	      bool wary)
{
	struct cc_checker c = {
		.unit = unit,
		.report = report,
		.arena = arena,
		.wary = wary,
	};
	struct cc_item *item;

	check_items(&c);
	if (!unit->main)
		cc_check_error(&c, unit->end, "there is no function main");
	else if (unit->main->parameter_bytes > TEA_ARGUMENTS_MAX)
		cc_check_error(&c, unit->main->name,
			       "main takes more than %d bytes of arguments",
			       TEA_ARGUMENTS_MAX);
	else
		function_reach(&c);
	check_stack(&c);
	check_unset(&c);
	for (item = unit->items; item; item = item->next) {
		if (item->function)
			free(item->function->calls);
	}
	cc_names_free(&c.functions);
	cc_names_free(&c.globals);
}
