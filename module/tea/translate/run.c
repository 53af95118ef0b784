// SPDX-License-Identifier: GPL-2.0-only
#include "run.h"
#include "../step.h"
#include "translate.h"

/*
 * Ports. Registers are up to date while a hook waits, except for the flags.
 */

static struct tea_process *process_sync(const struct translated_state *state,
					unsigned int cp, unsigned int sp,
					unsigned long long fuel)
{
	struct tea_process *process = state->process;

	process->cp = cp;
	process->sp = sp;
	process->steps = state->limit - fuel;
	return process;
}

static __always_inline int port_read(struct translated_state *state,
				     struct tea_process *process,
				     unsigned int port, unsigned int bits)
{
	unsigned int value = 0;

	state->error = tea_hook_port_read(process, port, bits / 8, &value);
	return state->error ? -1 : (int)(value & width_mask(bits));
}

static __always_inline int port_write(struct translated_state *state,
				      struct tea_process *process,
				      unsigned int port, unsigned int bits,
				      unsigned int value)
{
	state->error = tea_hook_port_write(process, port, bits / 8, value);
	return state->error ? -1 : 0;
}

#define HELPER(name) \
static int name(struct translated_state *state, unsigned int port, \
		unsigned int value __maybe_unused, unsigned int cp, \
		unsigned int sp, unsigned long long fuel)

HELPER(port_read_byte)
{
	return port_read(state, process_sync(state, cp, sp, fuel), port,
			 BYTE_BITS);
}

HELPER(port_read_short)
{
	return port_read(state, process_sync(state, cp, sp, fuel), port,
			 SHORT_BITS);
}

HELPER(port_write_byte)
{
	if (port_show(state->process, port, BYTE_BITS, value))
		return 0;
	return port_write(state, process_sync(state, cp, sp, fuel), port,
			  BYTE_BITS, value);
}

HELPER(port_write_short)
{
	return port_write(state, process_sync(state, cp, sp, fuel), port,
			  SHORT_BITS, value);
}

/* Executes translated code, from the run that begins at cp, if there is one. */
static __always_inline int translated_enter(struct machine *m,
					    const unsigned char *program,
					    unsigned long long limit)
{
	translated_function *enter =
		(void *)(program + translated_table_size(m->code_size));
	const unsigned int *table = (const void *)program;
	struct translated_state state = {
		.helpers = {
			.read_byte = port_read_byte,
			.read_short = port_read_short,
			.write_byte = port_write_byte,
			.write_short = port_write_short,
		},
		.process = m->process,
		.limit = limit,
		.stack = m->stack,
		.program = program,
		.target = program + table[m->cp],
		.fuel = limit - m->steps,
		.sp = m->sp,
		.cp = m->cp,
		.result = (unsigned int)m->result,
		.carry = (unsigned int)is_carry(m),
	};

	enter(&state);
	m->sp = state.sp;
	m->cp = (unsigned int)state.cp;
	m->steps = limit - state.fuel;
	m->result = (int)state.result;
	m->carry = (int)state.carry * CARRY_SET;
	return state.error;
}

/*
 * Translated code comes back before an instruction that it leaves to the interpreter.
 * After that instruction it is entered again, if a run begins there.
 */
enum tea_run tea_translated_run(struct tea_process *process,
				const unsigned char *program,
				unsigned long long limit)
{
	struct machine m;
	int result = 0;

	machine_load(&m, process);
	do {
		if (m.cp < m.code_size && m.steps < limit)
			result = translated_enter(&m, program, limit);
		if (!result)
			result = machine_step(&m, limit);
	} while (!result);
	return machine_end(&m, result);
}
