// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include <uapi/vmx_check.h>

#include "caps_table.h"
#include "command.h"
#include "output.h"

#define EVERY_CPU	(-1LL)

/* The properties of this CPU that the doctor needs beside the MSRs */
static json_t *json_properties(void)
{
	struct teavmx_snapshot snapshot = { 0 };
	json_t *object = json_object();
	size_t i;

	teavmx_snapshot_this_cpu(&snapshot);
	for (i = 0; i < snapshot.count; i++)
		json_object_set_new(object,
				    vmx_word_name(snapshot.facts[i].number),
				    json_u64(snapshot.facts[i].value));
	return object;
}

static void print_json(const struct caps_table *table)
{
	json_t *object = caps_table_json(table);

	json_object_set_new(object, "words", json_properties());
	tea_json_print(object, stdout);
}

struct caps {
	long long cpu;
	bool texts;
};

static int caps_show(struct teavmx *teavmx, void *state)
{
	const struct caps *caps = state;
	struct caps_table table = { .texts = caps->texts };
	struct teavmx_caps one;
	struct teavmx_caps *all = NULL;
	int count;

	if (caps->cpu == EVERY_CPU) {
		count = teavmx_caps_list(teavmx, &all);
		table.caps = all;
	} else {
		count = teavmx_caps_get(teavmx, (uint32_t)caps->cpu, &one) ?
			-1 : 1;
		table.caps = &one;
	}
	if (count <= 0)
		return output_failure(teavmx_error(teavmx), NULL);
	table.count = (size_t)count;
	if (cli_json)
		print_json(&table);
	else
		caps_table_print(&table, stdout);
	free(all);
	return CLI_OK;
}

static int caps_option(int option, void *state)
{
	struct caps *caps = state;
	unsigned long long number;

	if (option == 'l') {
		caps->texts = true;
		return CLI_OK;
	}
	if (cli_number(optarg, 0, UINT32_MAX, &number))
		return command_usage(&command_caps,
				     "--cpu: expected the number of a CPU, got '%s'",
				     optarg);
	caps->cpu = (long long)number;
	return CLI_OK;
}

static int caps_run(int argc, char **argv, void *state)
{
	return command_end(&command_caps, argc, argv) ?:
	       output_with(caps_show, state);
}

static const struct option options[] = {
	{ "cpu", required_argument, NULL, 'c' },
	{ "long", no_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_caps = {
	.name = "caps",
	.synopsis = "[OPTION...]",
	.summary = "Show what VMX can do on each CPU, bit by bit.",
	.help =
	"Each control is one line: can it be 0, can it be 1, does the module set it.\n"
	"Lines that begin with '!' differ between CPUs.\n\n"
	"  -c, --cpu=N  this CPU only\n"
	"  -l, --long   say what each bit does\n"
	"  -j, --json   print one JSON object\n"
	"  -h, --help   show this text\n",
	.options = options,
	.state_size = sizeof(struct caps),
	.initial = &(const struct caps){ .cpu = EVERY_CPU },
	.option = caps_option,
	.run = caps_run,
};
