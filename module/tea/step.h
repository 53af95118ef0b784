/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_STEP_H
#define _TEA_STEP_H

/*
 * One instruction with all checks, for the checked loop of interp.c and for what
 * translated code leaves to it.
 */

#include "instructions.h"

static __always_inline int fetch_operand(struct machine *m,
					 const unsigned char *code,
					 unsigned int bytes,
					 unsigned int *operand)
{
	if (m->code_size - m->cp < bytes)
		return TEA_EXIT_ADDRESS_RANGE;
	if (bytes == 1)
		*operand = code[m->cp];
	else if (bytes == 2)
		*operand = get_short(code + m->cp);
	m->cp += bytes;
	return 0;
}

/* Fetches the operand of an instruction and calls its opcode function. */
static __always_inline int execute_opcode(struct machine *m,
					  const unsigned char *code)
{
	unsigned int opcode = code[m->cp++];
	unsigned int operand = 0;
	int error = TEA_EXIT_BAD_OPCODE;

	switch (opcode) {
#define OP_CASE(NAME, number, mnemonic, bytes, ...) \
	case TEA_OP_##NAME: \
		error = fetch_operand(m, code, bytes, &operand); \
		if (!error) \
			error = op_##mnemonic(m, operand); \
		break;
	TEA_OPCODES(OP_CASE)
#undef OP_CASE
	}
	return error;
}

/*
 * Executes an instruction with all checks. Returns 0 if the next one can follow,
 * else the value for machine_end().
 */
static __always_inline int machine_step(struct machine *m,
					unsigned long long limit)
{
	int result;

	if (m->cp >= m->code_size)
		return TEA_EXIT_ADDRESS_RANGE;
	if (m->steps >= limit)
		return LIMIT_REACHED;
	m->process->steps = ++m->steps;
	m->checked = 1;
	m->target = NO_TARGET;
	result = execute_opcode(m, m->process->code);
	if (m->target != NO_TARGET)
		m->cp = m->target;
	return result;
}

static __always_inline enum tea_run machine_end(struct machine *m, int result)
{
	if (result == LIMIT_REACHED) {
		machine_sync(m);
		return TEA_RUN_LIMIT;
	}
	if (result == PROCESS_EXITED)
		result = TEA_EXIT_NORMAL;
	else
		m->sp = 0;
	m->process->exit_code = (unsigned char)result;
	machine_sync(m);
	return TEA_RUN_EXITED;
}

#endif
