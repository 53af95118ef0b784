// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>

#include "cost.h"
#include "output.h"
#include "stat_costs.h"

#define MS_PER_S	1000.0

/**
 * struct target - whose costs are read
 * @vm: the VM
 * @vcpu: the vCPU, 0 for all of the VM
 */
struct target {
	uint32_t vm;
	uint32_t vcpu;
};

/**
 * struct reader - how the costs of one target are shown
 * @target: whose costs they are
 * @khz: ticks in a ms
 * @openmetrics: print them in the OpenMetrics format
 * @array: receives them as JSON objects
 */
struct reader {
	struct target target;
	uint32_t khz;
	bool openmetrics;
	json_t *array;
};

static json_t *json_cost(const struct teavmx_cost *cost, uint32_t khz)
{
	json_t *buckets = json_array();
	unsigned int i;

	for (i = 0; i < TEAVMX_COST_BUCKETS; i++)
		json_array_append_new(buckets,
				      json_integer((json_int_t)cost->buckets[i]));
	return json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:o}", "count",
			 (json_int_t)cost->count, "sum_ns",
			 cost_ns((double)cost->sum, khz), "lowest_ns",
			 cost_ns((double)cost->lowest, khz), "mean_ns",
			 cost_ns(cost_mean(cost), khz), "p50_ns",
			 cost_ns(cost_percentile(cost, 50), khz), "p99_ns",
			 cost_ns(cost_percentile(cost, 99), khz), "highest_ns",
			 cost_ns((double)cost->highest, khz), "buckets", buckets);
}

static void add_json(const struct reader *reader,
		     struct teavmx_reason_cost *reason, const char *name)
{
	json_t *object = json_pack("{s:I, s:I, s:s}", "vm",
				   (json_int_t)reader->target.vm, "reason",
				   (json_int_t)reason->reason, "name", name);
	int part;

	if (reader->target.vcpu)
		json_object_set_new(object, "vcpu",
				    json_integer(reader->target.vcpu));
	for (part = 0; part < COST_PARTS; part++)
		json_object_set_new(object, cost_part_names[part],
				    json_cost(cost_of(reason, part),
					      reader->khz));
	json_array_append_new(reader->array, object);
}

/* Labels that one cost has in common, with a brace that is not closed */
static void metric_labels(const struct reader *reader, const char *name,
			  int part, char *labels, size_t size)
{
	char vcpu[32] = "";

	if (reader->target.vcpu)
		snprintf(vcpu, sizeof(vcpu), "vcpu=\"%u\",",
			 reader->target.vcpu);
	snprintf(labels, size, "{vm=\"%u\",%sreason=\"%s\",cost=\"%s\"",
		 reader->target.vm, vcpu, name, cost_part_names[part]);
}

/* All buckets are printed, as Prometheus adds up series with equal ones. */
static void print_metric(const struct reader *reader,
			 const struct teavmx_cost *cost, const char *name,
			 int part)
{
	double per_second = reader->khz * MS_PER_S;
	uint64_t below = 0;
	char labels[128];
	unsigned int i;

	metric_labels(reader, name, part, labels, sizeof(labels));
	for (i = 0; i < TEAVMX_COST_BUCKETS - 1; i++) {
		below += cost->buckets[i];
		printf("teavmx_exit_cost_seconds_bucket%s,le=\"%.9g\"} %llu\n",
		       labels, (double)cost_bound(i) / per_second,
		       (unsigned long long)below);
	}
	printf("teavmx_exit_cost_seconds_bucket%s,le=\"+Inf\"} %llu\n", labels,
	       (unsigned long long)cost->count);
	printf("teavmx_exit_cost_seconds_sum%s} %.9g\n", labels,
	       (double)cost->sum / per_second);
	printf("teavmx_exit_cost_seconds_count%s} %llu\n", labels,
	       (unsigned long long)cost->count);
}

static void print_row(const struct reader *reader,
		      const struct teavmx_cost *cost, const char *name, int part)
{
	char mean[COST_TEXT], half[COST_TEXT], most[COST_TEXT];
	char highest[COST_TEXT];
	char target[32];

	cost_text(cost_ns(cost_mean(cost), reader->khz), mean);
	cost_text(cost_ns(cost_percentile(cost, 50), reader->khz), half);
	cost_text(cost_ns(cost_percentile(cost, 99), reader->khz), most);
	cost_text(cost_ns((double)cost->highest, reader->khz), highest);
	snprintf(target, sizeof(target),
		 reader->target.vcpu ? "%u.%u" : "%u", reader->target.vm,
		 reader->target.vcpu);
	printf("%8s %-24s %-8s %9llu %6s %6s %6s %6s\n", target, name,
	       cost_part_names[part], (unsigned long long)cost->count, mean,
	       half, most, highest);
}

static int show_reason(const struct teavmx_reason_cost *cost, void *data)
{
	struct teavmx_reason_cost reason = *cost;
	const struct reader *reader = data;
	char number[16];
	const char *name = output_reason(reason.reason, number, sizeof(number));
	int part;

	if (reader->array)
		add_json(reader, &reason, name);
	for (part = 0; part < COST_PARTS && !reader->array; part++) {
		const struct teavmx_cost *one = cost_of(&reason, part);

		if (reader->openmetrics)
			print_metric(reader, one, name, part);
		else if (one->count)
			print_row(reader, one, name, part);
	}
	return 0;
}

/* Returns the number of targets, or -1. */
static int list_vcpus(struct teavmx *teavmx, const struct stat_costs *costs,
		      struct target **targets)
{
	struct teavmx_vcpu *vcpus;
	int count = teavmx_vcpu_list(teavmx, costs->vm, &vcpus);
	int i;

	if (count < 0)
		return -1;
	*targets = calloc((size_t)count + 1, sizeof(**targets));
	for (i = 0; i < count && *targets; i++)
		(*targets)[i] = (struct target){ vcpus[i].vm, vcpus[i].id };
	teavmx_vcpu_free(vcpus, (size_t)count);
	return count;
}

static int list_vms(struct teavmx *teavmx, const struct stat_costs *costs,
		    struct target **targets)
{
	struct teavmx_vm *vms = NULL;
	int count = costs->vm ? 1 : teavmx_vm_list(teavmx, &vms);
	int i;

	if (count < 0)
		return -1;
	*targets = calloc((size_t)count + 1, sizeof(**targets));
	for (i = 0; i < count && *targets; i++)
		(*targets)[i].vm = vms ? vms[i].id : costs->vm;
	free(vms);
	return count;
}

static bool was_lost(struct teavmx *teavmx, const struct stat_costs *costs)
{
	return costs->vm || teavmx_error(teavmx)->status != TEAVMX_OBJECT;
}

/* What was listed may have ended before its costs are requested. */
static int do_target(struct teavmx *teavmx, const struct stat_costs *costs,
		     struct reader *reader)
{
	const struct target *target = &reader->target;

	if (costs->show &&
	    teavmx_stats_read(teavmx, target->vm, target->vcpu, show_reason,
			      reader) && was_lost(teavmx, costs))
		return output_failure(teavmx_error(teavmx), NULL);
	if (costs->reset &&
	    teavmx_stats_reset(teavmx, target->vm, target->vcpu) &&
	    was_lost(teavmx, costs))
		return output_failure(teavmx_error(teavmx), NULL);
	return CLI_OK;
}

static int ignore_reason(const struct teavmx_reason_cost *cost, void *data)
{
	(void)cost;
	(void)data;
	return 0;
}

/* Nothing is printed of a VM that does not exist, not even a head. */
static int check_vm(struct teavmx *teavmx, const struct stat_costs *costs)
{
	if (costs->show && costs->vm &&
	    teavmx_stats_read(teavmx, costs->vm, 0, ignore_reason, NULL))
		return output_failure(teavmx_error(teavmx), NULL);
	return CLI_OK;
}

static void show_head(const struct stat_costs *costs)
{
	if (costs->openmetrics)
		puts("# TYPE teavmx_exit_cost_seconds histogram\n"
		     "# UNIT teavmx_exit_cost_seconds seconds\n"
		     "# HELP teavmx_exit_cost_seconds Time that VMX exits have cost.");
	else if (!cli_json)
		printf("%8s %-24s %-8s %9s %6s %6s %6s %6s\n", "VM", "reason",
		       "cost", "count", "mean", "p50", "p99", "max");
}

static int do_targets(struct teavmx *teavmx, const struct stat_costs *costs,
		      const struct target *targets, int count,
		      struct reader *reader)
{
	int status = check_vm(teavmx, costs);
	int i;

	if (costs->show && !status)
		show_head(costs);
	for (i = 0; i < count && !status; i++) {
		reader->target = targets[i];
		status = do_target(teavmx, costs, reader);
	}
	if (costs->show && costs->openmetrics && !status)
		puts("# EOF");
	return status;
}

int stat_costs(struct teavmx *teavmx, const struct stat_costs *costs)
{
	struct reader reader = { .openmetrics = costs->openmetrics };
	struct target *targets = NULL;
	struct teavmx_info info;
	int count, status;

	count = costs->vcpus ? list_vcpus(teavmx, costs, &targets) :
			       list_vms(teavmx, costs, &targets);
	if (count < 0 || teavmx_get_info(teavmx, NULL, &info)) {
		free(targets);
		return output_failure(teavmx_error(teavmx), NULL);
	}
	if (!targets)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	if (costs->show && !info.tsc_khz) {
		free(targets);
		return cli_error(CLI_FAILED, NULL,
				 "costs: the kernel does not know the frequency of the time-stamp counter");
	}
	reader.khz = info.tsc_khz;
	if (costs->show && cli_json)
		reader.array = json_array();
	status = do_targets(teavmx, costs, targets, count, &reader);
	if (reader.array && !status)
		tea_json_print(json_pack("{s:I, s:O}", "tsc_khz",
					 (json_int_t)info.tsc_khz, "costs",
					 reader.array), stdout);
	json_decref(reader.array);
	free(targets);
	return status;
}
