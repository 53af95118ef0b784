// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include <userspace/common/cli.h>

#include "fault.h"
#include "variable.h"

#define CALLERS_MAX	20

bool fault_open(struct fault *fault, const struct tea_file *file,
		unsigned int stack_size)
{
	*fault = (struct fault){ 0 };
	if (file->size < TEA_HEADER_SIZE)
		return false;
	program_open_quietly(&fault->program, file);
	/* The return address of a frame is two bytes, of which one may be there. */
	fault->stack = calloc(stack_size + 1, 1);
	fault->view.program = &fault->program;
	fault->view.stack = fault->stack;
	fault->view.stack_size = stack_size;
	return fault->stack && fault->program.map.line_count;
}

void fault_close(struct fault *fault)
{
	program_close(&fault->program);
	free(fault->stack);
	*fault = (struct fault){ 0 };
}

static bool is_reported(const struct fault *fault, unsigned int code)
{
	return fault->seen && code != TEA_EXIT_NORMAL && code != TEA_EXIT_KILL;
}

static void report_callers(const struct view *view, struct frame *frame)
{
	while (frame->level < CALLERS_MAX && frame_up(view, frame)) {
		fputs("    called by ", stderr);
		frame_print(view, frame, stderr);
	}
}

void fault_report(const struct fault *fault, unsigned int code)
{
	const struct view *view = &fault->view;
	unsigned int cp = view->registers.cp;
	struct frame frame;

	if (cli_json || !is_reported(fault, code))
		return;
	frame_first(view, &frame);
	fflush(stdout);
	fprintf(stderr, "%s in ", tea_exit_name(code) ?: "error");
	frame_print(view, &frame, stderr);
	program_print_source(&fault->program, cp, stderr);
	variables_print(view, &frame, TEA_MAP_LOCAL, "    ", stderr);
	variables_print(view, &frame, TEA_MAP_GLOBAL, "    ", stderr);
	report_callers(view, &frame);
}

void fault_json(const struct fault *fault, unsigned int code, json_t *object)
{
	static const enum tea_map_place places[] = {
		TEA_MAP_GLOBAL, TEA_MAP_PARAMETER, TEA_MAP_LOCAL,
	};
	const struct view *view = &fault->view;
	json_t *variables, *backtrace, *where;
	struct frame frame;
	size_t i;

	if (!is_reported(fault, code))
		return;
	frame_first(view, &frame);
	where = program_json(&fault->program, view->registers.cp);
	variables = json_object();
	for (i = 0; i < ARRAY_SIZE(places); i++)
		json_object_update_new(variables,
				       variables_json(view, &frame, places[i]));
	json_object_set_new(where, "variables", variables);
	backtrace = json_array();
	do {
		json_array_append_new(backtrace, frame_json(view, &frame));
	} while (frame.level < CALLERS_MAX && frame_up(view, &frame));
	json_object_set_new(where, "backtrace", backtrace);
	json_object_set_new(object, "fault", where);
}

/* Pops a value of the stack as the instruction does; false if there is none. */
static bool pop_value(const struct view *view, unsigned int *sp,
		      unsigned int size, unsigned int *value)
{
	if (*sp < size)
		return false;
	*sp -= size;
	*value = view->stack[*sp];
	if (size == TEA_SIZE_INT)
		*value = *value << 8 | view->stack[*sp + 1];
	return true;
}

bool fault_access(const struct fault *fault, struct tea_access *access)
{
	const struct program *program = &fault->program;
	const struct view *view = &fault->view;
	unsigned int cp = view->registers.cp;
	unsigned int sp = view->registers.sp;
	bool popped = true;
	unsigned int opcode;

	*access = (struct tea_access){ .size = TEA_SIZE_CHAR };
	if (!fault->seen || cp >= program->code_size)
		return false;
	opcode = program->code[cp];
	switch (opcode) {
	case TEA_OP_PUSHMS:
	case TEA_OP_PUSHMSX:
	case TEA_OP_POPSM:
	case TEA_OP_POPSMX:
		access->size = TEA_SIZE_INT;
		break;
	case TEA_OP_PUSHMB:
	case TEA_OP_PUSHMBX:
	case TEA_OP_POPBM:
	case TEA_OP_POPBMX:
		break;
	default:
		return false;
	}
	access->write = opcode >= TEA_OP_POPBM;
	if (tea_opcode_bytes(opcode) && cp + 2 < program->code_size)
		access->port = (unsigned int)program->code[cp + 1] << 8 |
			       program->code[cp + 2];
	else
		popped = pop_value(view, &sp, TEA_SIZE_INT, &access->port);
	if (popped && access->write)
		popped = pop_value(view, &sp, access->size, &access->value);
	return popped;
}
