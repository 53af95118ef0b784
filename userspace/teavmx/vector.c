// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <string.h>

#include "choice.h"
#include "vector.h"

/* "#PF" in the SDM, but "#" begins a comment in the shell. */
static const char *vector_mnemonic(unsigned int vector)
{
	const char *name = teavmx_exception_name(vector);

	return name && name[0] == '#' ? name + 1 : name;
}

static int vector_refuse(const struct command *command, const char *word,
			 unsigned int max)
{
	char names[VECTOR_EXCEPTIONS][8];
	const char *near[VECTOR_EXCEPTIONS];
	size_t count = 0;
	unsigned int i;
	size_t j;

	if (isdigit((unsigned char)word[0]) || !word[0])
		return command_usage(command,
				     "expected a vector from 0 to %u, got '%s'",
				     max, word);
	for (i = 0; i < VECTOR_EXCEPTIONS; i++) {
		const char *name = vector_mnemonic(i);

		for (j = 0; name && j <= strlen(name); j++)
			names[i][j] = (char)tolower((unsigned char)name[j]);
		if (name)
			near[count++] = names[i];
	}
	return choice_refuse(command, "exception", word, near, count);
}

int vector_take(const struct command *command, const char *word,
		unsigned int max, uint8_t *vector)
{
	const char *name = word[0] == '#' ? word + 1 : word;
	unsigned long long number;
	unsigned int i;

	for (i = 0; i < VECTOR_EXCEPTIONS; i++) {
		if (!vector_mnemonic(i) || strcasecmp(vector_mnemonic(i), name))
			continue;
		*vector = (uint8_t)i;
		return CLI_OK;
	}
	if (cli_number(word, 0, max, &number))
		return vector_refuse(command, word, max);
	*vector = (uint8_t)number;
	return CLI_OK;
}
