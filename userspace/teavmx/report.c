// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cost.h"
#include "flame.h"
#include "output.h"
#include "recorded.h"
#include "tally.h"

#define NS_PER_S	1000000000ULL
#define NS_PER_US	1000ULL
#define ROWS_DEFAULT	10
#define ROWS_MAX	10000

/*
 * @rows: exits and gaps that are shown at most
 * @flame: print folded stacks instead
 * @program: object file for them, or null
 */
struct report {
	const char *path;
	const char *program;
	unsigned long long rows;
	bool flame;
	struct recording *recording;
	struct tally tally;
};

static void print_begin(const struct recording_header *header)
{
	time_t seconds = (time_t)(header->begun / NS_PER_S);
	char text[32] = "", zone[8] = "";
	struct tm local;

	if (localtime_r(&seconds, &local)) {
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &local);
		strftime(zone, sizeof(zone), "%z", &local);
	}
	printf("begun      %s.%06llu%s\n", text,
	       (unsigned long long)(header->begun % NS_PER_S / 1000), zone);
}

static void print_machine(const struct recording_header *header)
{
	printf("processor  %s", header->cpu[0] ? header->cpu : "unknown");
	if (header->microcode)
		printf(", microcode 0x%x", header->microcode);
	if (header->tsc_khz)
		printf(", TSC %u kHz", header->tsc_khz);
	printf("\nkernel     %s\nmodule     %s\n", header->kernel, header->module);
	print_begin(header);
}

static void print_types(const struct tally *tally)
{
	uint32_t type;

	for (type = 0; teavmx_event_type_name(type); type++)
		if (type < TALLY_TYPES && tally->types[type])
			printf("  %-14s %10llu\n", teavmx_event_type_name(type),
			       (unsigned long long)tally->types[type]);
}

static void print_length(unsigned long long lasted)
{
	if (lasted < NS_PER_US)
		puts("lasted     less than 0.000001 s");
	else
		printf("lasted     %llu.%06llu s\n", lasted / NS_PER_S,
		       lasted % NS_PER_S / NS_PER_US);
}

static void print_totals(const struct tally *tally)
{
	if (!tally->spans.records) {
		puts("records    none");
		return;
	}
	print_length(tally->spans.length);
	printf("VMs        %llu with %llu vCPUs\n", (unsigned long long)tally->spans.vms.count,
	       (unsigned long long)tally->spans.vcpus.count);
	printf("records    %llu, lost %llu\n", (unsigned long long)tally->records,
	       (unsigned long long)tally->spans.lost);
	if (tally->spans.left_out)
		printf("left out   %llu by a filter; exits before them have no time\n",
		       (unsigned long long)tally->spans.left_out);
	print_types(tally);
}

static double share_of(const struct tally *tally, const struct tally_reason *reason)
{
	return 100.0 * (double)reason->count / (double)tally->spans.exits;
}

/* Nothing is known of the time of exits if none of them has an end. */
static void print_times(const struct tally_reason *reason)
{
	char time[COST_TEXT] = "-", mean[COST_TEXT] = "-", longest[COST_TEXT] = "-";

	if (reason->timed) {
		cost_text((double)reason->time, time);
		cost_text((double)reason->time / (double)reason->timed, mean);
		cost_text((double)reason->longest, longest);
	}
	printf(" %7s %7s %7s\n", time, mean, longest);
}

static void print_reasons(const struct tally *tally)
{
	const struct tally_reason *reason = tally->reasons;
	char number[16];

	if (!tally->spans.exits)
		return;
	printf("\n%-28s %10s %7s %7s %7s %7s\n", "reason", "exits", "share",
	       "time", "mean", "max");
	for (; reason->count; reason++) {
		printf("%-28s %10llu %5.1f %%",
		       output_reason(reason->reason, number, sizeof(number)),
		       (unsigned long long)reason->count, share_of(tally, reason));
		print_times(reason);
	}
}

static void print_slowest(const struct tally *tally)
{
	char time[COST_TEXT];
	size_t i;

	if (tally->slowest_count)
		printf("\nlongest in the host\n");
	for (i = 0; i < tally->slowest_count; i++) {
		cost_text((double)tally->slowest[i].time, time);
		printf("%8s  ", time);
		output_record(&tally->slowest[i].record);
	}
}

static void print_gap(const struct tally_gap *gap)
{
	if (gap->vm)
		printf("vm %u #%llu to #%llu\n", gap->vm,
		       (unsigned long long)gap->first,
		       (unsigned long long)gap->last);
	else
		printf("the last records of %llu VMs\n",
		       (unsigned long long)gap->last);
}

static void print_gaps(const struct report *report)
{
	const struct tally *tally = &report->tally;
	size_t i;

	if (tally->gap_count)
		printf("\nlost\n");
	for (i = 0; i < tally->gap_count && i < report->rows; i++)
		print_gap(&tally->gaps[i]);
	if (i < tally->gap_count)
		printf("and %zu more gaps\n", tally->gap_count - i);
}

static void print_text(const struct report *report)
{
	print_machine(recording_header(report->recording));
	print_totals(&report->tally);
	print_reasons(&report->tally);
	print_slowest(&report->tally);
	print_gaps(report);
}

static json_t *machine_json(const struct report *report)
{
	const struct recording_header *header = recording_header(report->recording);
	const struct teavmx_caps *caps = recording_caps(report->recording);
	json_t *object = json_pack("{s:s, s:I, s:I, s:s, s:s, s:I}",
				   "processor", header->cpu,
				   "microcode", (json_int_t)header->microcode,
				   "tsc_khz", (json_int_t)header->tsc_khz,
				   "kernel", header->kernel,
				   "module", header->module,
				   "instance", (json_int_t)header->instance);
	json_t *msrs = json_object();
	char number[16];
	size_t i;

	for (i = 0; i < caps->count; i++) {
		snprintf(number, sizeof(number), "0x%x", caps->msrs[i].number);
		json_object_set_new(msrs, teavmx_msr_name(caps->msrs[i].number) ?:
				    number, json_u64(caps->msrs[i].value));
	}
	json_object_set_new(object, "msrs", msrs);
	return object;
}

static json_t *types_json(const struct tally *tally)
{
	json_t *object = json_object();
	uint32_t type;

	for (type = 0; teavmx_event_type_name(type); type++)
		if (type < TALLY_TYPES && tally->types[type])
			json_object_set_new(object, teavmx_event_type_name(type),
					    json_integer((json_int_t)tally->types[type]));
	return object;
}

static json_t *reasons_json(const struct tally *tally)
{
	const struct tally_reason *reason = tally->reasons;
	json_t *array = json_array();
	char number[16];

	for (; reason->count; reason++)
		json_array_append_new(array,
				      json_pack("{s:I, s:s, s:I, s:I, s:I, s:I}",
						"reason", (json_int_t)reason->reason,
						"name", output_reason(reason->reason, number,
								      sizeof(number)),
						"count", (json_int_t)reason->count,
						"timed", (json_int_t)reason->timed,
						"time_ns", (json_int_t)reason->time,
						"longest_ns", (json_int_t)reason->longest));
	return array;
}

static json_t *slowest_json(const struct tally *tally)
{
	json_t *array = json_array();
	json_t *object;
	size_t i;

	for (i = 0; i < tally->slowest_count; i++) {
		object = output_json_record(&tally->slowest[i].record);
		json_object_set_new(object, "host_ns",
				    json_integer((json_int_t)tally->slowest[i].time));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *gaps_json(const struct tally *tally)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < tally->gap_count; i++) {
		const struct tally_gap *gap = &tally->gaps[i];

		json_array_append_new(array, gap->vm ?
				      json_pack("{s:I, s:I, s:I}",
						"vm", (json_int_t)gap->vm,
						"first", (json_int_t)gap->first,
						"last", (json_int_t)gap->last) :
				      json_pack("{s:I}", "vms",
						(json_int_t)gap->last));
	}
	return array;
}

static void print_json(const struct report *report)
{
	const struct tally *tally = &report->tally;
	json_t *object;

	object = json_pack("{s:o, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}",
			   "machine", machine_json(report),
			   "whole", !recording_problem(report->recording),
			   "begun_ns", (json_int_t)recording_header(report->recording)->begun,
			   "lasted_ns", (json_int_t)(tally->spans.length),
			   "vms", (json_int_t)tally->spans.vms.count,
			   "vcpus", (json_int_t)tally->spans.vcpus.count,
			   "records", (json_int_t)tally->records,
			   "lost", (json_int_t)tally->spans.lost,
			   "left_out", (json_int_t)tally->spans.left_out,
			   "exits", (json_int_t)tally->spans.exits,
			   "types", types_json(tally),
			   "reasons", reasons_json(tally),
			   "slowest", slowest_json(tally),
			   "gaps", gaps_json(tally));
	tea_json_print(object, stdout);
}

/* Returns CLI_OK, or CLI_FAILED after an error that is reported. */
static int report_print(const struct report *report)
{
	if (report->flame)
		return flame_print(&report->tally, report->program);
	if (cli_json)
		print_json(report);
	else
		print_text(report);
	return CLI_OK;
}

static int report_option(int option, void *state)
{
	struct report *report = state;

	if (option == 'n')
		return command_range(&command_report, "rows", ROWS_MAX,
				     &report->rows);
	if (option == 'p')
		report->program = optarg;
	else
		report->flame = true;
	return CLI_OK;
}

static int report_run(int argc, char **argv, void *state)
{
	struct report *report = state;
	struct tally *tally = &report->tally;

	report->path = command_file(&command_report, argc, argv, "a recording FILE");
	if (!report->path)
		return CLI_USAGE;
	if (report->flame && cli_json)
		return command_usage(&command_report, "--flame: does not go with --json");
	if (report->program && !report->flame)
		return command_usage(&command_report, "--program: goes with --flame only");
	report->recording = recorded_open(report->path);
	if (!report->recording)
		return CLI_FAILED;
	tally->limit = report->rows;
	tally->slowest = calloc(tally->limit, sizeof(*tally->slowest));
	if (!tally->slowest || tally_read(tally, report->recording))
		return cli_error(CLI_FAILED, NULL, "out of memory");
	if (report_print(report))
		return CLI_FAILED;
	return recorded_notes(report->recording, report->path);
}

static void report_release(void *state)
{
	struct report *report = state;

	free(report->tally.slowest);
	tally_free(&report->tally);
	recording_close(report->recording);
}

static const struct report initial = { .rows = ROWS_DEFAULT };

static const struct option options[] = {
	{ "flame", no_argument, NULL, 'l' },
	{ "program", required_argument, NULL, 'p' },
	{ "rows", required_argument, NULL, 'n' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_report = {
	.name = "report",
	.synopsis = "[OPTION...] FILE",
	.summary = "Show what a recording has: exits by reason, the slowest ones, gaps.",
	.help =
	"The time of an exit is from there to the next entry or state of its vCPU.\n\n"
	"  -l, --flame         print folded stacks, VM;REASON;RIP COUNT, for a flame graph;\n"
	"                      of a TEA program VM;VMCALL;SERVICE;CP COUNT\n"
	"  -p, --program FILE  with --flame: FUNCTION;SOURCE:LINE in place of CP, from the\n"
	"                      debug map of this object file\n"
	"  -n, --rows N        show at most N of the slowest exits and of the gaps; 10 if\n"
	"                      not given\n"
	"  -j, --json          print one JSON object\n"
	"  -h, --help          show this text\n",
	.options = options,
	.state_size = sizeof(struct report),
	.initial = &initial,
	.option = report_option,
	.run = report_run,
	.release = report_release,
};
