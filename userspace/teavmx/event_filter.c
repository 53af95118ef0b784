// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <uapi/vmx.h>

#include "choice.h"
#include "event_filter.h"

static int add_type(const struct command *command, const char *word,
		    struct teavmx_event_filter *filter)
{
	int type = choice_take_named(command, "type of event", word,
				     teavmx_event_type_name);

	if (type < 0)
		return CLI_USAGE;
	filter->types |= 1u << type;
	return CLI_OK;
}

static int add_reason(const struct command *command, const char *word,
		      struct teavmx_event_filter *filter)
{
	int reason = choice_take_reason(command, word);

	if (reason < 0)
		return CLI_USAGE;
	filter->reasons[reason / 8] |= 1u << reason % 8;
	filter->has_reasons = true;
	return CLI_OK;
}

static int add_words(const struct command *command, const char *list,
		     bool are_reasons, struct teavmx_event_filter *filter)
{
	char *copy = strdup(list);
	char *rest = copy;
	int status = CLI_OK;
	char *word;

	if (!copy)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	while (!status && (word = strsep(&rest, ",")))
		status = are_reasons ? add_reason(command, word, filter) :
				       add_type(command, word, filter);
	free(copy);
	return status;
}

int event_filter_types(const struct command *command, const char *list,
		       struct teavmx_event_filter *filter)
{
	return add_words(command, list, false, filter);
}

int event_filter_reasons(const struct command *command, const char *list,
			 struct teavmx_event_filter *filter)
{
	return add_words(command, list, true, filter);
}

static bool shows_exit(const struct teavmx_event_filter *filter, uint32_t reason)
{
	reason &= VMX_EXIT_BASIC_MASK;
	return reason <= VMX_EXIT_MAX &&
	       filter->reasons[reason / 8] >> reason % 8 & 1;
}

bool event_filter_shows(const struct teavmx_event_filter *filter,
			const struct teavmx_record *record)
{
	bool any = !filter->types && !filter->has_reasons;

	if (record->type == TEAVMX_EVENT_TYPE_LOST || any)
		return true;
	if (record->type == TEAVMX_EVENT_TYPE_VMX_EXIT && filter->has_reasons)
		return shows_exit(filter, record->reason);
	return record->type < 32 && filter->types >> record->type & 1;
}
