// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "slot_file.h"

static int slot_expected(const struct command *command, const char *word)
{
	return command_usage(command,
			     "expected N=FILE with a slot from 0 to %d, got '%s'",
			     TEAVMX_SLOTS - 1, word);
}

int slot_files_take(struct slot_files *slots, const struct command *command,
		    const char *word)
{
	size_t digits = strcspn(word, "=");
	unsigned long long number;
	struct tea_file file = { 0 };
	char text[4];
	int err;

	if (!word[digits] || digits >= sizeof(text))
		return slot_expected(command, word);
	memcpy(text, word, digits);
	text[digits] = '\0';
	if (cli_number(text, 0, TEAVMX_SLOTS - 1, &number))
		return slot_expected(command, word);
	word += digits + 1;
	if (*word) {
		err = tea_file_read(&file, word);
		if (err)
			return cli_error(CLI_FAILED, NULL, "%s: %s", word,
					 strerror(-err));
		if (!file.size || file.size > TEA_FILE_MAX) {
			tea_file_free(&file);
			return cli_error(CLI_FAILED, NULL,
					 "%s: expected an object file of 1 to %d bytes",
					 word, TEA_FILE_MAX);
		}
	}
	if (slots->named & 1u << number)
		tea_file_free(&slots->files[number]);
	slots->named |= 1u << number;
	slots->files[number] = file;
	return CLI_OK;
}

int slot_files_load(const struct slot_files *slots, struct teavmx *teavmx,
		    uint32_t vm)
{
	uint8_t i;

	for (i = 0; i < TEAVMX_SLOTS; i++)
		if (slots->named & 1u << i &&
		    teavmx_slot_set(teavmx, vm, i, slots->files[i].bytes,
				    slots->files[i].size,
				    slots->files[i].size ?
				    slots->stack_size : 0))
			return -1;
	return 0;
}

void slot_files_free(struct slot_files *slots)
{
	unsigned int i;

	for (i = 0; i < TEAVMX_SLOTS; i++)
		tea_file_free(&slots->files[i]);
}
