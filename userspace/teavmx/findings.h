/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_FINDINGS_H
#define TEAVMX_FINDINGS_H

#include <stdio.h>

#include <jansson.h>

#include <userspace/lib/teavmx.h>

/* Room for the text of each finding */
#define FINDING_TEXT_MAX	512

/**
 * finding_text() - a message on a field that breaks a rule
 * @finding: the finding
 * @text: receives it
 * @size: bytes at @text
 */
void finding_text(const struct teavmx_finding *finding, char *text, size_t size);

/**
 * findings_of() - the findings of a diagnosis as a JSON array
 * @diagnosis: the diagnosis
 *
 * Return: a new reference.
 */
json_t *findings_of(const struct teavmx_diagnosis *diagnosis);

/**
 * diagnosis_print() - print the findings of a diagnosis, each on a line
 * @diagnosis: the diagnosis
 * @indent: text before each line
 * @file: where
 */
void diagnosis_print(const struct teavmx_diagnosis *diagnosis,
		     const char *indent, FILE *file);

/**
 * snapshot_json() - a snapshot as a JSON object, which 'teavmx doctor' reads
 * @snapshot: the snapshot
 *
 * Return: a new reference.
 */
json_t *snapshot_json(const struct teavmx_snapshot *snapshot);

/**
 * struct findings - what the doctor found out about a VM entry that failed
 * @known: an entry failed, and its record has a snapshot
 * @snapshot: the snapshot
 * @diagnosis: what was found in it
 *
 * Zeroed, no entry has failed.
 */
struct findings {
	bool known;
	struct teavmx_snapshot snapshot;
	struct teavmx_diagnosis diagnosis;
};

/**
 * findings_take() - look into a record of a VM entry
 * @findings: receives what is found, if the entry failed; else is emptied
 * @record: record of a VMX exit or of a failed entry
 */
void findings_take(struct findings *findings,
		   const struct teavmx_record *record);

/**
 * findings_foresee() - would the next VM entry of a vCPU fail for its guest state?
 * @findings: receives what is found, nothing where the VMCS cannot be read
 * @teavmx: handle
 * @vm: the VM
 * @vcpu: the vCPU, which does not run
 */
void findings_foresee(struct findings *findings, struct teavmx *teavmx,
		      uint32_t vm, uint32_t vcpu);

/**
 * findings_json() - add the findings to a JSON object
 * @findings: the findings
 * @object: receives "findings", and "snapshot" if an entry failed
 */
void findings_json(const struct findings *findings, json_t *object);

/**
 * findings_print() - print the findings on standard error, unless cli_json
 * @findings: the findings
 */
void findings_print(const struct findings *findings);

#endif
