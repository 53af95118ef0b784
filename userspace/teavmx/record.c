// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table names the fields of each type of record, and one printer makes both
 * text and JSON of it.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <uapi/vmx.h>
#include <userspace/common/cli.h>

#include "findings.h"
#include "output.h"

/**
 * enum field_kind - how a field is written
 * @FIELD_NUMBER: decimal
 * @FIELD_HEX: hexadecimal in text
 * @FIELD_HEX_32: hexadecimal in text, with eight digits
 * @FIELD_PORT: hexadecimal in text, with four digits and no prefix
 * @FIELD_NAME: the name of a value, left out if the value has none
 * @FIELD_ENUM: the name of a value; without one "unknown", in JSON the value
 * @FIELD_STOP: as FIELD_ENUM, left out for TEAVMX_STOP_NONE
 * @FIELD_STRING: the bytes of the record, a string
 * @FIELD_BYTES: the bytes of the record, hexadecimal
 * @FIELD_QUOTED: the bytes of the record, text in quotes
 * @FIELD_REFUSAL: the reason for which a packet was refused
 * @FIELD_REASON: the exit reason, whose flags are in text only if entry failed
 * @FIELD_REASON_NAME: its name
 * @FIELD_FAILURE: its flag that VM entry failed, only in JSON
 * @FIELD_DECODED: the parts of an exit, taken apart by the library
 * @FIELD_ACCESS: size of an access to a host port, in text with its direction
 * @FIELD_WRITTEN: the value that such an access writes
 */
enum field_kind {
	FIELD_NUMBER,
	FIELD_HEX,
	FIELD_HEX_32,
	FIELD_PORT,
	FIELD_NAME,
	FIELD_ENUM,
	FIELD_STOP,
	FIELD_STRING,
	FIELD_BYTES,
	FIELD_QUOTED,
	FIELD_REFUSAL,
	FIELD_REASON,
	FIELD_REASON_NAME,
	FIELD_FAILURE,
	FIELD_DECODED,
	FIELD_ACCESS,
	FIELD_WRITTEN,
};

/**
 * struct record_field - a field of some types of records
 * @types: bit n set: records of type n have it
 * @name: its key in JSON, null if it is only in text
 * @word: the word before it in text, may be empty; null if it is only in JSON
 * @kind: how it is written
 * @offset: place in struct teavmx_record
 * @size: bytes there
 * @attribute: TEAVMX_A_RECORD_* without which it is left out, or 0
 * @string: the name of a value
 */
struct record_field {
	uint32_t types;
	const char *name;
	const char *word;
	enum field_kind kind;
	size_t offset;
	size_t size;
	unsigned int attribute;
	const char *(*string)(unsigned int value);
};

#define TYPE(type)	(1u << TEAVMX_EVENT_TYPE_##type)
#define EXIT		TYPE(VMX_EXIT)
#define FAIL		TYPE(VMX_FAIL)
#define STATE		TYPE(STATE)
#define CHANGED		TYPE(HOST_CHANGED)
#define REQUEST		TYPE(PORT_REQUEST)
#define TEXT		(TYPE(TEA_TEXT) | TYPE(TEA_SERIAL))
#define MESSAGE		(TYPE(TEA_EXIT) | TYPE(TEA_PACKET) | TYPE(TEA_REPLY) | \
			 TYPE(TEA_REFUSED))

/* A row has a member, perhaps an optional or a named one, or none of its own. */
#define MEMBER(t, n, w, k, member, ...) \
	{ .types = (t), .name = (n), .word = (w), .kind = FIELD_##k, \
	  .offset = offsetof(struct teavmx_record, member), \
	  .size = sizeof(((struct teavmx_record *)NULL)->member), __VA_ARGS__ }
#define OPTIONAL(t, n, w, k, member, a) \
	MEMBER(t, n, w, k, member, .attribute = TEAVMX_A_RECORD_##a)
#define NAMED(t, n, w, k, member, function) \
	MEMBER(t, n, w, k, member, .string = function)
#define SPECIAL(t, n, w, k) \
	{ .types = (t), .name = (n), .word = (w), .kind = FIELD_##k }

/* The rows of a type are in the order of its text. */
static const struct record_field record_fields[] = {
	MEMBER(EXIT, "reason", "", REASON, reason),
	MEMBER(EXIT, "name", "", REASON_NAME, reason),
	MEMBER(EXIT, "entry_failure", NULL, FAILURE, reason),
	MEMBER(FAIL, "instruction_error", "", NUMBER, instruction_error),
	NAMED(FAIL, "name", "", NAME, instruction_error, vmx_insn_error_name),
	MEMBER(EXIT | FAIL, "cpu", "cpu", NUMBER, cpu),
	OPTIONAL(EXIT, "pid", NULL, NUMBER, pid, PID),
	MEMBER(EXIT, "rip", "rip", HEX, rip),
	MEMBER(EXIT, "qualification", "qualification", HEX, qualification),
	OPTIONAL(EXIT, "intr_info", "intr-info", HEX_32, intr_info, INTR_INFO),
	OPTIONAL(EXIT, "guest_physical", "guest-physical", HEX, guest_physical,
		 GUEST_PHYSICAL),
	OPTIONAL(EXIT, "instruction_length", "instruction-length", HEX,
		 instruction_length, INSTRUCTION_LENGTH),
	OPTIONAL(EXIT, "instruction_info", "instruction-info", HEX,
		 instruction_info, INSTRUCTION_INFO),
	OPTIONAL(EXIT, "intr_error", "intr-error", HEX, intr_error,
		 INTR_ERROR_CODE),
	OPTIONAL(EXIT, "idt_vectoring", "idt-vectoring", HEX, idt_vectoring,
		 IDT_VECTORING_INFO),
	OPTIONAL(EXIT, "idt_error", "idt-error", HEX, idt_error,
		 IDT_VECTORING_ERROR_CODE),
	OPTIONAL(EXIT, "linear", "linear", HEX, linear, GUEST_LINEAR),
	OPTIONAL(EXIT, "guest_ticks", NULL, NUMBER, guest_ticks, GUEST_TICKS),
	SPECIAL(EXIT, "decoded", "", DECODED),
	NAMED(STATE, "state", "", ENUM, state, teavmx_state_name),
	OPTIONAL(STATE, "port", "port", PORT, port, PORT),
	NAMED(STATE, "stop", "", STOP, stop, teavmx_stop_name),
	SPECIAL(CHANGED, "name", "", STRING),
	MEMBER(CHANGED, "before", "before", HEX, before),
	MEMBER(CHANGED, "after", "after", HEX, after),
	OPTIONAL(MESSAGE, "pid", NULL, NUMBER, pid, PID),
	SPECIAL(MESSAGE, "message", "", BYTES),
	SPECIAL(MESSAGE, "reason", "", REFUSAL),
	MEMBER(REQUEST, "request", "", NUMBER, request),
	MEMBER(REQUEST, "size", "", ACCESS, access_size),
	MEMBER(REQUEST, "value", "", WRITTEN, value),
	MEMBER(REQUEST, "port", "port", PORT, port),
	MEMBER(REQUEST, "pid", "pid", NUMBER, pid),
	MEMBER(TEXT, "pid", NULL, NUMBER, pid),
	SPECIAL(TEXT, "text", "", QUOTED),
};

static bool field_applies(const struct record_field *field,
			  const struct teavmx_record *record)
{
	return record->type < 32 && field->types >> record->type & 1 &&
	       (!field->attribute ||
		record->has >> field->attribute & 1);
}

static uint64_t field_value(const struct record_field *field,
			    const struct teavmx_record *record)
{
	const char *place = (const char *)record + field->offset;
	uint32_t value_32;
	uint64_t value;

	switch (field->size) {
	case sizeof(uint8_t):
		return *(const uint8_t *)place;
	case sizeof(value_32):
		memcpy(&value_32, place, sizeof(value_32));
		return value_32;
	case sizeof(value):
		memcpy(&value, place, sizeof(value));
		return value;
	default:
		return 0;
	}
}

static json_t *json_if(const char *string)
{
	return string && string[0] ? json_string(string) : NULL;
}

static json_t *json_reason_name(uint32_t reason)
{
	char number[16];

	return json_string(output_reason(reason, number, sizeof(number)));
}

/* The result is null for a field that is left out. */
static json_t *field_json(const struct record_field *field,
			  const struct teavmx_record *record)
{
	uint64_t value = field_value(field, record);
	const char *string = field->string ?
			     field->string((unsigned int)value) : NULL;

	switch (field->kind) {
	case FIELD_NAME:
		return json_if(string);
	case FIELD_STOP:
		if (value == TEAVMX_STOP_NONE)
			return NULL;
		return json_if(string) ?: json_integer((json_int_t)value);
	case FIELD_ENUM:
		return json_if(string) ?: json_integer((json_int_t)value);
	case FIELD_STRING:
		return json_if((const char *)record->bytes);
	case FIELD_BYTES:
		return tea_json_hex(record->bytes, record->size);
	case FIELD_QUOTED:
		return tea_json_text(record->bytes, record->size);
	case FIELD_REFUSAL:
		return json_if(record->refusal);
	case FIELD_REASON_NAME:
		return json_reason_name(record->reason);
	case FIELD_FAILURE:
		return json_boolean(value & VMX_EXIT_FLAG(ENTRY_FAILURE));
	case FIELD_DECODED:
		return output_json_decoded(record);
	case FIELD_WRITTEN:
		return TEAVMX_RECORD_HAS(record, VALUE) ?
		       json_integer((json_int_t)value) : json_null();
	default:
		return field->size == sizeof(uint64_t) ? json_u64(value) :
		       json_integer((json_int_t)value);
	}
}

static void add_fields(json_t *object, const struct teavmx_record *record)
{
	const struct record_field *field = record_fields;
	json_t *value;

	for (; field < record_fields + ARRAY_SIZE(record_fields); field++) {
		if (!field->name || !field_applies(field, record))
			continue;
		value = field_json(field, record);
		if (value)
			json_object_set_new(object, field->name, value);
	}
}

static void print_bytes(const struct teavmx_record *record)
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

static void print_reason(uint32_t reason)
{
	if (reason & VMX_EXIT_FLAG(ENTRY_FAILURE))
		printf(" 0x%08x", reason);
	printf(" %u", reason & VMX_EXIT_BASIC_MASK);
}

static void print_access(const struct teavmx_record *record)
{
	printf(" %s %s",
	       TEAVMX_RECORD_HAS(record, VALUE) ? "write" : "read",
	       record->access_size == 1 ? "char" : "int");
}

static void print_written(const struct teavmx_record *record)
{
	if (TEAVMX_RECORD_HAS(record, VALUE))
		printf(" 0x%llx to", (unsigned long long)record->value);
	else
		fputs(" of", stdout);
}

/* The result is false for a field that print_value() prints. */
static bool print_special(const struct record_field *field,
			  const struct teavmx_record *record)
{
	char text[OUTPUT_DECODED_MAX];

	switch (field->kind) {
	case FIELD_STRING:
		printf(" %s", (const char *)record->bytes);
		return true;
	case FIELD_BYTES:
		print_bytes(record);
		return true;
	case FIELD_QUOTED:
		print_quoted(record);
		return true;
	case FIELD_REFUSAL:
		if (record->type == TEAVMX_EVENT_TYPE_TEA_REFUSED)
			printf(": %s", record->refusal ?: "refused");
		return true;
	case FIELD_REASON:
		print_reason(record->reason);
		return true;
	case FIELD_REASON_NAME:
		printf(" %s", output_reason(record->reason, text,
					    sizeof(text)));
		return true;
	case FIELD_DECODED:
		if (teavmx_decode_exit(record, text, sizeof(text)))
			printf(": %s", text);
		return true;
	case FIELD_ACCESS:
		print_access(record);
		return true;
	case FIELD_WRITTEN:
		print_written(record);
		return true;
	default:
		return false;
	}
}

static void print_value(const struct record_field *field,
			unsigned long long value)
{
	const char *string = field->string ?
			     field->string((unsigned int)value) : NULL;

	switch (field->kind) {
	case FIELD_HEX:
		printf(" 0x%llx", value);
		break;
	case FIELD_HEX_32:
		printf(" 0x%08llx", value);
		break;
	case FIELD_PORT:
		printf(" %04llx", value);
		break;
	case FIELD_NAME:
		if (string)
			printf(" %s", string);
		break;
	case FIELD_ENUM:
		printf(" %s", string ?: "unknown");
		break;
	case FIELD_STOP:
		if (value != TEAVMX_STOP_NONE)
			printf(" %s", string ?: "for an unknown stop");
		break;
	default:
		printf(" %llu", value);
	}
}

static void print_fields(const struct teavmx_record *record)
{
	const struct record_field *field = record_fields;

	for (; field < record_fields + ARRAY_SIZE(record_fields); field++) {
		if (!field->word || !field_applies(field, record))
			continue;
		if (*field->word)
			printf(" %s", field->word);
		if (!print_special(field, record))
			print_value(field, field_value(field, record));
	}
}

json_t *output_json_fields(const struct teavmx_record *record)
{
	json_t *object = json_object();

	add_fields(object, record);
	return object;
}

static void add_findings(json_t *object, const struct teavmx_record *record)
{
	static struct findings findings;

	findings_take(&findings, record);
	if (findings.known)
		findings_json(&findings, object);
}

/* Without a number of its own, it is about the stream and not about a vCPU. */
static bool is_about_stream(const struct teavmx_record *record)
{
	return record->type == TEAVMX_EVENT_TYPE_LOST ||
	       record->type == TEAVMX_EVENT_TYPE_VM_NEW ||
	       record->type == TEAVMX_EVENT_TYPE_VM_END;
}

static void add_number(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, json_integer((json_int_t)value));
}

static json_t *stream_json(const struct teavmx_record *record)
{
	json_t *object = json_object();

	if (record->vm)
		add_number(object, "vm", record->vm);
	if (record->seq)
		add_number(object, "seq", record->seq);
	json_object_set_new(object, "type",
			    json_string(teavmx_event_type_name(record->type)));
	if (record->lost)
		add_number(object, "lost", record->lost);
	if (TEAVMX_RECORD_HAS(record, LAST))
		add_number(object, "last", record->last);
	if (record->time)
		add_number(object, "time_ns", record->time);
	if (!record->vm)
		add_number(object, "vms", record->value);
	return object;
}

json_t *output_json_record(const struct teavmx_record *record)
{
	const char *type = teavmx_event_type_name(record->type);
	json_t *object = json_object();

	add_number(object, "vm", record->vm);
	add_number(object, "seq", record->seq);
	json_object_set_new(object, "type", type ? json_string(type) :
			    json_integer(record->type));
	add_number(object, "time_ns", record->time);
	add_number(object, "vcpu", record->vcpu);
	add_fields(object, record);
	add_findings(object, record);
	return object;
}

static void print_lost(const struct teavmx_record *record)
{
	if (record->vm)
		printf("vm %u lost %llu events from #%llu on\n", record->vm,
		       (unsigned long long)record->lost,
		       (unsigned long long)record->seq);
	else
		printf("lost the last events of %llu VMs that have ended\n",
		       (unsigned long long)record->value);
}

static void print_stream(const struct teavmx_record *record)
{
	switch (record->type) {
	case TEAVMX_EVENT_TYPE_LOST:
		print_lost(record);
		break;
	case TEAVMX_EVENT_TYPE_VM_NEW:
		printf("vm %u new\n", record->vm);
		break;
	default:
		printf("vm %u end after #%llu\n", record->vm,
		       (unsigned long long)record->last);
	}
}

/* Each on a line of its own under the record */
static void print_findings(const struct teavmx_record *record)
{
	static struct findings findings;

	findings_take(&findings, record);
	diagnosis_print(&findings.diagnosis, "  ", stdout);
}

static void print_text(const struct teavmx_record *record)
{
	const char *type = teavmx_event_type_name(record->type);

	printf("vm %u.%u #%llu ", record->vm, record->vcpu,
	       (unsigned long long)record->seq);
	if (type)
		fputs(type, stdout);
	else
		printf("type %u", record->type);
	print_fields(record);
	putchar('\n');
	print_findings(record);
}

void output_record(const struct teavmx_record *record)
{
	if (cli_json)
		tea_json_print(is_about_stream(record) ? stream_json(record) :
			       output_json_record(record), stdout);
	else if (is_about_stream(record))
		print_stream(record);
	else
		print_text(record);
}
