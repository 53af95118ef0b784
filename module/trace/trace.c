// SPDX-License-Identifier: GPL-2.0-only
#define CREATE_TRACE_POINTS
#include "trace.h"

DEFINE_STATIC_KEY_FALSE(trace_runs);

/**
 * trace_runs_begin() - vmx_entry or vmx_exit gets its first listener
 *
 * The tracepoint calls nothing before this returns. Changing the key interrupts each
 * CPU, which ends the guest runs that have a fast path.
 *
 * Context: may sleep; the lock of all tracepoints is held.
 *
 * Return: 0.
 */
int trace_runs_begin(void)
{
	static_branch_inc(&trace_runs);
	return 0;
}

/**
 * trace_runs_end() - undo trace_runs_begin()
 *
 * Context: as trace_runs_begin().
 */
void trace_runs_end(void)
{
	static_branch_dec(&trace_runs);
}
