// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "output.h"
#include "watch.h"

#define NS_PER_S	1000000000LL

enum stamp {
	STAMP_NONE,
	STAMP_RELATIVE,
	STAMP_ABSOLUTE,
};

/* @offset: what CLOCK_REALTIME is ahead of CLOCK_MONOTONIC, in ns */
struct monitor {
	struct watch watch;
	enum stamp stamp;
	long long offset;
};

static void print_stamp(const struct monitor *monitor, uint64_t time)
{
	long long ns = (long long)time;
	char text[32] = "";
	struct tm local;
	time_t seconds;

	if (monitor->stamp == STAMP_RELATIVE) {
		ns -= monitor->watch.start;
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

static void print_event(const struct teavmx_record *record, void *data)
{
	struct monitor *monitor = data;

	if (monitor->stamp && !cli_json && record->time)
		print_stamp(monitor, record->time);
	output_record(record);
	monitor->watch.stop = ferror(stdout);
}

static int monitor_events(struct teavmx *teavmx, void *state)
{
	struct monitor *monitor = state;

	monitor->offset = watch_clock(CLOCK_REALTIME) -
			  watch_clock(CLOCK_MONOTONIC);
	return watch_run(&monitor->watch, teavmx);
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
	default:
		return watch_option(&monitor->watch, option);
	}
}

static int monitor_run(int argc, char **argv, void *state)
{
	struct monitor *monitor = state;

	monitor->watch.data = monitor;
	return command_end(&command_monitor, argc, argv) ?:
	       watch_check(&monitor->watch) ?:
	       output_with(monitor_events, monitor);
}

static const struct monitor initial = {
	.watch = {
		.command = &command_monitor,
		.output = STDOUT_FILENO,
		.show = print_event,
	},
};

static const struct option options[] = {
	WATCH_OPTIONS,
	{ "relative", no_argument, NULL, 't' },
	{ "absolute", no_argument, NULL, 'T' },
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
	.initial = &initial,
	.option = monitor_option,
	.run = monitor_run,
};
