/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_WATCH_H
#define TEAVMX_WATCH_H

#include <time.h>

#include <userspace/lib/recording.h>

#include "command.h"

/**
 * struct watch - which events a verb receives, and until when
 * @command: the verb
 * @vm: one VM, or 0 for all
 * @from: with @has_from, the number of the first record
 * @count: end after so many events, 0 for no limit
 * @seconds: with @limited, end after so many
 * @filter: what the kernel sends
 * @has_from: @from is valid
 * @limited: @seconds is valid
 * @strict: lost events change the exit status
 * @output: descriptor, end when its reader has left; 0 for none
 * @stop: the verb sets it to end
 * @show: called with each event; may be null
 * @begun: called when the watch has begun, before @show; may be null. A result other
 *	than CLI_OK ends the watch
 * @tap: where what arrives is copied to, also before @begun, or null
 * @data: passed on to @show and @begun
 * @start: begin in ns of CLOCK_MONOTONIC
 *
 * What follows belongs to watch.c.
 */
struct watch {
	const struct command *command;
	unsigned long long vm;
	unsigned long long from;
	unsigned long long count;
	unsigned long long seconds;
	struct teavmx_event_filter filter;
	bool has_from;
	bool limited;
	bool strict;
	int output;
	bool stop;
	void (*show)(const struct teavmx_record *record, void *data);
	int (*begun)(void *data);
	const struct recording_tap *tap;
	void *data;
	long long start;

	bool lost;
	bool synced;
	unsigned long long shown;
	long long looked;
};

#define WATCH_OPTIONS \
	{ "vm", required_argument, NULL, 'v' }, \
	{ "from", required_argument, NULL, 'F' }, \
	{ "type", required_argument, NULL, 'y' }, \
	{ "reason", required_argument, NULL, 'r' }, \
	{ "count", required_argument, NULL, 'n' }, \
	{ "for", required_argument, NULL, 'f' }, \
	{ "strict", no_argument, NULL, 's' }

/**
 * watch_option() - read one of WATCH_OPTIONS
 * @watch: the watch
 * @option: its letter; its value is in optarg
 *
 * Return: CLI_OK or CLI_USAGE.
 */
int watch_option(struct watch *watch, int option);

/**
 * watch_check() - refuse options that do not go together
 * @watch: the watch, with all its options
 *
 * Return: CLI_OK or CLI_USAGE.
 */
int watch_check(const struct watch *watch);

/**
 * watch_clock() - the time of a clock
 * @clock: the clock
 *
 * Return: ns.
 */
long long watch_clock(clockid_t clock);

/**
 * watch_run() - receive events until the end
 * @watch: the watch
 * @teavmx: handle
 *
 * It prints "listening" on standard error when nothing is missed from then on, and
 * catches SIGINT and SIGTERM.
 *
 * Return: enum cli_status, after an error that has been reported.
 */
int watch_run(struct watch *watch, struct teavmx *teavmx);

#endif
