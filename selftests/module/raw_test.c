// SPDX-License-Identifier: GPL-2.0-only
/* Raw VMs: their RAM, their registers, and exits that the host program answers. */
#define RAW_PATIENCE_MS	10000

#include "raw_fixture.h"

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

TEST_F(raw, requests_for_the_other_kind_of_vm_name_what_is_wrong)
{
	const struct teavmx_inject nmi = {
		.type = VMX_INTR_TYPE_NMI,
		.vector = 2,
	};
	struct teavmx_vcpu vcpu;
	uint8_t byte;

	EXPECT_EQ(-1, teavmx_stack_read(self->teavmx, self->vm.id,
					self->vcpu.id, 0, &byte, 1));
	EXPECT_REFUSED(EINVAL, self->teavmx, "leave out the vCPU");
	EXPECT_STREQ("vcpu-id", teavmx_error(self->teavmx)->attribute);
	ASSERT_EQ(0, machine_new(self->teavmx, 0, TEAVMX_BACKEND_SOFT,
				 program_exit, sizeof(program_exit), &vcpu));
	EXPECT_EQ(-1, teavmx_inject(self->teavmx, vcpu.vm, vcpu.id, &nmi));
	EXPECT_REFUSED(EINVAL, self->teavmx, "raw");
	EXPECT_STREQ("vm-id", teavmx_error(self->teavmx)->attribute);
	teavmx_vcpu_clear(&vcpu);
}

TEST_HARNESS_MAIN
