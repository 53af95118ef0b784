// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "interrupt.h"
#include "output.h"
#include "rounds.h"
#include "stat_costs.h"

#define MS_PER_S	1000

/**
 * struct row - how often a vCPU exited for a reason
 * @vm: its VM
 * @vcpu: its number there
 * @reason: exit reason
 * @count: exits, of the interval if there is one
 */
struct row {
	uint32_t vm;
	uint32_t vcpu;
	uint32_t reason;
	uint64_t count;
};

/**
 * struct table - the exits of all vCPUs at one time
 * @rows: by VM, vCPU and reason
 * @count: entries in @rows
 * @vms: number of VMs
 * @ms: interrupt_clock() when it was read
 */
struct table {
	struct row *rows;
	size_t count;
	int vms;
	long long ms;
};

struct stat {
	unsigned long long vm;
	unsigned long long interval;
	unsigned long long rounds;
	bool openmetrics;
	struct stat_costs costs;
};

static int stat_no_memory(void)
{
	return cli_error(CLI_FAILED, NULL, "out of memory");
}

static int table_add(struct table *table, const struct teavmx_vcpu *vcpu)
{
	struct row *rows;
	size_t i;

	rows = reallocarray(table->rows, table->count + vcpu->exit_count + 1,
			    sizeof(*rows));
	if (!rows)
		return stat_no_memory();
	table->rows = rows;
	for (i = 0; i < vcpu->exit_count; i++)
		rows[table->count++] = (struct row){
			.vm = vcpu->vm,
			.vcpu = vcpu->id,
			.reason = vcpu->exits[i].reason,
			.count = vcpu->exits[i].count,
		};
	return CLI_OK;
}

static int table_count_vms(struct teavmx *teavmx, const struct stat *stat,
			   struct table *table)
{
	struct teavmx_vm *vms;
	struct teavmx_vm vm;

	table->vms = 1;
	if (stat->vm)
		return teavmx_vm_get(teavmx, (uint32_t)stat->vm, &vm);
	table->vms = teavmx_vm_list(teavmx, &vms);
	if (table->vms < 0)
		return -1;
	free(vms);
	return 0;
}

static int table_read(struct teavmx *teavmx, const struct stat *stat,
		      struct table *table)
{
	struct teavmx_vcpu *vcpus;
	int status = CLI_OK;
	int count, i;

	*table = (struct table){ .ms = interrupt_clock() };
	if (table_count_vms(teavmx, stat, table))
		return output_failure(teavmx_error(teavmx), NULL);
	count = teavmx_vcpu_list(teavmx, (uint32_t)stat->vm, &vcpus);
	if (count < 0)
		return output_failure(teavmx_error(teavmx), NULL);
	for (i = 0; i < count && !status; i++)
		status = table_add(table, &vcpus[i]);
	teavmx_vcpu_free(vcpus, (size_t)count);
	return status;
}

static const struct row *table_find(const struct table *table,
				    const struct row *row)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		if (table->rows[i].vm == row->vm &&
		    table->rows[i].vcpu == row->vcpu &&
		    table->rows[i].reason == row->reason)
			return &table->rows[i];
	return NULL;
}

/* A reset sets the counts of a vCPU to 0, so that they may be lower than before. */
static void table_subtract(struct table *table, const struct table *before)
{
	const struct row *old;
	size_t i;

	for (i = 0; i < table->count; i++) {
		old = table_find(before, &table->rows[i]);
		if (old && old->count <= table->rows[i].count)
			table->rows[i].count -= old->count;
	}
}

static int row_compare(const void *left, const void *right)
{
	const struct row *a = left;
	const struct row *b = right;

	return a->count < b->count ? 1 : a->count > b->count ? -1 : 0;
}

static uint64_t table_total(const struct table *table)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < table->count; i++)
		total += table->rows[i].count;
	return total;
}

static double per_second(uint64_t count, long long ms)
{
	return ms > 0 ? (double)count * MS_PER_S / (double)ms : 0;
}

static void print_rows(const struct table *table, long long ms)
{
	uint64_t total = table_total(table);
	const struct row *row;
	char number[16];
	size_t i;

	printf("%5s %4s %6s %-24s %14s %7s%s\n", "VM", "vCPU", "reason", "name",
	       "exits", "share", ms ? "     exits/s" : "");
	for (i = 0; i < table->count; i++) {
		row = &table->rows[i];
		if (!row->count)
			break;
		printf("%5u %4u %6u %-24s %14llu %5.1f %%", row->vm,
		       row->vcpu, row->reason,
		       output_reason(row->reason, number, sizeof(number)),
		       (unsigned long long)row->count,
		       100.0 * (double)row->count / (double)total);
		if (ms)
			printf(" %11.0f", per_second(row->count, ms));
		putchar('\n');
	}
}

static void print_json(const struct table *table, long long ms)
{
	json_t *exits = json_array();
	json_t *object, *all;
	char number[16];
	size_t i;

	for (i = 0; i < table->count && table->rows[i].count; i++) {
		const struct row *row = &table->rows[i];

		object = json_pack("{s:I, s:I, s:I, s:s, s:I}", "vm",
				   (json_int_t)row->vm, "vcpu",
				   (json_int_t)row->vcpu, "reason",
				   (json_int_t)row->reason, "name",
				   output_reason(row->reason, number,
						 sizeof(number)), "count",
				   (json_int_t)row->count);
		if (ms)
			json_object_set_new(object, "per_second",
					    json_real(per_second(row->count, ms)));
		json_array_append_new(exits, object);
	}
	all = json_pack("{s:i, s:o}", "vms", table->vms, "exits", exits);
	if (ms)
		json_object_set_new(all, "ms", json_integer(ms));
	tea_json_print(all, stdout);
}

/* OpenMetrics 1.0; the text-file collector of Prometheus' node exporter reads it, too. */
static void print_openmetrics(const struct table *table)
{
	char number[16];
	size_t i;

	puts("# TYPE teavmx_vms gauge\n# HELP teavmx_vms Virtual machines that exist.");
	printf("teavmx_vms %d\n", table->vms);
	puts("# TYPE teavmx_exits counter\n# HELP teavmx_exits VMX exits of a virtual processor.");
	for (i = 0; i < table->count; i++)
		printf("teavmx_exits_total{vm=\"%u\",vcpu=\"%u\",reason=\"%s\"} %llu\n",
		       table->rows[i].vm, table->rows[i].vcpu,
		       output_reason(table->rows[i].reason, number,
				     sizeof(number)),
		       (unsigned long long)table->rows[i].count);
	puts("# EOF");
}

static void print_table(const struct stat *stat, struct table *table,
			long long ms)
{
	if (table->count)
		qsort(table->rows, table->count, sizeof(*table->rows),
		      row_compare);
	if (stat->openmetrics)
		print_openmetrics(table);
	else if (cli_json)
		print_json(table, ms);
	else
		print_rows(table, ms);
	fflush(stdout);
}

/* Waits until the next round is due; false if there is none. */
static bool stat_wait(const struct stat *stat, const struct table *last,
		      unsigned long long rounds)
{
	if (stat->rounds && rounds == stat->rounds)
		return false;
	return rounds_wait(last->ms + (long long)stat->interval * MS_PER_S);
}

static int table_copy(struct table *to, const struct table *from)
{
	*to = *from;
	to->rows = calloc(from->count + 1, sizeof(*to->rows));
	if (!to->rows)
		return stat_no_memory();
	if (from->count)
		memcpy(to->rows, from->rows, from->count * sizeof(*to->rows));
	return CLI_OK;
}

/* Shows what has been counted since @last, which receives the new counts. */
static int stat_round(struct teavmx *teavmx, const struct stat *stat,
		      struct table *last)
{
	struct table next, shown;
	int status = table_read(teavmx, stat, &next);

	if (!status)
		status = table_copy(&shown, &next);
	if (status) {
		free(next.rows);
		return status;
	}
	table_subtract(&shown, last);
	print_table(stat, &shown, next.ms - last->ms);
	free(shown.rows);
	free(last->rows);
	*last = next;
	return CLI_OK;
}

static int stat_repeat(struct teavmx *teavmx, const struct stat *stat)
{
	unsigned long long rounds = 0;
	struct table last;
	int status;

	interrupt_catch();
	status = table_read(teavmx, stat, &last);
	while (!status && stat_wait(stat, &last, rounds++))
		status = stat_round(teavmx, stat, &last);
	free(last.rows);
	return status;
}

static int stat_once(struct teavmx *teavmx, const struct stat *stat)
{
	struct table table;
	int status = table_read(teavmx, stat, &table);

	if (!status)
		print_table(stat, &table, 0);
	free(table.rows);
	return status;
}

static int stat_act(struct teavmx *teavmx, void *state)
{
	const struct stat *stat = state;

	if (stat->costs.show || stat->costs.reset)
		return stat_costs(teavmx, &stat->costs);
	return stat->interval ? stat_repeat(teavmx, stat) :
				stat_once(teavmx, stat);
}

static int stat_refuse(const char *option, const char *expected)
{
	return command_usage(&command_stat, "--%s: expected %s, got '%s'",
			     option, expected, optarg);
}

static int stat_option(int option, void *state)
{
	struct stat *stat = state;

	switch (option) {
	case 'v':
		return cli_number(optarg, 1, UINT32_MAX, &stat->vm) ?
		       stat_refuse("vm", "the number of a VM") : CLI_OK;
	case 'i':
		return rounds_seconds(&command_stat, "interval", 1000000,
				      &stat->interval);
	case 'n':
		return cli_number(optarg, 1, UINT64_MAX, &stat->rounds) ?
		       stat_refuse("count", "a number from 1") : CLI_OK;
	case 'c':
		stat->costs.show = true;
		return CLI_OK;
	case 'p':
		stat->costs.vcpus = true;
		return CLI_OK;
	case 'r':
		stat->costs.reset = true;
		return CLI_OK;
	default:
		stat->openmetrics = true;
		return CLI_OK;
	}
}

static int stat_check_costs(struct stat *stat)
{
	struct stat_costs *costs = &stat->costs;

	costs->vm = (uint32_t)stat->vm;
	costs->openmetrics = stat->openmetrics;
	if (stat->interval && (costs->show || costs->reset))
		return command_usage(&command_stat,
				     "--interval: goes with neither --costs nor --reset: use 'teavmx top'");
	if (costs->vcpus && !costs->show && !costs->reset)
		return command_usage(&command_stat,
				     "--vcpus: expected --costs or --reset with it");
	return CLI_OK;
}

static int stat_run(int argc, char **argv, void *state)
{
	struct stat *stat = state;

	if (optind < argc)
		return command_usage(&command_stat,
				     "unexpected word '%s'; --vm VM chooses one VM",
				     argv[optind]);
	if (stat->rounds && !stat->interval)
		return command_usage(&command_stat,
				     "--count: expected --interval with it");
	if (stat->openmetrics && (stat->interval || cli_json))
		return command_usage(&command_stat,
				     "--openmetrics: goes with neither --interval nor --json");
	if (stat_check_costs(stat))
		return CLI_USAGE;
	return output_with(stat_act, stat);
}

static const struct option options[] = {
	{ "vm", required_argument, NULL, 'v' },
	{ "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'n' },
	{ "openmetrics", no_argument, NULL, 'o' },
	{ "costs", no_argument, NULL, 'c' },
	{ "vcpus", no_argument, NULL, 'p' },
	{ "reset", no_argument, NULL, 'r' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_stat = {
	.name = "stat",
	.synopsis = "[OPTION...]",
	.summary = "Show how often each vCPU has exited, and for what reason.",
	.help =
	"The counts are from the creation of the vCPU or its last reset on; with\n"
	"--interval they are those of each interval, until Ctrl-C.\n\n"
	"  -v, --vm N          the vCPUs of one VM only\n"
	"  -i, --interval SEC  show the exits of each SEC seconds, with their rate\n"
	"  -n, --count N       end after N intervals\n"
	"  -o, --openmetrics   print counters for Prometheus, in the OpenMetrics format\n"
	"  -c, --costs         show what the exits cost: time in the guest before them, in the\n"
	"                      handler and of delivering records; the VM may have ended\n"
	"  -p, --vcpus         costs of each vCPU, not of the VM\n"
	"  -r, --reset         reset the costs, after they were shown if --costs is given\n"
	"  -j, --json          print one JSON object, or one for each interval\n"
	"  -h, --help          show this text\n",
	.options = options,
	.state_size = sizeof(struct stat),
	.option = stat_option,
	.run = stat_run,
};
