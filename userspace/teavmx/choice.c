// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <uapi/vmx.h>

#include "choice.h"
#include "instruction_word.h"

/* A longer list would be a message that is hard to read. */
#define LIST_MAX	8
#define NAMES_MAX	32
/* Those of exit reasons, and of instructions that cause exits */
#define REASON_NAMES	128

/* The name that begins with the word, if only one does */
static const char *find_prefix(const char *word, const char *const *names,
			       size_t count)
{
	const char *found = NULL;
	size_t i;

	for (i = 0; *word && i < count; i++) {
		if (strncmp(names[i], word, strlen(word)))
			continue;
		if (found)
			return NULL;
		found = names[i];
	}
	return found;
}

int choice_refuse(const struct command *command, const char *what,
		  const char *word, const char *const *names, size_t count)
{
	const char *near = find_prefix(word, names, count) ?:
			   cli_nearest(word, names, count);
	char list[256] = "";
	size_t used = 0;
	size_t i;

	if (near)
		return command_usage(command,
				     "unknown %s '%s', did you mean '%s'?",
				     what, word, near);
	if (count > LIST_MAX)
		return command_usage(command, "unknown %s '%s'", what, word);
	for (i = 0; i < count && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used,
					 "%s%s", !i ? "" :
					 i + 1 < count ? ", " : " or ",
					 names[i]);
	return command_usage(command, "unknown %s '%s', expected %s", what,
			     word, list);
}

int choice_take(const struct command *command, const char *what,
		const char *word, const char *const *names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(names[i], word))
			return (int)i;
	choice_refuse(command, what, word, names, count);
	return -1;
}

int choice_take_named(const struct command *command, const char *what,
		      const char *word, const char *(*name)(uint32_t value))
{
	const char *names[NAMES_MAX];
	size_t count = 0;

	while (count < NAMES_MAX && name((uint32_t)count)) {
		names[count] = name((uint32_t)count);
		count++;
	}
	return choice_take(command, what, word, names, count);
}

static_assert(REASON_NAMES > VMX_EXIT_MAX, "each exit reason has room for its name");

static size_t reason_names(const char **names, uint32_t *numbers)
{
	const struct instruction_word *word;
	size_t count = 0;
	uint32_t i;

	for (i = 0; i <= VMX_EXIT_MAX; i++) {
		if (!vmx_exit_reason_name(i))
			continue;
		numbers[count] = i;
		names[count++] = vmx_exit_reason_name(i);
	}
	for (word = instruction_words; word->name && count < REASON_NAMES; word++) {
		numbers[count] = word->reason;
		names[count++] = word->name;
	}
	return count;
}

int choice_take_reason(const struct command *command, const char *word)
{
	const char *names[REASON_NAMES];
	uint32_t numbers[REASON_NAMES];
	size_t count = reason_names(names, numbers);
	unsigned long long number;
	char upper[64];
	size_t i;
	int row;

	if (!cli_number(word, 0, VMX_EXIT_MAX, &number) &&
	    vmx_exit_reason_name((uint32_t)number))
		return (int)number;
	snprintf(upper, sizeof(upper), "%s", word);
	for (i = 0; upper[i]; i++)
		upper[i] = (char)toupper((unsigned char)upper[i]);
	row = choice_take(command, "exit reason", upper, names, count);
	return row < 0 ? -1 : (int)numbers[row];
}
