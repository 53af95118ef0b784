// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <uapi/vmcs.h>

#include "choice.h"
#include "vmcs_dump.h"
#include "vmcs_word.h"

#define ROW(name, encoding, text)	{ #name },

static const struct {
	const char *name;
} rows[] = { VMCS_FIELDS(ROW) };

static int refuse_field(const struct command *command, const char *word)
{
	const char *names[ARRAY_SIZE(rows)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		names[i] = rows[i].name;
	return choice_refuse(command, "VMCS field", word, names,
			     ARRAY_SIZE(rows));
}

static int find_field(const struct command *command, const char *word,
		      uint32_t *field)
{
	struct teavmx_fact fact;

	if (!vmcs_dump_find(word, &fact) || fact.kind != TEAVMX_FACT_FIELD)
		return refuse_field(command, word);
	*field = fact.number;
	return CLI_OK;
}

int vmcs_word_take(const struct command *command, const char *word,
		   struct teavmx_vmcs_write *write)
{
	size_t size = strcspn(word, "=");
	unsigned long long value;
	char field[64];
	size_t i;

	if (!word[size] || cli_number(word + size + 1, 0, ~0ULL, &value))
		return command_usage(command, "expected FIELD=VALUE, got '%s'",
				     word);
	snprintf(field, sizeof(field), "%.*s", (int)size, word);
	for (i = 0; field[i]; i++)
		field[i] = (char)toupper((unsigned char)field[i]);
	write->value = value;
	return find_field(command, field, &write->field);
}
