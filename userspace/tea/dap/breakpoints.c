// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>
#include <userspace/common/tea_result.h>
#include <userspace/debug/breakpoint.h>

#include "arguments.h"
#include "requests.h"

/**
 * struct dap_place - where a breakpoint is to be
 * @owner: number of its source, or DAP_OWNER_...
 * @address: code address
 * @condition: expression, or null
 * @message: what the client should know, or null
 */
struct dap_place {
	int owner;
	unsigned int address;
	const char *condition;
	const char *message;
};

/* Finds what a request means by an entry of its array, or refuses it. */
typedef int place_find(struct dap *dap, const json_t *entry,
		       struct dap_place *place);

static struct dap_breakpoint *breakpoint_at(struct dap *dap,
					    unsigned int address)
{
	size_t i;

	for (i = 0; i < dap->breakpoint_count; i++)
		if (dap->breakpoints[i].address == address)
			return &dap->breakpoints[i];
	return NULL;
}

/* The point of the debugger stays while another breakpoint shares it. */
static int breakpoints_clear(struct dap *dap, int owner)
{
	size_t i = 0;

	while (i < dap->breakpoint_count) {
		struct dap_breakpoint *one = &dap->breakpoints[i];
		unsigned int address = one->address;
		struct point *point;

		if (one->owner != owner) {
			i++;
			continue;
		}
		*one = dap->breakpoints[--dap->breakpoint_count];
		point = points_find(&dap->debugger.points, false, address);
		if (point && !breakpoint_at(dap, address) &&
		    breakpoint_remove(&dap->debugger, point))
			return CLI_FAILED;
	}
	return CLI_OK;
}

static int breakpoint_share(struct dap *dap, const struct dap_place *place)
{
	const struct point *point = points_find(&dap->debugger.points, false,
						place->address);

	if (strcmp(point->condition ?: "", place->condition ?: ""))
		return dap_refuse("a breakpoint with another condition is at the same place");
	return CLI_OK;
}

static int breakpoint_new(struct dap *dap, const struct dap_place *place)
{
	struct point *point;
	int status = CLI_OK;

	if (place->condition)
		status = breakpoint_check_condition(&dap->debugger,
						    place->address,
						    place->condition);
	return status ?: breakpoint_add(&dap->debugger, false, place->address,
					place->condition, &point);
}

static int breakpoint_set(struct dap *dap, const struct dap_place *place)
{
	int status;

	if (dap->no_debug)
		return dap_refuse("the program runs without debugging (noDebug)");
	if (dap->breakpoint_count == DAP_BREAKPOINTS_MAX)
		return dap_refuse("there are %d breakpoints already",
				  DAP_BREAKPOINTS_MAX);
	status = breakpoint_at(dap, place->address) ?
		 breakpoint_share(dap, place) : breakpoint_new(dap, place);
	if (!status)
		dap->breakpoints[dap->breakpoint_count++] =
			(struct dap_breakpoint){
				.id = dap->last_id,
				.owner = place->owner,
				.address = place->address,
			};
	return status;
}

static void breakpoint_describe(struct dap *dap, const struct dap_place *place,
				json_t *object)
{
	const struct tea_map_line *line =
		tea_map_line_at(&dap->debugger.program.map, place->address);

	if (line) {
		json_object_set_new(object, "line",
				    json_integer(line->line - 1 +
						 dap->line_base));
		json_object_set_new(object, "source",
				    dap_source(dap, line->file));
	}
	json_object_set_new(object, "instructionReference",
			    json_sprintf("0x%04x", place->address));
	if (place->message)
		json_object_set_new(object, "message",
				    json_string(place->message));
}

/* A breakpoint that is refused does not make the request fail. */
static json_t *breakpoint_answer(struct dap *dap, const json_t *entry,
				 int owner, place_find *find)
{
	struct dap_place place = { .owner = owner };
	json_t *object = json_object();
	int status;

	json_object_set_new(object, "id", json_integer(++dap->last_id));
	status = find(dap, entry, &place) ?:
		 dap_text(entry, "condition", &place.condition);
	if (!status && place.condition && !*place.condition)
		place.condition = NULL;
	status = status ?: breakpoint_set(dap, &place);
	json_object_set_new(object, "verified", json_boolean(!status));
	if (status)
		json_object_set_new(object, "message",
				    tea_json_string(dap_problem()));
	else
		breakpoint_describe(dap, &place, object);
	return object;
}

static int breakpoints_replace(struct dap *dap, const json_t *arguments,
			       int owner, place_find *find, json_t **body)
{
	const json_t *list;
	json_t *answers;
	size_t i;

	if (dap_list(arguments, "breakpoints", &list) ||
	    breakpoints_clear(dap, owner))
		return CLI_FAILED;
	answers = json_array();
	for (i = 0; i < json_array_size(list); i++)
		json_array_append_new(answers,
				      breakpoint_answer(dap,
							json_array_get(list, i),
							owner, find));
	*body = json_pack("{s:o}", "breakpoints", answers);
	return CLI_OK;
}

/* The code of the line itself, or of the next line of the source that has code */
static const struct tea_map_line *find_code(const struct tea_map *map, int file,
					    json_int_t line)
{
	const struct tea_map_line *found = NULL;
	size_t i;

	for (i = 0; i < map->line_count; i++) {
		const struct tea_map_line *entry = &map->lines[i];

		if ((int)entry->file == file && entry->line >= line &&
		    (!found || entry->line < found->line))
			found = entry;
	}
	return found;
}

static int find_line(struct dap *dap, const json_t *entry,
		     struct dap_place *place)
{
	const struct tea_map *map = &dap->debugger.program.map;
	const struct tea_map_line *found;
	json_int_t line;

	if (dap_needed_number(entry, "line", dap->line_base, TEA_MAP_LINE_MAX,
			      &line))
		return CLI_FAILED;
	if (!map->line_count)
		return dap_refuse("there is no debug map with lines, compile with 'tea cc -g'");
	if (place->owner >= (int)map->file_count)
		return dap_refuse("no code of the program comes from this file");
	line += 1 - (json_int_t)dap->line_base;
	found = find_code(map, place->owner, line);
	if (!found)
		return dap_refuse("no code comes from this line or from a later one");
	place->address = found->address;
	if (found->line != line)
		place->message = "that line has no code, the next one that has is taken";
	return CLI_OK;
}

/*
 * Returns the number of the source, or one above all of them for a file of which the
 * program has no code.
 */
static int source_number(const struct dap *dap, const char *path)
{
	const struct tea_map *map = &dap->debugger.program.map;
	char *real = realpath(path, NULL);
	int number = (int)map->file_count;
	size_t i;

	for (i = 0; i < map->file_count && number == (int)map->file_count; i++)
		if (!strcmp(map->files[i], path) ||
		    (real && dap->sources[i] &&
		     !strcmp(dap->sources[i], real)))
			number = (int)i;
	free(real);
	return number;
}

int dap_set_breakpoints(struct dap *dap, const json_t *arguments, json_t **body)
{
	const json_t *source = json_object_get(arguments, "source");
	const char *path;

	if (!json_is_object(source))
		return dap_refuse("the argument 'source' must be an object");
	if (dap_needed_text(source, "path", &path))
		return CLI_FAILED;
	return breakpoints_replace(dap, arguments, source_number(dap, path),
				   find_line, body);
}

static int find_function(struct dap *dap, const json_t *entry,
			 struct dap_place *place)
{
	const struct tea_map_function *function;
	const char *name;

	if (dap_needed_text(entry, "name", &name))
		return CLI_FAILED;
	function = tea_map_find_function(&dap->debugger.program.map, name);
	if (!function)
		return dap_refuse("the program has no function '%s'", name);
	place->address = function->start;
	return CLI_OK;
}

int dap_set_function_breakpoints(struct dap *dap, const json_t *arguments,
				 json_t **body)
{
	return breakpoints_replace(dap, arguments, DAP_OWNER_FUNCTIONS,
				   find_function, body);
}

static int find_instruction(struct dap *dap, const json_t *entry,
			    struct dap_place *place)
{
	unsigned long long address;
	json_int_t offset = 0;
	const char *reference;

	if (dap_needed_text(entry, "instructionReference", &reference) ||
	    dap_number(entry, "offset", -TEA_CODE_MAX, TEA_CODE_MAX, &offset))
		return CLI_FAILED;
	if (cli_number(reference, 0, TEA_CODE_MAX, &address))
		return dap_refuse("expected a code address, got '%s'",
				  reference);
	address += (unsigned long long)offset;
	if (address >= dap->debugger.program.code_size)
		return dap_refuse("the code ends at 0x%04x",
				  dap->debugger.program.code_size);
	place->address = (unsigned int)address;
	return CLI_OK;
}

int dap_set_instruction_breakpoints(struct dap *dap, const json_t *arguments,
				    json_t **body)
{
	return breakpoints_replace(dap, arguments, DAP_OWNER_INSTRUCTIONS,
				   find_instruction, body);
}
