// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <userspace/common/tea_result.h>

#include "variable.h"

/* Elements of an array that are printed */
#define ELEMENTS_MAX	200
/* Equal elements in a row that are printed only once */
#define REPEATS_MIN	10

static bool is_visible(const struct view *view, const struct frame *frame,
		       const struct tea_map_variable *variable)
{
	return tea_map_in_scope(variable, frame->code) &&
	       tea_map_find_variable(&view->program->map, frame->code,
				     variable->name) == variable;
}

const struct tea_map_variable *
variable_next(const struct view *view, const struct frame *frame,
	      enum tea_map_place place, const struct tea_map_variable *last)
{
	const struct tea_map *map = &view->program->map;
	const struct tea_map_variable *end;
	const struct tea_map_variable *one;

	one = last ? last + 1 : map->variables;
	end = map->variables + map->variable_count;
	for (; one < end; one++)
		if (one->place == place && is_visible(view, frame, one))
			return one;
	return NULL;
}

/* Reads how many characters the string has that ends at @end. */
static bool string_size(const struct view *view, const struct frame *frame,
			unsigned int end, unsigned int *count)
{
	if (!end || end > frame->sp)
		return false;
	*count = view->stack[end - 1];
	return *count + 1 <= end;
}

/*
 * A string takes as many bytes as its characters, so each parameter after which
 * there are strings is further down by these.
 */
static bool parameter_position(const struct view *view,
			       const struct frame *frame,
			       const struct tea_map_variable *parameter,
			       unsigned int *position)
{
	const struct tea_map *map = &view->program->map;
	const struct tea_map_variable *other;
	unsigned int taken = 0;
	unsigned int end, count;

	other = map->variables + map->variable_count;
	while (--other > parameter) {
		if (other->place != TEA_MAP_PARAMETER ||
		    other->type != TEA_MAP_STRING ||
		    !tea_map_in_scope(other, frame->code))
			continue;
		end = frame->base + other->position;
		if (end < taken ||
		    !string_size(view, frame, end - taken, &count))
			return false;
		taken += count + 1;
	}
	end = frame->base + parameter->position;
	*position = end - taken;
	return end >= taken;
}

static bool variable_position(const struct view *view,
			      const struct frame *frame,
			      const struct tea_map_variable *variable,
			      unsigned int *position)
{
	*position = variable->position;
	if (variable->place == TEA_MAP_GLOBAL)
		return true;
	if (!frame->known)
		return false;
	if (variable->place != TEA_MAP_LOCAL)
		return parameter_position(view, frame, variable, position);
	*position += frame->base;
	return true;
}

static bool string_at(const struct view *view, const struct frame *frame,
		      const struct tea_map_variable *string, unsigned int *first,
		      unsigned int *count)
{
	unsigned int end;

	if (!variable_position(view, frame, string, &end) ||
	    !string_size(view, frame, end, count))
		return false;
	*first = end - 1 - *count;
	return true;
}

unsigned int variable_count(const struct view *view, const struct frame *frame,
			    const struct tea_map_variable *variable)
{
	unsigned int first, count;

	if (variable->type != TEA_MAP_STRING)
		return variable->count;
	return string_at(view, frame, variable, &first, &count) ? count : 0;
}

long long value_read(const unsigned char *at, enum tea_map_type type)
{
	switch (type) {
	case TEA_MAP_CHAR:
		return (signed char)at[0];
	case TEA_MAP_INT:
		return (short)(at[0] << 8 | at[1]);
	case TEA_MAP_UINT:
		return at[0] << 8 | at[1];
	default:
		return at[0];
	}
}

/*
 * Bytes above the stack pointer keep their values, so globals can be read even
 * after main has returned.
 */
bool variable_byte(const struct view *view, const struct frame *frame,
		   const struct tea_map_variable *variable,
		   unsigned long long index, unsigned int *at)
{
	unsigned int size = tea_map_type_size(variable->type);
	unsigned int limit = frame->sp;
	unsigned int count;

	if (variable->type == TEA_MAP_STRING) {
		if (!string_at(view, frame, variable, at, &count) ||
		    index >= count)
			return false;
		*at += (unsigned int)index;
		return true;
	}
	if (index >= (variable->count ?: 1) ||
	    !variable_position(view, frame, variable, at))
		return false;
	if (variable->place == TEA_MAP_GLOBAL)
		limit = view->stack_size;
	*at += (unsigned int)index * size;
	return *at + size <= limit;
}

bool variable_value(const struct view *view, const struct frame *frame,
		    const struct tea_map_variable *variable,
		    unsigned long long index, long long *value)
{
	unsigned int at;

	if (!variable_byte(view, frame, variable, index, &at))
		return false;
	*value = value_read(view->stack + at, variable->type);
	return true;
}

const struct tea_map_variable *variable_returned(const struct view *view,
						 const struct frame *frame)
{
	const struct tea_map *map = &view->program->map;
	size_t i;

	for (i = 0; i < map->variable_count; i++)
		if (map->variables[i].place == TEA_MAP_RETURNED &&
		    frame->code >= map->variables[i].start &&
		    frame->code < map->variables[i].end)
			return &map->variables[i];
	return NULL;
}

static bool is_printable(long long value)
{
	return value >= ' ' && value <= '~';
}

void value_print(enum tea_map_type type, long long value, FILE *to)
{
	fprintf(to, "%lld", value);
	if ((type == TEA_MAP_CHAR || type == TEA_MAP_UCHAR) &&
	    is_printable(value))
		fprintf(to, " '%c'", (char)value);
}

static void print_string(const struct view *view, const struct frame *frame,
			 const struct tea_map_variable *variable,
			 unsigned int count, FILE *to)
{
	long long value;
	unsigned int i;

	fputc('"', to);
	for (i = 0; i < count; i++) {
		if (!variable_value(view, frame, variable, i, &value))
			break;
		if (value == '"' || value == '\\')
			fprintf(to, "\\%c", (char)value);
		else if (value == '\n')
			fputs("\\n", to);
		else if (is_printable(value))
			fputc((char)value, to);
		else
			fprintf(to, "\\x%02x", (unsigned int)(value & 0xFF));
	}
	fputc('"', to);
}

static void print_elements(const struct view *view, const struct frame *frame,
			   const struct tea_map_variable *variable, FILE *to)
{
	unsigned int count = variable->count;
	long long value, next;
	unsigned int shown = 0;
	unsigned int i = 0;

	fputc('{', to);
	while (i < count && shown++ < ELEMENTS_MAX) {
		unsigned int same = 1;

		if (!variable_value(view, frame, variable, i, &value))
			break;
		while (variable_value(view, frame, variable, i + same, &next) &&
		       next == value)
			same++;
		fprintf(to, "%s%lld", i ? ", " : "", value);
		if (same >= REPEATS_MIN)
			fprintf(to, " <repeats %u times>", same);
		i += same >= REPEATS_MIN ? same : 1;
	}
	fputs(i < count ? ", ...}" : "}", to);
}

/* Characters up to the zeros at the end of an array, if all can be printed */
static unsigned int text_size(const struct view *view,
			      const struct frame *frame,
			      const struct tea_map_variable *variable)
{
	unsigned int size = variable->count;
	long long value = 0;
	unsigned int i;

	if (tea_map_type_size(variable->type) != 1)
		return 0;
	while (size && variable_value(view, frame, variable, size - 1, &value) &&
	       !value)
		size--;
	for (i = 0; i < size; i++)
		if (!variable_value(view, frame, variable, i, &value) ||
		    (!is_printable(value) && value != '\n'))
			return 0;
	return size;
}

void variable_print(const struct view *view, const struct frame *frame,
		    const struct tea_map_variable *variable, FILE *to)
{
	unsigned int first, count;
	long long value;

	if (variable->type == TEA_MAP_STRING) {
		if (string_at(view, frame, variable, &first, &count))
			print_string(view, frame, variable, count, to);
		else
			fputs("<not on the stack>", to);
	} else if (!variable_value(view, frame, variable, 0, &value)) {
		fputs("<not on the stack>", to);
	} else if (!variable->count) {
		value_print(variable->type, value, to);
	} else {
		print_elements(view, frame, variable, to);
		count = text_size(view, frame, variable);
		if (!count)
			return;
		fputc(' ', to);
		print_string(view, frame, variable, count, to);
	}
}

static json_t *string_json(const struct view *view, const struct frame *frame,
			   const struct tea_map_variable *variable)
{
	unsigned int first, count;

	if (!string_at(view, frame, variable, &first, &count))
		return json_null();
	return tea_json_text(view->stack + first, count);
}

json_t *variable_json(const struct view *view, const struct frame *frame,
		      const struct tea_map_variable *variable)
{
	long long value;
	json_t *array;
	unsigned int i;

	if (variable->type == TEA_MAP_STRING)
		return string_json(view, frame, variable);
	if (!variable_value(view, frame, variable, 0, &value))
		return json_null();
	if (!variable->count)
		return json_integer(value);
	array = json_array();
	for (i = 0; variable_value(view, frame, variable, i, &value); i++)
		json_array_append_new(array, json_integer(value));
	return array;
}

json_t *variables_json(const struct view *view, const struct frame *frame,
		       enum tea_map_place place)
{
	const struct tea_map_variable *variable = NULL;
	json_t *object = json_object();

	while ((variable = variable_next(view, frame, place, variable)))
		json_object_set_new(object, variable->name,
				    variable_json(view, frame, variable));
	return object;
}

unsigned int variables_print(const struct view *view, const struct frame *frame,
			     enum tea_map_place place, const char *indent,
			     FILE *to)
{
	const struct tea_map_variable *variable = NULL;
	unsigned int count = 0;

	while ((variable = variable_next(view, frame, place, variable))) {
		fprintf(to, "%s%s = ", indent, variable->name);
		variable_print(view, frame, variable, to);
		fputc('\n', to);
		count++;
	}
	return count;
}
