// SPDX-License-Identifier: GPL-2.0-only
#include "run.h"
#include "../instructions.h"
#include "translate.h"

/* Enters translated code at the run that begins at cp, if there is one. */
static void translated_enter(struct tea_process *process,
			     const unsigned char *program,
			     unsigned long long limit)
{
	translated_function *enter =
		(void *)(program + translated_table_size(process->code_size));
	const unsigned int *table = (const void *)program;
	struct translated_state state = {
		.stack = process->stack,
		.program = program,
		.target = program + table[process->cp],
		.fuel = limit - process->steps,
		.sp = process->sp,
		.cp = process->cp,
	};
	struct machine m;

	machine_load(&m, process);
	state.result = (unsigned int)m.result;
	state.carry = (unsigned int)is_carry(&m);
	enter(&state);
	m.sp = state.sp;
	m.cp = (unsigned int)state.cp;
	m.steps = limit - state.fuel;
	m.result = (int)state.result;
	m.carry = state.carry ? CARRY_SET : 0;
	machine_sync(&m);
}

/*
 * Translated code comes back before an instruction that it leaves to the interpreter.
 * After that instruction it is entered again, if a run begins there.
 */
enum tea_run tea_translated_run(struct tea_process *process,
				const unsigned char *program,
				unsigned long long limit)
{
	for (;;) {
		unsigned long long steps;

		if (process->cp < process->code_size && process->steps < limit)
			translated_enter(process, program, limit);
		steps = process->steps;
		if (tea_run(process, steps < limit ? steps + 1 : limit) ==
		    TEA_RUN_EXITED)
			return TEA_RUN_EXITED;
		if (steps >= limit)
			return TEA_RUN_LIMIT;
	}
}
