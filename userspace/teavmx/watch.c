// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "event_filter.h"
#include "interrupt.h"
#include "output.h"
#include "rounds.h"
#include "watch.h"

#define NS_PER_MS	1000000LL
#define NS_PER_S	1000000000LL

long long watch_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static bool watch_finished(const struct watch *watch)
{
	return interrupt_seen() || watch->stop ||
	       (watch->count && watch->shown >= watch->count);
}

static long long end_of(const struct watch *watch)
{
	return watch->start + (long long)watch->seconds * NS_PER_S;
}

static bool is_over(const struct watch *watch, long long now)
{
	return watch->limited && now >= end_of(watch);
}

/*
 * --for ends a stream in which events arrive without a pause, too, also when they are
 * read more slowly than they arrive. Events from before the start are not limited.
 */
static bool is_late(const struct watch *watch, long long time)
{
	long long late = TEAVMX_SYNC_MS * NS_PER_MS;

	return is_over(watch, time) ||
	       (time >= watch->start &&
		is_over(watch, watch_clock(CLOCK_MONOTONIC) - late));
}

/*
 * Milliseconds until the next synchronization.  It is due however many events arrive.
 */
static long long time_left(const struct watch *watch, long long now)
{
	long long next = watch->looked + TEAVMX_SYNC_MS * NS_PER_MS;

	if (watch->limited && end_of(watch) < next)
		next = end_of(watch);
	return next > now ? (next - now + NS_PER_MS - 1) / NS_PER_MS : 0;
}

static int check_end(void *data)
{
	return watch_finished(data) ? TEAVMX_FOLLOW_END : TEAVMX_FOLLOW_ON;
}

static bool is_end_of_vm(const struct teavmx_record *record)
{
	return record->type == TEAVMX_EVENT_TYPE_VM_END ||
	       (record->type == TEAVMX_EVENT_TYPE_LOST && !record->vm);
}

static void show_event(struct watch *watch, const struct teavmx_record *record)
{
	if (record->type == TEAVMX_EVENT_TYPE_LOST)
		watch->lost = true;
	else
		watch->shown++;
	if (watch->show)
		watch->show(record, watch->data);
}

static int take_record(const struct teavmx_record *record, void *data)
{
	struct watch *watch = data;

	if (is_late(watch, (long long)record->time))
		return TEAVMX_FOLLOW_END;
	if (event_filter_shows(&watch->filter, record))
		show_event(watch, record);
	watch->synced = false;
	if (!watch->vm || !is_end_of_vm(record))
		return TEAVMX_FOLLOW_ON;
	fprintf(stderr, "teavmx: VM %llu is gone\n", watch->vm);
	return TEAVMX_FOLLOW_END;
}

static int wait_event(int fd, void *data)
{
	struct watch *watch = data;
	long long now = watch_clock(CLOCK_MONOTONIC);
	bool over = is_over(watch, now);
	long long left;

	if (over && watch->synced)
		return TEAVMX_FOLLOW_END;
	left = time_left(watch, now);
	if (left && (interrupt_wait(fd, left) || interrupt_seen()))
		return TEAVMX_FOLLOW_ON;
	/* The kernel may not have had room for the last events before the end. */
	watch->synced = over;
	watch->looked = watch_clock(CLOCK_MONOTONIC);
	/* While no event arrives nothing is written, and no write fails. */
	return watch->output && cli_reader_left(watch->output) ? TEAVMX_FOLLOW_END :
								 TEAVMX_FOLLOW_SYNC;
}

static int watch_follow(struct watch *watch, struct teavmx *teavmx)
{
	static const struct teavmx_follower follower = {
		.check = check_end,
		.record = take_record,
		.wait = wait_event,
	};

	if (teavmx_follow(teavmx, &follower, watch))
		return output_failure(teavmx_error(teavmx), NULL);
	return watch->strict && watch->lost ? CLI_INTERRUPTED : CLI_OK;
}

static int watch_begin(struct teavmx *teavmx, const struct watch *watch)
{
	uint64_t from = watch->from;
	struct teavmx_vm vm;

	if (teavmx_event_open(teavmx, 0) ||
	    teavmx_event_filter(teavmx, &watch->filter))
		return -1;
	if (watch->tap)
		recording_listen(teavmx, watch->tap);
	if (!watch->vm)
		return teavmx_event_watch_all(teavmx);
	if (!watch->has_from) {
		if (teavmx_vm_get(teavmx, (uint32_t)watch->vm, &vm))
			return -1;
		from = vm.next_seq;
	}
	return teavmx_event_watch(teavmx, (uint32_t)watch->vm, from);
}

int watch_run(struct watch *watch, struct teavmx *teavmx)
{
	int status;

	if (watch_begin(teavmx, watch))
		return output_failure(teavmx_error(teavmx), NULL);
	status = watch->begun ? watch->begun(watch->data) : CLI_OK;
	if (status)
		return status;
	interrupt_catch();
	if (watch->output == STDOUT_FILENO)
		setvbuf(stdout, NULL, _IOLBF, 0);
	watch->start = watch_clock(CLOCK_MONOTONIC);
	watch->looked = watch->start;
	if (watch->limited)
		interrupt_limit(watch->seconds);
	fputs("listening\n", stderr);
	/* The time begins when the old events have been read. */
	if (watch->has_from && teavmx_event_sync(teavmx))
		return output_failure(teavmx_error(teavmx), NULL);
	return watch_follow(watch, teavmx);
}

static int watch_refuse(const struct watch *watch, const char *option,
			const char *expected)
{
	return command_usage(watch->command, "--%s: expected %s, got '%s'",
			     option, expected, optarg);
}

static int take_seconds(struct watch *watch)
{
	watch->limited = true;
	return rounds_seconds(watch->command, "for", 1000000000, &watch->seconds);
}

int watch_option(struct watch *watch, int option)
{
	switch (option) {
	case 's':
		watch->strict = true;
		return CLI_OK;
	case 'y':
		return event_filter_types(watch->command, optarg, &watch->filter);
	case 'r':
		return event_filter_reasons(watch->command, optarg,
					    &watch->filter);
	case 'v':
		return cli_number(optarg, 1, UINT32_MAX, &watch->vm) ?
		       watch_refuse(watch, "vm", "the number of a VM") : CLI_OK;
	case 'F':
		watch->has_from = true;
		return cli_number(optarg, 0, ~0ULL, &watch->from) ?
		       watch_refuse(watch, "from", "a sequence number") : CLI_OK;
	case 'n':
		return cli_number(optarg, 1, ~0ULL, &watch->count) ?
		       watch_refuse(watch, "count", "a number from 1") : CLI_OK;
	default:
		return take_seconds(watch);
	}
}

int watch_check(const struct watch *watch)
{
	if (!watch->has_from || watch->vm)
		return CLI_OK;
	return command_usage(watch->command,
			     "--from: expected --vm with it, as every VM counts by itself");
}
