// SPDX-License-Identifier: GPL-2.0-only
#include "frame.h"
#include "variable.h"

#define RETURN_BYTES	2

static void frame_fill(const struct view *view, struct frame *frame)
{
	int size = tea_map_frame_at(&view->program->map, frame->address);

	frame->known = size != TEA_MAP_FRAME_UNKNOWN &&
		       (unsigned int)size <= frame->sp;
	frame->base = frame->known ? frame->sp - (unsigned int)size : 0;
}

void frame_first(const struct view *view, struct frame *frame)
{
	*frame = (struct frame){
		.address = view->registers.cp,
		.code = view->registers.cp,
		.sp = view->registers.sp,
	};
	frame_fill(view, frame);
}

/*
 * At the first instruction of a function, the frame ends with the return address.
 */
bool frame_up(const struct view *view, struct frame *frame)
{
	const struct tea_map *map = &view->program->map;
	const struct tea_map_function *function;
	struct frame caller = { .level = frame->level + 1 };
	int size;

	function = tea_map_function_at(map, frame->code);
	if (!function || !frame->known)
		return false;
	size = tea_map_frame_at(map, function->start);
	if (size < RETURN_BYTES || frame->base + (unsigned int)size > frame->sp)
		return false;
	caller.sp = frame->base + (unsigned int)size - RETURN_BYTES;
	caller.address = (unsigned int)view->stack[caller.sp] << 8 |
			 view->stack[caller.sp + 1];
	if (!caller.address)
		return false;
	caller.code = caller.address - 1;
	if (!tea_map_function_at(map, caller.code))
		return false;
	frame_fill(view, &caller);
	*frame = caller;
	return true;
}

static void print_arguments(const struct view *view, const struct frame *frame,
			    FILE *to)
{
	const struct tea_map_variable *variable = NULL;
	const char *before = "";

	while ((variable = variable_next(view, frame, TEA_MAP_PARAMETER,
					 variable))) {
		fprintf(to, "%s%s=", before, variable->name);
		variable_print(view, frame, variable, to);
		before = ", ";
	}
}

void frame_print(const struct view *view, const struct frame *frame, FILE *to)
{
	const struct program *program = view->program;
	const struct tea_map_function *function;
	const struct tea_map_line *line;

	function = tea_map_function_at(&program->map, frame->code);
	line = tea_map_line_at(&program->map, frame->code);
	if (function) {
		fprintf(to, "%s (", function->name);
		print_arguments(view, frame, to);
		fputc(')', to);
	} else {
		fprintf(to, "0x%04x", frame->address);
	}
	if (line)
		fprintf(to, " at %s:%u", program->map.files[line->file],
			line->line);
	fputc('\n', to);
}

json_t *frame_json(const struct view *view, const struct frame *frame)
{
	json_t *object = program_json(view->program, frame->code);

	json_object_set_new(object, "address", json_integer(frame->address));
	if (frame->level) {
		/* The instruction is the call, which lies before the address. */
		json_object_del(object, "bytes");
		json_object_del(object, "instruction");
		json_object_del(object, "offset");
	}
	json_object_set_new(object, "level", json_integer(frame->level));
	json_object_set_new(object, "arguments",
			    variables_json(view, frame, TEA_MAP_PARAMETER));
	return object;
}
