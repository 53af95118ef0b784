// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "output.h"
#include "target.h"
#include "vmcs_table.h"

struct vmcs {
	struct target target;
	bool texts;
};

static int vmcs_show(struct teavmx *teavmx, void *state)
{
	const struct vmcs *vmcs = state;
	const struct target *target = &vmcs->target;
	struct vmcs_table table = { .texts = vmcs->texts };
	struct teavmx_vmcs_write *fields;
	int count = teavmx_vmcs_get(teavmx, target->vm, target->vcpu, &fields);

	if (count < 0)
		return target_failure(teavmx, target);
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

static int vmcs_option(int option, void *state)
{
	struct vmcs *vmcs = state;

	(void)option;
	vmcs->texts = true;
	return CLI_OK;
}

static int vmcs_run(int argc, char **argv, void *state)
{
	struct vmcs *vmcs = state;

	return target_vcpu(&command_vmcs, argc, argv, &vmcs->target) ?:
	       command_end(&command_vmcs, argc, argv) ?:
	       output_with(vmcs_show, vmcs);
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
	"Each field is one line: exit information, guest state, controls, host state. Bits\n"
	"that have a meaning are named. Addresses of the host are not shown.\n\n"
	"  -l, --long  with encoding, value in full width, and description of each field\n"
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n",
	.options = options,
	.state_size = sizeof(struct vmcs),
	.option = vmcs_option,
	.run = vmcs_run,
};
