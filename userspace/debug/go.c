// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the program gets to its next stop: breakpoints with conditions, and steps by
 * source line. The targets only know instructions.
 */
#include "go.h"
#include "look.h"
#include "variable.h"

/* One run of the target; its registers are read afterwards. */
static int go_once(struct debugger *debugger, unsigned long long steps,
		   unsigned int until, enum debug_cause *cause)
{
	struct debug_target *target = debugger->target;
	int status;

	debugger_changed(debugger);
	*cause = DEBUG_STEPS;
	status = target->ops->go(target, steps, until, cause);
	if (!status && *cause != DEBUG_GONE)
		status = target->ops->get(target, &debugger->registers);
	return status;
}

/*
 * Whether a breakpoint was met whose condition does not hold. A condition that
 * cannot be computed is reported, and the program stops.
 */
static bool is_passed(struct debugger *debugger, enum debug_cause cause)
{
	const struct point *point;
	long long value = 1;

	if (cause != DEBUG_BREAK)
		return false;
	point = points_find(&debugger->points, false, debugger->registers.cp);
	if (!point || !point->condition)
		return false;
	look_condition(debugger, point->condition, &value);
	return !value;
}

static unsigned int go_opcode(const struct debugger *debugger)
{
	unsigned int cp = debugger->registers.cp;

	return cp < debugger->program.code_size ? debugger->program.code[cp] :
						  TEA_OP_NOP;
}

static int depth_change(unsigned int opcode)
{
	return opcode == TEA_OP_CALL ? 1 : opcode == TEA_OP_RETURN ? -1 : 0;
}

/*
 * The target forgets how deep the calls are when it stops, so with conditions the
 * debugger counts them itself, one instruction at a time.
 */
static int go_counted(struct debugger *debugger, unsigned int until,
		      enum debug_cause *cause)
{
	int enough = until == TEA_DEBUG_UNTIL_LEVEL ? 0 : -1;
	int depth = 0;
	int status;

	do {
		depth += depth_change(go_opcode(debugger));
		status = go_once(debugger, 1, TEA_DEBUG_UNTIL_NONE, cause);
		if (!status && is_passed(debugger, *cause))
			*cause = DEBUG_STEPS;
	} while (!status && *cause == DEBUG_STEPS && depth > enough);
	return status;
}

/* Breakpoints whose condition does not hold are passed. */
static int go_conditional(struct debugger *debugger, unsigned long long steps,
			  unsigned int until, enum debug_cause *cause)
{
	unsigned long long end = debugger->registers.steps + steps;
	int status;

	if (until != TEA_DEBUG_UNTIL_NONE &&
	    points_conditional(&debugger->points))
		return go_counted(debugger, until, cause);
	for (;;) {
		status = go_once(debugger, steps, until, cause);
		if (status || !is_passed(debugger, *cause))
			return status;
		if (steps && debugger->registers.steps >= end) {
			*cause = DEBUG_STEPS;
			return CLI_OK;
		}
		if (steps)
			steps = end - debugger->registers.steps;
	}
}

int go_run(struct debugger *debugger, unsigned long long steps,
	   unsigned int until, unsigned long long times, enum debug_cause *cause)
{
	int status = CLI_OK;

	*cause = DEBUG_STEPS;
	for (; times && !status && *cause == DEBUG_STEPS; times--)
		status = go_conditional(debugger, steps, until, cause);
	return status;
}

/*
 * The place of the value is found before the function runs, which may change the
 * string parameters between the place and the frame.
 */
int go_finish(struct debugger *debugger, struct go_returned *returned,
	      enum debug_cause *cause)
{
	const struct tea_map_variable *variable;
	struct frame frame;
	struct view view;
	int status = debugger_view(debugger, &view);

	*returned = (struct go_returned){ 0 };
	if (status)
		return status;
	frame_first(&view, &frame);
	variable = variable_returned(&view, &frame);
	if (variable) {
		returned->type = variable->type;
		returned->known = variable_byte(&view, &frame, variable, 0,
						&returned->at);
	}
	status = go_conditional(debugger, 0, TEA_DEBUG_UNTIL_RETURN, cause);
	if (status || *cause != DEBUG_STEPS)
		returned->known = false;
	return status;
}

static const struct tea_map_line *go_source(const struct debugger *debugger)
{
	return tea_map_line_at(&debugger->program.map, debugger->registers.cp);
}

/*
 * A line that is entered by a jump into its middle is a part of the line before,
 * as it is when a condition is checked again.
 */
static bool is_new_line(const struct debugger *debugger,
			const struct tea_map_line *start)
{
	const struct tea_map_line *line = go_source(debugger);

	if (!line || !start)
		return true;
	return line->address == debugger->registers.cp &&
	       (line->line != start->line || line->file != start->file);
}

static int step_line(struct debugger *debugger, bool over,
		     enum debug_cause *cause)
{
	const struct tea_map_line *start = go_source(debugger);
	unsigned int opcode;
	int status;

	do {
		opcode = go_opcode(debugger);
		if (over)
			status = go_conditional(debugger, 0,
						TEA_DEBUG_UNTIL_LEVEL, cause);
		else
			status = go_conditional(debugger, 1,
						TEA_DEBUG_UNTIL_NONE, cause);
		if (status || *cause != DEBUG_STEPS)
			return status;
	} while (opcode != TEA_OP_RETURN &&
		 (over || opcode != TEA_OP_CALL) &&
		 !is_new_line(debugger, start));
	return CLI_OK;
}

int go_line(struct debugger *debugger, bool over, unsigned long long times,
	    enum debug_cause *cause)
{
	int status = CLI_OK;

	*cause = DEBUG_STEPS;
	for (; times && !status && *cause == DEBUG_STEPS; times--)
		status = step_line(debugger, over, cause);
	return status;
}
