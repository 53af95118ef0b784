// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "choice.h"
#include "guest.h"
#include "route_word.h"

static int take_route(const struct command *command, const char *word,
		      uint32_t reason, struct route_words *words)
{
	static const char *const routes[] = { "host", "builtin", "raw" };
	static const enum route_request requests[] = { ROUTE_HOST, ROUTE_BUILTIN, ROUTE_RAW };
	int to = choice_take(command, "route", word, routes, ARRAY_SIZE(routes));

	if (to < 0)
		return CLI_USAGE;
	if (requests[to] == ROUTE_RAW && !guest_device_reason(reason))
		return command_usage(command,
				     "%s=raw: 'teavmx raw' answers only IO_INSTRUCTION and EPT_VIOLATION",
				     vmx_exit_reason_name(reason));
	words->request[reason] = requests[to];
	words->change = true;
	return CLI_OK;
}

int route_word_take(const struct command *command, const char *word,
		    struct route_words *words)
{
	size_t size = strcspn(word, "=");
	char reason[64];
	int number;

	snprintf(reason, sizeof(reason), "%.*s", (int)size, word);
	number = choice_take_reason(command, reason);
	if (number < 0)
		return CLI_USAGE;
	if (word[size])
		return take_route(command, word + size + 1, (uint32_t)number,
				  words);
	words->request[number] = ROUTE_SHOW;
	words->show = true;
	return CLI_OK;
}

static void reason_assign(uint8_t *reasons, uint32_t reason, bool value)
{
	uint8_t bit = (uint8_t)(1u << reason % 8);

	if (value)
		reasons[reason / 8] |= bit;
	else
		reasons[reason / 8] &= (uint8_t)~bit;
}

int route_words_apply(struct teavmx *teavmx, const struct route_words *words,
		      struct teavmx_vm *vm)
{
	uint32_t i;

	if (!words->change)
		return 0;
	for (i = 0; i < ROUTE_REASONS; i++) {
		enum route_request request = words->request[i];

		if (request == ROUTE_NOTHING || request == ROUTE_SHOW)
			continue;
		/* The module always handles EPT violations in RAM for the program. */
		reason_assign(vm->host_reasons, i, request == ROUTE_HOST ||
			      (request == ROUTE_RAW && i != VMX_EXIT_EPT_VIOLATION));
		reason_assign(vm->program_reasons, i, request == ROUTE_RAW);
	}
	if (teavmx_host_reasons(teavmx, vm->id, vm->host_reasons))
		return -1;
	return teavmx_program_reasons(teavmx, vm->id, vm->program_reasons);
}
