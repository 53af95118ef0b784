// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "complete.h"

/*
 * The word that is typed: what remains in each candidate as it is, and what the rest of a
 * candidate begins with. If it is null, all candidates are printed, by name only.
 */
static struct {
	const char *word;
	size_t kept;
} typed;

void complete_offer(const char *word, const char *end, const char *text)
{
	if (!typed.word) {
		printf("%s%s\n", word, end);
		return;
	}
	if (strncmp(word, typed.word + typed.kept,
		    strlen(typed.word + typed.kept)))
		return;
	printf("%.*s%s%s", (int)typed.kept, typed.word, word, end);
	printf(text ? "\t%s\n" : "\n", text);
}

/* Is the word in a list that spaces separate? */
static bool list_has(const char *list, const char *word)
{
	size_t size = strlen(word);
	const char *found = list;

	while ((found = strstr(found, word))) {
		if ((found == list || found[-1] == ' ') &&
		    (!found[size] || found[size] == ' '))
			return true;
		found += size;
	}
	return false;
}

static void offer_choices(const char *choices)
{
	char word[32];
	int size;

	while (sscanf(choices, "%31s%n", word, &size) == 1) {
		complete_offer(word, "", NULL);
		choices += size;
	}
}

static void offer_row(const struct complete_row *row)
{
	const char *comma = strrchr(typed.word + typed.kept, ',');

	if (row->list && comma)
		typed.kept = (size_t)(comma + 1 - typed.word);
	if (row->choices)
		offer_choices(row->choices);
	if (row->offer)
		row->offer();
	if (row->files && !strcmp(row->files, "/"))
		puts(":folders");
	else if (row->files)
		printf(":files %s\n", row->files);
}

static bool row_fits(const struct complete_row *row, const char *verb,
		     const struct option *option, unsigned int word)
{
	if (row->verbs && !list_has(row->verbs, verb))
		return false;
	if (option)
		return row->option && !strcmp(row->option, option->name);
	return !row->option && (!row->word || row->word == word);
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1];
}

static bool is_long(const char *word)
{
	return word[0] == '-' && word[1] == '-';
}

static void offer_values(const struct command_set *program, const char *verb,
			 const struct option *option, unsigned int word)
{
	const struct complete_row *row = program->rows;

	for (; row->choices || row->offer || row->files; row++) {
		if (row_fits(row, verb, option, word)) {
			offer_row(row);
			return;
		}
	}
}

/*
 * Copies the description of an option from the help of its verb, where each has the form
 * "  -o, --option=OUT   description"; returns null if there is none.
 */
static const char *option_text(const struct command *command,
			       const char *name, char *text, size_t size)
{
	const char *line = command->help;
	char start[48];

	snprintf(start, sizeof(start), ", --%s", name);
	while ((line = strstr(line, start))) {
		line += strlen(start);
		if (*line != ' ' && *line != '=')
			continue;
		line += strcspn(line, "\n ");
		while (*line == ' ' && line[1] != ' ')
			line += 1 + strcspn(line + 1, "\n ");
		line += strspn(line, " ");
		snprintf(text, size, "%.*s", (int)strcspn(line, "\n"), line);
		return *text ? text : NULL;
	}
	return NULL;
}

static void offer_options(const struct command *command)
{
	const struct option *option = command->options;
	char name[32], text[96];

	for (; option->name; option++) {
		snprintf(name, sizeof(name), "--%s", option->name);
		complete_offer(name, "", option_text(command, option->name,
						     text, sizeof(text)));
	}
}

static void offer_verbs(const struct command_set *program)
{
	size_t i;

	for (i = 0; i < program->count; i++)
		complete_offer(program->commands[i]->name, "",
			       program->commands[i]->summary);
	complete_offer("help", "", "Show this text, or the help of a verb.");
}

/*
 * Does a word name this option with its value in the next word, or with "=" in the same one?
 * Letters follow each other up to the first that has a value, which the rest of the word is.
 */
static bool names_option(const struct command *command, const char *word,
			 const struct option *option)
{
	const struct option *other;
	size_t size;

	if (!is_long(word)) {
		while (*++word && word[1]) {
			for (other = command->options; other->name; other++)
				if (other->val == *word && other->has_arg)
					return false;
		}
		return *word && *word == option->val;
	}
	size = strcspn(word + 2, "=");
	return !strncmp(option->name, word + 2, size) && !option->name[size];
}

/*
 * Returns the option of a word that has a value, or null; @value receives the value if it
 * is in the same word, else null.
 */
static const struct option *valued_option(const struct command *command,
					  const char *word, const char **value)
{
	const struct option *option = command->options;
	const char *equals = is_long(word) ? strchr(word, '=') : NULL;

	*value = equals ? equals + 1 : NULL;
	for (; option->name; option++)
		if (option->has_arg && names_option(command, word, option))
			return option;
	return NULL;
}

/* Offers what fits the last of the words; the first one is the verb. */
static void offer_word(const struct command_set *program,
		       const struct command *command, int count, char **words)
{
	const struct option *option = NULL;
	const char *last = words[count - 1];
	bool ended = false;
	unsigned int place = 1;
	const char *value;
	int i;

	for (i = 1; i < count - 1; i++) {
		if (option) {
			option = NULL;
		} else if (!ended && is_option(words[i])) {
			ended = !strcmp(words[i], "--");
			option = valued_option(command, words[i], &value);
			if (value)
				option = NULL;
		} else {
			place++;
			ended |= command->passes_words;
		}
	}
	if (!option && !ended && *last == '-') {
		option = valued_option(command, last, &value);
		if (!option || !value) {
			offer_options(command);
			return;
		}
		typed.kept = (size_t)(value - last);
	}
	offer_values(program, command->name, option, place);
}

void complete_words(const struct command_set *program, int count, char **words)
{
	const struct command *command = NULL;
	size_t i;

	typed.word = words[count - 1];
	for (i = 0; i < program->count; i++)
		if (!strcmp(program->commands[i]->name, words[0]))
			command = program->commands[i];
	if (count == 1 && *typed.word == '-')
		offer_choices("--help --version");
	else if (count == 1 || (count == 2 && !strcmp(words[0], "help")))
		offer_verbs(program);
	else if (command)
		offer_word(program, command, count, words);
}
