// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMX exits, and VM entries that fail because a field of the VMCS was broken on
 * purpose. Needs VMX and a module loaded with vmx_break=1. Every failure comes
 * back as data, and the next program runs as if nothing had been.
 */
#include <stdio.h>
#include <string.h>

#include <uapi/vmx.h>

#include "expect.h"

#define PIN_CONTROLS		0x4000
#define PRIMARY_CONTROLS	0x4002
#define ENTRY_INTERRUPTION	0x4016
#define LINK_POINTER		0x2800
#define GUEST_CR3		0x6802
#define GUEST_CR4		0x6804
#define GUEST_RSP		0x681c
#define GUEST_RIP		0x681e
#define GUEST_RFLAGS		0x6820
#define HOST_CR3		0x6c02
#define HOST_TR			0x0c0c
#define HOST_SYSENTER_ESP	0x6c10

#define ENTRY_FAILED(name)	(VMX_EXIT_FLAG(ENTRY_FAILURE) | VMX_EXIT_##name)

FIXTURE(entry)
{
	struct teavmx *teavmx;
	struct teavmx_vcpu vcpu;
	struct teavmx_record failure;
	struct teavmx_record last;
	struct teavmx_record change;
	char changed[32];
	unsigned int changes;
	unsigned int failures;
	unsigned int exits;
	unsigned int calls;
	unsigned int messages;
	bool keep;
};

FIXTURE_SETUP(entry)
{
	self->teavmx = machine_open();
	NEED_VMX(self->teavmx);
}

FIXTURE_TEARDOWN(entry)
{
	teavmx_vcpu_clear(&self->vcpu);
	teavmx_close(self->teavmx);
}

static void see(const struct teavmx_record *record, void *data)
{
	FIXTURE_DATA(entry) *self = data;

	switch (record->type) {
	case TEAVMX_EVENT_TYPE_VMX_FAIL:
		self->failure = *record;
		self->failures++;
		break;
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		self->last = *record;
		self->exits++;
		self->calls += record->reason == VMX_EXIT_VMCALL;
		break;
	case TEAVMX_EVENT_TYPE_TEA_EXIT:
		self->messages++;
		break;
	case TEAVMX_EVENT_TYPE_HOST_CHANGED:
		self->change = *record;
		snprintf(self->changed, sizeof(self->changed), "%s",
			 record->bytes);
		self->changes++;
		break;
	}
}

static int run(FIXTURE_DATA(entry) *self, const uint8_t *program, size_t size,
	       const struct teavmx_vmcs_write *writes, size_t count)
{
	const struct teavmx_program params = {
		.backend = TEAVMX_BACKEND_VMX,
		.program = program,
		.program_size = size,
		.writes = writes,
		.write_count = count,
		.keep = self->keep,
	};
	struct teavmx_vm vm;
	uint64_t seq = 0;
	int err;

	teavmx_vcpu_clear(&self->vcpu);
	self->changes = 0;
	self->failures = 0;
	self->exits = 0;
	self->calls = 0;
	self->messages = 0;
	if (teavmx_vm_new(self->teavmx, 0, &vm) ||
	    teavmx_vcpu_new(self->teavmx, vm.id, &params, &self->vcpu) ||
	    teavmx_vcpu_run(self->teavmx, vm.id, self->vcpu.id)) {
		printf("# %s\n", teavmx_error(self->teavmx)->message);
		return -1;
	}
	if (machine_wait(self->teavmx, &self->vcpu, TEAVMX_VCPU_STATE_EXITED))
		return -1;
	do {
		err = teavmx_event_get(self->teavmx, vm.id, &seq, see, self);
	} while (err > 0);
	return err;
}

static int run_broken(FIXTURE_DATA(entry) *self, uint32_t field, uint64_t value)
{
	const struct teavmx_vmcs_write write = { field, value };

	return run(self, program_show, sizeof(program_show), &write, 1);
}

static bool next_runs_right(FIXTURE_DATA(entry) *self)
{
	return !run(self, program_show, sizeof(program_show), NULL, 0) &&
	       machine_code(&self->vcpu) == TEA_EXIT_NORMAL &&
	       self->vcpu.message_size == 5 && self->vcpu.message[4] == 42 &&
	       self->vcpu.steps == 8 && !self->failures;
}

static uint64_t count_of(const struct teavmx_vcpu *vcpu, uint32_t reason)
{
	size_t i;

	for (i = 0; i < vcpu->exit_count; i++)
		if (vcpu->exits[i].reason == reason)
			return vcpu->exits[i].count;
	return 0;
}

TEST_F(entry, vmcalls_are_counted_and_told)
{
	uint64_t all = 0;
	size_t i;

	ASSERT_TRUE(next_runs_right(self));
	/* The end is one, and two characters without a newline are none. */
	EXPECT_EQ(1, self->calls);
	EXPECT_EQ(1, count_of(&self->vcpu, VMX_EXIT_VMCALL));
	for (i = 0; i < self->vcpu.exit_count; i++)
		all += self->vcpu.exits[i].count;
	EXPECT_EQ(all, self->exits);
	EXPECT_NE(0, self->last.rip);
	EXPECT_TRUE(TEAVMX_RECORD_HAS(&self->last, QUALIFICATION));
}

/* The host keeps its interrupts while a guest does not give way by itself. */
TEST_F(entry, a_loop_exits_for_the_host)
{
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, machine_start(self->teavmx, 0, TEAVMX_BACKEND_VMX,
				   program_loop, sizeof(program_loop), &vcpu));
	usleep(300000);
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, vcpu.vm, vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_LT(0, count_of(&vcpu, VMX_EXIT_EXTERNAL_INTERRUPT) +
		     count_of(&vcpu, VMX_EXIT_PREEMPTION_TIMER));
	EXPECT_EQ(0, count_of(&vcpu, VMX_EXIT_VMCALL));
	EXPECT_LT(1000, vcpu.steps);
	teavmx_vcpu_clear(&vcpu);
}

struct failure {
	const char *name;
	uint32_t field;
	uint64_t value;
	uint32_t error;
};

TEST_F(entry, vmfail)
{
	static const struct failure failures[] = {
		{ "no pin-based controls", PIN_CONTROLS, 0,
		  VMX_ERROR_ENTRY_BAD_CONTROLS },
		{ "no primary controls", PRIMARY_CONTROLS, 0,
		  VMX_ERROR_ENTRY_BAD_CONTROLS },
		{ "injected event of the reserved type", ENTRY_INTERRUPTION,
		  0x80000100, VMX_ERROR_ENTRY_BAD_CONTROLS },
		{ "host CR3 beyond the physical width", HOST_CR3,
		  0x7ff0000000000000, VMX_ERROR_ENTRY_BAD_HOST_STATE },
		{ "host TR null", HOST_TR, 0, VMX_ERROR_ENTRY_BAD_HOST_STATE },
	};
	size_t i;

	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		const struct failure *failure = &failures[i];

		ASSERT_EQ(0, run_broken(self, failure->field, failure->value))
			TH_LOG("%s", failure->name);
		EXPECT_EQ(1, self->failures)
			TH_LOG("%s", failure->name);
		EXPECT_EQ(failure->error, self->failure.instruction_error)
			TH_LOG("%s", failure->name);
		EXPECT_EQ(0, self->exits);
		EXPECT_EQ(0, self->vcpu.exit_count);
		EXPECT_TEA_EXIT(KILL, machine_code(&self->vcpu));
		EXPECT_EQ(1, self->messages);
		EXPECT_EQ(0, self->vcpu.steps);
		EXPECT_TRUE(next_runs_right(self))
			TH_LOG("after %s", failure->name);
	}
}

/* Reading the VMCS itself writes the field of the error, with another one. */
TEST_F(entry, the_vmcs_shows_the_error_of_vmfail)
{
	const struct teavmx_vmcs_write no_tr = { HOST_TR, 0 };
	struct teavmx_vmcs_write *fields;
	struct teavmx_record exit;
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;
	int i, round, count;

	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, 1 << 20, &vm));
	ASSERT_EQ(0, teavmx_raw_vcpu_new_with(self->teavmx, vm.id, &no_tr, 1,
					      &vcpu));
	ASSERT_EQ(0, teavmx_event_open(self->teavmx, 0));
	ASSERT_EQ(0, teavmx_event_watch(self->teavmx, vm.id, 0));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, vm.id, vcpu.id));
	ASSERT_EQ(TEAVMX_STOP_FAIL, teavmx_wait_stop(self->teavmx, vcpu.id,
						     10000, NULL, NULL, &exit));
	for (round = 0; round < 2; round++) {
		count = teavmx_vmcs_get(self->teavmx, vm.id, vcpu.id,
					&fields);
		ASSERT_LT(0, count);
		for (i = 0; i < count; i++)
			if (fields[i].field == VMCS_FIELD_INSTRUCTION_ERROR)
				break;
		ASSERT_LT(i, count);
		EXPECT_EQ(VMX_ERROR_ENTRY_BAD_HOST_STATE, fields[i].value);
		free(fields);
	}
	teavmx_vcpu_clear(&vcpu);
	EXPECT_EQ(0, teavmx_vm_del(self->teavmx, vm.id));
}

struct guest_failure {
	const char *name;
	uint32_t field;
	uint64_t value;
	uint64_t qualification;
	const char *decoded;
};

TEST_F(entry, invalid_guest_state)
{
	static const struct guest_failure failures[] = {
		{ "RFLAGS 0", GUEST_RFLAGS, 0, 0, "" },
		{ "link pointer", LINK_POINTER, 0x123, 4,
		  "the VMCS link pointer is invalid" },
		{ "64-bit mode without CR4.PAE", GUEST_CR4, 0x2000, 0, "" },
	};
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		const struct guest_failure *failure = &failures[i];

		ASSERT_EQ(0, run_broken(self, failure->field, failure->value))
			TH_LOG("%s", failure->name);
		EXPECT_EQ(0, self->failures);
		EXPECT_EQ(1, self->exits)
			TH_LOG("%s", failure->name);
		EXPECT_EQ(ENTRY_FAILED(INVALID_GUEST_STATE), self->last.reason)
			TH_LOG("%s: %x", failure->name, self->last.reason);
		EXPECT_EQ(failure->qualification, self->last.qualification)
			TH_LOG("%s", failure->name);
		teavmx_decode_exit(&self->last, text, sizeof(text));
		EXPECT_STREQ(failure->decoded, text);
		/* Counted under the basic reason */
		EXPECT_EQ(1, count_of(&self->vcpu,
				      VMX_EXIT_INVALID_GUEST_STATE));
		EXPECT_TEA_EXIT(KILL, machine_code(&self->vcpu));
		EXPECT_EQ(1, self->messages);
		EXPECT_TRUE(next_runs_right(self))
			TH_LOG("after %s", failure->name);
	}
}

/* Guests with an exit that has no handler: the vCPU stops, nothing else. */
TEST_F(entry, unhandled_exits)
{
	static const struct failure failures[] = {
		{ "RIP at an unmapped address", GUEST_RIP, 0x7f0000000000, 0 },
		{ "no page tables", GUEST_CR3, 0x3ffffff000, 0 },
		{ "no stack", GUEST_RSP, 0x10, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		uint32_t reason;

		ASSERT_EQ(0, run_broken(self, failures[i].field,
					failures[i].value))
			TH_LOG("%s", failures[i].name);
		reason = self->last.reason;
		EXPECT_EQ(0, self->failures);
		EXPECT_LT(0, self->exits);
		EXPECT_TRUE(reason == VMX_EXIT_EXCEPTION_NMI ||
			    reason == VMX_EXIT_TRIPLE_FAULT ||
			    reason == VMX_EXIT_EPT_VIOLATION)
			TH_LOG("%s: reason 0x%x", failures[i].name, reason);
		EXPECT_TEA_EXIT(KILL, machine_code(&self->vcpu));
		EXPECT_EQ(4, self->vcpu.message_size);
		EXPECT_EQ(1, self->messages);
		EXPECT_TRUE(next_runs_right(self))
			TH_LOG("after %s", failures[i].name);
	}
}

/* Outside of its page tables' reach lies nothing: not even the host's memory. */
TEST_F(entry, ept_violation_names_the_address)
{
	char text[512];

	ASSERT_EQ(0, run_broken(self, GUEST_CR3, 0x3ffffff000));
	EXPECT_REASON(EPT_VIOLATION, self->last.reason);
	ASSERT_TRUE(TEAVMX_RECORD_HAS(&self->last, GUEST_PHYSICAL));
	EXPECT_EQ(0x3ffffff000, self->last.guest_physical & ~0xfffULL);
	/* The page walk itself failed, and no right was there. */
	teavmx_decode_exit(&self->last, text, sizeof(text));
	EXPECT_NE(NULL, strstr(text, "paging structure"))
		TH_LOG("%s", text);
	EXPECT_EQ(NULL, strstr(text, "EPT allows"));
	EXPECT_TRUE(next_runs_right(self));
}

/* What has ended the guest may have been its memory. */
TEST_F(entry, memory_of_a_guest_that_broke_is_not_kept)
{
	const struct teavmx_run again = { .reset = true };

	self->keep = true;
	ASSERT_EQ(0, run_broken(self, GUEST_CR3, 0x3ffffff000));
	EXPECT_TEA_EXIT(KILL, machine_code(&self->vcpu));
	EXPECT_EQ(-1, teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm,
					   self->vcpu.id, &again));
	EXPECT_REFUSED(EINVAL, self->teavmx, "no memory to reset");
	EXPECT_EQ(-1, teavmx_vcpu_kill(self->teavmx, self->vcpu.vm,
				       self->vcpu.id));
	EXPECT_REFUSED(ESRCH, self->teavmx, "exited already");
}

/* A field that does not exist is the writer's fault, and crashes nothing. */
TEST_F(entry, no_such_field)
{
	const struct teavmx_vmcs_write write = { 0x7ffe, 1 };

	if (!run(self, program_show, sizeof(program_show), &write, 1))
		EXPECT_TEA_EXIT(KILL, machine_code(&self->vcpu));
	EXPECT_TRUE(next_runs_right(self));
}

/* To the kernel's log, for who reads it for signs of trouble afterwards */
static int announce(const char *words)
{
	FILE *log = fopen("/dev/kmsg", "w");

	if (!log)
		return -1;
	fprintf(log, "teavmx selftest provokes: %s\n", words);
	return fclose(log);
}

/* Whether the self-audit can fail: 64-bit programs never read this register. */
TEST_F(entry, a_host_register_that_changed_is_told)
{
	const uint64_t value = 0xffff800012345678;

	ASSERT_EQ(0, announce("host state changed: SYSENTER_ESP"));
	ASSERT_EQ(0, run_broken(self, HOST_SYSENTER_ESP, value));
	EXPECT_EQ(1, self->changes);
	EXPECT_STREQ("SYSENTER_ESP", self->changed);
	EXPECT_EQ(value, self->change.after);
	EXPECT_NE(value, self->change.before);
	EXPECT_TEA_EXIT(NORMAL, machine_code(&self->vcpu));
	ASSERT_TRUE(next_runs_right(self));
	EXPECT_EQ(0, self->changes);
}

TEST_F(entry, many_failures_leave_nothing)
{
	int i;

	for (i = 0; i < 30; i++) {
		ASSERT_EQ(0, run_broken(self, i & 1 ? PIN_CONTROLS :
						      GUEST_RFLAGS, 0));
		ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vcpu.vm));
	}
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
	EXPECT_TRUE(next_runs_right(self));
}

TEST_HARNESS_MAIN
