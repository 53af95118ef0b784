// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>

#include "breakpoint.h"
#include "expression.h"

static int breakpoint_check(struct points *points, bool watch,
			    unsigned int address)
{
	const struct point *point = points_find(points, watch, address);

	if (point)
		return cli_error(CLI_FAILED, NULL, "%s %u is there already",
				 watch ? "watch" : "breakpoint", point->number);
	if (points_full(points, watch))
		return cli_error(CLI_FAILED, "delete one first",
				 watch ? "%d bytes are watched already" :
					 "there are %d breakpoints already",
				 watch ? TEA_DEBUG_WATCHES : TEA_DEBUG_BREAKS);
	return CLI_OK;
}

int breakpoint_add(struct debugger *debugger, bool watch, unsigned int address,
		   const char *condition, struct point **point)
{
	struct debug_target *target = debugger->target;
	char *copy = NULL;
	int status = breakpoint_check(&debugger->points, watch, address);

	if (status)
		return status;
	if (condition) {
		copy = strdup(condition);
		if (!copy)
			return cli_error(CLI_FAILED, NULL, "out of memory");
	}
	if (debugger->alive)
		status = target->ops->point(target, watch, address, true);
	if (status) {
		free(copy);
		return status;
	}
	*point = points_add(&debugger->points, watch, address);
	(*point)->condition = copy;
	return debugger->alive && watch ? debugger_look(debugger) : CLI_OK;
}

int breakpoint_remove(struct debugger *debugger, struct point *point)
{
	struct debug_target *target = debugger->target;
	int status = CLI_OK;

	if (debugger->alive)
		status = target->ops->point(target, point->watch,
					    point->address, false);
	if (!status)
		points_remove(&debugger->points, point);
	return status;
}

int breakpoint_check_condition(struct debugger *debugger, unsigned int address,
			       const char *condition)
{
	const struct view view = {
		.program = &debugger->program,
		.registers.cp = address,
	};
	const struct frame frame = { .address = address, .code = address };
	struct expression expression;

	return expression_read(&view, &frame, condition, &expression) ?
	       cli_error(CLI_FAILED, NULL, "%s", expression.error) : CLI_OK;
}
