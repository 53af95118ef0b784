// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "output.h"
#include "target.h"
#include "vmcs_table.h"

static int show(struct teavmx *teavmx, const struct target *target,
		bool sentences)
{
	struct vmcs_table table = { .sentences = sentences };
	struct teavmx_vmcs_write *fields;
	int count = teavmx_vmcs_get(teavmx, target->vm, target->vcpu, &fields);

	if (count < 0)
		return output_failure(teavmx_error(teavmx), NULL);
	table.fields = fields;
	table.count = (size_t)count;
	if (cli_json)
		tea_json_print(json_pack("{s:I, s:I, s:o}", "vm",
					 (json_int_t)target->vm, "vcpu",
					 (json_int_t)target->vcpu, "fields",
					 vmcs_table_json(&table)), stdout);
	else
		vmcs_table_print(&table, stdout);
	free(fields);
	return CLI_OK;
}

static int vmcs_run(int argc, char **argv)
{
	bool sentences = false;
	struct teavmx *teavmx;
	struct target target;
	int option;
	int status;

	while ((option = command_option(&command_vmcs, argc, argv)) != -1) {
		switch (option) {
		case 'l':
			sentences = true;
			break;
		case 'j':
			cli_json = true;
			break;
		case OPTION_HELP:
			return command_help(&command_vmcs);
		default:
			return CLI_USAGE;
		}
	}
	status = target_vcpu(&command_vmcs, argc, argv, &target) ?:
		 target_end(&command_vmcs, argc, argv);
	if (status)
		return status;
	teavmx = output_open(&status);
	if (!teavmx)
		return status;
	status = show(teavmx, &target, sentences);
	teavmx_close(teavmx);
	return status;
}

static const struct option options[] = {
	{ "long", no_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_vmcs = {
	.name = "vmcs",
	.synopsis = "[OPTION...] VM.VCPU",
	.summary = "Show the VMCS of a vCPU that does not run, decoded.",
	.help =
	"One line a field: exit information, guest state, controls, host state. Bits are\n"
	"named where they have a meaning. Addresses of the host are not shown.\n\n"
	"  -l, --long  with encodings, values in full width, and words for each field\n"
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n",
	.options = options,
	.run = vmcs_run,
};
