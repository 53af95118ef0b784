/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_DOCTOR_H
#define TEAVMX_DOCTOR_H

/**
 * DOC: The doctor
 *
 * When a VM entry fails, the processor only reports which group of checks the
 * VMCS did not pass. teavmx_doctor() repeats the checks of the SDM's chapter
 * "VM Entries" over a snapshot of that VMCS and names the fields and the rules
 * that they break. It needs no module, no permission and no CPU with VMX: a
 * snapshot can be of any machine. What a snapshot lacks is never assumed; a
 * rule that needs it is listed as not checked.
 */

/**
 * enum teavmx_fact_kind - What a fact of a snapshot is about.
 * @TEAVMX_FACT_NONE: nothing
 * @TEAVMX_FACT_FIELD: a VMCS field; its number is enum vmcs_encoding
 * @TEAVMX_FACT_MSR: a VMX capability MSR; its number is enum vmx_msr
 * @TEAVMX_FACT_WORD: a property of the CPU or a word of memory; its number is
 *	enum vmx_check_word
 */
enum teavmx_fact_kind {
	TEAVMX_FACT_NONE,
	TEAVMX_FACT_FIELD,
	TEAVMX_FACT_MSR,
	TEAVMX_FACT_WORD,
};

/**
 * struct teavmx_fact - One value that is known.
 * @kind: enum teavmx_fact_kind
 * @number: its number among facts of this kind
 * @value: its value; of a narrow field the bits above its width are 0
 */
struct teavmx_fact {
	uint32_t kind;
	uint32_t number;
	uint64_t value;
};

/** TEAVMX_FACTS_MAX - Most facts of a snapshot; all that have a name fit. */
#define TEAVMX_FACTS_MAX	320

/**
 * enum teavmx_outcome - How the entry of a snapshot ended.
 * @TEAVMX_OUTCOME_UNKNOWN: it is not known
 * @TEAVMX_OUTCOME_VMFAIL: VMfailValid; the number is the VM-instruction error
 * @TEAVMX_OUTCOME_EXIT: a VM exit; the number is the whole exit reason
 */
enum teavmx_outcome {
	TEAVMX_OUTCOME_UNKNOWN,
	TEAVMX_OUTCOME_VMFAIL,
	TEAVMX_OUTCOME_EXIT,
};

/**
 * struct teavmx_snapshot - What is known of a VMCS and of the CPU it is for.
 * @outcome: enum teavmx_outcome
 * @outcome_number: VM-instruction error or exit reason
 * @count: entries in @facts
 * @facts: what is known, in any order; a fact occurs once
 *
 * Zeroed, it is one of which nothing is known.
 */
struct teavmx_snapshot {
	uint32_t outcome;
	uint32_t outcome_number;
	size_t count;
	struct teavmx_fact facts[TEAVMX_FACTS_MAX];
};

/**
 * teavmx_snapshot_set() - Add a fact, or replace its value.
 * @snapshot: the snapshot
 * @kind: enum teavmx_fact_kind
 * @number: its number among facts of this kind
 * @value: its value
 *
 * Return: true, or false when the snapshot is full.
 */
bool teavmx_snapshot_set(struct teavmx_snapshot *snapshot, uint32_t kind,
			 uint32_t number, uint64_t value);

/**
 * teavmx_snapshot_get() - Look up a fact.
 * @snapshot: the snapshot
 * @kind: enum teavmx_fact_kind
 * @number: its number among facts of this kind
 * @value: receives the value when it is known
 *
 * Return: true when it is known.
 */
bool teavmx_snapshot_get(const struct teavmx_snapshot *snapshot, uint32_t kind,
			 uint32_t number, uint64_t *value);

/**
 * teavmx_snapshot_count() - Count the facts of one kind.
 * @snapshot: the snapshot
 * @kind: enum teavmx_fact_kind
 *
 * Return: how many there are.
 */
size_t teavmx_snapshot_count(const struct teavmx_snapshot *snapshot,
			     uint32_t kind);

/**
 * teavmx_snapshot_this_cpu() - Add what CPUID reports on this CPU.
 * @snapshot: receives the facts, of kind TEAVMX_FACT_WORD
 *
 * On a machine that is not x86, nothing is added.
 */
void teavmx_snapshot_this_cpu(struct teavmx_snapshot *snapshot);

/**
 * struct teavmx_finding - A field of the VMCS that breaks a rule of VM entry.
 * @rule: enum vmx_check_rule
 * @field: its encoding, enum vmcs_encoding
 * @value: what it holds
 */
struct teavmx_finding {
	uint32_t rule;
	uint32_t field;
	uint64_t value;
};

/**
 * struct teavmx_unchecked - A rule that could not be checked.
 * @rule: enum vmx_check_rule
 * @field: the field that it is about
 * @missing: the fact that is missing; its value means nothing. If several are
 *	missing, the first one that was needed
 */
struct teavmx_unchecked {
	uint32_t rule;
	uint32_t field;
	struct teavmx_fact missing;
};

/** TEAVMX_FINDINGS_MAX - More findings than these follow from the first ones. */
#define TEAVMX_FINDINGS_MAX	32
/** TEAVMX_UNCHECKED_MAX - Room for every pair of a rule and a field */
#define TEAVMX_UNCHECKED_MAX	320

/**
 * enum teavmx_check_group - A group of checks, as the processor makes them.
 * @TEAVMX_CHECK_CONTROLS: SDM "Checks on VMX Controls"
 * @TEAVMX_CHECK_HOST: SDM "Checks on Host-State Area"
 * @TEAVMX_CHECK_GUEST: SDM "Checks on the Guest State Area"
 */
enum teavmx_check_group {
	TEAVMX_CHECK_CONTROLS	= 1,
	TEAVMX_CHECK_HOST	= 2,
	TEAVMX_CHECK_GUEST	= 4,
};

/**
 * struct teavmx_diagnosis - What the doctor found.
 * @groups: mask of enum teavmx_check_group, the groups that were checked
 * @finding_count: entries in @findings
 * @findings: in the order of the checks; later ones may follow from the first
 * @checked_count: rules of these groups that were checked, counted for each field
 * @unchecked_count: entries in @unchecked
 * @unchecked: rules of these groups that could not be checked
 */
struct teavmx_diagnosis {
	uint32_t groups;
	size_t finding_count;
	struct teavmx_finding findings[TEAVMX_FINDINGS_MAX];
	size_t checked_count;
	size_t unchecked_count;
	struct teavmx_unchecked unchecked[TEAVMX_UNCHECKED_MAX];
};

/**
 * teavmx_doctor() - Why did a VM entry fail, or would it fail?
 * @snapshot: what is known
 * @diagnosis: receives what was found
 *
 * The outcome of the snapshot selects the group of checks. If it is unknown, or
 * no failed entry, the groups are checked in the processor's order, up to the
 * first one with a finding: rules of a later group depend on fields of the
 * groups before it. The entry is assumed to be made in IA-32e mode outside of
 * SMM, as every entry of a 64-bit kernel is.
 */
void teavmx_doctor(const struct teavmx_snapshot *snapshot,
		   struct teavmx_diagnosis *diagnosis);

#endif
