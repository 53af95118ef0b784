// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doctor: each row breaks one field of the VMCS, alone or together with
 * the control that makes the field matter, and the doctor must name that field
 * and the rule. Rows at the end break nothing, and must have no finding. Needs
 * VMX and a module loaded with vmx_break=1.
 *
 * With the name of a row as argument only that one is tested.
 *
 * For each entry that fails a line "# entry FIELD" names the field that was
 * broken, so that selftests/vm/doctor_agree can compare with the emulator.
 */
#include <errno.h>
#include <string.h>

#include <uapi/vmx_caps.h>

#include "doctor_rows.h"
#include "kselftest.h"
#include "machine.h"

/*
 * GS has a reserved bit set and is not present: the finding about the second
 * shows by its value whether the first one reached the VMCS.
 */
static const struct row rights_probe =
	ROW("reserved access rights", GUEST, GUEST_GS_ACCESS_RIGHTS,
	    NOT_PRESENT, 0x4273);

#define RIGHTS_RESERVED_BITS	0xffe0f00ULL

/* What differs between CPUs by the SDM, see row_here() */
static uint64_t vmx_misc;
static bool rights_are_masked;

/* What a VM's log has about its one vCPU */
struct seen {
	unsigned int outcome;
	unsigned int snapshots;
	unsigned int unchecked;
	unsigned int findings;
	uint32_t field;
	uint32_t rule;
	uint64_t value;
};

static void see_finding(struct seen *seen, const struct teavmx_finding *finding)
{
	printf("# finding %s 0x%llx %s\n", vmcs_field_name(finding->field),
	       (unsigned long long)finding->value,
	       vmx_rule_name(finding->rule));
	if (seen->findings++)
		return;
	seen->field = finding->field;
	seen->rule = finding->rule;
	seen->value = finding->value;
}

static void see_unchecked(struct seen *seen,
			  const struct teavmx_unchecked *unchecked)
{
	printf("# not checked: %s %s\n", vmcs_field_name(unchecked->field),
	       vmx_rule_name(unchecked->rule));
	seen->unchecked++;
}

/* An entry that works has a snapshot from before it. */
static void see_snapshot(struct seen *seen,
			 const struct teavmx_snapshot *snapshot)
{
	static struct teavmx_diagnosis diagnosis;
	size_t i;

	if (!snapshot)
		return;
	seen->snapshots++;
	teavmx_doctor(snapshot, &diagnosis);
	for (i = 0; i < diagnosis.finding_count; i++)
		see_finding(seen, &diagnosis.findings[i]);
	for (i = 0; i < diagnosis.unchecked_count; i++)
		see_unchecked(seen, &diagnosis.unchecked[i]);
}

static void see(const struct teavmx_record *record, void *data)
{
	struct seen *seen = data;

	switch (record->type) {
	case TEAVMX_EVENT_TYPE_VMX_FAIL:
		seen->outcome = record->instruction_error;
		see_snapshot(seen, record->snapshot);
		break;
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		if (record->reason & VMX_EXIT_FLAG(ENTRY_FAILURE))
			seen->outcome = record->reason & VMX_EXIT_BASIC_MASK;
		see_snapshot(seen, record->snapshot);
		break;
	}
}

static int run(struct teavmx *teavmx, const struct row *row,
	       struct teavmx_vcpu *vcpu, struct seen *seen)
{
	const struct teavmx_program params = {
		.backend = TEAVMX_BACKEND_VMX,
		.program = program_show,
		.program_size = sizeof(program_show),
		.writes = row->writes,
		.write_count = count_writes(row),
	};
	struct teavmx_vm vm;
	uint64_t seq = 0;
	int err;

	if (teavmx_vm_new(teavmx, 0, &vm) ||
	    teavmx_vcpu_new(teavmx, vm.id, &params, vcpu) ||
	    teavmx_vcpu_run(teavmx, vm.id, vcpu->id)) {
		printf("# %s\n", teavmx_error(teavmx)->message);
		return -1;
	}
	if (machine_wait(teavmx, vcpu, TEAVMX_VCPU_STATE_EXITED)) {
		/* It would take time from the other rows. */
		teavmx_vm_del(teavmx, vm.id);
		return -1;
	}
	do {
		err = teavmx_event_get(teavmx, vm.id, &seq, see, seen);
	} while (err > 0);
	return err ? err : teavmx_vm_del(teavmx, vm.id);
}

static bool has_activity(uint64_t activity)
{
	/* SDM "Miscellaneous Data": bits 8:6 are for the states 1 to 3. */
	return activity <= 3 && vmx_misc & BIT(5 + activity);
}

static void complete_write(struct teavmx_vmcs_write *write)
{
	if (write->field == VMCS_FIELD_CR3_TARGET_COUNT)
		write->value += vmx_misc >> 16 & 0x1ff;
	if ((write->value & ~0xffffffffULL) == PAGES)
		write->value = pages_address(write->value & 0xffffffff);
}

/*
 * A row as this CPU must answer it. IA32_VMX_MISC has the number of CR3 targets
 * and the activity states; a state that does not exist breaks no other rule. Some
 * CPUs do not store the reserved bits of access rights at all.
 */
static struct row row_here(const struct row *row)
{
	struct row here = *row;
	int i;

	for (i = 0; i < WRITES; i++)
		complete_write(&here.writes[i]);
	if (here.outcome && here.field == VMCS_FIELD_GUEST_ACTIVITY &&
	    !has_activity(broken_value(&here)))
		here.rule = VMX_RULE_ACTIVITY_UNKNOWN;
	if (here.outcome && here.rule == VMX_RULE_RIGHTS_RESERVED &&
	    rights_are_masked)
		here.outcome = NOTHING;
	return here;
}

static bool is_right(const struct row *row, const struct teavmx_vcpu *vcpu,
		     const struct seen *seen)
{
	if (seen->outcome != row->outcome) {
		printf("# entry ended with %u and not %u\n", seen->outcome,
		       row->outcome);
		return false;
	}
	if (seen->snapshots != 1) {
		printf("# %u snapshots and not 1\n", seen->snapshots);
		return false;
	}
	if (!row->outcome)
		return !seen->findings && !seen->unchecked &&
		       machine_code(vcpu) == TEA_EXIT_NORMAL &&
		       vcpu->message_size == 5 && vcpu->message[4] == 42;
	return seen->findings && seen->field == row->field &&
	       seen->rule == row->rule && seen->value == broken_value(row) &&
	       machine_code(vcpu) == TEA_EXIT_KILL;
}

static void print_exits(const struct teavmx_vcpu *vcpu)
{
	size_t i;

	printf("# %llu steps\n", (unsigned long long)vcpu->steps);
	for (i = 0; i < vcpu->exit_count; i++)
		printf("# exit %s: %llu times\n",
		       vmx_exit_reason_name(vcpu->exits[i].reason),
		       (unsigned long long)vcpu->exits[i].count);
}

static bool test_row(struct teavmx *teavmx, const struct row *row)
{
	struct row here = row_here(row);
	struct teavmx_vcpu vcpu = { 0 };
	struct seen seen = { 0 };
	bool right = false;

	if (!run(teavmx, &here, &vcpu, &seen)) {
		right = is_right(&here, &vcpu, &seen);
		if (!right)
			print_exits(&vcpu);
		if (seen.outcome)
			printf("# entry %s\n", vmcs_field_name(row->field));
	}
	teavmx_vcpu_clear(&vcpu);
	return right;
}

static void read_capabilities(struct teavmx *teavmx)
{
	const struct teavmx_msr *misc;
	struct teavmx_caps caps;

	if (pages_prepare(NULL, 0, 0))
		ksft_exit_fail_msg("pages of known address: %s\n",
				   strerror(errno));
	if (teavmx_caps_get(teavmx, 0, &caps))
		ksft_exit_fail_msg("%s\n", teavmx_error(teavmx)->message);
	misc = teavmx_caps_msr(&caps, VMX_MSR_MISC);
	vmx_misc = misc ? misc->value : 0;
	printf("# IA32_VMX_MISC 0x%llx\n", (unsigned long long)vmx_misc);
}

static void probe_rights(struct teavmx *teavmx)
{
	struct teavmx_vcpu vcpu = { 0 };
	struct seen seen = { 0 };

	if (run(teavmx, &rights_probe, &vcpu, &seen))
		ksft_exit_fail_msg("%s\n", teavmx_error(teavmx)->message);
	teavmx_vcpu_clear(&vcpu);
	rights_are_masked = seen.field == rights_probe.field &&
			    !(seen.value & RIGHTS_RESERVED_BITS);
	printf("# reserved access rights are %s\n",
	       rights_are_masked ? "dropped" : "kept");
	if (seen.outcome)
		printf("# entry %s\n", vmcs_field_name(rights_probe.field));
}

/* Without @name all of them */
static bool is_wanted(const struct row *row, const char *name)
{
	return !name || !strcmp(row->name, name);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	struct teavmx *teavmx = machine_open();
	struct teavmx_info info;
	unsigned int count = 0;
	bool rights = false;
	size_t i;

	ksft_print_header();
	if (teavmx_get_info(teavmx, NULL, &info))
		ksft_exit_fail_msg("%s\n", teavmx_error(teavmx)->message);
	if (!info.vmx) {
		ksft_set_plan(1);
		ksft_test_result_skip("%s\n", info.vmx_missing);
		ksft_finished();
	}
	read_capabilities(teavmx);
	for (i = 0; i < ROW_COUNT; i++) {
		if (!is_wanted(&rows[i], name))
			continue;
		count++;
		rights |= rows[i].rule == VMX_RULE_RIGHTS_RESERVED;
	}
	/* It makes an entry fail, which others may be watching. */
	if (rights)
		probe_rights(teavmx);
	ksft_set_plan(count);
	for (i = 0; i < ROW_COUNT; i++)
		if (is_wanted(&rows[i], name))
			ksft_test_result(test_row(teavmx, &rows[i]), "%s\n",
					 rows[i].name);
	teavmx_close(teavmx);
	ksft_finished();
}
