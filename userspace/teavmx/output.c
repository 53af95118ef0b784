// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <uapi/vmx.h>
#include <userspace/common/cli.h>

#include "output.h"

#define ENDED_HINT \
	"of a VM that has ended, 'monitor --vm N --from 0', 'stat --costs --vm N' and 'profile N' show what is kept; 'list' shows the others"

static void set_string(json_t *object, const char *key, const char *value)
{
	if (value && value[0])
		json_object_set_new(object, key, json_string(value));
}

static void print_json_failure(const struct teavmx_error *error,
			       const char *hint)
{
	json_t *object = json_object();

	json_object_set_new(object, "code", json_integer(error->status));
	json_object_set_new(object, "errno", json_integer(error->error));
	set_string(object, "message", error->message);
	set_string(object, "attribute", error->attribute);
	set_string(object, "hint", hint);
	tea_json_print(json_pack("{s:o}", "error", object), stderr);
}

/* Costs and events of a VM outlive it as long as the module keeps its log. */
static const char *object_hint(const struct teavmx_error *error)
{
	return error->status == TEAVMX_OBJECT && strstr(error->message, "no VM has this number") ?
	       ENDED_HINT : error->hint;
}

int output_failure(const struct teavmx_error *error, const char *hint)
{
	if (!hint)
		hint = object_hint(error);
	fflush(stdout);
	if (cli_json) {
		print_json_failure(error, hint);
		return (int)error->status;
	}
	fprintf(stderr, "%s: %s", program_invocation_short_name,
		error->message);
	if (error->attribute[0])
		fprintf(stderr, " (attribute %s)", error->attribute);
	fputc('\n', stderr);
	if (hint[0])
		fprintf(stderr, "%s\n", hint);
	return (int)error->status;
}

struct teavmx *output_open(int *status)
{
	struct teavmx_error error;
	struct teavmx *teavmx = teavmx_open(&error);

	if (!teavmx)
		*status = output_failure(&error, NULL);
	return teavmx;
}

int output_with(int (*act)(struct teavmx *teavmx, void *state), void *state)
{
	int status;
	struct teavmx *teavmx = output_open(&status);

	if (!teavmx)
		return status;
	status = act(teavmx, state);
	teavmx_close(teavmx);
	return status;
}

int output_detached(struct teavmx *teavmx, uint32_t vm)
{
	int failed = ferror(stdout);

	errno = 0;
	if (!fflush(stdout) && !failed && !cli_output_error)
		return CLI_OK;
	failed = cli_output_error ?: errno ?: EIO;
	/* cli_finish() would report it again. */
	clearerr(stdout);
	cli_output_error = 0;
	return cli_error(CLI_FAILED, teavmx_vm_del(teavmx, vm) ? NULL :
			 "the VM is removed, as its number could not be written",
			 "standard output: %s", strerror(failed));
}

int output_stopped(void)
{
	return cli_output_error == EPIPE ? CLI_INTERRUPTED : CLI_OK;
}

const char *output_reason(uint32_t reason, char *buffer, size_t size)
{
	const char *name = vmx_exit_reason_name(reason);

	if (name)
		return name;
	snprintf(buffer, size, "%u", reason & VMX_EXIT_BASIC_MASK);
	return buffer;
}

json_t *output_json_exits(const struct teavmx_vcpu *vcpu)
{
	json_t *array = json_array();
	char number[16];
	size_t i;

	for (i = 0; i < vcpu->exit_count; i++) {
		const struct teavmx_exit *exit = &vcpu->exits[i];
		const char *name = output_reason(exit->reason, number,
						 sizeof(number));
		json_t *object = json_pack("{s:I, s:s, s:I}", "reason",
					   (json_int_t)exit->reason, "name",
					   name, "count",
					   (json_int_t)exit->count);

		json_array_append_new(array, object);
	}
	return array;
}

static json_t *json_enum(const char *name, uint32_t value)
{
	return name ? json_string(name) : json_integer(value);
}

json_t *output_json_engine(const struct teavmx_vcpu *vcpu)
{
	return json_enum(teavmx_engine_name(vcpu->engine), vcpu->engine);
}

json_t *output_json_vcpu(const struct teavmx_vcpu *vcpu)
{
	json_t *object = json_pack("{s:I, s:I, s:I, s:o, s:o}",
				   "vm", (json_int_t)vcpu->vm,
				   "vcpu", (json_int_t)vcpu->id,
				   "pid", (json_int_t)vcpu->pid,
				   "backend",
				   json_enum(teavmx_backend_name(vcpu->backend),
					     vcpu->backend),
				   "state",
				   json_enum(teavmx_state_name(vcpu->state),
					     vcpu->state));

	if (vcpu->port != TEAVMX_NO_PORT)
		json_object_set_new(object, "port", json_integer(vcpu->port));
	if (vcpu->stop != TEAVMX_STOP_NONE)
		json_object_set_new(object, "stop",
				    json_enum(teavmx_stop_name(vcpu->stop),
					      vcpu->stop));
	json_object_set_new(object, "stack_size",
			    json_integer(vcpu->stack_size));
	json_object_set_new(object, "steps",
			    json_integer((json_int_t)vcpu->steps));
	json_object_set_new(object, "message", vcpu->message_size ?
			    tea_json_hex(vcpu->message, vcpu->message_size) :
			    json_null());
	json_object_set_new(object, "exits", output_json_exits(vcpu));
	return object;
}

void output_exits(const char *prefix, const struct teavmx_vcpu *vcpu)
{
	const struct teavmx_exit *exit = vcpu->exits;
	char number[16];

	for (; exit < vcpu->exits + vcpu->exit_count; exit++)
		fprintf(stderr, "%sVMX exit %u %s: %llu time%s\n", prefix,
			exit->reason,
			output_reason(exit->reason, number, sizeof(number)),
			(unsigned long long)exit->count,
			exit->count == 1 ? "" : "s");
}

void output_warn_version(const struct teavmx *teavmx)
{
	const char *warning = teavmx_warning(teavmx);

	if (warning)
		fprintf(stderr, "teavmx: warning: %s\n", warning);
}

void output_warn_change(const struct teavmx_record *record)
{
	fprintf(stderr,
		"teavmx: warning: vCPU %u: a guest run changed the host's %s from 0x%llx to 0x%llx\n",
		record->vcpu, (const char *)record->bytes,
		(unsigned long long)record->before,
		(unsigned long long)record->after);
}

bool output_is_failed_entry(const struct teavmx_record *record)
{
	return record->type == TEAVMX_EVENT_TYPE_VMX_FAIL ||
	       (record->type == TEAVMX_EVENT_TYPE_VMX_EXIT &&
		record->reason & VMX_EXIT_FLAG(ENTRY_FAILURE));
}

void output_cause(const struct teavmx_record *record, const char *why,
		  char *message, size_t size)
{
	uint32_t basic = record->reason & VMX_EXIT_BASIC_MASK;
	char decoded[OUTPUT_DECODED_MAX];
	size_t used;

	if (!output_failed_entry(record, message, size))
		snprintf(message, size,
			 "vCPU %u: %s VMX exit %u: %s (rip 0x%llx, qualification 0x%llx)",
			 record->vcpu, why, basic,
			 vmx_exit_reason_text(basic) ?: "unknown reason",
			 (unsigned long long)record->rip,
			 (unsigned long long)record->qualification);
	used = strlen(message);
	if (teavmx_decode_exit(record, decoded, sizeof(decoded)))
		snprintf(message + used, size - used, ": %s", decoded);
}

bool output_failed_entry(const struct teavmx_record *record, char *message,
			 size_t size)
{
	const char *text;
	char cpu[20] = "";

	/* An exit that was read from the VMCS later has no CPU. */
	if (TEAVMX_RECORD_HAS(record, CPU_ID))
		snprintf(cpu, sizeof(cpu), "CPU %u", record->cpu);
	if (record->type == TEAVMX_EVENT_TYPE_VMX_FAIL) {
		text = vmx_insn_error_text(record->instruction_error);
		snprintf(message, size,
			 "vCPU %u: VM entry failed%s%s: VM-instruction error %u: %s",
			 record->vcpu, *cpu ? " on " : "", cpu,
			 record->instruction_error,
			 text ? text : "no such error is known");
		return true;
	}
	if (!output_is_failed_entry(record))
		return false;
	text = vmx_exit_reason_text(record->reason);
	snprintf(message, size,
		 "vCPU %u: %s (reason 0x%08x, qualification 0x%llx%s%s)",
		 record->vcpu, text ? text : "VM entry failed", record->reason,
		 (unsigned long long)record->qualification, *cpu ? ", " : "",
		 cpu);
	return true;
}
