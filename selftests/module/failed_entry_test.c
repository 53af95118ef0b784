// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM entries of raw guests that fail: the snapshot of their records, and the
 * guest's state, which must be as before. Needs VMX.
 */
#include "raw_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/vmcs.h>
#include <uapi/vmx_check.h>

#define UNUSABLE	0x10000
#define RFLAGS_TF	0x100
#define RFLAGS_IF	0x200

GUEST_PAYLOAD(code_stop,
	".code16\n"
	"\tnop\n"
	"\tnop\n"
	"\thlt\n"
	"\tnop\n"
	"\tnop\n"
	"\thlt");

/* What a failed entry came with; the first finding */
struct failure {
	unsigned int entries;
	unsigned int snapshots;
	struct teavmx_finding finding;
};

static void see_failure(const struct teavmx_record *record, void *data)
{
	static struct teavmx_diagnosis diagnosis;
	struct failure *failure = data;

	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    !(record->reason & VMX_EXIT_FLAG(ENTRY_FAILURE)))
		return;
	failure->entries++;
	if (!record->snapshot)
		return;
	failure->snapshots++;
	teavmx_doctor(record->snapshot, &diagnosis);
	if (diagnosis.finding_count)
		failure->finding = diagnosis.findings[0];
}

static int go_into(struct raw_data *self, struct failure *failure)
{
	if (teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id))
		return -1;
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, 10000,
				see_failure, failure, &self->exit);
}

struct bad_state {
	uint32_t number;
	uint64_t value;
	uint32_t rule;
};

/* The processor refuses a state, not REGS_SET; the next entry may be good. */
TEST_F(raw, a_state_that_entry_refuses_can_be_changed_again)
{
	static const struct bad_state states[] = {
		{ TEAVMX_REG_RFLAGS, 0, VMX_RULE_RFLAGS_BIT_1 },
		{ TEAVMX_REG_CR0, 0x80000010, VMX_RULE_PAGING_WITHOUT_PROTECTION },
		{ TEAVMX_REG_EFER, 0x500, VMX_RULE_LONG_MODE_PAGING },
		{ TEAVMX_REG_CS_RIGHTS, 0x10000, VMX_RULE_NOT_CODE_SEGMENT },
		{ TEAVMX_REG_TR_RIGHTS, 0x10000, VMX_RULE_TR_UNUSABLE },
		{ TEAVMX_REG_INTERRUPTIBILITY, 3, VMX_RULE_BLOCKING_BOTH },
		{ TEAVMX_REG_GDTR_LIMIT, 0x10000, VMX_RULE_TABLE_LIMIT },
	};
	size_t i;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_stop)));
	for (i = 0; i < COUNT(states); i++) {
		const struct bad_state *state = &states[i];
		uint64_t before = raw_get(self, state->number);
		struct failure failure = { };

		ASSERT_EQ(0, raw_set(self, state->number, state->value))
			TH_LOG("%s: %s", teavmx_reg_name(state->number),
			       teavmx_error(self->teavmx)->message);
		EXPECT_STOP(FAIL, go_into(self, &failure));
		EXPECT_EQ(1, failure.snapshots);
		EXPECT_EQ(state->rule, failure.finding.rule)
			TH_LOG("%s: %s", teavmx_reg_name(state->number),
			       vmx_rule_name(failure.finding.rule));
		EXPECT_EQ(state->value, raw_get(self, state->number));
		ASSERT_EQ(0, raw_set(self, state->number, before));
		ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, RAW_CODE));
		EXPECT_STOP(EXIT, go_into(self, &failure));
		EXPECT_REASON(HLT, self->exit.reason);
	}
}

/* So many records of a log keep their snapshot, module/event.h */
#define SNAPSHOTS	16
#define FAILURES	40

static int read_log(struct raw_data *self, struct failure *kept)
{
	uint64_t seq = 0;
	int count;

	do {
		count = teavmx_event_get(self->teavmx, self->vm.id, &seq,
					 see_failure, kept);
	} while (count > 0);
	return count;
}

/* A listener gets each snapshot; the log must not grow with each failure. */
TEST_F(raw, a_log_keeps_the_last_snapshots)
{
	struct failure heard = { };
	struct failure kept = { };
	int i;

	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, 0));
	for (i = 0; i < FAILURES; i++)
		ASSERT_STOP(FAIL, go_into(self, &heard));
	EXPECT_EQ(FAILURES, heard.entries);
	EXPECT_EQ(FAILURES, heard.snapshots);
	ASSERT_EQ(0, read_log(self, &kept));
	EXPECT_EQ(FAILURES, kept.entries);
	EXPECT_EQ(SNAPSHOTS, kept.snapshots);
	EXPECT_EQ(VMX_RULE_RFLAGS_BIT_1, kept.finding.rule);
}

/* KiB of the kernel that are not reclaimed under pressure; -1 where not known */
static long slab_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long size = -1;

	while (file && size < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "SUnreclaim: %ld", &size);
	if (file)
		fclose(file);
	return size;
}

#define VMS		12
#define GROWTH_KIB	512

static int fail_in_new_vm(struct raw_data *self, int failures)
{
	struct failure failure = { };
	int i;

	if (teavmx_vm_del(self->teavmx, self->vm.id) ||
	    !machine_vms(self->teavmx, 0) ||
	    teavmx_raw_new(self->teavmx, 0, RAW_MEMORY, &self->vm) ||
	    teavmx_event_watch(self->teavmx, self->vm.id, 0))
		return raw_say(self, -1);
	teavmx_vcpu_clear(&self->vcpu);
	if (teavmx_raw_vcpu_new(self->teavmx, self->vm.id, &self->vcpu) ||
	    raw_set(self, TEAVMX_REG_RFLAGS, 0))
		return raw_say(self, -1);
	for (i = 0; i < failures; i++)
		if (go_into(self, &failure) != TEAVMX_STOP_FAIL)
			return -1;
	return 0;
}

/*
 * A snapshot has 4 KiB. The log of a VM drops 24 of them and is freed with 16, once
 * max_vms other VMs have ended; so if either were not freed, at least 768 KiB would be
 * lost. The first VMs are those whose logs are freed while the memory is measured;
 * those after them only have to end.
 */
TEST_F_TIMEOUT(raw, snapshots_are_freed, 300)
{
	struct teavmx_info info;
	unsigned int i;
	long before;

	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &info));
	for (i = 0; i <= info.max_vms; i++)
		ASSERT_EQ(0, fail_in_new_vm(self, i <= VMS ? SNAPSHOTS : 0));
	before = slab_memory();
	ASSERT_LT(0, before);
	for (i = 0; i < VMS; i++)
		ASSERT_EQ(0, fail_in_new_vm(self, FAILURES));
	printf("# kernel memory grew by %ld KiB\n", slab_memory() - before);
	if (machine_counts_memory())
		EXPECT_GT(GROWTH_KIB, slab_memory() - before);
}

/* A try that had no memory for the thread reports a pause, too. */
static int fail_by_page(struct raw_data *self, int failures)
{
	struct teavmx_page page;
	int stop = TEAVMX_STOP_FAIL;

	if (raw_say(self, teavmx_page_open(self->teavmx, self->vm.id,
					   self->vcpu.id, &page)))
		return -1;
	for (; stop == TEAVMX_STOP_FAIL && failures; failures--) {
		page.shared->flags = 0;
		stop = raw_say(self, teavmx_page_continue(&page));
		while (stop >= 0 && stop != TEAVMX_STOP_FAIL)
			stop = raw_wait(self);
	}
	teavmx_page_close(&page);
	return stop;
}

/*
 * The caller of TEAVMX_VCPU_CONTINUE makes the entry, and not the thread. Where
 * allocations are made to fail, another one does for each VM.
 */
TEST_F(raw, entries_that_fail_by_the_page)
{
	bool all = !getenv("TEAVMX_INJECT");
	struct failure kept = { };
	int i;

	for (i = 0; i < VMS; i++) {
		ASSERT_EQ(0, fail_in_new_vm(self, 0));
		ASSERT_STOP(FAIL, fail_by_page(self, 1));
	}
	ASSERT_STOP(FAIL, fail_by_page(self, FAILURES - 1));
	ASSERT_EQ(0, read_log(self, &kept));
	EXPECT_EQ(FAILURES, kept.entries);
	/* A snapshot for which there is no memory is left out. */
	EXPECT_LE(all ? SNAPSHOTS : 1, kept.snapshots);
	EXPECT_EQ(VMX_RULE_RFLAGS_BIT_1, kept.finding.rule);
}

static int break_at(struct raw_data *self, uint64_t address)
{
	const struct teavmx_breakpoint instruction = {
		.kind = TEAVMX_BREAKPOINT_KIND_INSTRUCTION,
		.address = address,
	};

	return raw_say(self, teavmx_break_set(self->teavmx, self->vm.id,
					      self->vcpu.id, &instruction));
}

/* The entry that failed has not executed the instruction of the breakpoint. */
TEST_F(raw, a_breakpoint_after_a_failed_entry)
{
	uint64_t tr;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_stop)));
	ASSERT_EQ(0, break_at(self, RAW_CODE));
	ASSERT_EQ(0, break_at(self, RAW_CODE + 3));
	ASSERT_STOP(BREAKPOINT, raw_go(self));
	tr = raw_get(self, TEAVMX_REG_TR_RIGHTS);
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_TR_RIGHTS, UNUSABLE));
	ASSERT_STOP(FAIL, raw_go(self));
	EXPECT_REG(RFLAGS, 2 | RFLAGS_IF);
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_TR_RIGHTS, tr));
	/* It was reported, so now the instruction is executed. */
	ASSERT_STOP(EXIT, raw_go(self));
	EXPECT_REG(RIP, RAW_CODE + 2);
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, RAW_CODE));
	ASSERT_STOP(BREAKPOINT, raw_go(self));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_TR_RIGHTS, UNUSABLE));
	ASSERT_STOP(FAIL, raw_go(self));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_TR_RIGHTS, tr));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, RAW_CODE + 3));
	EXPECT_STOP(BREAKPOINT, raw_go(self));
	EXPECT_REG(RIP, RAW_CODE + 3);
}

#define DEBUGCTL_BTF	2
#define PENDING_BS	0x4000
#define BY_STI		1
#define BY_MOV_SS	2

struct state {
	uint64_t flags;
	uint64_t blocking;
	uint64_t debugctl;
	uint64_t pending;
};

/* The registers of a state, to set them and to read them */
static void list_state(const struct state *state, struct teavmx_register *list)
{
	list[0] = (struct teavmx_register){ TEAVMX_REG_RFLAGS, state->flags };
	list[1] = (struct teavmx_register){ TEAVMX_REG_INTERRUPTIBILITY,
					    state->blocking };
	list[2] = (struct teavmx_register){ TEAVMX_REG_DEBUGCTL,
					    state->debugctl };
	list[3] = (struct teavmx_register){ TEAVMX_REG_PENDING_DEBUG,
					    state->pending };
}

TEST_F(raw, a_step_that_fails_changes_nothing)
{
	struct teavmx_register list[4];
	struct state state;
	int i, n;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_stop)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_TR_RIGHTS, UNUSABLE));
	for (i = 0; i < 12; i++) {
		state.flags = 2 | RFLAGS_IF | (i & 1 ? RFLAGS_TF : 0);
		state.debugctl = i & 2 ? DEBUGCTL_BTF : 0;
		state.blocking = i / 4 == 2 ? BY_MOV_SS : i / 4;
		state.pending = i & 1 && i / 4 == 2 ? PENDING_BS : 0;
		list_state(&state, list);
		ASSERT_EQ(0, raw_set_all(self, list, COUNT(list)));
		ASSERT_STOP(FAIL, raw_steps(self, 1));
		for (n = 0; n < (int)COUNT(list); n++) {
			EXPECT_EQ(list[n].value,
				  raw_get(self, list[n].number)) {
				TH_LOG("case %d: %s", i,
				       teavmx_reg_name(list[n].number));
			}
		}
	}
}

static uint64_t field_of(struct raw_data *self, uint32_t vcpu, uint32_t field)
{
	struct teavmx_vmcs_write *fields = NULL;
	uint64_t value = UINT64_MAX;
	int i, count;

	count = raw_say(self, teavmx_vmcs_get(self->teavmx, self->vm.id, vcpu,
					      &fields));
	for (i = 0; i < count; i++)
		if (fields[i].field == field)
			value = fields[i].value;
	free(fields);
	return value;
}

/* A #DB clears DR7.GD and ends the blocking, but only when it is delivered. */
TEST_F(raw, an_exception_waits_with_the_state_of_before)
{
	const struct teavmx_inject debug = {
		.type = VMX_INTR_TYPE_HARDWARE_EXCEPTION, .vector = 1,
	};

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_stop)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR7, 0x2400));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, 2 | RFLAGS_IF));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_INTERRUPTIBILITY, BY_STI));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_TR_RIGHTS, UNUSABLE));
	ASSERT_EQ(1, teavmx_inject(self->teavmx, self->vm.id, self->vcpu.id,
				   &debug));
	ASSERT_STOP(FAIL, raw_go(self));
	EXPECT_REG(DR7, 0x2400);
	EXPECT_SEEN(INTERRUPTIBILITY, BY_STI);
	EXPECT_SEEN(RFLAGS, 2 | RFLAGS_IF);
}

#define ACTIVITY_HLT	1

/* Without the interrupt, which the guest now masks, it must stay halted. */
TEST_F(raw, an_interrupt_waits_for_a_halted_guest)
{
	const struct teavmx_inject interrupt = {
		.type = VMX_INTR_TYPE_EXTERNAL_INTERRUPT, .vector = 0x20,
	};
	const struct teavmx_run soon = { .time = 1000000 };
	uint64_t tr;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_stop)));
	tr = raw_get(self, TEAVMX_REG_TR_RIGHTS);
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, 2 | RFLAGS_IF));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_ACTIVITY, ACTIVITY_HLT));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_TR_RIGHTS, UNUSABLE));
	ASSERT_EQ(1, teavmx_inject(self->teavmx, self->vm.id, self->vcpu.id,
				   &interrupt));
	ASSERT_STOP(FAIL, raw_go(self));
	EXPECT_REG(ACTIVITY, ACTIVITY_HLT);
	/* The event is in the snapshot, not in what the next entry begins with. */
	EXPECT_FIELD(ENTRY_INTERRUPTION_INFO, 0,
		     field_of(self, self->vcpu.id,
			      VMCS_FIELD_ENTRY_INTERRUPTION_INFO));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_TR_RIGHTS, tr));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, 2));
	EXPECT_STOP(TIME, raw_run(self, &soon));
	EXPECT_REG(RIP, RAW_CODE);
	EXPECT_SEEN(ACTIVITY, ACTIVITY_HLT);
}

TEST_HARNESS_MAIN
