// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "event_filter.h"
#include "interrupt.h"
#include "output.h"

#define NS_PER_MS	1000000LL
#define NS_PER_S	1000000000LL

enum stamp {
	STAMP_NONE,
	STAMP_RELATIVE,
	STAMP_ABSOLUTE,
};

struct monitor {
	struct teavmx *teavmx;
	unsigned long long vm;
	unsigned long long from;
	unsigned long long count;
	unsigned long long seconds;
	struct teavmx_event_filter filter;
	enum stamp stamp;
	bool has_from;
	bool limited;
	bool strict;
	bool lost;
	bool synced;
	unsigned long long printed;
	long long start;
	long long offset;
	long long looked;
};

static long long clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void print_stamp(const struct monitor *monitor, uint64_t time)
{
	long long ns = (long long)time;
	char text[32] = "";
	struct tm local;
	time_t seconds;

	if (monitor->stamp == STAMP_RELATIVE) {
		ns -= monitor->start;
		printf("%s%lld.%06lld ", ns < 0 ? "-" : "",
		       llabs(ns) / NS_PER_S, llabs(ns) % NS_PER_S / 1000);
		return;
	}
	ns += monitor->offset;
	seconds = (time_t)(ns / NS_PER_S);
	if (localtime_r(&seconds, &local))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &local);
	printf("%s.%06lld ", text, ns % NS_PER_S / 1000);
}

static void print_event(struct monitor *monitor,
			const struct teavmx_record *record)
{
	if (record->type == TEAVMX_EVENT_TYPE_LOST)
		monitor->lost = true;
	else
		monitor->printed++;
	if (monitor->stamp && !cli_json && record->time)
		print_stamp(monitor, record->time);
	output_record(record);
}

static bool monitor_finished(const struct monitor *monitor)
{
	return interrupt_seen() || ferror(stdout) ||
	       (monitor->count && monitor->printed >= monitor->count);
}

static long long end_of(const struct monitor *monitor)
{
	return monitor->start + (long long)monitor->seconds * NS_PER_S;
}

static bool is_over(const struct monitor *monitor, long long now)
{
	return monitor->limited && now >= end_of(monitor);
}

/*
 * --for ends a stream in which events arrive without a pause, too, also when the
 * monitor reads more slowly than they arrive. Events from before the start are
 * not limited.
 */
static bool is_late(const struct monitor *monitor, long long time)
{
	long long late = TEAVMX_SYNC_MS * NS_PER_MS;

	return is_over(monitor, time) ||
	       (time >= monitor->start &&
		is_over(monitor, clock_ns(CLOCK_MONOTONIC) - late));
}

/*
 * Milliseconds until the next synchronization.  It is due however many events arrive.
 */
static long long time_left(const struct monitor *monitor, long long now)
{
	long long next = monitor->looked + TEAVMX_SYNC_MS * NS_PER_MS;

	if (monitor->limited && end_of(monitor) < next)
		next = end_of(monitor);
	return next > now ? (next - now + NS_PER_MS - 1) / NS_PER_MS : 0;
}

static int monitor_check(void *data)
{
	return monitor_finished(data) ? TEAVMX_FOLLOW_END : TEAVMX_FOLLOW_ON;
}

static bool is_end_of_vm(const struct teavmx_record *record)
{
	return record->type == TEAVMX_EVENT_TYPE_VM_END ||
	       (record->type == TEAVMX_EVENT_TYPE_LOST && !record->vm);
}

static int monitor_record(const struct teavmx_record *record, void *data)
{
	struct monitor *monitor = data;

	if (is_late(monitor, (long long)record->time))
		return TEAVMX_FOLLOW_END;
	if (event_filter_shows(&monitor->filter, record))
		print_event(monitor, record);
	monitor->synced = false;
	if (!monitor->vm || !is_end_of_vm(record))
		return TEAVMX_FOLLOW_ON;
	fprintf(stderr, "teavmx: VM %llu is gone\n", monitor->vm);
	return TEAVMX_FOLLOW_END;
}

static int monitor_wait(int fd, void *data)
{
	struct monitor *monitor = data;
	long long now = clock_ns(CLOCK_MONOTONIC);
	bool over = is_over(monitor, now);
	long long left;

	if (over && monitor->synced)
		return TEAVMX_FOLLOW_END;
	left = time_left(monitor, now);
	if (left && (interrupt_wait(fd, left) || interrupt_seen()))
		return TEAVMX_FOLLOW_ON;
	/* The kernel may not have had room for the last events before the end. */
	monitor->synced = over;
	monitor->looked = clock_ns(CLOCK_MONOTONIC);
	/* While no event arrives nothing is written, and no write fails. */
	return cli_reader_left() ? TEAVMX_FOLLOW_END : TEAVMX_FOLLOW_SYNC;
}

static int monitor_follow(struct monitor *monitor)
{
	static const struct teavmx_follower follower = {
		.check = monitor_check,
		.record = monitor_record,
		.wait = monitor_wait,
	};

	if (teavmx_follow(monitor->teavmx, &follower, monitor))
		return output_failure(teavmx_error(monitor->teavmx), NULL);
	return monitor->strict && monitor->lost ? CLI_INTERRUPTED : CLI_OK;
}

static int monitor_watch(struct teavmx *teavmx, const struct monitor *monitor)
{
	uint64_t from = monitor->from;
	struct teavmx_vm vm;

	if (teavmx_event_open(teavmx, 0) ||
	    teavmx_event_filter(teavmx, &monitor->filter))
		return -1;
	if (!monitor->vm)
		return teavmx_event_watch_all(teavmx);
	if (!monitor->has_from) {
		if (teavmx_vm_get(teavmx, (uint32_t)monitor->vm, &vm))
			return -1;
		from = vm.next_seq;
	}
	return teavmx_event_watch(teavmx, (uint32_t)monitor->vm, from);
}

static int monitor_events(struct teavmx *teavmx, void *state)
{
	struct monitor *monitor = state;

	monitor->teavmx = teavmx;
	if (monitor_watch(teavmx, monitor))
		return output_failure(teavmx_error(teavmx), NULL);
	interrupt_catch();
	setvbuf(stdout, NULL, _IOLBF, 0);
	monitor->start = clock_ns(CLOCK_MONOTONIC);
	monitor->offset = clock_ns(CLOCK_REALTIME) - monitor->start;
	monitor->looked = monitor->start;
	if (monitor->limited)
		interrupt_limit(monitor->seconds);
	fputs("listening\n", stderr);
	/* The time begins when the old events have been read. */
	if (monitor->has_from && teavmx_event_sync(teavmx))
		return output_failure(teavmx_error(teavmx), NULL);
	return monitor_follow(monitor);
}

static const struct cli_unit seconds[] = {
	{ "s", 1 },
	{ "", 1 },
	{ NULL, 0 }
};

static int monitor_refuse(const char *option, const char *expected, const char *value)
{
	return command_usage(&command_monitor, "--%s: expected %s, got '%s'",
			     option, expected, value);
}

static int monitor_option(int option, void *state)
{
	struct monitor *monitor = state;

	switch (option) {
	case 't':
		monitor->stamp = STAMP_RELATIVE;
		return CLI_OK;
	case 'T':
		monitor->stamp = STAMP_ABSOLUTE;
		return CLI_OK;
	case 's':
		monitor->strict = true;
		return CLI_OK;
	case 'y':
		return event_filter_types(&command_monitor, optarg,
					  &monitor->filter);
	case 'r':
		return event_filter_reasons(&command_monitor, optarg,
					    &monitor->filter);
	case 'v':
		return cli_number(optarg, 1, UINT32_MAX, &monitor->vm) ?
		       monitor_refuse("vm", "the number of a VM", optarg) : CLI_OK;
	case 'F':
		monitor->has_from = true;
		return cli_number(optarg, 0, ~0ULL, &monitor->from) ?
		       monitor_refuse("from", "a sequence number", optarg) : CLI_OK;
	case 'n':
		return cli_number(optarg, 1, ~0ULL, &monitor->count) ?
		       monitor_refuse("count", "a number from 1", optarg) : CLI_OK;
	default:
		monitor->limited = true;
		return cli_quantity(optarg, seconds, 1, 1000000000,
				    &monitor->seconds) ?
		       monitor_refuse("for", "seconds, such as 10 or 10s", optarg) :
		       CLI_OK;
	}
}

static int monitor_run(int argc, char **argv, void *state)
{
	struct monitor *monitor = state;

	if (command_end(&command_monitor, argc, argv))
		return CLI_USAGE;
	if (monitor->has_from && !monitor->vm)
		return command_usage(&command_monitor,
				     "--from: expected --vm with it, as every VM counts by itself");
	return output_with(monitor_events, monitor);
}

static const struct option options[] = {
	{ "vm", required_argument, NULL, 'v' },
	{ "from", required_argument, NULL, 'F' },
	{ "type", required_argument, NULL, 'y' },
	{ "reason", required_argument, NULL, 'r' },
	{ "count", required_argument, NULL, 'n' },
	{ "for", required_argument, NULL, 'f' },
	{ "relative", no_argument, NULL, 't' },
	{ "absolute", no_argument, NULL, 'T' },
	{ "strict", no_argument, NULL, 's' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_monitor = {
	.name = "monitor",
	.synopsis = "[OPTION...]",
	.summary = "Show events as they happen: exits, text, states.",
	.help =
	"Prints 'listening' on standard error when it receives all events from then on.\n"
	"What cannot be read in time waits in the kernel's log; one record, lost, replaces\n"
	"the events that leave the log before they were read.\n\n"
	"  -v, --vm N         events of one VM only; ends when it is removed\n"
	"  -F, --from SEQ     with --vm: from this sequence number on, 0 for the oldest one\n"
	"  -y, --type LIST    only these types of events, such as state,tea-text\n"
	"  -r, --reason LIST  of the VMX exits only those with these reasons, such as\n"
	"                     CPUID,30; without --type only these exits\n"
	"  -n, --count N      end after N events\n"
	"  -f, --for SEC      end after so many seconds\n"
	"  -t, --relative     show the seconds since the start\n"
	"  -T, --absolute     show date and time\n"
	"  -s, --strict       exit status 7 if events were lost\n"
	"  -j, --json         print one JSON object a line\n"
	"  -h, --help         show this text\n",
	.options = options,
	.state_size = sizeof(struct monitor),
	.option = monitor_option,
	.run = monitor_run,
};
