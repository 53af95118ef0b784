// SPDX-License-Identifier: GPL-2.0-only
/* Raw VMs: their RAM, their registers, and exits that the host program answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "kselftest_harness.h"
#include "machine.h"

#define MEMORY	0x100000
#define CODE	0x1000

FIXTURE(raw)
{
	struct teavmx *teavmx;
	struct teavmx_vm vm;
	struct teavmx_vcpu vcpu;
	struct teavmx_record exit;
	struct teavmx_register *registers;
	int count;
};

FIXTURE_SETUP(raw)
{
	struct teavmx_info info;

	self->teavmx = machine_open();
	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &info));
	if (!info.vmx)
		SKIP(return, "%s", info.vmx_missing);
	ASSERT_EQ(0, teavmx_event_open(self->teavmx, 0));
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, MEMORY, &self->vm)) {
		TH_LOG("%s", teavmx_error(self->teavmx)->message);
	}
	ASSERT_EQ(0, teavmx_event_watch(self->teavmx, self->vm.id, 0));
	ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id,
					 &self->vcpu));
}

FIXTURE_TEARDOWN(raw)
{
	free(self->registers);
	teavmx_vcpu_clear(&self->vcpu);
	teavmx_close(self->teavmx);
}

static int set(FIXTURE_DATA(raw) *self, uint32_t number, uint64_t value)
{
	const struct teavmx_register reg = { number, value };

	return teavmx_regs_set(self->teavmx, self->vm.id, self->vcpu.id, &reg,
			       1);
}

static uint64_t get(FIXTURE_DATA(raw) *self, uint32_t number)
{
	free(self->registers);
	self->registers = NULL;
	self->count = teavmx_regs_get(self->teavmx, self->vm.id, self->vcpu.id,
				      &self->registers);
	if (self->count < 0) {
		printf("# %s\n", teavmx_error(self->teavmx)->message);
		return UINT64_MAX;
	}
	return teavmx_reg_get(self->registers, self->count, number);
}

static int load(FIXTURE_DATA(raw) *self, const void *code, size_t size)
{
	return teavmx_mem_write(self->teavmx, self->vm.id, CODE, code, size) ||
	       set(self, TEAVMX_REG_RIP, CODE);
}

/* Run until the next stop; the exit is in self->exit. */
static int go(FIXTURE_DATA(raw) *self, const struct teavmx_run *run)
{
	if (teavmx_vcpu_run_with(self->teavmx, self->vm.id, self->vcpu.id,
				 run)) {
		printf("# %s\n", teavmx_error(self->teavmx)->message);
		return -1;
	}
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, 10000, NULL, NULL,
				&self->exit);
}

static int answer(FIXTURE_DATA(raw) *self, uint64_t value)
{
	const struct teavmx_run run = { .answered = true, .answer = value };

	return go(self, &run);
}

TEST_F(raw, starts_in_real_mode)
{
	struct teavmx_vm vm;

	EXPECT_EQ(TEAVMX_VCPU_STATE_READY, self->vcpu.state);
	EXPECT_EQ(0, self->vcpu.pid);
	EXPECT_EQ(0x60000010, get(self, TEAVMX_REG_CR0));
	EXPECT_EQ(0, get(self, TEAVMX_REG_RIP));
	EXPECT_EQ(0x2, get(self, TEAVMX_REG_RFLAGS));
	EXPECT_EQ(0x9b, get(self, TEAVMX_REG_CS_RIGHTS));
	EXPECT_EQ(0x37f, get(self, TEAVMX_REG_FPU));
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &vm));
	EXPECT_EQ(MEMORY, vm.memory);
	EXPECT_EQ(0, vm.memory_used);
}

TEST_F(raw, out_and_in_are_answered)
{
	/* mov $'A', %al; out %al, $0xe9; in $0x60, %al; in %dx, %ax; hlt */
	static const uint8_t code[] = {
		0xb0, 'A', 0xe6, 0xe9, 0xe4, 0x60, 0xed, 0xf4,
	};

	ASSERT_EQ(0, load(self, code, sizeof(code)));
	ASSERT_EQ(0, set(self, TEAVMX_REG_RAX, 0x1122334455667788));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, NULL));
	EXPECT_EQ(VMX_EXIT_IO_INSTRUCTION, self->exit.reason);
	EXPECT_EQ(0xe9, self->exit.qualification >> 16);
	EXPECT_EQ(CODE + 2, self->exit.rip);
	EXPECT_EQ(0x1122334455667741, get(self, TEAVMX_REG_RAX));
	ASSERT_EQ(TEAVMX_STOP_EXIT, answer(self, 0));
	EXPECT_EQ(0x60, self->exit.qualification >> 16);
	ASSERT_EQ(TEAVMX_STOP_EXIT, answer(self, 0xffffff5a));
	EXPECT_EQ(0x112233445566775a, get(self, TEAVMX_REG_RAX));
	ASSERT_EQ(TEAVMX_STOP_EXIT, answer(self, 0xabcd1234));
	EXPECT_EQ(0x1122334455661234, get(self, TEAVMX_REG_RAX));
	EXPECT_EQ(VMX_EXIT_HLT, self->exit.reason);
	EXPECT_EQ(CODE + 7, get(self, TEAVMX_REG_RIP));
}

TEST_F(raw, without_an_answer_the_instruction_runs_again)
{
	static const uint8_t code[] = { 0xe6, 0x80, 0xf4 };

	ASSERT_EQ(0, load(self, code, sizeof(code)));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, NULL));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, NULL));
	EXPECT_EQ(VMX_EXIT_IO_INSTRUCTION, self->exit.reason);
	EXPECT_EQ(CODE, self->exit.rip);
	ASSERT_EQ(TEAVMX_STOP_EXIT, answer(self, 0));
	EXPECT_EQ(VMX_EXIT_HLT, self->exit.reason);
}

TEST_F(raw, pages_come_with_the_first_touch)
{
	/* mov $0x1234, %ax; mov %ax, 0x8000; mov 0x9000, %bx; hlt */
	static const uint8_t code[] = {
		0xb8, 0x34, 0x12, 0xa3, 0x00, 0x80, 0x8b, 0x1e, 0x00, 0x90,
		0xf4,
	};
	struct teavmx_vm vm;
	uint16_t value;

	ASSERT_EQ(0, load(self, code, sizeof(code)));
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &vm));
	EXPECT_EQ(0x1000, vm.memory_used);
	ASSERT_EQ(0, set(self, TEAVMX_REG_RBX, 0x5555));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, NULL));
	EXPECT_EQ(VMX_EXIT_HLT, self->exit.reason);
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &vm));
	EXPECT_EQ(0x3000, vm.memory_used);
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, 0x8000, &value,
				     sizeof(value)));
	EXPECT_EQ(0x1234, value);
	EXPECT_EQ(0, get(self, TEAVMX_REG_RBX));
}

TEST_F(raw, memory_that_is_not_there_is_for_the_host_program)
{
	/* ds = 0xffff: the highest address is 0x10ffef, beyond the RAM */
	static const uint8_t code[] = { 0xa0, 0x20, 0x00, 0xf4 };

	ASSERT_EQ(0, load(self, code, sizeof(code)));
	ASSERT_EQ(0, set(self, TEAVMX_REG_DS_BASE, 0xffff0));
	ASSERT_EQ(0, set(self, TEAVMX_REG_DS, 0xffff));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, NULL));
	EXPECT_EQ(VMX_EXIT_EPT_VIOLATION, self->exit.reason);
	EXPECT_EQ(0x100010, self->exit.guest_physical);
	EXPECT_EQ(1, self->exit.qualification & 7);
}

TEST_F(raw, triple_fault_is_reported)
{
	/* no IDT: #UD, #DF, triple fault */
	static const uint8_t code[] = { 0x0f, 0x0b };

	ASSERT_EQ(0, load(self, code, sizeof(code)));
	ASSERT_EQ(0, set(self, TEAVMX_REG_IDTR_LIMIT, 0));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, NULL));
	EXPECT_EQ(VMX_EXIT_TRIPLE_FAULT, self->exit.reason);
}

TEST_F(raw, refuses_what_the_mode_forbids)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);

	EXPECT_EQ(-1, set(self, TEAVMX_REG_CR0, 0x80000010));
	EXPECT_EQ(EINVAL, error->error);
	EXPECT_NE(NULL, strstr(error->message, "CR0.PE"));
	EXPECT_EQ(0x60000010, get(self, TEAVMX_REG_CR0));
	EXPECT_EQ(-1, set(self, TEAVMX_REG_RFLAGS, 0));
	EXPECT_EQ(-1, set(self, TEAVMX_REG_CR4, 1u << 13));
	EXPECT_EQ(-1, set(self, TEAVMX_REG_EFER, 0x500));
	EXPECT_EQ(-1, set(self, TEAVMX_REG_XCR0, 6));
	/* LBR, TR with BTS: they would write to the host's registers. */
	EXPECT_EQ(-1, set(self, TEAVMX_REG_DEBUGCTL, 1));
	EXPECT_EQ(-1, set(self, TEAVMX_REG_DEBUGCTL, 0xc0));
	/* A processor that waits for a SIPI is lost for the host. */
	EXPECT_EQ(-1, set(self, TEAVMX_REG_ACTIVITY, 3));
	EXPECT_NE(NULL, strstr(error->message, "get the processor back"));
	EXPECT_EQ(-1, set(self, TEAVMX_REG_ACTIVITY, 1ULL << 32 | 3));
	EXPECT_EQ(-1, set(self, TEAVMX_REG_FPU + 65, 1));
	EXPECT_EQ(-1, set(self, 9999, 1));
	EXPECT_EQ(ENOENT, error->error);
	EXPECT_EQ(0x2, get(self, TEAVMX_REG_RFLAGS));
}

TEST_F(raw, refuses_addresses_outside_of_ram)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);
	uint8_t bytes[16] = { };

	EXPECT_EQ(-1, teavmx_mem_write(self->teavmx, self->vm.id, MEMORY - 8,
				       bytes, 16));
	EXPECT_EQ(ERANGE, error->error);
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

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		EXPECT_EQ(-1, teavmx_raw_new(self->teavmx, 0, sizes[i], &vm));
		EXPECT_EQ(EINVAL, teavmx_error(self->teavmx)->error);
	}
	EXPECT_EQ(0, teavmx_raw_new(self->teavmx, 0, TEAVMX_MEMORY_MAX, &vm));
	EXPECT_EQ(0, teavmx_raw_new(self->teavmx, 0, 4096, &vm));
}

TEST_F(raw, pause_and_kill)
{
	static const uint8_t code[] = { 0xeb, 0xfe };
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, load(self, code, sizeof(code)));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	EXPECT_EQ(-1, set(self, TEAVMX_REG_RAX, 1));
	EXPECT_EQ(EBUSY, teavmx_error(self->teavmx)->error);
	EXPECT_EQ(-1, teavmx_vcpu_run(self->teavmx, self->vm.id,
				      self->vcpu.id));
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vm.id,
				       self->vcpu.id));
	ASSERT_EQ(TEAVMX_STOP_REQUEST,
		  teavmx_wait_stop(self->teavmx, self->vcpu.id, 10000, NULL,
				   NULL, NULL));
	EXPECT_EQ(CODE, get(self, TEAVMX_REG_RIP));
	ASSERT_EQ(0, teavmx_vcpu_get(self->teavmx, self->vm.id, self->vcpu.id,
				     &vcpu));
	EXPECT_EQ(TEAVMX_STOP_REQUEST, vcpu.stop);
	teavmx_vcpu_clear(&vcpu);
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vm.id,
				       self->vcpu.id));
	ASSERT_EQ(TEAVMX_STOP_REQUEST,
		  teavmx_wait_stop(self->teavmx, self->vcpu.id, 10000, NULL,
				   NULL, NULL));
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
	EXPECT_EQ(EBUSY, teavmx_error(self->teavmx)->error);
	EXPECT_NE(NULL, strstr(teavmx_error(self->teavmx)->message, "8"));
}

TEST_HARNESS_MAIN
