// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <userspace/common/cli.h>

#include "debugger.h"
#include "go.h"
#include "input.h"
#include "interrupt.h"
#include "show.h"
#include "variable.h"

#define SENTENCE_MAX	512
#define NO_MAP \
	"there is no debug map with names and lines; 'tea cc -g' and 'tea as -g' make one"

static int read_byte(struct debugger *debugger, unsigned int at,
		     unsigned char *byte)
{
	return debugger->target->ops->read(debugger->target, at, byte, 1);
}

void debugger_changed(struct debugger *debugger)
{
	free(debugger->stack);
	debugger->stack = NULL;
	debugger->level = 0;
}

static int read_stack(struct debugger *debugger)
{
	unsigned int size = debugger->target->stack_size;
	int status;

	/* The return address of a frame is two bytes, of which one may be there. */
	debugger->stack = calloc(size + 1, 1);
	if (!debugger->stack)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	status = debugger->target->ops->read(debugger->target, 0,
					     debugger->stack, size);
	if (status)
		debugger_changed(debugger);
	return status;
}

int debugger_view(struct debugger *debugger, struct view *view)
{
	int status = CLI_OK;

	if (!debugger->known)
		return cli_error(CLI_FAILED, "'run' starts it again",
				 "the program has ended");
	if (!debugger->stack)
		status = read_stack(debugger);
	*view = (struct view){
		.program = &debugger->program,
		.registers = debugger->registers,
		.stack = debugger->stack,
		.stack_size = debugger->target->stack_size,
	};
	return status;
}

int debugger_frame(struct debugger *debugger, struct view *view,
		   struct frame *frame)
{
	int status = debugger_view(debugger, view);

	if (status)
		return status;
	frame_first(view, frame);
	while (frame->level < debugger->level && frame_up(view, frame))
		;
	return CLI_OK;
}

int debugger_look(struct debugger *debugger)
{
	struct debug_target *target = debugger->target;
	int status = target->ops->get(target, &debugger->registers);
	size_t i;

	for (i = 0; !status && i < debugger->points.count; i++) {
		struct point *point = &debugger->points.list[i];

		if (point->watch)
			status = read_byte(debugger, point->address,
					   &point->value);
	}
	return status;
}

int debugger_start(struct debugger *debugger)
{
	struct debug_target *target = debugger->target;
	size_t i;
	int status;

	debugger->alive = false;
	debugger->known = false;
	debugger_changed(debugger);
	status = target->ops->start(target);
	for (i = 0; !status && i < debugger->points.count; i++)
		status = target->ops->point(target, debugger->points.list[i].watch,
					  debugger->points.list[i].address,
					  true);
	if (status)
		return status;
	debugger->alive = true;
	debugger->known = true;
	return debugger_look(debugger);
}

/* Registers and stack are those of the end, if they can be read. */
static int debugger_end(struct debugger *debugger, const char *cause, bool kill)
{
	struct debug_target *target = debugger->target;
	struct tea_result result = { 0 };
	int status = target->ops->end(target, kill, &result);
	bool ended = !strcmp(cause, "ended");

	debugger->alive = false;
	if (status)
		return status;
	show_end(debugger, cause, ended ? debugger->stack : NULL, &result);
	debugger->exit_code = kill ? 0 : tea_result_code(&result);
	return CLI_OK;
}

int debugger_kill(struct debugger *debugger)
{
	struct view view;

	/* A program whose state cannot be read is killed as well. */
	if (debugger_view(debugger, &view))
		debugger->known = false;
	return debugger_end(debugger, "killed", true);
}

static int debugger_ended(struct debugger *debugger)
{
	struct view view;

	return debugger_view(debugger, &view) ?:
	       debugger_end(debugger, "ended", false);
}

static int debugger_gone(struct debugger *debugger)
{
	debugger->known = false;
	return debugger_end(debugger, "gone", false);
}

void debugger_stopped_at(struct debugger *debugger, struct point *point)
{
	char message[64];

	point->hits++;
	snprintf(message, sizeof(message), "breakpoint %u", point->number);
	show_stop(debugger, "breakpoint", message,
		  json_pack("{s:i}", "number", (int)point->number));
}

static int stopped_by_watch(struct debugger *debugger)
{
	char message[TEA_DEBUG_WATCHES * 80] = "";
	json_t *changes = json_array();
	unsigned char byte;
	size_t used = 0;
	int status = 0;
	size_t i;

	for (i = 0; !status && i < debugger->points.count; i++) {
		struct point *point = &debugger->points.list[i];

		if (!point->watch)
			continue;
		status = read_byte(debugger, point->address, &byte);
		if (status || byte == point->value)
			continue;
		point->hits++;
		used += (size_t)snprintf(message + used,
					 sizeof(message) - used,
					 "%swatch %u: stack byte %u changed from 0x%02x to 0x%02x",
					 used ? "\n" : "", point->number,
					 point->address, point->value, byte);
		json_array_append_new(changes,
				      json_pack("{s:i, s:i, s:i, s:i}",
						"number", (int)point->number,
						"byte", (int)point->address,
						"from", (int)point->value,
						"to", (int)byte));
		point->value = byte;
	}
	if (status)
		json_decref(changes);
	else
		show_stop(debugger, "watch", message,
			  json_pack("{s:o}", "changes", changes));
	return status;
}

/* Another client of the module may pause a vCPU, which is no end of the script. */
static int stopped_by_request(struct debugger *debugger)
{
	if (debug_interrupted()) {
		show_stop(debugger, "interrupted", "interrupted", NULL);
		return CLI_INTERRUPTED;
	}
	show_stop(debugger, "paused", "paused by another client", NULL);
	return CLI_OK;
}

int debugger_stopped(struct debugger *debugger, enum debug_cause cause)
{
	struct point *point;

	switch (cause) {
	case DEBUG_BREAK:
		point = points_find(&debugger->points, false,
				    debugger->registers.cp);
		if (point)
			debugger_stopped_at(debugger, point);
		else
			show_stop(debugger, "until", NULL, NULL);
		return CLI_OK;
	case DEBUG_WATCH:
		return stopped_by_watch(debugger);
	case DEBUG_REQUEST:
		return stopped_by_request(debugger);
	case DEBUG_ENDED:
		return debugger_ended(debugger);
	case DEBUG_GONE:
		return debugger_gone(debugger);
	default:
		show_stop(debugger, "steps", NULL, NULL);
		return CLI_OK;
	}
}

int debugger_go(struct debugger *debugger, unsigned long long steps,
		unsigned int until, unsigned long long times)
{
	enum debug_cause cause;
	int status = go_run(debugger, steps, until, times, &cause);

	return status ?: debugger_stopped(debugger, cause);
}

int debugger_step_line(struct debugger *debugger, bool over,
		       unsigned long long times)
{
	enum debug_cause cause;
	int status = go_line(debugger, over, times, &cause);

	return status ?: debugger_stopped(debugger, cause);
}

/* Prints the stop after the return, with what the function has returned. */
static int stopped_returned(struct debugger *debugger,
			    const struct go_returned *returned)
{
	struct view view;
	long long value;
	int status = debugger_view(debugger, &view);

	if (status)
		return status;
	value = value_read(view.stack + returned->at, returned->type);
	show_stop(debugger, "steps", NULL,
		  json_pack("{s:I}", "returned", (json_int_t)value));
	if (!cli_json) {
		fputs("Value returned is ", stdout);
		value_print(returned->type, value, stdout);
		putchar('\n');
	}
	return CLI_OK;
}

int debugger_finish(struct debugger *debugger)
{
	struct go_returned returned;
	enum debug_cause cause;
	int status = go_finish(debugger, &returned, &cause);

	if (status || !returned.known)
		return status ?: debugger_stopped(debugger, cause);
	return stopped_returned(debugger, &returned);
}

/*
 * Without a user who sees it, the first error becomes the exit status. The
 * commands after it are executed all the same.
 */
static void take_status(struct debugger *debugger, struct input *input,
			int status)
{
	if (status == CLI_USAGE)
		status = CLI_FAILED;
	if (!input_is_terminal(input) && !debugger->status)
		debugger->status = status;
}

static int too_long(void)
{
	return cli_error(CLI_FAILED, NULL, "a command has at most 4095 characters");
}

/* An empty line repeats the last command only on a terminal. */
static int debugger_execute(struct debugger *debugger, struct input *input, char *line,
			    char **last)
{
	char *again;
	int status;

	line += strspn(line, " \t");
	if (*line == '#' || (!*line && (input_is_script(input) || !*last)))
		return CLI_OK;
	again = strdup(*line ? line : *last);
	if (!again)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	if (*line) {
		free(*last);
		*last = debugger_repeats(line) ? strdup(line) : NULL;
	}
	status = debugger_command(debugger, again);
	free(again);
	return status;
}

/* Returns CLI_INTERRUPTED when the rest of the script must not be executed. */
static int read_commands(struct debugger *debugger, struct input *input)
{
	char *last = NULL;
	int status = CLI_OK;
	char *line;

	while (!debugger->quit && !debug_terminated()) {
		enum input_result result = input_line(input, &line);

		if (result == INPUT_END) {
			/* An interrupt before it, at a terminal, has had its answer. */
			status = CLI_OK;
			break;
		}
		if (result == INPUT_LINE)
			status = debugger_execute(debugger, input, line, &last);
		else
			status = result == INPUT_TOO_LONG ? too_long() : CLI_OK;
		if (debug_interrupted())
			status = CLI_INTERRUPTED;
		debug_forget_interrupts();
		if (status == CLI_INTERRUPTED && !input_is_terminal(input))
			break;
		take_status(debugger, input, status);
		/* The reader of the output has closed it. */
		if (ferror(stdout))
			break;
	}
	free(last);
	return status == CLI_INTERRUPTED ? status : CLI_OK;
}

static void source_failed(struct debugger *debugger, const char *path, int error)
{
	int status = cli_error(CLI_FAILED, NULL, "%s: %s", path ?: "standard input",
			       strerror(error));

	debugger->status = debugger->status ?: status;
}

static int read_source(struct debugger *debugger, const char *path)
{
	struct input *input = input_open(path, debugger_candidates, debugger);
	int status;

	if (!input) {
		source_failed(debugger, path, errno);
		return CLI_OK;
	}
	status = read_commands(debugger, input);
	if (input_error(input))
		source_failed(debugger, path, input_error(input));
	input_close(input);
	return status;
}

static int read_sources(struct debugger *debugger,
			const struct debugger_options *options)
{
	int status = CLI_OK;
	size_t i;

	for (i = 0; i < options->script_count && !status; i++)
		status = read_source(debugger, options->scripts[i]);
	/* After a script, commands are read only from a terminal. */
	if (isatty(STDIN_FILENO) || (!options->script_count && !status))
		status = read_source(debugger, NULL);
	return debug_terminated() ? CLI_INTERRUPTED : status;
}

static int debugger_debug(struct debugger *debugger,
			  const struct debugger_options *options)
{
	struct debug_target *target = debugger->target;
	struct tea_result result = { 0 };
	char message[SENTENCE_MAX];
	int status = debugger_start(debugger);

	if (status)
		return status;
	snprintf(message, sizeof(message),
		 "%s: %u bytes of code, halted before the first instruction",
		 debugger->program.path, debugger->program.code_size);
	show_stop(debugger, "start", message, NULL);
	if (!cli_json && !program_has_map(&debugger->program))
		puts(NO_MAP);
	status = read_sources(debugger, options);
	if (debugger->alive)
		target->ops->end(target, true, &result);
	if (status)
		return status;
	if (debugger->status)
		return debugger->status;
	return debugger->exit_code ? CLI_GUEST : CLI_OK;
}

void debugger_release(struct debugger *debugger)
{
	debugger_changed(debugger);
	display_free(&debugger->displays);
	while (debugger->points.count)
		points_remove(&debugger->points, debugger->points.list);
	program_close(&debugger->program);
}

int debugger_run(struct debug_target *target,
		 const struct debugger_options *options)
{
	struct debugger debugger = { .target = target };
	char message[SENTENCE_MAX];
	int status;

	if (tea_file_check_launch(target->file, target->args->size,
				  target->stack_size, message,
				  sizeof(message)))
		return cli_error(CLI_GUEST, NULL, "%s", message);
	target->output = &show_output;
	program_open(&debugger.program, target->file);
	debug_catch_interrupts();
	setvbuf(stdout, NULL, _IOLBF, 0);
	status = debugger_debug(&debugger, options);
	show_release();
	debugger_release(&debugger);
	return status;
}
