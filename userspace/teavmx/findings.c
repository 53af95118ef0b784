// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/vmcs.h>
#include <uapi/vmx.h>
#include <uapi/vmx_check.h>
#include <userspace/common/cli.h>

#include "findings.h"
#include "output.h"
#include "vmcs_dump.h"

void finding_text(const struct teavmx_finding *finding, char *text, size_t size)
{
	const char *field = vmcs_field_text(finding->field);
	const char *section = vmx_rule_section(finding->rule, finding->field);
	const char *broken = vmx_rule_text(finding->rule);
	char number[32];

	if (!field) {
		snprintf(number, sizeof(number), "VMCS field 0x%x",
			 finding->field);
		field = number;
	}
	if (broken)
		snprintf(text, size, "%s 0x%llx: %s (SDM: %s)", field,
			 (unsigned long long)finding->value, broken, section);
	else
		snprintf(text, size, "%s 0x%llx: breaks rule %u", field,
			 (unsigned long long)finding->value, finding->rule);
}

static void set_string(json_t *object, const char *key, const char *value)
{
	if (value)
		json_object_set_new(object, key, json_string(value));
}

static json_t *finding_json(const struct teavmx_finding *finding)
{
	json_t *object = json_object();

	set_string(object, "field", vmcs_field_name(finding->field));
	json_object_set_new(object, "encoding", json_integer(finding->field));
	json_object_set_new(object, "value", json_u64(finding->value));
	set_string(object, "rule", vmx_rule_name(finding->rule));
	set_string(object, "text", vmx_rule_text(finding->rule));
	set_string(object, "section",
		   vmx_rule_section(finding->rule, finding->field));
	return object;
}

json_t *findings_of(const struct teavmx_diagnosis *diagnosis)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < diagnosis->finding_count; i++)
		json_array_append_new(array,
				      finding_json(&diagnosis->findings[i]));
	return array;
}

static json_t *fact_json(const struct teavmx_fact *fact, const char *number)
{
	char name[32];

	return json_pack("{s:s, s:I, s:o}", "name",
			 vmcs_dump_fact_name(fact, name, sizeof(name)), number,
			 (json_int_t)fact->number, "value",
			 json_u64(fact->value));
}

json_t *snapshot_json(const struct teavmx_snapshot *snapshot)
{
	json_t *fields = json_array();
	json_t *words = json_object();
	json_t *msrs = json_array();
	json_t *error = NULL;
	size_t i;

	for (i = 0; i < snapshot->count; i++) {
		const struct teavmx_fact *fact = &snapshot->facts[i];
		char name[32];

		if (fact->kind == TEAVMX_FACT_FIELD)
			json_array_append_new(fields,
					      fact_json(fact, "encoding"));
		else if (fact->kind == TEAVMX_FACT_MSR)
			json_array_append_new(msrs, fact_json(fact, "number"));
		else
			json_object_set_new(words,
					    vmcs_dump_fact_name(fact, name,
								sizeof(name)),
					    json_u64(fact->value));
	}
	if (snapshot->outcome == TEAVMX_OUTCOME_VMFAIL)
		error = json_integer(snapshot->outcome_number);
	return json_pack("{s:o*, s:o, s:o, s:o}", "instruction_error", error,
			 "fields", fields, "msrs", msrs, "words", words);
}

void findings_take(struct findings *findings,
		   const struct teavmx_record *record)
{
	findings->known = record->snapshot && output_is_failed_entry(record);
	findings->diagnosis.finding_count = 0;
	if (!findings->known)
		return;
	findings->snapshot = *record->snapshot;
	teavmx_doctor(&findings->snapshot, &findings->diagnosis);
}

/* As if an entry had just failed for the guest state of this VMCS */
static void foresee(struct teavmx_snapshot *snapshot,
		    const struct teavmx_vmcs_write *fields, size_t count,
		    const struct teavmx_caps *caps)
{
	size_t i;

	for (i = 0; i < count; i++)
		teavmx_snapshot_set(snapshot, TEAVMX_FACT_FIELD,
				    fields[i].field, fields[i].value);
	for (i = 0; i < caps->count; i++)
		teavmx_snapshot_set(snapshot, TEAVMX_FACT_MSR,
				    caps->msrs[i].number, caps->msrs[i].value);
	teavmx_snapshot_this_cpu(snapshot);
	snapshot->outcome = TEAVMX_OUTCOME_EXIT;
	snapshot->outcome_number = VMX_EXIT_FLAG(ENTRY_FAILURE) |
				   VMX_EXIT_INVALID_GUEST_STATE;
}

void findings_foresee(struct findings *findings, struct teavmx *teavmx,
		      uint32_t vm, uint32_t vcpu)
{
	struct teavmx_vmcs_write *fields = NULL;
	struct teavmx_caps *caps = NULL;
	int count = teavmx_vmcs_get(teavmx, vm, vcpu, &fields);

	memset(findings, 0, sizeof(*findings));
	if (count > 0 && teavmx_caps_list(teavmx, &caps) > 0) {
		foresee(&findings->snapshot, fields, (size_t)count, caps);
		teavmx_doctor(&findings->snapshot, &findings->diagnosis);
	}
	free(fields);
	free(caps);
}

void findings_json(const struct findings *findings, json_t *object)
{
	json_object_set_new(object, "findings",
			    findings_of(&findings->diagnosis));
	if (findings->known)
		json_object_set_new(object, "snapshot",
				    snapshot_json(&findings->snapshot));
}

void diagnosis_print(const struct teavmx_diagnosis *diagnosis,
		     const char *indent, FILE *file)
{
	char text[FINDING_TEXT_MAX];
	size_t i;

	for (i = 0; i < diagnosis->finding_count; i++) {
		finding_text(&diagnosis->findings[i], text, sizeof(text));
		fprintf(file, "%sfinding: %s\n", indent, text);
	}
}

void findings_print(const struct findings *findings)
{
	if (!cli_json)
		diagnosis_print(&findings->diagnosis, "", stderr);
}
