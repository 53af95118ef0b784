// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "output.h"
#include "target.h"

/* The verbs about snapshots of raw VMs: each has one word, the VM. */

static int snapshot_take(struct teavmx *teavmx, void *state)
{
	const uint32_t *vm = state;

	return teavmx_vm_snapshot(teavmx, *vm) ?
	       output_failure(teavmx_error(teavmx), NULL) : CLI_OK;
}

static int snapshot_run(int argc, char **argv, void *state)
{
	return target_vm(&command_snapshot, argc, argv, state) ?:
	       command_end(&command_snapshot, argc, argv) ?:
	       output_with(snapshot_take, state);
}

const struct command command_snapshot = {
	.name = "snapshot",
	.synopsis = "[-j] VM",
	.summary = "Take a snapshot of a raw VM.",
	.help =
	"'teavmx reset' takes the VM back to it, and 'teavmx clone' makes another VM of\n"
	"it. No vCPU may run. A snapshot that the VM has is replaced.\n\n"
	"  -j, --json  errors as JSON; success prints nothing\n"
	"  -h, --help  show this text\n",
	.options = command_json_only,
	.state_size = sizeof(uint32_t),
	.run = snapshot_run,
};

static int reset_vm(struct teavmx *teavmx, void *state)
{
	const uint32_t *vm = state;

	return teavmx_vm_reset(teavmx, *vm) ?
	       output_failure(teavmx_error(teavmx), NULL) : CLI_OK;
}

static int reset_run(int argc, char **argv, void *state)
{
	return target_vm(&command_reset, argc, argv, state) ?:
	       command_end(&command_reset, argc, argv) ?:
	       output_with(reset_vm, state);
}

const struct command command_reset = {
	.name = "reset",
	.synopsis = "[-j] VM",
	.summary = "Take a raw VM back to its snapshot.",
	.help =
	"RAM, registers, events that wait and the TSC are as they were. No vCPU may run.\n"
	"Breakpoints, routes, counters and the event log remain.\n\n"
	"  -j, --json  errors as JSON; success prints nothing\n"
	"  -h, --help  show this text\n",
	.options = command_json_only,
	.state_size = sizeof(uint32_t),
	.run = reset_run,
};

static int clone_vm(struct teavmx *teavmx, void *state)
{
	const uint32_t *vm = state;
	struct teavmx_vm clone;

	if (teavmx_vm_clone(teavmx, *vm, TEAVMX_VM_FLAGS_DETACHED, &clone))
		return output_failure(teavmx_error(teavmx), NULL);
	if (cli_json)
		tea_json_print(json_pack("{s:I}", "vm", (json_int_t)clone.id),
			       stdout);
	else
		printf("VM %u\n", clone.id);
	return output_detached(teavmx, clone.id);
}

static int clone_run(int argc, char **argv, void *state)
{
	return target_vm(&command_clone, argc, argv, state) ?:
	       command_end(&command_clone, argc, argv) ?:
	       output_with(clone_vm, state);
}

const struct command command_clone = {
	.name = "clone",
	.synopsis = "[-j] VM",
	.summary = "Create a raw VM that begins with the snapshot of another.",
	.help =
	"The new VM has the same vCPUs, ready or paused as in the snapshot, and the same\n"
	"snapshot. It remains until 'teavmx kill'.\n\n"
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n",
	.options = command_json_only,
	.state_size = sizeof(uint32_t),
	.run = clone_run,
};

static void dirty_print(uint32_t vm, const uint64_t *pages, int count)
{
	json_t *list = cli_json ? json_array() : NULL;
	int i;

	for (i = 0; i < count; i++)
		if (list)
			json_array_append_new(list, json_u64(pages[i]));
		else
			printf("0x%llx\n", (unsigned long long)pages[i]);
	if (list)
		tea_json_print(json_pack("{s:I, s:o}", "vm", (json_int_t)vm,
					 "pages", list), stdout);
}

static int dirty_list(struct teavmx *teavmx, void *state)
{
	const uint32_t *vm = state;
	uint64_t *pages;
	int count = teavmx_dirty_list(teavmx, *vm, &pages);

	if (count < 0)
		return output_failure(teavmx_error(teavmx), NULL);
	dirty_print(*vm, pages, count);
	free(pages);
	return CLI_OK;
}

static int dirty_run(int argc, char **argv, void *state)
{
	return target_vm(&command_dirty, argc, argv, state) ?:
	       command_end(&command_dirty, argc, argv) ?:
	       output_with(dirty_list, state);
}

const struct command command_dirty = {
	.name = "dirty",
	.synopsis = "[-j] VM",
	.summary = "List the pages of a raw VM that were written since its snapshot.",
	.help =
	"Shows their guest-physical addresses. After 'teavmx reset' there is none.\n\n"
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n",
	.options = command_json_only,
	.state_size = sizeof(uint32_t),
	.run = dirty_run,
};
