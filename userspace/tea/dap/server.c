// SPDX-License-Identifier: GPL-2.0-only
/*
 * The session with a client: it reads requests, executes each by its row in the table,
 * and continues the program after the response was sent.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <userspace/common/cli.h>
#include <userspace/common/tea_result.h>
#include <userspace/debug/interrupt.h>

#include "arguments.h"
#include "requests.h"
#include "server.h"

/**
 * enum dap_need - state that a request needs
 * @DAP_ANY: none
 * @DAP_INITIALIZED: the client has sent initialize
 * @DAP_LAUNCHED: there is a program
 * @DAP_STOPPED: the program has stopped, and its state is known
 */
enum dap_need {
	DAP_ANY,
	DAP_INITIALIZED,
	DAP_LAUNCHED,
	DAP_STOPPED,
};

/**
 * struct dap_row - a request
 * @name: its name
 * @need: state that it needs
 * @run: executes it
 */
struct dap_row {
	const char *name;
	enum dap_need need;
	dap_request *run;
};

static const char *const features[] = {
	"supportsConditionalBreakpoints", "supportsConfigurationDoneRequest",
	"supportsDisassembleRequest", "supportsEvaluateForHovers",
	"supportsExceptionInfoRequest", "supportsFunctionBreakpoints",
	"supportsInstructionBreakpoints", "supportsSetVariable",
	"supportsSteppingGranularity", "supportsTerminateRequest",
};

static int run_initialize(struct dap *dap, const json_t *arguments,
			  json_t **body)
{
	const char *format = "path";
	bool from_one = true;
	size_t i;

	if (dap->initialized)
		return dap_refuse("initialize is the first request, and was sent already");
	if (dap_text(arguments, "pathFormat", &format) ||
	    dap_flag(arguments, "linesStartAt1", &from_one))
		return CLI_FAILED;
	if (strcmp(format, "path"))
		return dap_refuse("the argument 'pathFormat' must be path, got '%s'",
				  format);
	dap->line_base = from_one;
	dap->initialized = true;
	*body = json_pack("{s:[{s:s, s:s, s:b}]}", "exceptionBreakpointFilters",
			  "filter", "error", "label", "End in error",
			  "default", 1);
	for (i = 0; i < ARRAY_SIZE(features); i++)
		json_object_set_new(*body, features[i], json_true());
	return CLI_OK;
}

static int run_attach(struct dap *dap, const json_t *arguments, json_t **body)
{
	(void)dap;
	(void)arguments;
	(void)body;
	return dap_refuse("there is no running program to attach to; launch starts one");
}

static int run_set_exceptions(struct dap *dap, const json_t *arguments,
			      json_t **body)
{
	const json_t *filters;
	bool stop = false;
	size_t i;

	(void)body;
	if (dap_list(arguments, "filters", &filters))
		return CLI_FAILED;
	for (i = 0; i < json_array_size(filters); i++) {
		const char *name =
			json_string_value(json_array_get(filters, i));

		if (!name || strcmp(name, "error"))
			return dap_refuse("unknown filter '%s', the only one is error",
					  name ?: "");
		stop = true;
	}
	dap->stop_on_error = stop;
	return CLI_OK;
}

static int run_configured(struct dap *dap, const json_t *arguments,
			  json_t **body)
{
	(void)arguments;
	(void)body;
	if (dap->configured)
		return dap_refuse("configurationDone was sent already");
	dap->configured = true;
	dap->go = DAP_BEGIN;
	return CLI_OK;
}

static int run_threads(struct dap *dap, const json_t *arguments, json_t **body)
{
	const char *name = strrchr(dap->path, '/');

	(void)arguments;
	*body = json_pack("{s:[{s:i, s:o}]}", "threads", "id", DAP_THREAD,
			  "name", tea_json_string(name ? name + 1 : dap->path));
	return CLI_OK;
}

/* Reads how the program is to continue; "line" and "statement" are the same here. */
static int take_go(struct dap *dap, const json_t *arguments, enum dap_go line,
		   enum dap_go instruction)
{
	const char *granularity = "line";
	json_int_t thread = DAP_THREAD;

	if (dap_number(arguments, "threadId", DAP_THREAD, DAP_THREAD,
		       &thread) ||
	    dap_text(arguments, "granularity", &granularity))
		return CLI_FAILED;
	if (!dap->configured)
		return dap_refuse("configurationDone comes before the program continues");
	dap->go = strcmp(granularity, "instruction") ? line : instruction;
	return CLI_OK;
}

static int run_continue(struct dap *dap, const json_t *arguments, json_t **body)
{
	*body = json_pack("{s:b}", "allThreadsContinued", 1);
	return take_go(dap, arguments, DAP_CONTINUE, DAP_CONTINUE);
}

static int run_next(struct dap *dap, const json_t *arguments, json_t **body)
{
	(void)body;
	return take_go(dap, arguments, DAP_NEXT, DAP_NEXT_INSTRUCTION);
}

static int run_step_in(struct dap *dap, const json_t *arguments, json_t **body)
{
	(void)body;
	return take_go(dap, arguments, DAP_IN, DAP_IN_INSTRUCTION);
}

static int run_step_out(struct dap *dap, const json_t *arguments, json_t **body)
{
	(void)body;
	return take_go(dap, arguments, DAP_OUT, DAP_OUT);
}

static int run_pause(struct dap *dap, const json_t *arguments, json_t **body)
{
	(void)arguments;
	(void)body;
	if (dap->ended)
		return dap_refuse("the program has ended");
	if (!dap->running)
		return dap_refuse("the program does not run");
	debug_interrupt();
	return CLI_OK;
}

static int run_terminate(struct dap *dap, const json_t *arguments,
			 json_t **body)
{
	(void)arguments;
	(void)body;
	if (dap->ended)
		return dap_refuse("the program has ended");
	dap->terminate = true;
	if (dap->running)
		debug_interrupt();
	else
		dap->go = DAP_CONTINUE;
	return CLI_OK;
}

static int run_disconnect(struct dap *dap, const json_t *arguments,
			  json_t **body)
{
	(void)arguments;
	(void)body;
	dap->quit = true;
	debug_interrupt();
	return CLI_OK;
}

static const struct dap_row rows[] = {
	{ "initialize", DAP_ANY, run_initialize },
	{ "disconnect", DAP_ANY, run_disconnect },
	{ "attach", DAP_INITIALIZED, run_attach },
	{ "launch", DAP_INITIALIZED, dap_launch },
	{ "setBreakpoints", DAP_LAUNCHED, dap_set_breakpoints },
	{ "setFunctionBreakpoints", DAP_LAUNCHED,
	  dap_set_function_breakpoints },
	{ "setInstructionBreakpoints", DAP_LAUNCHED,
	  dap_set_instruction_breakpoints },
	{ "setExceptionBreakpoints", DAP_LAUNCHED, run_set_exceptions },
	{ "configurationDone", DAP_LAUNCHED, run_configured },
	{ "threads", DAP_LAUNCHED, run_threads },
	{ "disassemble", DAP_LAUNCHED, dap_disassemble },
	{ "pause", DAP_LAUNCHED, run_pause },
	{ "terminate", DAP_LAUNCHED, run_terminate },
	{ "stackTrace", DAP_STOPPED, dap_stack_trace },
	{ "scopes", DAP_STOPPED, dap_scopes },
	{ "variables", DAP_STOPPED, dap_variables },
	{ "setVariable", DAP_STOPPED, dap_set_variable },
	{ "evaluate", DAP_STOPPED, dap_evaluate },
	{ "exceptionInfo", DAP_STOPPED, dap_exception_info },
	{ "continue", DAP_STOPPED, run_continue },
	{ "next", DAP_STOPPED, run_next },
	{ "stepIn", DAP_STOPPED, run_step_in },
	{ "stepOut", DAP_STOPPED, run_step_out },
};

static int check_need(const struct dap *dap, enum dap_need need)
{
	if (need >= DAP_INITIALIZED && !dap->initialized)
		return dap_refuse("the first request must be initialize");
	if (need >= DAP_LAUNCHED && !dap->launched)
		return dap_refuse("there is no program yet, launch starts one");
	if (need == DAP_STOPPED && dap->ended)
		return dap_refuse("the program has ended");
	if (need == DAP_STOPPED && dap->running)
		return dap_refuse("the program runs, pause stops it");
	return CLI_OK;
}

static int unknown_request(const char *name)
{
	const char *names[ARRAY_SIZE(rows)];
	const char *nearest;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		names[i] = rows[i].name;
	nearest = cli_nearest(name, names, ARRAY_SIZE(rows));
	if (nearest)
		return dap_refuse("unknown request '%s', did you mean '%s'?",
				  name, nearest);
	return dap_refuse("unknown request '%s'", name);
}

static int execute(struct dap *dap, const char *name, const json_t *arguments,
		   json_t **body)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			return check_need(dap, rows[i].need) ?:
			       rows[i].run(dap, arguments, body);
	return unknown_request(name);
}

static void send_response(struct dap *dap, json_int_t sequence,
			  const char *name, int status, json_t *body)
{
	json_t *response = json_pack("{s:s, s:I, s:b, s:o}", "type",
				     "response", "request_seq", sequence,
				     "success", !status, "command",
				     tea_json_string(name));
	json_t *text;

	if (status) {
		text = tea_json_string(dap_problem());
		json_object_set_new(response, "message", text);
		json_decref(body);
		/* A format has names in braces, and so may the message. */
		body = json_pack("{s:{s:i, s:s, s:{s:O}}}", "error", "id", 1,
				 "format", "{message}", "variables", "message",
				 text);
	}
	if (body)
		json_object_set_new(response, "body", body);
	dap_stream_send(&dap->stream, response);
	dap_problem_forget();
}

static void execute_message(struct dap *dap, json_t *message)
{
	const json_t *arguments = json_object_get(message, "arguments");
	const json_t *sequence = json_object_get(message, "seq");
	const char *name =
		json_string_value(json_object_get(message, "command"));
	const char *type = json_string_value(json_object_get(message, "type"));
	json_t *empty = json_object();
	json_t *body = NULL;
	int status;

	dap_problem_forget();
	if (!type || strcmp(type, "request") || !name ||
	    !json_is_integer(sequence))
		status = dap_refuse("a request has type 'request', an integer seq and a command");
	else if (arguments && !json_is_object(arguments) &&
		 !json_is_null(arguments))
		status = dap_refuse("arguments must be an object");
	else
		status = execute(dap, name, json_is_object(arguments) ?
				 arguments : empty, &body);
	json_decref(empty);
	send_response(dap, json_integer_value(sequence), name ?: "", status,
		      body);
	if (dap->announce)
		dap_event(dap, "initialized", NULL);
	dap->announce = false;
}

/* Returns whether there may be another message. */
static bool serve_message(struct dap *dap)
{
	json_t *message;

	switch (dap_stream_next(&dap->stream, &message)) {
	case DAP_MESSAGE:
		execute_message(dap, message);
		json_decref(message);
		return true;
	case DAP_MALFORMED:
		send_response(dap, 0, "", CLI_FAILED, NULL);
		return true;
	case DAP_BROKEN:
		send_response(dap, 0, "", CLI_FAILED, NULL);
		dap->quit = true;
		dap->status = CLI_FAILED;
		return false;
	default:
		return false;
	}
}

static bool is_over(const struct dap *dap)
{
	return dap->quit || dap->stream.ended || debug_terminated();
}

/* Executes the requests that have come so far, up to one that continues the program. */
static void serve(void *data)
{
	struct dap *dap = data;
	struct pollfd input = { .fd = dap->stream.in, .events = POLLIN };

	while (!is_over(dap) && dap->go == DAP_STAY && serve_message(dap))
		;
	if (!is_over(dap) && dap->go == DAP_STAY && poll(&input, 1, 0) > 0) {
		dap_stream_fill(&dap->stream);
		while (!is_over(dap) && dap->go == DAP_STAY &&
		       serve_message(dap))
			;
	}
	if (is_over(dap))
		debug_interrupt();
}

static int serve_session(struct dap *dap)
{
	while (!is_over(dap)) {
		if (dap->go != DAP_STAY) {
			dap_go(dap, serve);
			continue;
		}
		serve(dap);
		debug_forget_interrupts();
		if (!is_over(dap) && dap->go == DAP_STAY)
			debug_wait(dap->stream.in, -1, 0);
	}
	cli_error_sink = NULL;
	if (debug_terminated())
		return CLI_INTERRUPTED;
	if (dap->quit)
		return dap->status;
	return cli_error(CLI_FAILED, NULL, "the client has left without the request disconnect");
}

int dap_run(unsigned int stack_size)
{
	struct dap *dap = calloc(1, sizeof(*dap));
	int status;

	if (!dap || dap_stream_open(&dap->stream, STDIN_FILENO, STDOUT_FILENO)) {
		free(dap);
		return cli_error(CLI_FAILED, NULL, "out of memory");
	}
	dap->stack_size = stack_size;
	dap->stop_on_error = true;
	debug_catch_interrupts();
	cli_error_sink = dap_problem_sink;
	status = serve_session(dap);
	if (dap->launched)
		dap_release_program(dap);
	dap_stream_close(&dap->stream);
	free(dap);
	return status;
}
