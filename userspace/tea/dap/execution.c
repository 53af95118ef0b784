// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include <userspace/common/cli.h>
#include <userspace/common/tea_result.h>
#include <userspace/debug/go.h>
#include <userspace/debug/interrupt.h>
#include <userspace/debug/variable.h>

#include "requests.h"

static void send_stopped(struct dap *dap, const char *reason,
			 const char *description)
{
	json_t *body = json_pack("{s:s, s:i, s:b}", "reason", reason,
				 "threadId", DAP_THREAD, "allThreadsStopped",
				 1);
	json_t *hits = json_array();
	size_t i;

	if (description)
		json_object_set_new(body, "description",
				    tea_json_string(description));
	for (i = 0; i < dap->breakpoint_count; i++)
		if (dap->breakpoints[i].address == dap->debugger.registers.cp)
			json_array_append_new(hits,
					      json_integer(dap->breakpoints[i].id));
	if (json_array_size(hits))
		json_object_set(body, "hitBreakpointIds", hits);
	json_decref(hits);
	dap_event(dap, "stopped", body);
}

static void send_result(struct dap *dap)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return;
	tea_result_print(&dap->result, to);
	fclose(to);
	dap_output(dap, "console", tea_json_string(text ?: ""));
	free(text);
}

static void send_end(struct dap *dap)
{
	dap->debugger.alive = false;
	dap->debugger.known = false;
	dap->failed = false;
	dap->ended = true;
	send_result(dap);
	dap_event(dap, "exited",
		  json_pack("{s:i}", "exitCode",
			    (int)tea_result_code(&dap->result)));
	dap_event(dap, "terminated", NULL);
}

static void program_kill(struct dap *dap)
{
	struct debug_target *target = dap->debugger.target;

	if (!dap->failed)
		target->ops->end(target, true, &dap->result);
	send_end(dap);
}

/* Registers and stack are those of the end, and are read before it. */
static void program_ended(struct dap *dap)
{
	struct debugger *debugger = &dap->debugger;
	struct debug_target *target = debugger->target;
	struct view view;
	int status = debugger_view(debugger, &view);

	target->ops->end(target, false, &dap->result);
	debugger->alive = false;
	if (status || !dap->stop_on_error || dap->no_debug ||
	    !tea_result_code(&dap->result)) {
		send_end(dap);
		return;
	}
	dap->failed = true;
	send_stopped(dap, "exception", tea_exit_name(tea_result_code(&dap->result)));
}

int dap_exception_info(struct dap *dap, const json_t *arguments, json_t **body)
{
	unsigned int code = tea_result_code(&dap->result);

	(void)arguments;
	if (!dap->failed)
		return dap_refuse("the program has not stopped by an error");
	*body = json_pack("{s:s, s:s, s:s}", "exceptionId",
			  tea_exit_name(code) ?: "Unknown", "description",
			  tea_exit_meaning(code) ?: "an unknown error",
			  "breakMode", "unhandled");
	return CLI_OK;
}

static const char *breakpoint_reason(const struct dap *dap)
{
	size_t i;

	for (i = 0; i < dap->breakpoint_count; i++) {
		if (dap->breakpoints[i].address != dap->debugger.registers.cp)
			continue;
		switch (dap->breakpoints[i].owner) {
		case DAP_OWNER_FUNCTIONS:
			return "function breakpoint";
		case DAP_OWNER_INSTRUCTIONS:
			return "instruction breakpoint";
		default:
			return "breakpoint";
		}
	}
	return "breakpoint";
}

static void report_stop(struct dap *dap, enum debug_cause cause)
{
	switch (cause) {
	case DEBUG_ENDED:
		program_ended(dap);
		break;
	case DEBUG_BREAK:
		send_stopped(dap, breakpoint_reason(dap), NULL);
		break;
	case DEBUG_REQUEST:
		send_stopped(dap, "pause", NULL);
		break;
	default:
		send_stopped(dap, "step", NULL);
	}
}

/* There is no place in the protocol for what a function returns. */
static void send_returned(struct dap *dap, const struct go_returned *returned)
{
	struct view view;

	if (!returned->known || debugger_view(&dap->debugger, &view))
		return;
	dap_output(dap, "console",
		   json_sprintf("Value returned is %lld\n",
				value_read(view.stack + returned->at,
					   returned->type)));
}

static int program_finish(struct dap *dap, enum debug_cause *cause)
{
	struct go_returned returned;
	int status = go_finish(&dap->debugger, &returned, cause);

	if (!status)
		send_returned(dap, &returned);
	return status;
}

static int program_run(struct dap *dap, enum dap_go go, enum debug_cause *cause)
{
	struct debugger *debugger = &dap->debugger;

	switch (go) {
	case DAP_NEXT:
		return go_line(debugger, true, 1, cause);
	case DAP_IN:
		return go_line(debugger, false, 1, cause);
	case DAP_OUT:
		return program_finish(dap, cause);
	case DAP_NEXT_INSTRUCTION:
		return go_run(debugger, 0, TEA_DEBUG_UNTIL_LEVEL, 1, cause);
	case DAP_IN_INSTRUCTION:
		return go_run(debugger, 1, TEA_DEBUG_UNTIL_NONE, 1, cause);
	default:
		return go_run(debugger, 0, TEA_DEBUG_UNTIL_NONE, 1, cause);
	}
}

/*
 * A program that continues passes the breakpoint at its address; one that begins does
 * not.
 */
static bool program_begins(struct dap *dap)
{
	const struct debugger *debugger = &dap->debugger;

	if (dap->stop_on_entry && !dap->no_debug)
		send_stopped(dap, "entry", NULL);
	else if (points_find(&dap->debugger.points, false,
			     debugger->registers.cp))
		send_stopped(dap, breakpoint_reason(dap), NULL);
	else
		return false;
	return true;
}

/* Requests that were read together with the one that continues have been waiting. */
static int program_serve(struct dap *dap, enum dap_go go,
			 void (*ready)(void *data), enum debug_cause *cause)
{
	int status;

	debug_forget_interrupts();
	dap_problem_forget();
	*cause = DEBUG_STEPS;
	dap->running = true;
	debug_serve(dap->stream.in, ready, dap);
	ready(dap);
	status = program_run(dap, go, cause);
	debug_serve(-1, NULL, NULL);
	dap->running = false;
	dap_flush(dap);
	dap_output_problem(dap);
	return status;
}

void dap_go(struct dap *dap, void (*ready)(void *data))
{
	enum dap_go go = dap->go;
	enum debug_cause cause;
	int status;

	dap->go = DAP_STAY;
	if (dap->terminate || dap->failed) {
		program_kill(dap);
		return;
	}
	if (go == DAP_BEGIN && program_begins(dap))
		return;
	status = program_serve(dap, go, ready, &cause);
	if (dap->quit || dap->stream.ended || debug_terminated())
		return;
	if (status || (dap->terminate && cause != DEBUG_ENDED))
		program_kill(dap);
	else
		report_stop(dap, cause);
}
