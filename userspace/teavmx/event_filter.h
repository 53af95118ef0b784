/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_EVENT_FILTER_H
#define TEAVMX_EVENT_FILTER_H

#include "command.h"

/**
 * event_filter_types() - read the value of --type
 * @command: the verb
 * @list: names with commas between
 * @filter: receives them, beside those that it has
 *
 * Return: CLI_OK, or another status after a mistake that has been reported.
 */
int event_filter_types(const struct command *command, const char *list,
		       struct teavmx_event_filter *filter);

/**
 * event_filter_reasons() - read the value of --reason
 * @command: the verb
 * @list: names or numbers with commas between
 * @filter: receives them, beside those that it has
 *
 * Return: as event_filter_types().
 */
int event_filter_reasons(const struct command *command, const char *list,
			 struct teavmx_event_filter *filter);

/**
 * event_filter_shows() - is an event shown?
 * @filter: the filter
 * @record: the event
 *
 * The kernel has the same filter, but a new VM records before that is set.
 *
 * Return: true when it is; always of lost events.
 */
bool event_filter_shows(const struct teavmx_event_filter *filter,
			const struct teavmx_record *record);

#endif
