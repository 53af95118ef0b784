// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "output.h"

struct engine {
	struct teavmx_info info;
	struct teavmx_cpu *cpus;
	int cpu_count;
};

static const char *holder_name(uint32_t holder)
{
	const char *name = teavmx_holder_name(holder);

	return name ? name : "unknown";
}

static json_t *json_cpus(const struct engine *engine)
{
	json_t *array = json_array();
	int i;

	for (i = 0; i < engine->cpu_count; i++) {
		const struct teavmx_cpu *cpu = &engine->cpus[i];

		json_array_append_new(array,
				      json_pack("{s:I, s:s}", "cpu",
						(json_int_t)cpu->id,
						"vmx_holder",
						holder_name(cpu->vmx_holder)));
	}
	return array;
}

static void print_json(const struct engine *engine)
{
	const struct teavmx_info *info = &engine->info;

	tea_json_print(json_pack("{s:s, s:b, s:s*, s:i, s:i, s:i, s:i, s:i, s:s, s:o, s:I, s:I}",
				 "version", info->version, "vmx", info->vmx,
				 "vmx_missing",
				 info->vmx ? NULL : info->vmx_missing,
				 "vmx_cpus", (int)info->vmx_cpus,
				 "vms", (int)info->vms,
				 "max_vms", (int)info->max_vms,
				 "max_vcpus", (int)info->max_vcpus,
				 "log_size", (int)info->log_size,
				 "vmx_mode", info->vmx_mode,
				 "cpus", json_cpus(engine),
				 "instance", (json_int_t)info->instance,
				 "tsc_khz", (json_int_t)info->tsc_khz),
		       stdout);
}

/* The CPUs of one holder as "0-3,6"; prints nothing when it has none. */
static void print_holder(const struct engine *engine, uint32_t holder)
{
	const struct teavmx_cpu *cpus = engine->cpus;
	bool any = false;
	int first, last;

	for (first = 0; first < engine->cpu_count; first = last + 1) {
		last = first;
		if (cpus[first].vmx_holder != holder)
			continue;
		while (last + 1 < engine->cpu_count &&
		       cpus[last + 1].vmx_holder == holder &&
		       cpus[last + 1].id == cpus[last].id + 1)
			last++;
		if (any)
			printf(",%u", cpus[first].id);
		else
			printf("held by  %s on CPU %u", holder_name(holder),
			       cpus[first].id);
		if (last > first)
			printf("-%u", cpus[last].id);
		any = true;
	}
	if (any)
		putchar('\n');
}

static void print_text(const struct engine *engine)
{
	const struct teavmx_info *info = &engine->info;
	uint32_t holder;

	printf("module   %s\n", info->version);
	if (info->vmx)
		printf("vmx      ready on %u CPU%s\n", info->vmx_cpus,
		       info->vmx_cpus == 1 ? "" : "s");
	else
		printf("vmx      not available: %s\n", info->vmx_missing);
	printf("mode     %s\n", info->vmx_mode);
	for (holder = 0; teavmx_holder_name(holder); holder++)
		print_holder(engine, holder);
	printf("soft     ready\n");
	printf("VMs      %u of at most %u\n", info->vms, info->max_vms);
	printf("vCPUs    at most %u a VM\n", info->max_vcpus);
	printf("log      %u event records a VM\n", info->log_size);
}

static int info_show(struct teavmx *teavmx, void *state)
{
	struct engine engine = { .cpus = NULL };

	(void)state;
	if (teavmx_get_info(teavmx, TEAVMX_VERSION, &engine.info))
		return output_failure(teavmx_error(teavmx), NULL);
	output_warn_version(teavmx);
	engine.cpu_count = teavmx_cpu_list(teavmx, &engine.cpus);
	if (engine.cpu_count < 0)
		return output_failure(teavmx_error(teavmx), NULL);
	if (cli_json)
		print_json(&engine);
	else
		print_text(&engine);
	free(engine.cpus);
	return CLI_OK;
}

static int info_run(int argc, char **argv, void *state)
{
	return command_end(&command_info, argc, argv) ?:
	       output_with(info_show, state);
}

const struct command command_info = {
	.name = "info",
	.synopsis = "[-j]",
	.summary = "Show the engine, its limits, and who holds VMX.",
	.help =
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n",
	.options = command_json_only,
	.run = info_run,
};
