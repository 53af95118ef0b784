// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "cost.h"
#include "interrupt.h"
#include "output.h"
#include "rounds.h"
#include "target.h"

#define MS_PER_S	1000

/**
 * struct profile - the exits of a VM by reason and RIP
 * @exits: they
 * @count: entries in @exits
 * @room: entries for which there is memory
 * @begun: when the module began to count them
 * @ms: interrupt_clock() when they were read
 */
struct profile {
	struct teavmx_profile_exit *exits;
	size_t count;
	size_t room;
	uint64_t begun;
	long long ms;
};

struct profiler {
	uint32_t vm;
	unsigned long long interval;
	unsigned long long rounds;
	unsigned long long rows;
	uint32_t tsc_khz;
};

static int profile_add(const struct teavmx_profile_exit *exit, void *data)
{
	struct profile *profile = data;
	size_t room = profile->room ? 2 * profile->room : 256;
	struct teavmx_profile_exit *exits;

	if (profile->count == profile->room) {
		exits = reallocarray(profile->exits, room, sizeof(*exits));
		if (!exits)
			return -1;
		profile->exits = exits;
		profile->room = room;
	}
	profile->exits[profile->count++] = *exit;
	return 0;
}

static int profile_read(struct teavmx *teavmx, const struct profiler *profiler,
			struct profile *profile)
{
	*profile = (struct profile){ .ms = interrupt_clock() };
	if (teavmx_profile_read(teavmx, profiler->vm,
				&profile->begun, profile_add, profile))
		return output_failure(teavmx_error(teavmx), NULL);
	return CLI_OK;
}

static const struct teavmx_profile_exit *
profile_find(const struct profile *profile,
	     const struct teavmx_profile_exit *exit)
{
	size_t i;

	for (i = 0; i < profile->count; i++)
		if (profile->exits[i].rip == exit->rip &&
		    profile->exits[i].reason == exit->reason)
			return &profile->exits[i];
	return NULL;
}

/* Has the VM ended? Its profile then stays what it is. */
static bool profiler_ended(struct teavmx *teavmx,
			   const struct profiler *profiler)
{
	struct teavmx_vm vm;

	return teavmx_vm_get(teavmx, profiler->vm, &vm) &&
	       teavmx_error(teavmx)->status == TEAVMX_OBJECT;
}

/* Makes @profile what was counted since @before, if it is the same one. */
static void profile_subtract(struct profile *profile,
			     const struct profile *before)
{
	struct teavmx_profile_exit *exit = profile->exits;
	const struct teavmx_profile_exit *old;

	if (profile->begun != before->begun)
		return;
	for (; exit < profile->exits + profile->count; exit++) {
		old = profile_find(before, exit);
		if (!old)
			continue;
		exit->count -= old->count;
		exit->guest -= old->guest;
		exit->handler -= old->handler;
	}
}

static int exit_compare(const void *left, const void *right)
{
	const struct teavmx_profile_exit *a = left;
	const struct teavmx_profile_exit *b = right;

	if (a->handler != b->handler)
		return a->handler < b->handler ? 1 : -1;
	return a->count < b->count ? 1 : a->count > b->count ? -1 : 0;
}

static const char *exit_name(const struct teavmx_profile_exit *exit,
			     char *number, size_t size)
{
	if (exit->reason == TEAVMX_PROFILE_OTHERS)
		return "(others)";
	return output_reason(exit->reason, number, size);
}

static void mean_text(const struct profiler *profiler, uint64_t ticks,
		      uint64_t count, char text[COST_TEXT])
{
	if (profiler->tsc_khz && count)
		cost_text(cost_ns((double)ticks / (double)count, profiler->tsc_khz), text);
	else
		snprintf(text, COST_TEXT, "-");
}

static uint64_t all_handlers(const struct profile *profile)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < profile->count; i++)
		sum += profile->exits[i].handler;
	return sum ?: 1;
}

static void print_rows(const struct profiler *profiler,
		       const struct profile *profile, long long ms)
{
	uint64_t handlers = all_handlers(profile);
	char guest[COST_TEXT], handler[COST_TEXT];
	const struct teavmx_profile_exit *exit;
	char number[16];
	size_t i;

	printf("%-24s %18s %12s %11s %7s %7s %7s\n", "reason", "RIP", "exits",
	       "exits/s", "guest", "handler", "share");
	for (i = 0; i < profile->count && i < profiler->rows; i++) {
		exit = &profile->exits[i];
		if (!exit->count)
			break;
		mean_text(profiler, exit->guest, exit->count, guest);
		mean_text(profiler, exit->handler, exit->count, handler);
		printf("%-24s %#18llx %12llu %11.0f %7s %7s %5.1f %%\n",
		       exit_name(exit, number, sizeof(number)),
		       (unsigned long long)exit->rip,
		       (unsigned long long)exit->count,
		       ms ? (double)exit->count * MS_PER_S / (double)ms : 0,
		       guest, handler,
		       100.0 * (double)exit->handler / (double)handlers);
	}
}

static void print_json(const struct profiler *profiler,
		       const struct profile *profile, long long ms)
{
	json_t *exits = json_array();
	char number[16];
	size_t i;

	for (i = 0; i < profile->count && i < profiler->rows; i++) {
		const struct teavmx_profile_exit *exit = &profile->exits[i];

		if (!exit->count)
			break;
		json_array_append_new(exits,
				      json_pack("{s:I, s:s, s:o, s:I, s:I, s:I}",
						"reason", (json_int_t)exit->reason,
						"name",
						exit_name(exit, number,
							  sizeof(number)),
						"rip", json_u64(exit->rip),
						"count", (json_int_t)exit->count,
						"guest_ticks",
						(json_int_t)exit->guest,
						"handler_ticks",
						(json_int_t)exit->handler));
	}
	tea_json_print(json_pack("{s:I, s:I, s:I, s:o}", "vm",
				 (json_int_t)profiler->vm, "ms", (json_int_t)ms,
				 "tsc_khz", (json_int_t)profiler->tsc_khz,
				 "exits", exits), stdout);
}

static void print_profile(const struct profiler *profiler,
			  struct profile *profile, long long ms)
{
	if (profile->count)
		qsort(profile->exits, profile->count, sizeof(*profile->exits),
		      exit_compare);
	if (cli_json)
		print_json(profiler, profile, ms);
	else
		print_rows(profiler, profile, ms);
	fflush(stdout);
}

static bool profiler_wait(const struct profiler *profiler,
			  const struct profile *last, unsigned long long rounds)
{
	if (profiler->rounds && rounds == profiler->rounds)
		return false;
	return rounds_wait(last->ms + (long long)profiler->interval * MS_PER_S);
}

static int profiler_copy(struct profile *to, const struct profile *from)
{
	size_t i;

	*to = (struct profile){ .begun = from->begun };
	for (i = 0; i < from->count; i++)
		if (profile_add(&from->exits[i], to)) {
			free(to->exits);
			return cli_error(CLI_FAILED, NULL, "out of memory");
		}
	return CLI_OK;
}

/* Shows what has been counted since @last, which receives the new counts. */
static int profiler_round(struct teavmx *teavmx,
			  const struct profiler *profiler, struct profile *last)
{
	struct profile next, shown;
	int status = profile_read(teavmx, profiler, &next);

	if (!status)
		status = profiler_copy(&shown, &next);
	if (status) {
		free(next.exits);
		return status;
	}
	profile_subtract(&shown, last);
	print_profile(profiler, &shown, next.ms - last->ms);
	free(shown.exits);
	free(last->exits);
	*last = next;
	return CLI_OK;
}

static int profiler_act(struct teavmx *teavmx, void *state)
{
	struct profiler *profiler = state;
	unsigned long long rounds = 0;
	struct teavmx_info info;
	struct profile last;
	bool ended;
	int status;

	if (teavmx_get_info(teavmx, NULL, &info))
		return output_failure(teavmx_error(teavmx), NULL);
	profiler->tsc_khz = info.tsc_khz;
	interrupt_catch();
	ended = profiler_ended(teavmx, profiler);
	status = profile_read(teavmx, profiler, &last);
	if (!status && ended)
		print_profile(profiler, &last, 0);
	while (!status && !ended && profiler_wait(profiler, &last, rounds++)) {
		ended = profiler_ended(teavmx, profiler);
		status = profiler_round(teavmx, profiler, &last);
	}
	if (!status && ended)
		fprintf(stderr, "VM %u has ended\n", profiler->vm);
	free(last.exits);
	return status;
}

static int profiler_option(int option, void *state)
{
	struct profiler *profiler = state;

	switch (option) {
	case 'i':
		/* The module ends a profile that is not read for 10 s. */
		return rounds_seconds(&command_profile, "interval", 9,
				      &profiler->interval);
	case 'r':
		return command_range(&command_profile, "rows", UINT32_MAX,
				     &profiler->rows);
	default:
		return command_range(&command_profile, "count", UINT32_MAX,
				     &profiler->rounds);
	}
}

static int profiler_run(int argc, char **argv, void *state)
{
	struct profiler *profiler = state;

	if (target_vm(&command_profile, argc, argv, &profiler->vm) ||
	    command_end(&command_profile, argc, argv))
		return CLI_USAGE;
	profiler->interval = profiler->interval ?: 1;
	profiler->rows = profiler->rows ?: 20;
	return output_with(profiler_act, profiler);
}

static const struct option options[] = {
	{ "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'n' },
	{ "rows", required_argument, NULL, 'r' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_profile = {
	.name = "profile",
	.synopsis = "[OPTION...] VM",
	.summary = "Show at which instructions a VM exits, and what that costs.",
	.help =
	"After each interval it prints a table of its exits by reason and RIP, until Ctrl-C.\n"
	"Those whose handlers took most of the time come first.\n\n"
	"  -i, --interval SEC  length of an interval, 1 without it, at most 9\n"
	"  -n, --count N       end after N intervals\n"
	"  -r, --rows N        print N rows at most (20 by default)\n"
	"  -j, --json          print a JSON object in place of each table\n"
	"  -h, --help          show this text\n",
	.options = options,
	.state_size = sizeof(struct profiler),
	.option = profiler_option,
	.run = profiler_run,
};
