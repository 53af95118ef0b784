// SPDX-License-Identifier: GPL-2.0-only
/* Raw VMs: their RAM, their registers, and exits that the host program answers. */
#define RAW_PATIENCE_MS	10000

#include "raw_fixture.h"

#include <uapi/vmcs.h>
#include <uapi/vmx_check.h>

#define CODE	RAW_CODE
#define MEMORY	RAW_MEMORY

/* Loads code; only RIP differs from its value after RESET. */
static int load_at_reset(struct raw_data *self, const void *code, size_t size)
{
	return raw_put(self, CODE, code, size) ||
	       raw_set(self, TEAVMX_REG_RIP, CODE);
}

TEST_F(raw, starts_in_real_mode)
{
	struct teavmx_vm vm;

	EXPECT_STATE(READY, self->vcpu.state);
	EXPECT_EQ(0, self->vcpu.pid);
	EXPECT_REG(CR0, 0x60000010);
	EXPECT_REG(RIP, 0);
	EXPECT_REG(RFLAGS, 0x2);
	EXPECT_REG(CS_RIGHTS, 0x9b);
	EXPECT_REG(FPU, 0x37f);
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &vm));
	EXPECT_EQ(MEMORY, vm.memory);
	EXPECT_EQ(0, vm.memory_used);
}

GUEST_PAYLOAD(code_out_in,
	".code16\n"
	"\tmov\t$'A', %al\n"
	"\tout\t%al, $0xe9\n"
	"\tin\t$0x60, %al\n"
	"\tin\t%dx, %ax\n"
	"\thlt");

TEST_F(raw, out_and_in_are_answered)
{
	ASSERT_EQ(0, load_at_reset(self, PAYLOAD(code_out_in)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 0x1122334455667788));
	ASSERT_STOP(EXIT, raw_go(self));
	EXPECT_REASON(IO_INSTRUCTION, self->exit.reason);
	EXPECT_EQ(0xe9, self->exit.qualification >> 16);
	EXPECT_EQ(CODE + 2, self->exit.rip);
	EXPECT_REG(RAX, 0x1122334455667741);
	ASSERT_STOP(EXIT, raw_answer(self, 0));
	EXPECT_EQ(0x60, self->exit.qualification >> 16);
	ASSERT_STOP(EXIT, raw_answer(self, 0xffffff5a));
	EXPECT_REG(RAX, 0x112233445566775a);
	ASSERT_STOP(EXIT, raw_answer(self, 0xabcd1234));
	EXPECT_REG(RAX, 0x1122334455661234);
	EXPECT_REASON(HLT, self->exit.reason);
	EXPECT_REG(RIP, CODE + 7);
}

GUEST_PAYLOAD(code_out,
	".code16\n"
	"\tout\t%al, $0x80\n"
	"\thlt");

TEST_F(raw, without_an_answer_the_instruction_runs_again)
{
	ASSERT_EQ(0, load_at_reset(self, PAYLOAD(code_out)));
	ASSERT_STOP(EXIT, raw_go(self));
	ASSERT_STOP(EXIT, raw_go(self));
	EXPECT_REASON(IO_INSTRUCTION, self->exit.reason);
	EXPECT_EQ(CODE, self->exit.rip);
	ASSERT_STOP(EXIT, raw_answer(self, 0));
	EXPECT_REASON(HLT, self->exit.reason);
}

GUEST_PAYLOAD(code_touch,
	".code16\n"
	"\tmov\t$0x1234, %ax\n"
	"\tmov\t%ax, 0x8000\n"
	"\tmov\t0x9000, %bx\n"
	"\thlt");

TEST_F(raw, pages_come_with_the_first_touch)
{
	struct teavmx_vm vm;
	uint16_t value;

	ASSERT_EQ(0, load_at_reset(self, PAYLOAD(code_touch)));
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &vm));
	EXPECT_EQ(0x1000, vm.memory_used);
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RBX, 0x5555));
	ASSERT_STOP(EXIT, raw_go(self));
	EXPECT_REASON(HLT, self->exit.reason);
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &vm));
	EXPECT_EQ(0x3000, vm.memory_used);
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, 0x8000, &value,
				     sizeof(value)));
	EXPECT_EQ(0x1234, value);
	EXPECT_REG(RBX, 0);
}

/* With 0xffff in DS: an address beyond the RAM, below the end of the segment */
GUEST_PAYLOAD(code_read,
	".code16\n"
	"\tmov\t0x20, %al\n"
	"\thlt");

TEST_F(raw, memory_that_is_not_there_is_for_the_host_program)
{
	ASSERT_EQ(0, load_at_reset(self, PAYLOAD(code_read)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DS_BASE, 0xffff0));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DS, 0xffff));
	ASSERT_STOP(EXIT, raw_go(self));
	EXPECT_REASON(EPT_VIOLATION, self->exit.reason);
	EXPECT_EQ(0x100010, self->exit.guest_physical);
	EXPECT_EQ(1, self->exit.qualification & 7);
}

/* Without an IDT: #UD, #DF, triple fault */
GUEST_PAYLOAD(code_ud2,
	".code16\n"
	"\tud2");

TEST_F(raw, triple_fault_is_reported)
{
	ASSERT_EQ(0, load_at_reset(self, PAYLOAD(code_ud2)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_IDTR_LIMIT, 0));
	ASSERT_STOP(EXIT, raw_go(self));
	EXPECT_REASON(TRIPLE_FAULT, self->exit.reason);
}

TEST_F(raw, refuses_what_its_processor_lacks)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);

	EXPECT_EQ(-1, raw_set(self, TEAVMX_REG_CR0, 0x60000090));
	EXPECT_ERROR(EINVAL, self->teavmx);
	EXPECT_NE(NULL, strstr(error->message, "CR0"));
	EXPECT_REG(CR0, 0x60000010);
	EXPECT_EQ(-1, raw_set(self, TEAVMX_REG_CR4, 1u << 13));
	EXPECT_EQ(-1, raw_set(self, TEAVMX_REG_XCR0, 6));
	/* LBR, TR with BTS: they would write to the host's registers. */
	EXPECT_EQ(-1, raw_set(self, TEAVMX_REG_DEBUGCTL, 1));
	EXPECT_EQ(-1, raw_set(self, TEAVMX_REG_DEBUGCTL, 0xc0));
	/* A processor that waits for a SIPI is lost for the host. */
	EXPECT_EQ(-1, raw_set(self, TEAVMX_REG_ACTIVITY, 3));
	EXPECT_NE(NULL, strstr(error->message, "get the processor back"));
	EXPECT_EQ(-1, raw_set(self, TEAVMX_REG_ACTIVITY, 1ULL << 32 | 3));
	EXPECT_EQ(-1, raw_set(self, TEAVMX_REG_FPU + 65, 1));
	EXPECT_EQ(-1, raw_set(self, 9999, 1));
	EXPECT_ERROR(ENOENT, self->teavmx);
	EXPECT_REG(RFLAGS, 0x2);
}

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

GUEST_PAYLOAD(code_stop,
	".code16\n"
	"\thlt");

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

	ASSERT_EQ(0, load_at_reset(self, PAYLOAD(code_stop)));
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
		ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE));
		EXPECT_STOP(EXIT, go_into(self, &failure));
		EXPECT_REASON(HLT, self->exit.reason);
	}
}

/* So many records of a log keep their snapshot, module/event.h */
#define SNAPSHOTS	16
#define FAILURES	40

/* A listener gets each snapshot; the log must not grow with each failure. */
TEST_F(raw, a_log_keeps_the_last_snapshots)
{
	struct failure heard = { };
	struct failure kept = { };
	uint64_t seq = 0;
	int i, count;

	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, 0));
	for (i = 0; i < FAILURES; i++)
		ASSERT_STOP(FAIL, go_into(self, &heard));
	EXPECT_EQ(FAILURES, heard.entries);
	EXPECT_EQ(FAILURES, heard.snapshots);
	do {
		count = teavmx_event_get(self->teavmx, self->vm.id, &seq,
					 see_failure, &kept);
		ASSERT_LE(0, count);
	} while (count);
	EXPECT_EQ(FAILURES, kept.entries);
	EXPECT_EQ(SNAPSHOTS, kept.snapshots);
	EXPECT_EQ(VMX_RULE_RFLAGS_BIT_1, kept.finding.rule);
}

TEST_F(raw, refuses_addresses_outside_of_ram)
{
	uint8_t bytes[16] = { };

	EXPECT_EQ(-1, teavmx_mem_write(self->teavmx, self->vm.id, MEMORY - 8,
				       bytes, 16));
	EXPECT_ERROR(ERANGE, self->teavmx);
	EXPECT_EQ(-1, teavmx_mem_read(self->teavmx, self->vm.id, ~0ULL, bytes,
				      1));
	EXPECT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, MEMORY - 16,
				     bytes, 16));
}

TEST_F(raw, refuses_sizes)
{
	static const uint64_t sizes[] = {
		0, 1, 4095, 4097, TEAVMX_MEMORY_MAX + 4096ULL, ~0ULL << 12,
	};
	struct teavmx_vm vm;
	size_t i;

	for (i = 0; i < COUNT(sizes); i++) {
		EXPECT_EQ(-1, teavmx_raw_new(self->teavmx, 0, sizes[i], &vm));
		EXPECT_ERROR(EINVAL, self->teavmx);
	}
	EXPECT_EQ(0, teavmx_raw_new(self->teavmx, 0, TEAVMX_MEMORY_MAX, &vm));
	EXPECT_EQ(0, teavmx_raw_new(self->teavmx, 0, 4096, &vm));
}

GUEST_PAYLOAD(code_loop,
	".code16\n"
	"\tjmp\t.");

TEST_F(raw, pause_and_kill)
{
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, load_at_reset(self, PAYLOAD(code_loop)));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	EXPECT_EQ(-1, raw_set(self, TEAVMX_REG_RAX, 1));
	EXPECT_ERROR(EBUSY, self->teavmx);
	EXPECT_EQ(-1, teavmx_vcpu_run(self->teavmx, self->vm.id,
				      self->vcpu.id));
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vm.id,
				       self->vcpu.id));
	ASSERT_STOP(REQUEST, raw_wait(self));
	EXPECT_REG(RIP, CODE);
	ASSERT_EQ(0, teavmx_vcpu_get(self->teavmx, self->vm.id, self->vcpu.id,
				     &vcpu));
	EXPECT_STOP(REQUEST, vcpu.stop);
	teavmx_vcpu_clear(&vcpu);
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vm.id,
				       self->vcpu.id));
	ASSERT_STOP(REQUEST, raw_wait(self));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm.id,
				      self->vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(0, self->vcpu.message_size);
}

TEST_F(raw, at_most_eight_vcpus)
{
	struct teavmx_vcpu vcpu;
	int i;

	for (i = 1; i < TEAVMX_RAW_VCPUS_MAX; i++) {
		ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id,
						 &vcpu));
		teavmx_vcpu_clear(&vcpu);
	}
	EXPECT_EQ(-1, teavmx_raw_vcpu_new(self->teavmx, self->vm.id, &vcpu));
	EXPECT_ERROR(EBUSY, self->teavmx);
	EXPECT_NE(NULL, strstr(teavmx_error(self->teavmx)->message, "8"));
}

TEST_HARNESS_MAIN
