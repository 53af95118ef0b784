// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lanes.h"
#include "output.h"
#include "recorded.h"

static const char *const side_names[LANES_SIDES] = { "A", "B" };

struct diff {
	const char *paths[LANES_SIDES];
	struct recording *recordings[LANES_SIDES];
	struct lanes lanes;
};

static uint32_t lane_vm_id(const struct diff *diff, const struct lane *lane,
			   unsigned int side)
{
	return lane->vm < diff->lanes.vm_count[side] ?
	       diff->lanes.vms[side][lane->vm].id : 0;
}

/* Records that are equal, or characters of text */
static uint64_t equal_count(const struct diff *diff, bool text)
{
	const struct lane *lane;
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < diff->lanes.lanes.count; i++) {
		lane = lanes_lane(&diff->lanes, i);
		if (!lane->text == !text)
			count += lane->equal;
	}
	return count;
}

static bool all_equal(const struct diff *diff)
{
	size_t i;

	for (i = 0; i < diff->lanes.lanes.count; i++)
		if (lanes_lane(&diff->lanes, i)->end)
			return false;
	return !diff->lanes.vms_lost;
}

static void print_vcpu(const struct diff *diff, const struct lane *lane)
{
	unsigned int side;

	for (side = 0; side < LANES_SIDES; side++) {
		if (side)
			printf(", ");
		if (lane_vm_id(diff, lane, side))
			printf("vm %u.%u of %s", lane_vm_id(diff, lane, side),
			       lane->vcpu, side_names[side]);
		else
			printf("no VM of %s", side_names[side]);
	}
}

static void print_end(const struct lane *lane)
{
	const char *what = lane->text ? "characters" : "records";
	unsigned long long count = lane->equal;

	switch (lane->end) {
	case LANE_DIFFERS:
		printf(": different after %llu equal %s\n", count, what);
		break;
	case LANE_LOST:
		printf(": %s lost records after %llu equal %s\n",
		       side_names[lane->short_side], count, what);
		break;
	default:
		printf(": %s has no more than %llu equal %s\n",
		       side_names[lane->short_side], count, what);
	}
}

static void print_item(const char *prefix, const struct lane_item *item)
{
	if (!item || item->record.type == TEAVMX_EVENT_TYPE_LOST)
		return;
	printf("%s ", prefix);
	output_record(&item->record);
}

static void print_name(const char *name, void *data)
{
	bool *any = data;

	printf("%s%s", *any ? ", " : "  in: ", name);
	*any = true;
}

static void print_lane(const struct diff *diff, const struct lane *lane)
{
	bool any = false;
	unsigned int i;

	print_vcpu(diff, lane);
	print_end(lane);
	for (i = 0; i < LANES_CONTEXT; i++)
		print_item(" ", lane->context[i]);
	for (i = 0; i < LANES_SIDES; i++)
		print_item(side_names[i], lane->items[i]);
	if (lane->end != LANE_DIFFERS)
		return;
	lanes_differences(&lane->items[0]->record, &lane->items[1]->record,
			  print_name, &any);
	putchar('\n');
}

static void print_text(const struct diff *diff)
{
	const struct lanes *lanes = &diff->lanes;
	size_t i;

	for (i = 0; i < lanes->lanes.count; i++)
		if (lanes_lane(lanes, i)->end)
			print_lane(diff, lanes_lane(lanes, i));
	if (lanes->vms_lost)
		printf("the last records of %llu VMs were lost\n",
		       (unsigned long long)lanes->vms_lost);
	printf("%s: %llu records and %llu characters of text; ",
	       all_equal(diff) ? "equal" : "different; equal are",
	       (unsigned long long)equal_count(diff, false),
	       (unsigned long long)equal_count(diff, true));
	printf("not compared: %llu exits of A and B that the host caused\n",
	       (unsigned long long)lanes->left_out);
}

static json_t *item_json(const struct lane_item *item)
{
	if (!item || item->record.type == TEAVMX_EVENT_TYPE_LOST)
		return NULL;
	return output_json_record(&item->record);
}

static void add_name(const char *name, void *data)
{
	json_array_append_new(data, json_string(name));
}

static const char *end_name(const struct lane *lane)
{
	switch (lane->end) {
	case LANE_DIFFERS:
		return "differs";
	case LANE_LOST:
		return "lost";
	default:
		return "short";
	}
}

static json_t *lane_json(const struct diff *diff, const struct lane *lane)
{
	json_t *context = json_array();
	json_t *fields = json_array();
	unsigned int i;

	for (i = 0; i < LANES_CONTEXT; i++)
		if (lane->context[i])
			json_array_append_new(context, item_json(lane->context[i]));
	if (lane->end == LANE_DIFFERS)
		lanes_differences(&lane->items[0]->record, &lane->items[1]->record,
				  add_name, fields);
	return json_pack("{s:I, s:I, s:I, s:b, s:s, s:s*, s:I, s:o, s:o, s:o*, s:o*}",
			 "vm_a", (json_int_t)lane_vm_id(diff, lane, 0),
			 "vm_b", (json_int_t)lane_vm_id(diff, lane, 1),
			 "vcpu", (json_int_t)lane->vcpu, "text", lane->text != 0,
			 "difference", end_name(lane), "side",
			 lane->end == LANE_DIFFERS ? NULL :
			 side_names[lane->short_side],
			 "equal", (json_int_t)lane->equal, "context", context,
			 "fields", fields, "a", item_json(lane->items[0]),
			 "b", item_json(lane->items[1]));
}

static void print_json(const struct diff *diff)
{
	const struct lanes *lanes = &diff->lanes;
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < lanes->lanes.count; i++)
		if (lanes_lane(lanes, i)->end)
			json_array_append_new(array,
					      lane_json(diff, lanes_lane(lanes, i)));
	tea_json_print(json_pack("{s:b, s:I, s:I, s:I, s:I, s:o}", "equal",
				 all_equal(diff), "records",
				 (json_int_t)equal_count(diff, false), "characters",
				 (json_int_t)equal_count(diff, true), "left_out",
				 (json_int_t)lanes->left_out, "vms_lost",
				 (json_int_t)lanes->vms_lost, "differences", array),
		       stdout);
}

static int diff_notes(const struct diff *diff)
{
	int a = recorded_notes(diff->recordings[0], diff->paths[0]);
	int b = recorded_notes(diff->recordings[1], diff->paths[1]);

	if (!recorded_same_machine(recording_header(diff->recordings[0]),
				   recording_header(diff->recordings[1])))
		fputs("teavmx: the recordings are from different machines\n", stderr);
	return a ?: b;
}

static int diff_option(int option, void *state)
{
	struct diff *diff = state;

	(void)option;
	diff->lanes.all = true;
	return CLI_OK;
}

static int diff_run(int argc, char **argv, void *state)
{
	struct diff *diff = state;
	unsigned int side;

	if (argc - optind != LANES_SIDES)
		return command_usage(&command_diff, "expected two recordings, A and B");
	for (side = 0; side < LANES_SIDES; side++) {
		diff->paths[side] = argv[optind + (int)side];
		diff->recordings[side] = recorded_open(diff->paths[side]);
		if (!diff->recordings[side])
			return CLI_FAILED;
	}
	if (lanes_read(&diff->lanes, diff->recordings))
		return cli_error(CLI_FAILED, NULL, "out of memory");
	if (cli_json)
		print_json(diff);
	else
		print_text(diff);
	return diff_notes(diff) ?: all_equal(diff) ? CLI_OK : CLI_FAILED;
}

static void diff_release(void *state)
{
	struct diff *diff = state;
	unsigned int side;

	lanes_free(&diff->lanes);
	for (side = 0; side < LANES_SIDES; side++)
		recording_close(diff->recordings[side]);
}

static const struct option options[] = {
	{ "all", no_argument, NULL, 'a' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_diff = {
	.name = "diff",
	.synopsis = "[OPTION...] A B",
	.summary = "Show where two recordings begin to differ.",
	.help =
	"Compares the records of each vCPU in their order, but not their times, numbers\n"
	"and CPUs, and shows the first that differ. The first VM of A is compared with the\n"
	"first VM of B, and so on. Exit status 1 if they differ.\n\n"
	"  -a, --all   compare also exits that the host causes: by interrupts, NMIs and\n"
	"              the preemption timer\n"
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n",
	.options = options,
	.state_size = sizeof(struct diff),
	.option = diff_option,
	.run = diff_run,
	.release = diff_release,
};
