/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_OUTPUT_H
#define TEAVMX_OUTPUT_H

#include <jansson.h>

#include <userspace/common/tea_result.h>
#include <userspace/lib/teavmx.h>

/* Room for what teavmx_decode_exit() writes */
#define OUTPUT_DECODED_MAX	1024

/**
 * json_u64() - an unsigned number in JSON
 * @value: the number
 *
 * JSON integers end at 2^63 here; a larger number must not turn negative.
 *
 * Return: a new reference, a hexadecimal string if need be.
 */
static inline json_t *json_u64(uint64_t value)
{
	if (value <= INT64_MAX)
		return json_integer((json_int_t)value);
	return json_sprintf("0x%llx", (unsigned long long)value);
}

/**
 * output_failure() - say on stderr why a request failed
 * @error: the failure
 * @hint: the next step in place of the library's, or NULL
 *
 * Return: exit status, an enum cli_status.
 */
int output_failure(const struct teavmx_error *error, const char *hint);

/**
 * output_open() - connect to the module, or say why not
 * @status: receives the exit status then
 *
 * Return: handle or NULL.
 */
struct teavmx *output_open(int *status);

/**
 * output_with() - open a handle, act with it and close it
 * @act: called with the handle; returns enum cli_status
 * @state: passed on to @act
 *
 * Return: what @act returned, or another status after an error that has been
 * reported.
 */
int output_with(int (*act)(struct teavmx *teavmx, void *state), void *state);

/**
 * output_reason() - name of an exit reason, or its number
 * @reason: exit reason with its flags
 * @buffer: room for a number
 * @size: bytes of it
 *
 * Return: the name, or @buffer.
 */
const char *output_reason(uint32_t reason, char *buffer, size_t size);

/**
 * output_json_exits() - the exits of a vCPU as a JSON array
 * @vcpu: the vCPU
 *
 * Return: a new reference.
 */
json_t *output_json_exits(const struct teavmx_vcpu *vcpu);

/**
 * output_json_vcpu() - a vCPU as a JSON object
 * @vcpu: the vCPU
 *
 * Return: a new reference.
 */
json_t *output_json_vcpu(const struct teavmx_vcpu *vcpu);

/**
 * output_json_fields() - the fields of a record's type as a JSON object
 * @record: the record
 *
 * Return: a new reference.
 */
json_t *output_json_fields(const struct teavmx_record *record);

/**
 * output_record() - print a record on one line
 * @record: the record
 *
 * As text, or as a JSON object if cli_json is set. Without the newline's flush.
 */
void output_record(const struct teavmx_record *record);

/**
 * output_json_decoded() - what a VMX exit tells, as a JSON object
 * @record: the record
 *
 * Return: a new reference.
 */
json_t *output_json_decoded(const struct teavmx_record *record);

/**
 * output_finding() - a sentence on what the doctor found out
 * @record: record of a finding
 * @sentence: receives it
 * @size: bytes at @sentence
 */
void output_finding(const struct teavmx_record *record, char *sentence,
		    size_t size);

/* The module reports no more findings of one entry. */
#define FINDINGS_MAX	8

/**
 * struct findings - what the doctor found out about a VM entry that failed
 * @record: the records
 * @count: number of them
 */
struct findings {
	struct teavmx_record record[FINDINGS_MAX];
	size_t count;
};

/**
 * findings_add() - add a record
 * @findings: the findings
 * @record: record of a finding
 */
void findings_add(struct findings *findings,
		  const struct teavmx_record *record);

/**
 * findings_json() - the findings as a JSON array
 * @findings: the findings
 *
 * Return: a new reference.
 */
json_t *findings_json(const struct findings *findings);

/**
 * findings_print() - print the findings on standard error, unless cli_json
 * @findings: the findings
 */
void findings_print(const struct findings *findings);

/**
 * output_exits() - print how often a vCPU made each VMX exit, on standard error
 * @prefix: text before each line
 * @vcpu: the vCPU
 */
void output_exits(const char *prefix, const struct teavmx_vcpu *vcpu);

/**
 * output_warn_change() - print a warning that host state changed
 * @record: a host-changed record
 */
void output_warn_change(const struct teavmx_record *record);

/**
 * output_is_failed_entry() - is a record one of a VM entry that failed?
 * @record: the record
 *
 * Return: true when it is.
 */
bool output_is_failed_entry(const struct teavmx_record *record);

/**
 * output_cause() - a sentence on the exit or failed entry that ended a vCPU
 * @record: its record
 * @why: what comes before the exit, such as "stopped by"
 * @sentence: receives it
 * @size: bytes at @sentence
 */
void output_cause(const struct teavmx_record *record, const char *why,
		  char *sentence, size_t size);

/**
 * output_failed_entry() - a sentence on a record of a VM entry that failed
 * @record: the record
 * @sentence: receives it
 * @size: bytes at @sentence
 *
 * Return: true when it is such a record.
 */
bool output_failed_entry(const struct teavmx_record *record, char *sentence,
			 size_t size);

#endif
