/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_OUTPUT_H
#define TEAVMX_OUTPUT_H

#include <jansson.h>

#include <userspace/common/tea_result.h>
#include <userspace/lib/teavmx.h>

/* Bytes that suffice for the text of teavmx_decode_exit() */
#define OUTPUT_DECODED_MAX	1024

/**
 * output_failure() - report on stderr why a request failed
 * @error: the failure
 * @hint: the next step, or NULL for the library's
 *
 * Return: exit status, an enum cli_status.
 */
int output_failure(const struct teavmx_error *error, const char *hint);

/**
 * output_open() - connect to the module, or report why not
 * @status: receives the exit status then
 *
 * Return: handle or NULL.
 */
struct teavmx *output_open(int *status);

/**
 * output_with() - open a handle, call a function with it and close it
 * @act: the function; returns enum cli_status
 * @state: passed on to @act
 *
 * Return: what @act returned, or the status of an error that has been reported.
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

/* output_json_engine() - the engine of a vCPU, "interp" or "jit" */
json_t *output_json_engine(const struct teavmx_vcpu *vcpu);

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
 * output_json_record() - a record of a vCPU as a JSON object
 * @record: the record
 *
 * Return: a new reference.
 */
json_t *output_json_record(const struct teavmx_record *record);

/**
 * output_record() - print a record on one line
 * @record: the record
 *
 * It is text, or a JSON object if cli_json is set. stdout is not flushed.
 */
void output_record(const struct teavmx_record *record);

/**
 * output_json_decoded() - the parts of the information on an exit as JSON object
 * @record: the record
 *
 * Return: a new reference.
 */
json_t *output_json_decoded(const struct teavmx_record *record);

/**
 * output_detached() - write the number of a new VM that remains
 * @teavmx: connection
 * @vm: the VM, whose number was printed; removed if that could not be written, as it
 *	would be lost
 *
 * Return: CLI_OK, or CLI_FAILED after a message.
 */
int output_detached(struct teavmx *teavmx, uint32_t vm);

/**
 * output_stopped() - exit status of a guest that ended as standard output failed
 *
 * Return: CLI_INTERRUPTED if the reader closed it, else CLI_OK, as cli_finish()
 * reports the error.
 */
int output_stopped(void);

/**
 * output_exits() - print the number of exits for each reason on standard error
 * @prefix: text before each line
 * @vcpu: the vCPU
 */
void output_exits(const char *prefix, const struct teavmx_vcpu *vcpu);

/**
 * output_warn_version() - print a warning if the module has another version
 * @teavmx: handle; its last call was teavmx_get_info() with a version
 */
void output_warn_version(const struct teavmx *teavmx);

/**
 * output_warn_change() - print a warning that host state changed
 * @record: a host-changed record
 */
void output_warn_change(const struct teavmx_record *record);

/**
 * output_is_failed_entry() - is this the record of a VM entry that failed?
 * @record: the record
 *
 * Return: true when it is.
 */
bool output_is_failed_entry(const struct teavmx_record *record);

/**
 * output_cause() - describe the exit or failed entry that ended a vCPU
 * @record: its record
 * @why: words before the exit, such as "stopped by"
 * @message: receives it
 * @size: bytes at @message
 */
void output_cause(const struct teavmx_record *record, const char *why,
		  char *message, size_t size);

/**
 * output_failed_entry() - describe a VM entry that failed
 * @record: the record
 * @message: receives it
 * @size: bytes at @message
 *
 * Return: true when it is such a record.
 */
bool output_failed_entry(const struct teavmx_record *record, char *message,
			 size_t size);

#endif
