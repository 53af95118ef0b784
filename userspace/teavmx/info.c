// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "command.h"
#include "output.h"

static void print_json(const struct teavmx_info *info)
{
	tea_json_print(json_pack("{s:s, s:b, s:s*, s:i, s:i, s:i, s:i, s:i}",
				 "version", info->version, "vmx", info->vmx,
				 "vmx_missing",
				 info->vmx ? NULL : info->vmx_missing,
				 "vmx_cpus", (int)info->vmx_cpus,
				 "vms", (int)info->vms,
				 "max_vms", (int)info->max_vms,
				 "max_vcpus", (int)info->max_vcpus,
				 "log_size", (int)info->log_size), stdout);
}

static void print_text(const struct teavmx_info *info)
{
	printf("module   %s\n", info->version);
	if (info->vmx)
		printf("vmx      ready on %u CPU%s\n", info->vmx_cpus,
		       info->vmx_cpus == 1 ? "" : "s");
	else
		printf("vmx      not available: %s\n", info->vmx_missing);
	printf("soft     ready\n");
	printf("VMs      %u of at most %u\n", info->vms, info->max_vms);
	printf("vCPUs    at most %u a VM\n", info->max_vcpus);
	printf("log      %u event records a VM\n", info->log_size);
}

static int info_run(int argc, char **argv)
{
	int status = command_json_only(&command_info, argc, argv, 0);
	struct teavmx_info info;
	struct teavmx *teavmx;

	if (status)
		return status < 0 ? CLI_OK : status;
	teavmx = output_open(&status);
	if (!teavmx)
		return status;
	if (teavmx_get_info(teavmx, TEAVMX_VERSION, &info)) {
		status = output_failure(teavmx_error(teavmx), NULL);
	} else {
		if (teavmx_warning(teavmx))
			fprintf(stderr, "teavmx: warning: %s\n",
				teavmx_warning(teavmx));
		if (cli_json)
			print_json(&info);
		else
			print_text(&info);
	}
	teavmx_close(teavmx);
	return status;
}

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_info = {
	.name = "info",
	.synopsis = "[-j]",
	.summary = "Show the engine, its limits, and whether VMX can be used.",
	.help =
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n",
	.options = options,
	.run = info_run,
};
