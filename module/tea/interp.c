// SPDX-License-Identifier: GPL-2.0-only
#ifdef __KERNEL__
#include <linux/compiler.h>
#endif

#include "decode.h"
#include "step.h"

/* The kernel's build follows only jump tables that have this attribute. */
#ifndef __annotate_jump_table
#define __annotate_jump_table
#endif

/*
 * Two loops execute the instructions of instructions.h. The checked loop takes
 * them from the code, one at a time. The fast loop takes them from a decoded
 * program (decode.h), and checks stack and step limit once for each run of
 * instructions. It leaves to the checked loop what does not pass that check, so
 * that a process ends at the same instruction and in the same state with both.
 */

static __attribute__((__noinline__)) enum tea_run
run_checked(struct tea_process *process, unsigned long long limit)
{
	struct machine m;
	int result;

	machine_load(&m, process);
	do {
		result = machine_step(&m, limit);
	} while (!result);
	return machine_end(&m, result);
}

/* What the fast loop needs to know by the name of an opcode */
#define NAMED(NAME, number, mnemonic, bytes, ...) \
enum { BYTES_##NAME = bytes }; \
static __always_inline int execute_##NAME(struct machine *m, \
					  unsigned int operand) \
{ \
	return op_##mnemonic(m, operand); \
}

TEA_OPCODES(NAMED)
#undef NAMED

/* Continues with the next entry, within a run. */
#define NEXT_ENTRY() \
	goto *handlers[entry->handler]

/*
 * Begins a run. Its steps are counted in advance, but those that the host sees
 * have been executed.
 */
#define NEXT_RUN() \
do { \
	process->steps = m.steps; \
	m.steps += entry->rest; \
	if (m.steps > limit || \
	    (unsigned short)(m.sp - entry->low) > entry->span) \
		goto leave; \
	NEXT_ENTRY(); \
} while (0)

/* Executes the instruction of the entry and moves on to the next one. */
#define EXECUTE(NAME) \
do { \
	m.cp = (unsigned int)(entry - decoded) + 1 + BYTES_##NAME; \
	m.target = NO_TARGET; \
	m.ahead = entry->rest - 1U; \
	m.checked = 0; \
	result = execute_##NAME(&m, entry->operand); \
	if (result) \
		goto end; \
	if (m.target != NO_TARGET) { \
		m.steps -= entry->rest - 1U; \
		if (m.target >= m.code_size && \
		    TEA_OP_##NAME == TEA_OP_RETURN) \
			goto outside; \
		entry = decoded + m.target; \
		NEXT_RUN(); \
	} \
	entry += 1 + BYTES_##NAME; \
} while (0)

/* Executes the last instruction of a handler. */
#define EXECUTE_LAST(NAME) \
do { \
	EXECUTE(NAME); \
	if (tea_ends_run(TEA_OP_##NAME)) \
		NEXT_RUN(); \
	NEXT_ENTRY(); \
} while (0)

/* A row of TEA_OPCODES or TEA_SEQUENCES becomes a handler, a label of which ... */
#define HANDLE_1(NAME, ...) \
handle_##NAME: \
	EXECUTE_LAST(NAME);
#define HANDLE_2(A, B) \
handle_##A##_##B: \
	EXECUTE(A); \
	EXECUTE_LAST(B);
#define HANDLE_3(A, B, C) \
handle_##A##_##B##_##C: \
	EXECUTE(A); \
	EXECUTE(B); \
	EXECUTE_LAST(C);
#define HANDLE_4(A, B, C, D) \
handle_##A##_##B##_##C##_##D: \
	EXECUTE(A); \
	EXECUTE(B); \
	EXECUTE(C); \
	EXECUTE_LAST(D);

/* ... the table of handlers has the address. */
#define ADDRESS_1(NAME, number, ...) \
	[1 + (number)] = &&handle_##NAME,
#define ADDRESS_2(A, B) \
	[TEA_HANDLER_##A##_##B] = &&handle_##A##_##B,
#define ADDRESS_3(A, B, C) \
	[TEA_HANDLER_##A##_##B##_##C] = &&handle_##A##_##B##_##C,
#define ADDRESS_4(A, B, C, D) \
	[TEA_HANDLER_##A##_##B##_##C##_##D] = &&handle_##A##_##B##_##C##_##D,

static enum tea_run run_decoded(struct tea_process *process,
				unsigned long long limit)
{
	static const void *const handlers[] __annotate_jump_table = {
		[TEA_HANDLER_NEW] = &&handle_new,
		[TEA_HANDLER_CHECKED] = &&handle_checked,
		TEA_OPCODES(ADDRESS_1)
		TEA_SEQUENCES(ADDRESS_2, ADDRESS_3, ADDRESS_4)
	};
	const struct tea_decoded *const decoded = process->decoded;
	const struct tea_decoded *entry;
	struct machine m;
	int result;

reload:
	machine_load(&m, process);
	if (m.cp >= m.code_size)
		return run_checked(process, limit);
	entry = decoded + m.cp;
	NEXT_RUN();

	TEA_OPCODES(HANDLE_1)
	TEA_SEQUENCES(HANDLE_2, HANDLE_3, HANDLE_4)

leave:
	/* The run does not begin: its entry is new, or it does not fit. */
	m.steps -= entry->rest;
	if (entry->handler != TEA_HANDLER_NEW)
		goto handle_checked;
handle_new:
	tea_decode(process, (unsigned int)(entry - decoded));
	NEXT_RUN();

handle_checked:
	m.target = (unsigned int)(entry - decoded);
outside:
	m.cp = m.target;
	m.ahead = 0;
	machine_sync(&m);
	if (m.steps + TEA_RUN_INSTRUCTIONS > limit)
		return run_checked(process, limit);
	if (run_checked(process, m.steps + 1) == TEA_RUN_EXITED)
		return TEA_RUN_EXITED;
	goto reload;

end:
	return machine_end(&m, result);
}

enum tea_run tea_run(struct tea_process *process, unsigned long long limit)
{
	return process->decoded ? run_decoded(process, limit) :
				run_checked(process, limit);
}
