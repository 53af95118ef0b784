// SPDX-License-Identifier: GPL-2.0-only
#include "debug.h"

/*
 * Reads a place once that the host changes while the process runs, or that a
 * hostile guest writes while the host reads. This file includes no kernel
 * header and so has no READ_ONCE().
 */
#define LOOK_ONCE(place)	(*(const volatile __typeof__(place) *)&(place))

void tea_debug_begin(struct tea_debug *debug, unsigned long long steps,
		     unsigned int until)
{
	debug->left = steps ? steps : TEA_DEBUG_ANY;
	debug->until = until;
	debug->depth = 0;
	debug->request = 0;
	debug->over = 1;
}

static int is_break(const struct tea_debug *debug, unsigned int cp)
{
	unsigned int i;

	for (i = 0; i < debug->break_count; i++)
		if (debug->breaks[i] == cp)
			return 1;
	return 0;
}

static int level_reached(const struct tea_debug *debug)
{
	switch (debug->until) {
	case TEA_DEBUG_UNTIL_LEVEL:
		return debug->depth <= 0;
	case TEA_DEBUG_UNTIL_RETURN:
		return debug->depth < 0;
	default:
		return 0;
	}
}

static enum tea_debug_cause before_step(const struct tea_process *process,
					const struct tea_debug *debug)
{
	if (!debug->over) {
		if (is_break(debug, process->cp))
			return TEA_DEBUG_BREAK;
		if (!debug->left || level_reached(debug))
			return TEA_DEBUG_STEPS;
	}
	return LOOK_ONCE(debug->request) ? TEA_DEBUG_REQUEST : TEA_DEBUG_LIMIT;
}

static void look_at_watched(const struct tea_process *process,
			    const struct tea_debug *debug,
			    unsigned char *values)
{
	unsigned int i;

	for (i = 0; i < debug->watch_count; i++)
		values[i] = process->stack[debug->watches[i]];
}

static int watched_changed(const struct tea_process *process,
			   const struct tea_debug *debug,
			   const unsigned char *values)
{
	unsigned int i;

	for (i = 0; i < debug->watch_count; i++)
		if (values[i] != process->stack[debug->watches[i]])
			return 1;
	return 0;
}

static void count_step(struct tea_debug *debug, unsigned int opcode)
{
	debug->over = 0;
	if (debug->left != TEA_DEBUG_ANY)
		debug->left--;
	if (opcode == TEA_OP_CALL)
		debug->depth++;
	else if (opcode == TEA_OP_RETURN)
		debug->depth--;
}

/*
 * A debugger shows the instruction that ended the process, so the registers
 * from before it are restored.
 */
static enum tea_debug_cause end_step(struct tea_process *process,
				     const struct tea_registers *before)
{
	process->cp = before->cp;
	process->sp = before->sp;
	process->flags = (unsigned char)before->flags;
	if (process->exit_code != TEA_HOOK_HELD)
		return TEA_DEBUG_EXITED;
	/*
	 * The access was held. The instruction can be executed again, because
	 * it changes no byte of the stack before its port access is complete.
	 */
	process->steps = before->steps;
	process->exit_code = TEA_EXIT_NORMAL;
	return TEA_DEBUG_REQUEST;
}

static enum tea_debug_cause execute_step(struct tea_process *process,
					 struct tea_debug *debug)
{
	unsigned char values[TEA_DEBUG_WATCHES];
	struct tea_registers before = {
		.steps = process->steps,
		.cp = process->cp,
		.sp = process->sp,
		.flags = process->flags,
	};
	unsigned int opcode = TEA_OP_NOP;

	if (before.cp < process->code_size)
		opcode = process->code[before.cp];
	look_at_watched(process, debug, values);
	if (tea_run(process, before.steps + 1) == TEA_RUN_EXITED)
		return end_step(process, &before);
	count_step(debug, opcode);
	return watched_changed(process, debug, values) ? TEA_DEBUG_WATCH :
							 TEA_DEBUG_LIMIT;
}

enum tea_debug_cause tea_debug_run(struct tea_process *process,
				   struct tea_debug *debug,
				   unsigned long long limit)
{
	enum tea_debug_cause cause = TEA_DEBUG_LIMIT;

	for (; limit && cause == TEA_DEBUG_LIMIT; limit--) {
		cause = before_step(process, debug);
		if (cause == TEA_DEBUG_LIMIT)
			cause = execute_step(process, debug);
	}
	return cause;
}

void tea_debug_look(const struct tea_process *process, unsigned int stack_size,
		    struct tea_registers *registers)
{
	registers->steps = LOOK_ONCE(process->steps);
	registers->cp = LOOK_ONCE(process->cp) & 0xFFFF;
	registers->sp = LOOK_ONCE(process->sp);
	registers->flags = LOOK_ONCE(process->flags) &
			   (TEA_FLAG_N | TEA_FLAG_Z | TEA_FLAG_C);
	if (registers->sp > stack_size)
		registers->sp = stack_size;
}
