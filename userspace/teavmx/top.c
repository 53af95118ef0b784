// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "choice.h"
#include "command.h"
#include "interrupt.h"
#include "output.h"
#include "rounds.h"
#include "top.h"

#define MS_PER_S	1000

/**
 * struct costs - where the costs of a VM are added
 * @sample: the sample
 * @vm: the VM
 */
struct costs {
	struct top_sample *sample;
	uint32_t vm;
};

static int take_cost(const struct teavmx_reason_cost *cost, void *data)
{
	struct costs *costs = data;

	return top_add_cost(costs->sample, costs->vm, cost) ? 0 : -1;
}

static bool sample_vcpus(struct top *top, struct top_sample *sample)
{
	struct teavmx_vcpu *vcpus;
	int count = teavmx_vcpu_list(top->teavmx, 0, &vcpus);
	bool good = count >= 0;
	int i;

	for (i = 0; i < count && good; i++)
		good = top_add_vcpu(sample, &vcpus[i]);
	if (count > 0)
		teavmx_vcpu_free(vcpus, (size_t)count);
	return good;
}

/* A VM may end between the list and the request for its costs. */
static bool sample_vms(struct top *top, struct top_sample *sample)
{
	struct teavmx_vm *vms;
	bool good = true;
	int i;

	sample->vms = teavmx_vm_list(top->teavmx, &vms);
	for (i = 0; i < sample->vms && good; i++) {
		struct costs costs = { sample, vms[i].id };

		good = !teavmx_stats_read(top->teavmx, vms[i].id, 0, take_cost,
					  &costs) ||
		       teavmx_error(top->teavmx)->status == TEAVMX_OBJECT;
	}
	if (sample->vms > 0)
		free(vms);
	return good && sample->vms >= 0;
}

/* No table is shown of the VM that the command line names if there is none. */
static bool sample_named_vm(struct top *top)
{
	struct teavmx_vm vm;

	return !top->vm || !teavmx_vm_get(top->teavmx, top->vm, &vm);
}

bool top_show(struct top *top)
{
	top_free(&top->view.table);
	return top_difference(&top->view.table, &top->before, &top->now,
			      &top->view.choice);
}

bool top_measure(struct top *top)
{
	struct top_sample sample = { .ms = interrupt_clock() };

	if (!sample_named_vm(top) || !sample_vcpus(top, &sample) ||
	    !sample_vms(top, &sample)) {
		top_free(&sample);
		return false;
	}
	top_free(&top->before);
	top->before = top->now;
	top->now = sample;
	return top_show(top);
}

long long top_due(const struct top *top)
{
	return top->now.ms + (long long)top->view.seconds * MS_PER_S;
}

static json_t *json_cost(const struct top_view *view, struct top_reason *row,
			 enum cost_part part)
{
	const struct teavmx_cost *cost = cost_of(&row->cost, part);

	return json_pack("{s:I, s:f, s:f, s:f, s:f}", "count",
			 (json_int_t)cost->count, "mean_ns",
			 cost_ns(cost_mean(cost), view->khz), "p50_ns",
			 cost_ns(cost_percentile(cost, 50), view->khz),
			 "p99_ns",
			 cost_ns(cost_percentile(cost, 99), view->khz),
			 "highest_ns", cost_ns((double)cost->highest, view->khz));
}

static json_t *json_reason(const struct top_view *view, struct top_reason *row)
{
	char number[16];
	json_t *object;
	int part;

	object = json_pack("{s:I, s:I, s:s, s:I, s:f}", "vm",
			   (json_int_t)row->vm, "reason",
			   (json_int_t)row->cost.reason, "name",
			   output_reason(row->cost.reason, number,
					 sizeof(number)), "count",
			   (json_int_t)row->exits, "per_second",
			   top_rate(row->exits, view->table.ms));
	for (part = 0; part < COST_PARTS && view->khz; part++)
		json_object_set_new(object, cost_part_names[part],
				    json_cost(view, row, part));
	return object;
}

static json_t *json_vcpu(const struct top_view *view,
			 const struct top_vcpu *row)
{
	const char *backend = teavmx_backend_name(row->backend);
	const char *state = teavmx_state_name(row->state);
	const char *stop = teavmx_stop_name(row->stop);

	return json_pack("{s:I, s:I, s:s, s:s, s:I, s:f, s:s*}", "vm",
			 (json_int_t)row->vm, "vcpu", (json_int_t)row->vcpu,
			 "backend", backend ? backend : "?", "state",
			 state ? state : "?", "count", (json_int_t)row->exits,
			 "per_second", top_rate(row->exits, view->table.ms),
			 "stop", row->stop == TEAVMX_STOP_NONE ? NULL :
			 stop ? stop : "?");
}

static void print_json(const struct top_view *view)
{
	const struct top_sample *table = &view->table;
	json_t *reasons = json_array();
	json_t *vcpus = json_array();
	size_t i;

	for (i = 0; i < table->vcpu_count; i++)
		json_array_append_new(vcpus, json_vcpu(view, &table->vcpus[i]));
	for (i = 0; i < table->reason_count; i++)
		json_array_append_new(reasons,
				      json_reason(view, &table->reasons[i]));
	tea_json_print(json_pack("{s:i, s:I, s:o, s:o}", "vms", table->vms, "ms",
				 (json_int_t)table->ms, "vcpus", vcpus, "exits",
				 reasons), stdout);
}

static void print_rows(const struct top_view *view)
{
	const struct top_sample *table = &view->table;
	char line[TOP_LINE];
	size_t i;

	top_head_text(view, line);
	puts(line);
	top_vcpu_text(view, NULL, line);
	puts(line);
	for (i = 0; i < table->vcpu_count; i++) {
		top_vcpu_text(view, &table->vcpus[i], line);
		puts(line);
	}
	top_reason_text(view, NULL, line);
	puts(line);
	for (i = 0; i < table->reason_count; i++) {
		top_reason_text(view, &table->reasons[i], line);
		puts(line);
	}
	putchar('\n');
}

static bool top_batch(struct top *top)
{
	unsigned long long round;

	for (round = 0; !top->rounds || round < top->rounds; round++) {
		if (!rounds_wait(top_due(top)))
			break;
		if (!top_measure(top))
			return false;
		if (cli_json)
			print_json(&top->view);
		else
			print_rows(&top->view);
		fflush(stdout);
	}
	return true;
}

static bool top_screen(struct top *top, int *status)
{
	const char *missing = screen_open();
	bool good;

	if (missing) {
		*status = cli_error(CLI_FAILED, "use --batch for plain rows",
				    "top: cannot use the terminal: %s",
				    missing);
		return true;
	}
	interrupt_hold(true);
	good = top_live(top);
	screen_close();
	interrupt_hold(false);
	return good;
}

/* A function of the library that failed has noted why, and memory has not. */
static int top_failure(const struct top *top)
{
	const struct teavmx_error *error = teavmx_error(top->teavmx);

	return error->status == TEAVMX_OK ?
	       cli_error(CLI_FAILED, NULL, "out of memory") :
	       output_failure(error, NULL);
}

static int top_act(struct teavmx *teavmx, void *state)
{
	struct teavmx_info info;
	struct top *top = state;
	int status = CLI_OK;
	bool good;

	top->teavmx = teavmx;
	interrupt_catch();
	if (teavmx_get_info(teavmx, NULL, &info))
		return output_failure(teavmx_error(teavmx), NULL);
	top->view.khz = info.tsc_khz;
	good = top_measure(top);
	if (good && top->batch)
		good = top_batch(top);
	else if (good)
		good = top_screen(top, &status);
	return good ? status : top_failure(top);
}

static void top_release(void *state)
{
	struct top *top = state;

	top_free(&top->before);
	top_free(&top->now);
	top_free(&top->view.table);
}

static int take_vm(struct top *top)
{
	unsigned long long vm;

	if (cli_number(optarg, 1, UINT32_MAX, &vm))
		return command_usage(&command_top,
				     "--vm: expected the number of a VM, got '%s'",
				     optarg);
	top->vm = (uint32_t)vm;
	top->view.choice.vm = top->vm;
	return CLI_OK;
}

static bool is_name_part(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '_')
			return false;
	return i < TOP_TEXT;
}

static int take_text(struct top *top)
{
	if (!is_name_part(optarg))
		return command_usage(&command_top,
				     "--reason: expected a part of a reason's name");
	snprintf(top->view.choice.text, TOP_TEXT, "%s", optarg);
	return CLI_OK;
}

static int take_sort(struct top *top)
{
	int sort = choice_take(&command_top, "order", optarg, top_sort_names,
			       TOP_SORTS);

	top->view.choice.sort = sort < 0 ? 0 : (enum top_sort)sort;
	return sort < 0 ? CLI_USAGE : CLI_OK;
}

static int take_part(struct top *top)
{
	int part = choice_take(&command_top, "cost", optarg, cost_part_names,
			       COST_PARTS);

	top->view.choice.part = part < 0 ? 0 : (enum cost_part)part;
	return part < 0 ? CLI_USAGE : CLI_OK;
}

static int top_option(int option, void *state)
{
	struct top *top = state;

	switch (option) {
	case 'v':
		return take_vm(top);
	case 'r':
		return take_text(top);
	case 's':
		return take_sort(top);
	case 'c':
		return take_part(top);
	case 'd':
		return rounds_seconds(&command_top, "delay", 1000000,
				      &top->view.seconds);
	case 'n':
		return command_range(&command_top, "count", UINT32_MAX,
				     &top->rounds);
	default:
		top->batch = true;
		return CLI_OK;
	}
}

static int top_run(int argc, char **argv, void *state)
{
	struct top *top = state;

	if (command_end(&command_top, argc, argv))
		return CLI_USAGE;
	if (cli_json && !top->batch)
		return command_usage(&command_top,
				     "--json: expected --batch with it");
	if (!top->batch && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
		return command_usage(&command_top,
				     "not at a terminal: expected --batch");
	return output_with(top_act, top);
}

static const struct option options[] = {
	{ "batch", no_argument, NULL, 'b' },
	{ "count", required_argument, NULL, 'n' },
	{ "delay", required_argument, NULL, 'd' },
	{ "vm", required_argument, NULL, 'v' },
	{ "reason", required_argument, NULL, 'r' },
	{ "sort", required_argument, NULL, 's' },
	{ "cost", required_argument, NULL, 'c' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

static const struct top initial = {
	.view.seconds = 2,
	.view.choice.part = COST_HANDLER,
};

const struct command command_top = {
	.name = "top",
	.synopsis = "[OPTION...]",
	.summary = "Show vCPUs, the rate of their exits and what these cost, live.",
	.help =
	"Keys: q quit, p pause, s sort, c cost, v VM, f filter, r reset, h help.\n\n"
	"  -b, --batch        print rows after each interval, without a terminal\n"
	"  -n, --count N      end after N intervals\n"
	"  -d, --delay SEC    length of an interval, 2 without it\n"
	"  -v, --vm N         one VM only\n"
	"  -r, --reason TEXT  exit reasons with TEXT in their name\n"
	"  -s, --sort ORDER   exits, time (what they cost together) or number\n"
	"  -c, --cost COST    guest (before the exit), handler (after it) or delivery (of\n"
	"                     its records)\n"
	"  -j, --json         print one JSON object for each interval; needs --batch\n"
	"  -h, --help         show this text\n",
	.options = options,
	.state_size = sizeof(struct top),
	.initial = &initial,
	.option = top_option,
	.run = top_run,
	.release = top_release,
};
