// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>

#include "debugger.h"

static const char *const info_words[] = {
	"breakpoints", "registers", "locals", "arguments", "globals", "display",
};

static const char *const set_words[] = { "cp", "sp", "flags", "stack" };
static const char *const stack_words[] = { "top", "bottom" };
static const char *const delete_words[] = { "all" };

/**
 * struct completion - words after some commands
 * @commands: the commands, with a space around each
 * @words: fixed words
 * @count: number of them
 * @functions: names of functions, too
 * @variables: names of variables at this place, too
 */
struct completion {
	const char *commands;
	const char *const *words;
	size_t count;
	bool functions;
	bool variables;
};

static const struct completion completions[] = {
	{ " info i ", info_words, ARRAY_SIZE(info_words), false, false },
	{ " set ", set_words, ARRAY_SIZE(set_words), false, true },
	{ " stack ", stack_words, ARRAY_SIZE(stack_words), false, false },
	{ " delete d ", delete_words, ARRAY_SIZE(delete_words), false, false },
	{ " break b ", NULL, 0, true, true },
	{ " until u list l ", NULL, 0, true, false },
	{ " print p display ", NULL, 0, false, true },
};

static const struct completion *find_completion(const char *name, size_t size)
{
	char word[32];
	size_t i;

	if (size + 3 > sizeof(word))
		return NULL;
	snprintf(word, sizeof(word), " %.*s ", (int)size, name);
	for (i = 0; i < ARRAY_SIZE(completions); i++)
		if (strstr(completions[i].commands, word))
			return &completions[i];
	return NULL;
}

const char *const *debugger_words(const char *command, size_t *count)
{
	const struct completion *completion;

	completion = find_completion(command, strlen(command));
	*count = completion ? completion->count : 0;
	return completion ? completion->words : NULL;
}

static size_t add_variables(struct debugger *debugger, const char **words)
{
	const struct tea_map *map = &debugger->program.map;
	struct frame frame;
	struct view view;
	size_t count = 0;
	size_t i;

	if (!debugger->known || debugger_frame(debugger, &view, &frame))
		return 0;
	for (i = 0; i < map->variable_count; i++)
		if (tea_map_in_scope(&map->variables[i], frame.code))
			words[count++] = map->variables[i].name;
	return count;
}

static const char **add_words(struct debugger *debugger,
			      const struct completion *completion,
			      size_t *count)
{
	const struct tea_map *map = &debugger->program.map;
	const char **words;
	size_t i;

	words = calloc(completion->count + map->function_count +
		       map->variable_count + 1, sizeof(*words));
	*count = 0;
	if (!words)
		return NULL;
	for (i = 0; i < completion->count; i++)
		words[(*count)++] = completion->words[i];
	for (i = 0; completion->functions && i < map->function_count; i++)
		words[(*count)++] = map->functions[i].name;
	if (completion->variables)
		*count += add_variables(debugger, words + *count);
	return words;
}

const char **debugger_candidates(void *data, const char *line,
				 size_t *count)
{
	const struct completion *completion;
	size_t name;

	line += strspn(line, " \t");
	name = strcspn(line, " \t");
	if (!line[name] || !strncmp(line, "help ", name + 1) ||
	    !strncmp(line, "h ", name + 1))
		return debugger_command_names(count);
	completion = find_completion(line, name);
	return completion ? add_words(data, completion, count) : NULL;
}
