// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <uapi/vmcs.h>
#include <uapi/vmx.h>
#include <uapi/vmx_check.h>
#include <userspace/common/cli.h>

#include "output.h"

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

int output_failure(const struct teavmx_error *error, const char *hint)
{
	if (!hint)
		hint = error->hint;
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

static void set_stop(json_t *object, uint32_t stop)
{
	const char *name = teavmx_stop_name(stop);

	if (stop != TEAVMX_STOP_NONE)
		json_object_set_new(object, "stop", name ? json_string(name) :
				    json_integer(stop));
}

static void set_state(json_t *object, uint32_t state, int port)
{
	const char *name = teavmx_state_name(state);

	json_object_set_new(object, "state", name ? json_string(name) :
			    json_integer(state));
	if (port != TEAVMX_NO_PORT)
		json_object_set_new(object, "port", json_integer(port));
}

json_t *output_json_vcpu(const struct teavmx_vcpu *vcpu)
{
	const char *backend = teavmx_backend_name(vcpu->backend);
	json_t *object = json_object();

	json_object_set_new(object, "vm", json_integer(vcpu->vm));
	json_object_set_new(object, "vcpu", json_integer(vcpu->id));
	json_object_set_new(object, "pid", json_integer(vcpu->pid));
	json_object_set_new(object, "backend", backend ? json_string(backend) :
			    json_integer(vcpu->backend));
	set_state(object, vcpu->state, vcpu->port);
	set_stop(object, vcpu->stop);
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

static void json_change(json_t *object, const struct teavmx_record *record)
{
	set_string(object, "name", (const char *)record->bytes);
	json_object_set_new(object, "before", json_u64(record->before));
	json_object_set_new(object, "after", json_u64(record->after));
}

json_t *output_json_change(const struct teavmx_record *record)
{
	json_t *object = json_object();

	json_change(object, record);
	return object;
}

/* Fields that only some exits have, beside those with words of their own */
static const struct detail {
	unsigned int attribute;
	const char *key;
	const char *word;
} details[] = {
	{ TEAVMX_A_RECORD_INSTRUCTION_LENGTH, "instruction_length",
	  "instruction-length" },
	{ TEAVMX_A_RECORD_INSTRUCTION_INFO, "instruction_info",
	  "instruction-info" },
	{ TEAVMX_A_RECORD_INTR_ERROR, "intr_error", "intr-error" },
	{ TEAVMX_A_RECORD_IDT_VECTORING, "idt_vectoring", "idt-vectoring" },
	{ TEAVMX_A_RECORD_IDT_ERROR, "idt_error", "idt-error" },
	{ TEAVMX_A_RECORD_LINEAR, "linear", "linear" },
};

static uint64_t detail_of(const struct teavmx_record *record,
			  unsigned int attribute)
{
	switch (attribute) {
	case TEAVMX_A_RECORD_INSTRUCTION_LENGTH:
		return record->instruction_length;
	case TEAVMX_A_RECORD_INSTRUCTION_INFO:
		return record->instruction_info;
	case TEAVMX_A_RECORD_INTR_ERROR:
		return record->intr_error;
	case TEAVMX_A_RECORD_IDT_VECTORING:
		return record->idt_vectoring;
	case TEAVMX_A_RECORD_IDT_ERROR:
		return record->idt_error;
	default:
		return record->linear;
	}
}

static void json_details_of_exit(json_t *object,
				 const struct teavmx_record *record)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(details); i++)
		if (record->has & UINT64_C(1) << details[i].attribute)
			json_object_set_new(object, details[i].key,
					    json_u64(detail_of(record,
							       details[i].attribute)));
}

static void print_details_of_exit(const struct teavmx_record *record)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(details); i++)
		if (record->has & UINT64_C(1) << details[i].attribute)
			printf(" %s 0x%llx", details[i].word,
			       (unsigned long long)
			       detail_of(record, details[i].attribute));
}

static void json_vmx(json_t *object, const struct teavmx_record *record)
{
	char number[16];

	json_object_set_new(object, "reason", json_integer(record->reason));
	json_object_set_new(object, "name",
			    json_string(output_reason(record->reason, number,
						      sizeof(number))));
	json_object_set_new(object, "entry_failure",
			    json_boolean(record->reason &
					 VMX_EXIT_FLAG(ENTRY_FAILURE)));
	json_object_set_new(object, "qualification",
			    json_u64(record->qualification));
	json_object_set_new(object, "rip", json_u64(record->rip));
	json_object_set_new(object, "cpu", json_integer(record->cpu));
	if (TEAVMX_RECORD_HAS(record, INTR_INFO))
		json_object_set_new(object, "intr_info",
				    json_integer(record->intr_info));
	if (TEAVMX_RECORD_HAS(record, GUEST_PHYSICAL))
		json_object_set_new(object, "guest_physical",
				    json_u64(record->guest_physical));
	json_details_of_exit(object, record);
	json_object_set_new(object, "decoded", output_json_decoded(record));
}

json_t *output_json_finding(const struct teavmx_record *record)
{
	json_t *object = json_object();

	set_string(object, "field", vmcs_field_name(record->field));
	json_object_set_new(object, "encoding", json_integer(record->field));
	json_object_set_new(object, "value", json_u64(record->value));
	set_string(object, "rule", vmx_rule_name(record->rule));
	set_string(object, "text", vmx_rule_text(record->rule));
	set_string(object, "section", vmx_rule_section(record->rule));
	return object;
}

static void json_request(json_t *object, const struct teavmx_record *record)
{
	json_object_set_new(object, "pid", json_integer(record->pid));
	json_object_set_new(object, "port", json_integer(record->port));
	json_object_set_new(object, "request", json_integer(record->request));
	json_object_set_new(object, "size", json_integer(record->access_size));
	/* null for a read */
	json_object_set_new(object, "value", TEAVMX_RECORD_HAS(record, VALUE) ?
			    json_u64(record->value) : json_null());
}

static void json_details(json_t *object, const struct teavmx_record *record)
{
	switch (record->type) {
	case TEAVMX_EVENT_TYPE_TEA_PACKET:
	case TEAVMX_EVENT_TYPE_TEA_EXIT:
	case TEAVMX_EVENT_TYPE_TEA_REPLY:
	case TEAVMX_EVENT_TYPE_TEA_REFUSED:
		if (TEAVMX_RECORD_HAS(record, PID))
			json_object_set_new(object, "pid",
					    json_integer(record->pid));
		json_object_set_new(object, "message",
				    tea_json_hex(record->bytes, record->size));
		set_string(object, "reason", record->sentence);
		break;
	case TEAVMX_EVENT_TYPE_PORT_REQUEST:
		json_request(object, record);
		break;
	case TEAVMX_EVENT_TYPE_TEA_TEXT:
	case TEAVMX_EVENT_TYPE_TEA_SERIAL:
		json_object_set_new(object, "pid", json_integer(record->pid));
		json_object_set_new(object, "text",
				    tea_json_text(record->bytes, record->size));
		break;
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		json_vmx(object, record);
		break;
	case TEAVMX_EVENT_TYPE_VMX_FAIL:
		json_object_set_new(object, "instruction_error",
				    json_integer(record->instruction_error));
		set_string(object, "name",
			   vmx_insn_error_name(record->instruction_error));
		json_object_set_new(object, "cpu", json_integer(record->cpu));
		break;
	case TEAVMX_EVENT_TYPE_STATE:
		set_state(object, record->state, record->port);
		set_stop(object, record->stop);
		break;
	case TEAVMX_EVENT_TYPE_HOST_CHANGED:
		json_change(object, record);
		break;
	case TEAVMX_EVENT_TYPE_FINDING:
		json_object_update_new(object, output_json_finding(record));
		break;
	}
}

static void print_json_record(const struct teavmx_record *record)
{
	const char *type = teavmx_event_name(record->type);
	json_t *object = json_object();

	json_object_set_new(object, "vm", json_integer(record->vm));
	json_object_set_new(object, "seq",
			    json_integer((json_int_t)record->seq));
	json_object_set_new(object, "type", type ? json_string(type) :
			    json_integer(record->type));
	if (record->type == TEAVMX_RECORD_LOST) {
		json_object_set_new(object, "lost", record->lost ?
				    json_integer((json_int_t)record->lost) :
				    json_null());
	} else {
		json_object_set_new(object, "time_ns",
				    json_integer((json_int_t)record->time));
		json_object_set_new(object, "vcpu", json_integer(record->vcpu));
		json_details(object, record);
	}
	tea_json_print(object, stdout);
}

static void print_hex(const struct teavmx_record *record)
{
	size_t i;

	for (i = 0; i < record->size; i++)
		printf(" %02x", record->bytes[i]);
}

static void print_quoted(const struct teavmx_record *record)
{
	size_t i;

	fputs(" \"", stdout);
	for (i = 0; i < record->size; i++) {
		unsigned char c = record->bytes[i];

		if (c == '\n')
			fputs("\\n", stdout);
		else if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x80 && isprint(c))
			putchar(c);
		else
			printf("\\x%02x", c);
	}
	putchar('"');
}

static void print_vmx(const struct teavmx_record *record)
{
	char text[OUTPUT_DECODED_MAX];
	char number[16];

	if (record->reason & VMX_EXIT_FLAG(ENTRY_FAILURE))
		printf(" 0x%08x", record->reason);
	printf(" %u %s cpu %u rip 0x%llx qualification 0x%llx",
	       record->reason & VMX_EXIT_BASIC_MASK,
	       output_reason(record->reason, number, sizeof(number)),
	       record->cpu, (unsigned long long)record->rip,
	       (unsigned long long)record->qualification);
	if (TEAVMX_RECORD_HAS(record, INTR_INFO))
		printf(" intr-info 0x%08x", record->intr_info);
	if (TEAVMX_RECORD_HAS(record, GUEST_PHYSICAL))
		printf(" guest-physical 0x%llx",
		       (unsigned long long)record->guest_physical);
	print_details_of_exit(record);
	if (teavmx_decode_exit(record, text, sizeof(text)))
		printf(": %s", text);
}

void output_finding(const struct teavmx_record *record, char *sentence,
		    size_t size)
{
	const char *field = vmcs_field_text(record->field);
	const char *section = vmx_rule_section(record->rule);
	const char *text = vmx_rule_text(record->rule);
	char number[32];

	/* A newer module may know more fields and rules. */
	if (!field) {
		snprintf(number, sizeof(number), "VMCS field 0x%x",
			 record->field);
		field = number;
	}
	if (text)
		snprintf(sentence, size, "%s 0x%llx: %s (SDM: %s)", field,
			 (unsigned long long)record->value, text, section);
	else
		snprintf(sentence, size, "%s 0x%llx: breaks rule %u", field,
			 (unsigned long long)record->value, record->rule);
}

static void print_request(const struct teavmx_record *record)
{
	const char *size = record->access_size == 1 ? "char" : "int";

	printf(" %u", record->request);
	if (TEAVMX_RECORD_HAS(record, VALUE))
		printf(" write %s 0x%llx to", size,
		       (unsigned long long)record->value);
	else
		printf(" read %s of", size);
	printf(" port %04x pid %u", (unsigned int)record->port, record->pid);
}

static void print_details(const struct teavmx_record *record)
{
	char sentence[256];
	const char *name;

	switch (record->type) {
	case TEAVMX_EVENT_TYPE_TEA_EXIT:
	case TEAVMX_EVENT_TYPE_TEA_PACKET:
	case TEAVMX_EVENT_TYPE_TEA_REPLY:
		print_hex(record);
		break;
	case TEAVMX_EVENT_TYPE_TEA_REFUSED:
		print_hex(record);
		printf(": %s", record->sentence ? record->sentence : "refused");
		break;
	case TEAVMX_EVENT_TYPE_PORT_REQUEST:
		print_request(record);
		break;
	case TEAVMX_EVENT_TYPE_TEA_TEXT:
	case TEAVMX_EVENT_TYPE_TEA_SERIAL:
		print_quoted(record);
		break;
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		print_vmx(record);
		break;
	case TEAVMX_EVENT_TYPE_VMX_FAIL:
		name = vmx_insn_error_name(record->instruction_error);
		printf(" %u%s%s cpu %u", record->instruction_error,
		       name ? " " : "", name ? name : "", record->cpu);
		break;
	case TEAVMX_EVENT_TYPE_STATE:
		name = teavmx_state_name(record->state);
		printf(" %s", name ? name : "unknown");
		if (record->port != TEAVMX_NO_PORT)
			printf(" port %04x", (unsigned int)record->port);
		if (record->stop != TEAVMX_STOP_NONE) {
			name = teavmx_stop_name(record->stop);
			printf(" %s", name ? name : "for an unknown stop");
		}
		break;
	case TEAVMX_EVENT_TYPE_HOST_CHANGED:
		printf(" %s before 0x%llx after 0x%llx", record->bytes,
		       (unsigned long long)record->before,
		       (unsigned long long)record->after);
		break;
	case TEAVMX_EVENT_TYPE_FINDING:
		output_finding(record, sentence, sizeof(sentence));
		printf(": %s", sentence);
		break;
	}
}

void output_record(const struct teavmx_record *record)
{
	const char *type = teavmx_event_name(record->type);

	if (cli_json) {
		print_json_record(record);
		return;
	}
	if (record->type == TEAVMX_RECORD_LOST && record->lost) {
		printf("vm %u lost %llu events from #%llu on\n", record->vm,
		       (unsigned long long)record->lost,
		       (unsigned long long)record->seq);
		return;
	}
	if (record->type == TEAVMX_RECORD_LOST) {
		printf("vm %u lost events from #%llu on, nobody knows how many\n",
		       record->vm, (unsigned long long)record->seq);
		return;
	}
	printf("vm %u.%u #%llu ", record->vm, record->vcpu,
	       (unsigned long long)record->seq);
	if (type)
		fputs(type, stdout);
	else
		printf("type %u", record->type);
	print_details(record);
	putchar('\n');
}

bool output_failed_entry(const struct teavmx_record *record, char *sentence,
			 size_t size)
{
	const char *text;
	char cpu[20] = "";

	/* What was read later does not tell. */
	if (TEAVMX_RECORD_HAS(record, CPU))
		snprintf(cpu, sizeof(cpu), "CPU %u", record->cpu);
	if (record->type == TEAVMX_EVENT_TYPE_VMX_FAIL) {
		text = vmx_insn_error_text(record->instruction_error);
		snprintf(sentence, size,
			 "vCPU %u: VM entry failed%s%s: VM-instruction error %u: %s",
			 record->vcpu, *cpu ? " on " : "", cpu,
			 record->instruction_error,
			 text ? text : "no such error is known");
		return true;
	}
	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    !(record->reason & VMX_EXIT_FLAG(ENTRY_FAILURE)))
		return false;
	text = vmx_exit_reason_text(record->reason);
	snprintf(sentence, size,
		 "vCPU %u: %s (reason 0x%08x, qualification 0x%llx%s%s)",
		 record->vcpu, text ? text : "VM entry failed", record->reason,
		 (unsigned long long)record->qualification, *cpu ? ", " : "",
		 cpu);
	return true;
}
