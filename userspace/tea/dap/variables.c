// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>
#include <userspace/common/tea_result.h>
#include <userspace/debug/look.h>
#include <userspace/debug/variable.h>

#include "arguments.h"
#include "requests.h"

/* Numbers of each frame */
#define REFERENCES	(DAP_SCOPES + TEA_MAP_VARIABLES_MAX)
/* A function that is called takes two bytes or more of the stack. */
#define REFERENCE_MAX	((TEA_STACK_MAX / 2 + 1) * (json_int_t)REFERENCES)

/**
 * struct dap_holder - what has the variables that are requested
 * @index: as for dap_reference()
 * @view: the program
 * @frame: the frame
 * @first: number of the first element that is requested
 * @count: most elements that are requested
 */
struct dap_holder {
	unsigned int index;
	struct view view;
	struct frame frame;
	unsigned int first;
	unsigned int count;
};

json_int_t dap_reference(unsigned int level, unsigned int index)
{
	return 1 + (json_int_t)level * REFERENCES + index;
}

json_int_t dap_array_reference(const struct view *view, unsigned int level,
			       const struct tea_map_variable *variable)
{
	const struct tea_map *map = &view->program->map;

	if (!variable->count)
		return 0;
	return dap_reference(level, DAP_SCOPES +
			     (unsigned int)(variable - map->variables));
}

json_t *dap_value(const struct view *view, const struct frame *frame,
		  const struct expression *expression)
{
	char *text = NULL;
	json_t *value;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return json_string("");
	look_value(view, frame, expression, to);
	fclose(to);
	value = tea_json_string(text ?: "");
	free(text);
	return value;
}

static const struct tea_map_variable *holder_array(const struct dap_holder *holder)
{
	const struct tea_map *map = &holder->view.program->map;

	if (holder->index < DAP_SCOPES ||
	    holder->index - DAP_SCOPES >= map->variable_count)
		return NULL;
	return &map->variables[holder->index - DAP_SCOPES];
}

static int holder_read(struct dap *dap, const json_t *arguments,
		       struct dap_holder *holder)
{
	const struct tea_map_variable *array;
	json_int_t number;

	if (dap_needed_number(arguments, "variablesReference", 1,
			      REFERENCE_MAX, &number))
		return CLI_FAILED;
	holder->index = (unsigned int)((number - 1) % REFERENCES);
	if (dap_frame(dap, (unsigned int)((number - 1) / REFERENCES),
		      &holder->view, &holder->frame))
		return CLI_FAILED;
	array = holder_array(holder);
	if (holder->index >= DAP_SCOPES &&
	    (!array || !tea_map_in_scope(array, holder->frame.code)))
		return dap_refuse("no variable here has the number %lld",
				  (long long)number);
	return CLI_OK;
}

static void variable_add(json_t *list, json_t *name, json_t *value,
			 json_t *type, json_int_t reference)
{
	json_t *object = json_pack("{s:o, s:o, s:I}", "name", name, "value",
				   value, "variablesReference", reference);

	if (type)
		json_object_set_new(object, "type", type);
	json_array_append_new(list, object);
}

static json_t *variable_type(const struct tea_map_variable *variable)
{
	static const char *const names[] = {
		[TEA_MAP_CHAR] = "char",
		[TEA_MAP_UCHAR] = "unsigned char",
		[TEA_MAP_INT] = "int",
		[TEA_MAP_UINT] = "unsigned int",
		[TEA_MAP_STRING] = "string",
	};

	return variable->count ?
	       json_sprintf("%s[%u]", names[variable->type], variable->count) :
	       json_string(names[variable->type]);
}

static json_t *variable_text(const struct dap_holder *holder,
			     const struct tea_map_variable *variable)
{
	const struct expression expression = {
		.variable = variable,
		.whole = true,
	};

	return dap_value(&holder->view, &holder->frame, &expression);
}

static void add_scope(const struct dap_holder *holder, enum tea_map_place place,
		      json_t *list)
{
	const struct tea_map_variable *variable = NULL;

	while ((variable = variable_next(&holder->view, &holder->frame, place,
					 variable)))
		variable_add(list, tea_json_string(variable->name),
			     variable_text(holder, variable),
			     variable_type(variable),
			     dap_array_reference(&holder->view,
						 holder->frame.level,
						 variable));
}

/* The element after the last one of @size that is requested */
static unsigned int holder_end(const struct dap_holder *holder,
			       unsigned int size)
{
	unsigned int end = holder->first + holder->count;

	return end < size ? end : size;
}

static void add_elements(const struct dap_holder *holder,
			 const struct tea_map_variable *array, json_t *list)
{
	struct expression element = { .variable = array };
	unsigned int end = holder_end(holder, array->count);
	unsigned int i;

	for (i = holder->first; i < end; i++) {
		if (!variable_value(&holder->view, &holder->frame, array, i,
				    &element.value))
			break;
		variable_add(list, json_sprintf("[%u]", i),
			     dap_value(&holder->view, &holder->frame, &element),
			     NULL, 0);
	}
}

static void add_stack(const struct dap_holder *holder, json_t *list)
{
	unsigned int end = holder_end(holder, holder->view.registers.sp);
	unsigned int i;

	for (i = holder->first; i < end; i++)
		variable_add(list, json_sprintf("[%u]", i),
			     json_sprintf("0x%02x", holder->view.stack[i]),
			     NULL, 0);
}

static void add_registers(const struct dap_holder *holder, json_t *list)
{
	const struct tea_registers *registers = &holder->view.registers;
	char place[PROGRAM_PLACE_MAX];

	program_place(holder->view.program, registers->cp, place,
		      sizeof(place));
	variable_add(list, json_string("cp"), tea_json_string(place), NULL, 0);
	variable_add(list, json_string("sp"), json_sprintf("%u", registers->sp),
		     NULL, 0);
	variable_add(list, json_string("flags"),
		     json_sprintf("%c%c%c",
				  registers->flags & TEA_FLAG_N ? 'N' : '-',
				  registers->flags & TEA_FLAG_Z ? 'Z' : '-',
				  registers->flags & TEA_FLAG_C ? 'C' : '-'),
		     NULL, 0);
	variable_add(list, json_string("steps"),
		     json_sprintf("%llu", registers->steps), NULL, 0);
}

static void holder_list(const struct dap_holder *holder, json_t *list)
{
	switch (holder->index) {
	case DAP_ARGUMENTS:
		add_scope(holder, TEA_MAP_PARAMETER, list);
		break;
	case DAP_LOCALS:
		add_scope(holder, TEA_MAP_LOCAL, list);
		break;
	case DAP_GLOBALS:
		add_scope(holder, TEA_MAP_GLOBAL, list);
		break;
	case DAP_REGISTERS:
		add_registers(holder, list);
		break;
	case DAP_STACK:
		add_stack(holder, list);
		break;
	default:
		add_elements(holder, holder_array(holder), list);
	}
}

int dap_variables(struct dap *dap, const json_t *arguments, json_t **body)
{
	struct dap_holder holder = { 0 };
	json_int_t first = 0;
	json_int_t count = 0;
	json_t *list;

	if (holder_read(dap, arguments, &holder) ||
	    dap_number(arguments, "start", 0, TEA_STACK_MAX, &first) ||
	    dap_number(arguments, "count", 0, TEA_STACK_MAX, &count))
		return CLI_FAILED;
	holder.first = (unsigned int)first;
	holder.count = count ? (unsigned int)count : TEA_STACK_MAX;
	list = json_array();
	holder_list(&holder, list);
	*body = json_pack("{s:o}", "variables", list);
	return CLI_OK;
}

/* Returns CLI_OK, or CLI_FAILED after dap_refuse(); @place is to be freed. */
static int holder_place(const struct dap_holder *holder, const char *name,
			char **place)
{
	const struct tea_map_variable *array = holder_array(holder);

	if (holder->index == DAP_REGISTERS || holder->index == DAP_STACK)
		return dap_refuse("registers and bytes of the stack cannot be set");
	if (asprintf(place, "%s%s", array ? array->name : "", name) < 0)
		return dap_refuse("out of memory");
	return CLI_OK;
}

static int variable_set(struct dap *dap, const struct dap_holder *holder,
			const char *place, const char *value, json_t **body)
{
	struct expression expression;
	struct frame frame;
	struct view view;
	char *text;
	int status;

	if (asprintf(&text, "%s = %s", place, value) < 0)
		return dap_refuse("out of memory");
	dap->debugger.level = holder->frame.level;
	status = look_assign(&dap->debugger, text);
	dap->debugger.level = 0;
	free(text);
	if (status || dap_frame(dap, holder->frame.level, &view, &frame))
		return CLI_FAILED;
	if (expression_read(&view, &frame, place, &expression))
		return dap_refuse("%s", expression.error);
	*body = json_pack("{s:o}", "value",
			  dap_value(&view, &frame, &expression));
	return CLI_OK;
}

int dap_set_variable(struct dap *dap, const json_t *arguments, json_t **body)
{
	struct dap_holder holder = { 0 };
	const char *name, *value;
	char *place;
	int status;

	if (holder_read(dap, arguments, &holder) ||
	    dap_needed_text(arguments, "name", &name) ||
	    dap_needed_text(arguments, "value", &value) ||
	    holder_place(&holder, name, &place))
		return CLI_FAILED;
	status = dap->debugger.alive ?
		 variable_set(dap, &holder, place, value, body) :
		 dap_refuse("the program has ended");
	free(place);
	return status;
}
