// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <uapi/vmcs.h>

#include "choice.h"
#include "vmcs_word.h"

/* SDM "VMCS Component Encoding": bits 14:0 */
#define ENCODINGS	0x8000u
#define FIELDS_MAX	256

static int find_field(const struct command *command, const char *word,
		      uint32_t *field)
{
	const char *names[FIELDS_MAX];
	uint32_t fields[FIELDS_MAX];
	unsigned long long number;
	size_t count = 0;
	uint32_t i;
	int row;

	if (!cli_number(word, 0, ENCODINGS - 1, &number) &&
	    vmcs_field_name((uint32_t)number)) {
		*field = (uint32_t)number;
		return CLI_OK;
	}
	for (i = 0; i < ENCODINGS && count < FIELDS_MAX; i++) {
		if (!vmcs_field_name(i))
			continue;
		fields[count] = i;
		names[count++] = vmcs_field_name(i);
	}
	row = choice_take(command, "VMCS field", word, names, count);
	if (row < 0)
		return CLI_USAGE;
	*field = fields[row];
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
