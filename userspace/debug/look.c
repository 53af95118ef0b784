// SPDX-License-Identifier: GPL-2.0-only
#include <userspace/common/cli.h>
#include <userspace/common/tea_result.h>

#include "look.h"
#include "show.h"
#include "variable.h"

void look_value(const struct view *view, const struct frame *frame,
		const struct expression *expression, FILE *to)
{
	enum tea_map_type type = TEA_MAP_INT;

	if (expression->whole) {
		variable_print(view, frame, expression->variable, to);
		return;
	}
	if (expression->variable)
		type = expression->variable->type;
	value_print(type == TEA_MAP_STRING ? TEA_MAP_CHAR : type,
		    expression->value, to);
}

void look_print(const struct view *view, const struct frame *frame,
		const char *text, const struct expression *expression)
{
	printf("%s = ", text);
	look_value(view, frame, expression, stdout);
	putchar('\n');
}

json_t *look_json(const struct view *view, const struct frame *frame,
		  const char *text, const struct expression *expression)
{
	json_t *value;

	if (expression->whole)
		value = variable_json(view, frame, expression->variable);
	else if (expression->variable)
		value = json_integer(expression->value);
	else
		value = json_u64((uint64_t)expression->value);
	return json_pack("{s:o, s:o}", "expression", tea_json_string(text),
			 "value", value);
}

static int look_read(struct debugger *debugger, const char *text,
		     struct view *view, struct frame *frame,
		     struct expression *expression)
{
	int status = debugger_frame(debugger, view, frame);

	if (!status && expression_read(view, frame, text, expression))
		status = cli_error(CLI_FAILED, NULL, "%s", expression->error);
	return status;
}

int look_condition(struct debugger *debugger, const char *text,
		   long long *value)
{
	struct expression expression;
	struct frame frame;
	struct view view;
	int status = look_read(debugger, text, &view, &frame, &expression);

	*value = status || expression.whole || expression.value;
	return status;
}

int look_run_print(struct debugger *debugger, int count, char **words)
{
	struct expression expression;
	struct frame frame;
	struct view view;
	int status = look_read(debugger, words[0], &view, &frame, &expression);

	(void)count;
	if (status)
		return status;
	if (cli_json)
		show_done("print", look_json(&view, &frame, words[0],
					     &expression));
	else
		look_print(&view, &frame, words[0], &expression);
	return CLI_OK;
}

/* The high byte of a value comes first. */
static int write_value(struct debugger *debugger, unsigned int at,
		       const struct expression *expression)
{
	struct debug_target *target = debugger->target;
	unsigned int size = tea_map_type_size(expression->variable->type) ?: 1;
	int status = CLI_OK;

	while (size-- && !status)
		status = target->ops->write(target, at++,
					    (unsigned char)(expression->value >>
							    8 * size));
	return status;
}

/* The selected frame stays the same, and shows the new value. */
int look_assign(struct debugger *debugger, const char *text)
{
	unsigned int level = debugger->level;
	struct expression expression;
	unsigned int at;
	struct frame frame;
	struct view view;
	int status = debugger_frame(debugger, &view, &frame);

	if (status)
		return status;
	if (expression_assign(&view, &frame, text, &expression))
		return cli_error(CLI_FAILED, NULL, "%s", expression.error);
	if (!variable_byte(&view, &frame, expression.variable, expression.index,
			   &at))
		return cli_error(CLI_FAILED, NULL,
				 "'%s' is not on the stack at this moment",
				 expression.variable->name);
	status = write_value(debugger, at, &expression);
	debugger_changed(debugger);
	debugger->level = level;
	if (!status)
		show_done("set", json_pack("{s:o, s:I}", "expression",
					   tea_json_string(text), "value",
					   (json_int_t)expression.value));
	return status ?: debugger_look(debugger);
}

static int show_displays(struct debugger *debugger)
{
	if (cli_json)
		show_done("display", display_json(debugger) ?: json_array());
	else if (debugger->displays.count)
		display_print(debugger);
	else
		puts("no expressions are displayed");
	return CLI_OK;
}

int look_run_display(struct debugger *debugger, int count, char **words)
{
	const struct display *display;
	struct expression expression;
	struct frame frame;
	struct view view;
	int status;

	if (!count)
		return show_displays(debugger);
	status = look_read(debugger, words[0], &view, &frame, &expression);
	if (status)
		return status;
	display = display_add(&debugger->displays, words[0]);
	if (!display)
		return cli_error(CLI_FAILED, "'undisplay N' removes one",
				 "%d expressions are displayed already",
				 DISPLAYS_MAX);
	if (!cli_json)
		printf("%u: ", display->number);
	return look_run_print(debugger, count, words);
}

int look_run_undisplay(struct debugger *debugger, int count, char **words)
{
	unsigned long long number;

	if (!count) {
		display_free(&debugger->displays);
		show_done("undisplay", json_null());
		return CLI_OK;
	}
	if (cli_number(words[0], 1, ~0ULL, &number) ||
	    !display_remove(&debugger->displays, number))
		return cli_error(CLI_FAILED, "'display' shows all",
				 "there is no displayed expression '%s'",
				 words[0]);
	show_done("undisplay", json_integer((json_int_t)number));
	return CLI_OK;
}

int look_run_backtrace(struct debugger *debugger, int count, char **words)
{
	json_t *array = json_array();
	struct frame frame;
	struct view view;
	int status = debugger_view(debugger, &view);

	(void)count;
	(void)words;
	if (!status)
		frame_first(&view, &frame);
	while (!status) {
		if (cli_json) {
			json_array_append_new(array, frame_json(&view, &frame));
		} else {
			printf("%s#%u  ", frame.level == debugger->level ?
			       "=> " : "   ", frame.level);
			frame_print(&view, &frame, stdout);
		}
		if (!frame_up(&view, &frame))
			break;
	}
	if (!status && cli_json)
		show_done("backtrace", json_incref(array));
	else if (!status && !frame.known)
		puts("   the debug map does not have the callers of this code");
	json_decref(array);
	return status;
}

static int show_frame(struct debugger *debugger)
{
	struct frame frame;
	struct view view;
	int status = debugger_frame(debugger, &view, &frame);

	if (status)
		return status;
	if (cli_json) {
		show_done("frame", frame_json(&view, &frame));
		return CLI_OK;
	}
	printf("#%u  ", frame.level);
	frame_print(&view, &frame, stdout);
	program_print_source(&debugger->program, frame.code, stdout);
	return CLI_OK;
}

/* The frame is that of @level, or the last one if there are fewer. */
static int select_frame(struct debugger *debugger, unsigned long long level)
{
	struct frame frame;
	struct view view;
	int status = debugger_view(debugger, &view);

	if (status)
		return status;
	frame_first(&view, &frame);
	while (frame.level < level && frame_up(&view, &frame))
		;
	if (frame.level < level)
		return cli_error(CLI_FAILED, "see 'backtrace'",
				 "there is no frame %llu", level);
	debugger->level = frame.level;
	return show_frame(debugger);
}

int look_run_frame(struct debugger *debugger, int count, char **words)
{
	unsigned long long level = debugger->level;

	if (count && cli_number(words[0], 0, TEA_STACK_MAX, &level))
		return cli_error(CLI_FAILED, "see 'backtrace'",
				 "expected the number of a frame, got '%s'",
				 words[0]);
	return select_frame(debugger, level);
}

int look_run_up(struct debugger *debugger, int count, char **words)
{
	(void)count;
	(void)words;
	return select_frame(debugger, debugger->level + 1);
}

int look_run_down(struct debugger *debugger, int count, char **words)
{
	(void)count;
	(void)words;
	if (!debugger->level)
		return cli_error(CLI_FAILED, NULL,
				 "this is the function that runs");
	return select_frame(debugger, debugger->level - 1);
}

int look_variables(struct debugger *debugger, enum tea_map_place place)
{
	static const char *const names[] = {
		[TEA_MAP_GLOBAL] = "globals",
		[TEA_MAP_PARAMETER] = "arguments",
		[TEA_MAP_LOCAL] = "locals",
	};
	struct frame frame;
	struct view view;
	int status = debugger_frame(debugger, &view, &frame);

	if (status)
		return status;
	if (cli_json)
		show_done(names[place], variables_json(&view, &frame, place));
	else if (!variables_print(&view, &frame, place, "", stdout))
		printf("no %s\n", names[place]);
	return CLI_OK;
}
