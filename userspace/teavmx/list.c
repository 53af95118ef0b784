// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "output.h"

/* Rows of the table of status_print() that fit on a screen of 24 lines */
#define STATUS_ROWS	18

struct state {
	struct teavmx_vm *vms;
	int vm_count;
	struct teavmx_vcpu *vcpus;
	int vcpu_count;
};

static int state_read(struct teavmx *teavmx, struct state *state)
{
	state->vcpus = NULL;
	state->vcpu_count = 0;
	state->vm_count = teavmx_vm_list(teavmx, &state->vms);
	if (state->vm_count < 0)
		return output_failure(teavmx_error(teavmx), NULL);
	state->vcpu_count = teavmx_vcpu_list(teavmx, 0, &state->vcpus);
	if (state->vcpu_count < 0) {
		state->vcpu_count = 0;
		return output_failure(teavmx_error(teavmx), NULL);
	}
	return CLI_OK;
}

static void state_free(struct state *state)
{
	free(state->vms);
	teavmx_vcpu_free(state->vcpus, (size_t)state->vcpu_count);
}

static json_t *json_vm(const struct state *state, const struct teavmx_vm *vm)
{
	json_t *vcpus = json_array();
	json_t *object;
	int i;

	for (i = 0; i < state->vcpu_count; i++) {
		const struct teavmx_vcpu *vcpu = &state->vcpus[i];

		if (vcpu->vm == vm->id)
			json_array_append_new(vcpus, output_json_vcpu(vcpu));
	}
	object = json_pack("{s:I, s:b, s:b, s:b, s:I, s:I, s:I, s:o}",
			   "vm", (json_int_t)vm->id, "detached",
			   !!(vm->flags & TEAVMX_VM_FLAGS_DETACHED),
			   "host_ports",
			   !!(vm->flags & TEAVMX_VM_FLAGS_HOST_PORTS),
			   "lossless",
			   !!(vm->flags & TEAVMX_VM_FLAGS_LOSSLESS),
			   "owner", (json_int_t)vm->owner,
			   "first_seq", (json_int_t)vm->first_seq,
			   "next_seq", (json_int_t)vm->next_seq,
			   "vcpus", vcpus);
	if (vm->memory)
		json_object_update_new(object,
				       json_pack("{s:I, s:I}", "memory",
						 (json_int_t)vm->memory,
						 "memory_used",
						 (json_int_t)vm->memory_used));
	return object;
}

static json_t *json_vms(const struct state *state)
{
	json_t *array = json_array();
	int i;

	for (i = 0; i < state->vm_count; i++)
		json_array_append_new(array, json_vm(state, &state->vms[i]));
	return array;
}

/* The end of the row: why the vCPU waits or stopped, and the RAM of a raw VM */
static void print_end(const struct teavmx_vcpu *vcpu,
		      const struct teavmx_vm *vm)
{
	const char *stop = teavmx_stop_name(vcpu->stop);
	unsigned int code;

	if (vm->memory && vcpu->stop != TEAVMX_STOP_NONE)
		printf("%s, ", stop ? stop : "?");
	if (vm->memory)
		printf("%lluK RAM", (unsigned long long)vm->memory / 1024);
	if (vcpu->port != TEAVMX_NO_PORT)
		printf("port %04x", (unsigned int)vcpu->port);
	if (vcpu->message_size >= TEA_MESSAGE_MIN) {
		code = vcpu->message[TEA_MESSAGE_MIN - 1];
		printf("exit %u %s", code,
		       tea_exit_name(code) ? tea_exit_name(code) : "Unknown");
	}
	putchar('\n');
}

static void print_vcpu(const struct teavmx_vcpu *vcpu,
		       const struct teavmx_vm *vm)
{
	const char *backend = teavmx_backend_name(vcpu->backend);
	const char *state = teavmx_state_name(vcpu->state);
	char steps[24] = "-";
	char pid[8] = "-";

	/*
	 * A vCPU of a raw VM has no process number and counts no TEA
	 * instructions.
	 */
	if (!vm->memory) {
		snprintf(pid, sizeof(pid), "%u", vcpu->pid);
		snprintf(steps, sizeof(steps), "%llu",
			 (unsigned long long)vcpu->steps);
	}
	printf("%5u %4u %4s %-7s %-8s %16s ", vcpu->vm, vcpu->id, pid,
	       backend ? backend : "?", state ? state : "?", steps);
	print_end(vcpu, vm);
}

/* Prints at most @rows rows and returns how many are left out. */
static int print_table(const struct state *state, int rows)
{
	int left = 0;
	int i, j;

	printf("%5s %4s %4s %-7s %-8s %16s\n", "VM", "vCPU", "pid", "backend",
	       "state", "steps");
	for (i = 0; i < state->vm_count; i++) {
		const struct teavmx_vm *vm = &state->vms[i];
		bool empty = true;

		for (j = 0; j < state->vcpu_count; j++) {
			if (state->vcpus[j].vm != vm->id)
				continue;
			empty = false;
			if (rows-- > 0)
				print_vcpu(&state->vcpus[j], vm);
			else
				left++;
		}
		if (!empty)
			continue;
		if (rows-- > 0)
			printf("%5u    -    - no vCPU yet\n", vm->id);
		else
			left++;
	}
	return left;
}

static int list_vms(struct teavmx *teavmx, void *unused)
{
	struct state state;
	int status = state_read(teavmx, &state);

	(void)unused;
	if (status == CLI_OK && cli_json)
		tea_json_print(json_pack("{s:o}", "vms", json_vms(&state)),
			       stdout);
	else if (status == CLI_OK && state.vm_count)
		print_table(&state, state.vm_count + state.vcpu_count);
	else if (status == CLI_OK)
		fputs("teavmx: no VMs\n", stderr);
	state_free(&state);
	return status;
}

static int list_run(int argc, char **argv, void *state)
{
	return command_end(&command_list, argc, argv) ?:
	       output_with(list_vms, state);
}

static void print_engine(const struct teavmx_info *info)
{
	if (info->vmx)
		printf("engine: ready on %u CPU%s, ", info->vmx_cpus,
		       info->vmx_cpus == 1 ? "" : "s");
	else
		printf("engine: no VMX (%s), --backend soft works, ",
		       info->vmx_missing);
	printf("%u VM%s\n", info->vms, info->vms == 1 ? "" : "s");
}

static int print_status(const struct teavmx_info *info, const struct state *state)
{
	int left;

	if (cli_json) {
		tea_json_print(json_pack("{s:s, s:b, s:s*, s:i, s:o}", "version",
					 info->version, "vmx", info->vmx,
					 "vmx_missing",
					 info->vmx ? NULL : info->vmx_missing,
					 "vmx_cpus", (int)info->vmx_cpus,
					 "vms", json_vms(state)), stdout);
		return CLI_OK;
	}
	print_engine(info);
	if (!state->vm_count)
		return CLI_OK;
	left = print_table(state, STATUS_ROWS);
	if (left)
		printf("and %d more: see 'teavmx list'\n", left);
	return CLI_OK;
}

static int show_status(struct teavmx *teavmx, void *unused)
{
	struct teavmx_info info;
	struct state state;
	int status;

	(void)unused;
	if (teavmx_get_info(teavmx, TEAVMX_VERSION, &info))
		return output_failure(teavmx_error(teavmx), NULL);
	output_warn_version(teavmx);
	status = state_read(teavmx, &state);
	if (status == CLI_OK)
		status = print_status(&info, &state);
	state_free(&state);
	return status;
}

int status_print(void)
{
	return output_with(show_status, NULL);
}

const struct command command_list = {
	.name = "list",
	.synopsis = "[-j]",
	.summary = "List VMs and their vCPUs.",
	.help =
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n",
	.options = command_json_only,
	.run = list_run,
};
