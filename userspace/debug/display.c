// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "debugger.h"
#include "expression.h"
#include "look.h"

const struct display *display_add(struct displays *displays, const char *text)
{
	struct display *display = &displays->list[displays->count];

	if (displays->count == DISPLAYS_MAX)
		return NULL;
	display->text = strdup(text);
	if (!display->text)
		return NULL;
	display->number = ++displays->last;
	displays->count++;
	return display;
}

bool display_remove(struct displays *displays, unsigned long long number)
{
	struct display *display = displays->list;
	struct display *end = displays->list + displays->count;

	while (display < end && display->number != number)
		display++;
	if (display == end)
		return false;
	free(display->text);
	memmove(display, display + 1,
		(size_t)(end - display - 1) * sizeof(*display));
	displays->count--;
	return true;
}

void display_free(struct displays *displays)
{
	while (displays->count)
		display_remove(displays, displays->list[0].number);
}

/* An expression with a variable that is not in scope here is left out. */
static bool display_read(struct debugger *debugger, const char *text,
			 struct view *view, struct frame *frame,
			 struct expression *expression)
{
	return debugger->known && !debugger_frame(debugger, view, frame) &&
	       !expression_read(view, frame, text, expression);
}

void display_print(struct debugger *debugger)
{
	struct expression expression;
	struct frame frame;
	struct view view;
	size_t i;

	for (i = 0; i < debugger->displays.count; i++) {
		const struct display *one = &debugger->displays.list[i];

		if (!display_read(debugger, one->text, &view, &frame,
				  &expression))
			continue;
		printf("%u: ", one->number);
		look_print(&view, &frame, one->text, &expression);
	}
}

json_t *display_json(struct debugger *debugger)
{
	struct expression expression;
	struct frame frame;
	struct view view;
	json_t *array;
	json_t *object;
	size_t i;

	if (!debugger->displays.count)
		return NULL;
	array = json_array();
	for (i = 0; i < debugger->displays.count; i++) {
		const struct display *one = &debugger->displays.list[i];

		if (!display_read(debugger, one->text, &view, &frame,
				  &expression))
			continue;
		object = look_json(&view, &frame, one->text, &expression);
		json_object_set_new(object, "number",
				    json_integer(one->number));
		json_array_append_new(array, object);
	}
	return array;
}
