// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "caps_table.h"
#include "command.h"
#include "output.h"

#define EVERY_CPU	(-1LL)

static int show(struct teavmx *teavmx, long long cpu, bool sentences)
{
	struct caps_table table = { .sentences = sentences };
	struct teavmx_caps one;
	struct teavmx_caps *all = NULL;
	int count;

	if (cpu == EVERY_CPU) {
		count = teavmx_caps_list(teavmx, &all);
		table.caps = all;
	} else {
		count = teavmx_caps_get(teavmx, (uint32_t)cpu, &one) ? -1 : 1;
		table.caps = &one;
	}
	if (count <= 0)
		return output_failure(teavmx_error(teavmx), NULL);
	table.count = (size_t)count;
	if (cli_json)
		tea_json_print(caps_table_json(&table), stdout);
	else
		caps_table_print(&table, stdout);
	free(all);
	return CLI_OK;
}

static int caps_run(int argc, char **argv)
{
	unsigned long long number;
	long long cpu = EVERY_CPU;
	bool sentences = false;
	struct teavmx *teavmx;
	int option, status;

	while ((option = command_option(&command_caps, argc, argv)) != -1) {
		switch (option) {
		case 'c':
			if (cli_number(optarg, 0, UINT32_MAX, &number))
				return command_usage(&command_caps,
						     "--cpu: expected the number of a CPU, got '%s'",
						     optarg);
			cpu = (long long)number;
			break;
		case 'l':
			sentences = true;
			break;
		case 'j':
			cli_json = true;
			break;
		case OPTION_HELP:
			return command_help(&command_caps);
		default:
			return CLI_USAGE;
		}
	}
	if (optind < argc)
		return command_usage(&command_caps, "unexpected word '%s'",
				     argv[optind]);
	teavmx = output_open(&status);
	if (!teavmx)
		return status;
	status = show(teavmx, cpu, sentences);
	teavmx_close(teavmx);
	return status;
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
	.run = caps_run,
};
