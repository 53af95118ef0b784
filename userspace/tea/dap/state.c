// SPDX-License-Identifier: GPL-2.0-only
#include <userspace/common/cli.h>
#include <userspace/common/tea_result.h>
#include <userspace/debug/expression.h>

#include "arguments.h"
#include "requests.h"

int dap_frame(struct dap *dap, unsigned int level, struct view *view,
	      struct frame *frame)
{
	int status;

	dap->debugger.level = level;
	status = debugger_frame(&dap->debugger, view, frame);
	dap->debugger.level = 0;
	if (!status && frame->level != level)
		status = dap_refuse("there is no frame %u", level + 1);
	return status;
}

static json_t *frame_answer(const struct dap *dap, const struct frame *frame)
{
	const struct tea_map *map = &dap->debugger.program.map;
	const struct tea_map_function *function;
	const struct tea_map_line *line;
	json_t *object;

	function = tea_map_function_at(map, frame->code);
	line = tea_map_line_at(map, frame->code);
	object = json_pack("{s:i, s:o, s:o, s:i, s:o}",
			   "id", (int)frame->level + 1,
			   "name", function ? tea_json_string(function->name) :
				   json_sprintf("0x%04x", frame->address),
			   "line", json_integer(line ? line->line - 1 +
						       dap->line_base : 0),
			   "column", line ? 1 : 0,
			   "instructionPointerReference",
			   json_sprintf("0x%04x", frame->address));
	if (line)
		json_object_set_new(object, "source",
				    dap_source(dap, line->file));
	return object;
}

int dap_stack_trace(struct dap *dap, const json_t *arguments, json_t **body)
{
	json_int_t first = 0;
	json_int_t levels = 0;
	json_t *array;
	struct frame frame;
	struct view view;
	bool further;

	if (dap_number(arguments, "startFrame", 0, TEA_STACK_MAX, &first) ||
	    dap_number(arguments, "levels", 0, TEA_STACK_MAX, &levels) ||
	    debugger_view(&dap->debugger, &view))
		return CLI_FAILED;
	array = json_array();
	frame_first(&view, &frame);
	do {
		if (frame.level >= first &&
		    (!levels || frame.level < first + levels))
			json_array_append_new(array,
					      frame_answer(dap, &frame));
		further = frame_up(&view, &frame);
	} while (further);
	*body = json_pack("{s:o, s:i}", "stackFrames", array, "totalFrames",
			  (int)frame.level + 1);
	return CLI_OK;
}

static int read_frame(struct dap *dap, const json_t *arguments,
		      struct view *view, struct frame *frame)
{
	json_int_t id = 1;

	return dap_number(arguments, "frameId", 1, TEA_STACK_MAX, &id) ?:
	       dap_frame(dap, (unsigned int)id - 1, view, frame);
}

int dap_scopes(struct dap *dap, const json_t *arguments, json_t **body)
{
	static const char *const names[DAP_SCOPES] = {
		"Arguments", "Locals", "Globals", "Registers", "Stack",
	};
	static const char *const hints[DAP_SCOPES] = {
		[DAP_ARGUMENTS] = "arguments",
		[DAP_LOCALS] = "locals",
		[DAP_REGISTERS] = "registers",
	};
	struct frame frame;
	struct view view;
	json_t *array;
	unsigned int i;

	if (read_frame(dap, arguments, &view, &frame))
		return CLI_FAILED;
	array = json_array();
	for (i = 0; i < DAP_SCOPES; i++) {
		json_t *scope = json_pack("{s:s, s:I, s:b}", "name", names[i],
					  "variablesReference",
					  dap_reference(frame.level, i),
					  "expensive", i >= DAP_REGISTERS);

		if (hints[i])
			json_object_set_new(scope, "presentationHint",
					    json_string(hints[i]));
		if (i == DAP_STACK)
			json_object_set_new(scope, "indexedVariables",
					    json_integer(view.registers.sp));
		json_array_append_new(array, scope);
	}
	*body = json_pack("{s:o}", "scopes", array);
	return CLI_OK;
}

int dap_evaluate(struct dap *dap, const json_t *arguments, json_t **body)
{
	struct expression expression;
	struct frame frame;
	struct view view;
	json_int_t reference = 0;
	const char *word;

	if (dap_needed_text(arguments, "expression", &word) ||
	    read_frame(dap, arguments, &view, &frame))
		return CLI_FAILED;
	if (expression_read(&view, &frame, word, &expression))
		return dap_refuse("%s", expression.error);
	if (expression.whole)
		reference = dap_array_reference(&view, frame.level,
						expression.variable);
	*body = json_pack("{s:o, s:I}", "result", dap_value(&view, &frame, &expression),
			  "variablesReference", reference);
	return CLI_OK;
}
