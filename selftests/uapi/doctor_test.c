// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of the doctor over snapshots: the broken VMCSs of
 * selftests/module/doctor_test.c, and the same with one fact missing.
 */
#include <stdio.h>

#include <selftests/module/doctor_rows.h>

#include "doctor_snapshot.h"
#include "kselftest_harness.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define SOME_PAGE	0x234000

static uint64_t written(const struct teavmx_vmcs_write *write)
{
	if (write->field == VMCS_FIELD_CR3_TARGET_COUNT && write->value)
		return write->value + 4;
	if ((write->value & ~0xffffffffULL) == PAGES)
		return SOME_PAGE;
	return write->value;
}

static void set_outcome(struct teavmx_snapshot *snapshot, unsigned int outcome)
{
	if (outcome < GUEST) {
		snapshot->outcome = TEAVMX_OUTCOME_VMFAIL;
		snapshot->outcome_number = outcome;
	} else {
		snapshot->outcome = TEAVMX_OUTCOME_EXIT;
		snapshot->outcome_number = outcome |
					   VMX_EXIT_FLAG(ENTRY_FAILURE);
	}
}

/* The outcome is left unknown. */
static void row_snapshot(const struct row *row, struct teavmx_snapshot *snapshot)
{
	size_t i;

	healthy_snapshot(snapshot);
	for (i = 0; i < count_writes(row); i++)
		teavmx_snapshot_set(snapshot, TEAVMX_FACT_FIELD,
				    row->writes[i].field,
				    written(&row->writes[i]));
}

static bool has_finding(const struct teavmx_diagnosis *diagnosis,
			const struct teavmx_finding *finding)
{
	size_t i;

	for (i = 0; i < diagnosis->finding_count; i++)
		if (diagnosis->findings[i].rule == finding->rule &&
		    diagnosis->findings[i].field == finding->field)
			return true;
	return false;
}

/* Which selector breaks STACK_RPL depends on what may be the missing fact. */
static bool is_unchecked(const struct teavmx_diagnosis *diagnosis,
			 const struct teavmx_finding *finding)
{
	size_t i;

	for (i = 0; i < diagnosis->unchecked_count; i++)
		if (diagnosis->unchecked[i].rule == finding->rule &&
		    (diagnosis->unchecked[i].field == finding->field ||
		     finding->rule == VMX_RULE_STACK_RPL))
			return true;
	return false;
}

static void print_diagnosis(const struct teavmx_diagnosis *diagnosis)
{
	size_t i;

	for (i = 0; i < diagnosis->finding_count; i++)
		printf("# finding %s %s\n",
		       vmcs_field_name(diagnosis->findings[i].field),
		       vmx_rule_name(diagnosis->findings[i].rule));
	for (i = 0; i < diagnosis->unchecked_count; i++)
		printf("# unchecked %s %s\n",
		       vmcs_field_name(diagnosis->unchecked[i].field),
		       vmx_rule_name(diagnosis->unchecked[i].rule));
}

FIXTURE(doctor)
{
	struct teavmx_snapshot snapshot;
	struct teavmx_diagnosis diagnosis;
};

FIXTURE_SETUP(doctor)
{
	healthy_snapshot(&self->snapshot);
}

FIXTURE_TEARDOWN(doctor)
{
}

TEST_F(doctor, healthy)
{
	teavmx_doctor(&self->snapshot, &self->diagnosis);
	print_diagnosis(&self->diagnosis);
	EXPECT_EQ(0, self->diagnosis.finding_count);
	EXPECT_EQ(0, self->diagnosis.unchecked_count);
	EXPECT_EQ(TEAVMX_CHECK_CONTROLS | TEAVMX_CHECK_HOST |
		  TEAVMX_CHECK_GUEST, self->diagnosis.groups);
}

/* The same broken VMCS is found out with and without the processor's word. */
TEST_F(doctor, rows)
{
	size_t i, known;

	for (i = 0; i < ROW_COUNT; i++) {
		const struct row *row = &rows[i];

		for (known = 0; known < 2; known++) {
			const struct teavmx_finding *first =
				self->diagnosis.findings;

			if (!row->outcome && known)
				continue;
			if (row->outcome == MSRS && !known)
				continue;
			row_snapshot(row, &self->snapshot);
			if (known)
				set_outcome(&self->snapshot, row->outcome);
			teavmx_doctor(&self->snapshot, &self->diagnosis);
			EXPECT_EQ(0, self->diagnosis.unchecked_count);
			if (!row->outcome) {
				EXPECT_EQ(0, self->diagnosis.finding_count)
					TH_LOG("%s", row->name);
				continue;
			}
			ASSERT_LT(0, self->diagnosis.finding_count)
				TH_LOG("%s", row->name);
			EXPECT_EQ(row->field, first->field)
				TH_LOG("%s", row->name);
			EXPECT_EQ(row->rule, first->rule)
				TH_LOG("%s", row->name);
			EXPECT_EQ(written(&(struct teavmx_vmcs_write){
					  row->field, broken_value(row) }),
				  first->value)
				TH_LOG("%s", row->name);
		}
	}
}

/* SDM "VM-Entry Control Fields": type 7 with vector 0, if the CPU has that flag */
TEST_F(doctor, a_pending_monitor_trap)
{
	uint32_t event = 1u << 31 | VMX_INTR_TYPE_OTHER_EVENT << 8;
	static const struct {
		uint32_t vector;
		uint64_t allowed;
		uint32_t rule;
	} cases[] = {
		{ 0, ALLOWED(0x4006172, 0xfff9fffe), 0 },
		{ 1, ALLOWED(0x4006172, 0xfff9fffe), VMX_RULE_EVENT_VECTOR },
		{ 0, ALLOWED(0x4006172, 0xf7f9fffe), VMX_RULE_EVENT_TYPE },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		healthy_snapshot(&self->snapshot);
		teavmx_snapshot_set(&self->snapshot, TEAVMX_FACT_FIELD,
				    VMCS_FIELD_ENTRY_INTERRUPTION_INFO,
				    event | cases[i].vector);
		teavmx_snapshot_set(&self->snapshot, TEAVMX_FACT_MSR,
				    VMX_MSR_TRUE_PROCBASED_CTLS,
				    cases[i].allowed);
		teavmx_doctor(&self->snapshot, &self->diagnosis);
		print_diagnosis(&self->diagnosis);
		ASSERT_EQ(!!cases[i].rule, self->diagnosis.finding_count)
			TH_LOG("case %zu", i);
		if (!cases[i].rule)
			continue;
		EXPECT_EQ(cases[i].rule, self->diagnosis.findings[0].rule);
		EXPECT_EQ(VMCS_FIELD_ENTRY_INTERRUPTION_INFO,
			  self->diagnosis.findings[0].field);
	}
}

static void forget(struct teavmx_snapshot *snapshot, size_t i)
{
	snapshot->facts[i] = snapshot->facts[--snapshot->count];
}

/* What is broken without a fact is broken with it too, or it was assumed. */
static void expect_no_assumption(struct __test_metadata *_metadata,
				 const struct row *row,
				 const struct teavmx_fact *fact,
				 const struct teavmx_diagnosis *with,
				 const struct teavmx_diagnosis *without)
{
	size_t i;

	for (i = 0; i < without->finding_count; i++) {
		EXPECT_TRUE(has_finding(with, &without->findings[i]))
			TH_LOG("%s without fact %u 0x%x: %s", row->name,
			       fact->kind, fact->number,
			       vmx_rule_name(without->findings[i].rule));
	}
	for (i = 0; i < with->finding_count; i++) {
		EXPECT_TRUE(has_finding(without, &with->findings[i]) ||
			    is_unchecked(without, &with->findings[i]))
			TH_LOG("%s without fact %u 0x%x: %s is lost",
			       row->name, fact->kind, fact->number,
			       vmx_rule_name(with->findings[i].rule));
	}
}

TEST_F(doctor, one_fact_missing)
{
	struct teavmx_diagnosis without;
	struct teavmx_snapshot partial;
	size_t i, fact;

	for (i = 0; i < ROW_COUNT; i++) {
		if (!rows[i].outcome)
			continue;
		row_snapshot(&rows[i], &self->snapshot);
		set_outcome(&self->snapshot, rows[i].outcome);
		teavmx_doctor(&self->snapshot, &self->diagnosis);
		for (fact = 0; fact < self->snapshot.count; fact++) {
			partial = self->snapshot;
			forget(&partial, fact);
			teavmx_doctor(&partial, &without);
			expect_no_assumption(_metadata, &rows[i],
					     &self->snapshot.facts[fact],
					     &self->diagnosis, &without);
		}
	}
}

TEST_F(doctor, nothing_known)
{
	unsigned int outcomes[] = { CONTROLS, HOST, GUEST };
	size_t i;

	for (i = 0; i < COUNT(outcomes); i++) {
		memset(&self->snapshot, 0, sizeof(self->snapshot));
		set_outcome(&self->snapshot, outcomes[i]);
		teavmx_doctor(&self->snapshot, &self->diagnosis);
		print_diagnosis(&self->diagnosis);
		EXPECT_EQ(0, self->diagnosis.finding_count);
		EXPECT_LT(20, self->diagnosis.unchecked_count);
	}
}

TEST_HARNESS_MAIN
