// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exit records have no undefined field, and no answer relies on one. Exits for the
 * program that created the VM, and runs that it resumes.
 */
#include "policy_fixture.h"

#define BEYOND		0xf0000000
#define VECTOR_UD	6
#define VECTOR_BP	3

static bool has(struct raw_data *self, unsigned int attribute)
{
	return self->exit.has & 1ULL << attribute;
}

/* The answer is refused, with the reason's name in the message. */
static bool refuses_answer(struct raw_data *self, const char *reason)
{
	const struct teavmx_run done = { .answered = true };
	const struct teavmx_error *error = teavmx_error(self->teavmx);

	if (!teavmx_vcpu_run_with(self->teavmx, self->vm.id, self->vcpu.id,
				  &done))
		return false;
	printf("# %s\n", error->message);
	return error->error == EINVAL && strstr(error->message, reason) &&
	       strstr(error->message, "instruction length");
}

GUEST_PAYLOAD(code_beyond,
	".code32\n"
	"\tmov\t%al, 0xf0000000\n"
	"\thlt");

TEST_F(policy, an_ept_violation_has_no_length)
{
	ASSERT_EQ(0, travel(self, STAGE_PROTECTED));
	ASSERT_EQ(0, raw_put(self, CODE, PAYLOAD(code_beyond)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE));
	ASSERT_STOP(EXIT, raw_go(self));
	ASSERT_REASON(EPT_VIOLATION, self->exit.reason);
	EXPECT_EQ(BEYOND, self->exit.guest_physical);
	EXPECT_FALSE(has(self, TEAVMX_A_RECORD_INSTRUCTION_LENGTH));
	EXPECT_FALSE(has(self, TEAVMX_A_RECORD_INSTRUCTION_INFO));
	EXPECT_TRUE(refuses_answer(self, "EPT_VIOLATION"));
	/* The host program knows the length. */
	EXPECT_REG(RIP, CODE);
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE + 5));
	ASSERT_STOP(EXIT, raw_go(self));
	EXPECT_REASON(HLT, self->exit.reason);
	EXPECT_EQ(1, self->exit.instruction_length);
}

GUEST_PAYLOAD(code_exceptions,
	".code16\n"
	"\tud2\n"
	"\tint3\n"
	"\thlt");

TEST_F(policy, only_software_exceptions_have_a_length)
{
	ASSERT_EQ(0, teavmx_host_exceptions(self->teavmx, self->vm.id,
					    1 << VECTOR_UD | 1 << VECTOR_BP));
	ASSERT_EQ(0, raw_put(self, CODE, PAYLOAD(code_exceptions)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE));
	ASSERT_STOP(EXIT, raw_go(self));
	ASSERT_EQ(VECTOR_UD, self->exit.intr_info & 0xff);
	EXPECT_FALSE(has(self, TEAVMX_A_RECORD_INSTRUCTION_LENGTH));
	EXPECT_TRUE(refuses_answer(self, "EXCEPTION_NMI"));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE + 2));
	ASSERT_STOP(EXIT, raw_go(self));
	ASSERT_EQ(VECTOR_BP, self->exit.intr_info & 0xff);
	EXPECT_TRUE(has(self, TEAVMX_A_RECORD_INSTRUCTION_LENGTH));
	EXPECT_EQ(1, self->exit.instruction_length);
	ASSERT_STOP(EXIT, raw_answer(self, 0));
	EXPECT_REASON(HLT, self->exit.reason);
	EXPECT_EQ(CODE + 3, self->exit.rip);
}

GUEST_PAYLOAD(code_lmsw,
	".code16\n"
	"\tlmsw\t%ax\n"
	"\tlmsw\t0x1234\n"
	"\thlt");

TEST_F(policy, only_an_operand_in_memory_has_an_address)
{
	uint8_t reasons[TEAVMX_HOST_REASONS_SIZE] = { };

	/* It exits when it would change a bit, here EM. */
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 4));
	ASSERT_EQ(0, raw_put(self, 0x1234, (const uint8_t[]){ 4, 0 }, 2));
	reasons[VMX_EXIT_CR_ACCESS / 8] |= 1 << VMX_EXIT_CR_ACCESS % 8;
	ASSERT_EQ(0, teavmx_host_reasons(self->teavmx, self->vm.id, reasons));
	ASSERT_EQ(0, raw_put(self, CODE, PAYLOAD(code_lmsw)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE));
	ASSERT_STOP(EXIT, raw_go(self));
	ASSERT_REASON(CR_ACCESS, self->exit.reason);
	EXPECT_FALSE(has(self, TEAVMX_A_RECORD_GUEST_LINEAR));
	ASSERT_STOP(EXIT, raw_answer(self, 0));
	ASSERT_REASON(CR_ACCESS, self->exit.reason);
	EXPECT_TRUE(has(self, TEAVMX_A_RECORD_GUEST_LINEAR));
	EXPECT_EQ(0x1234, self->exit.linear);
	EXPECT_FALSE(has(self, TEAVMX_A_RECORD_INSTRUCTION_INFO));
}

GUEST_PAYLOAD(code_ud2,
	".code16\n"
	"\tud2");

TEST_F(policy, a_triple_fault_has_no_length)
{
	/* No vector table of use: the handler's code is beyond the limit. */
	ASSERT_EQ(0, raw_put(self, CODE, PAYLOAD(code_ud2)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_IDTR_LIMIT, 0));
	ASSERT_STOP(EXIT, raw_go(self));
	ASSERT_REASON(TRIPLE_FAULT, self->exit.reason);
	EXPECT_FALSE(has(self, TEAVMX_A_RECORD_INSTRUCTION_LENGTH));
	EXPECT_TRUE(refuses_answer(self, "TRIPLE_FAULT"));
}

GUEST_PAYLOAD(code_ports,
	".code16\n"
	"1:\toutb\t%al, $0x80\n"
	"\tjmp\t1b");

static int program_takes_ports(struct raw_data *self)
{
	uint8_t reasons[TEAVMX_HOST_REASONS_SIZE] = { };

	reasons[VMX_EXIT_IO_INSTRUCTION / 8] |=
		1 << VMX_EXIT_IO_INSTRUCTION % 8;
	return teavmx_program_reasons(self->teavmx, self->vm.id, reasons) ||
	       raw_put(self, CODE, PAYLOAD(code_ports)) ||
	       raw_set(self, TEAVMX_REG_RIP, CODE);
}

static int raw_resume(struct raw_data *self)
{
	const struct teavmx_run run = { .answered = true, .resume = true };

	return raw_run(self, &run);
}

/* The last request was refused, with this in the message. */
static bool refused_by(struct raw_data *self, const char *words)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);

	printf("# %s\n", error->message);
	return error->error == EINVAL && strstr(error->message, words);
}

TEST_F(policy, exits_for_the_program)
{
	struct teavmx_vm vm;

	ASSERT_EQ(0, program_takes_ports(self));
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &vm));
	EXPECT_EQ(1 << VMX_EXIT_IO_INSTRUCTION % 8,
		  vm.program_reasons[VMX_EXIT_IO_INSTRUCTION / 8]);
	ASSERT_STOP(PROGRAM, raw_go(self));
	ASSERT_REASON(IO_INSTRUCTION, self->exit.reason);
	EXPECT_STOP(PROGRAM, raw_answer(self, 0));
}

TEST_F(policy, a_resumed_run_keeps_its_bounds)
{
	const struct teavmx_run exits = { .exits = 3 };

	ASSERT_EQ(0, program_takes_ports(self));
	/* The answer of OUT is the first step, the jump the second one. */
	ASSERT_STOP(PROGRAM, raw_steps(self, 4));
	ASSERT_STOP(PROGRAM, raw_resume(self));
	ASSERT_STOP(STEPS, raw_resume(self));
	EXPECT_REG(RIP, CODE);
	ASSERT_STOP(PROGRAM, raw_run(self, &exits));
	ASSERT_STOP(PROGRAM, raw_resume(self));
	/* The bound comes before the exit that reaches it. */
	EXPECT_STOP(EXITS, raw_resume(self));
	EXPECT_REG(RIP, CODE);
	EXPECT_STOP(PROGRAM, raw_go(self));
	EXPECT_REG(RIP, CODE);
}

TEST_F(policy, a_resumed_run_keeps_a_request_to_pause)
{
	ASSERT_EQ(0, program_takes_ports(self));
	ASSERT_STOP(PROGRAM, raw_go(self));
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vm.id,
				       self->vcpu.id));
	EXPECT_STOP(REQUEST, raw_resume(self));
	/* The instruction has been completed. */
	EXPECT_REG(RIP, CODE + 2);
	/* Another run does not keep it. */
	ASSERT_STOP(PROGRAM, raw_go(self));
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vm.id,
				       self->vcpu.id));
	EXPECT_STOP(PROGRAM, raw_answer(self, 0));
}

TEST_F(policy, nothing_to_resume)
{
	struct teavmx_run run = { .resume = true };

	ASSERT_EQ(0, program_takes_ports(self));
	EXPECT_EQ(-1, teavmx_vcpu_run_with(self->teavmx, self->vm.id,
					   self->vcpu.id, &run));
	EXPECT_TRUE(refused_by(self, "not paused for an exit"));
	ASSERT_STOP(PROGRAM, raw_steps(self, 9));
	run.steps = 1;
	EXPECT_EQ(-1, teavmx_vcpu_run_with(self->teavmx, self->vm.id,
					   self->vcpu.id, &run));
	EXPECT_TRUE(refused_by(self, "leave them out"));
}

GUEST_PAYLOAD(code_values,
	".code16\n"
	"\toutb\t%al, $0x80\n"
	"\toutw\t%ax, $0x80\n"
	"\toutl\t%eax, $0x80\n"
	"\tvmcall\n"
	"\tinb\t$0x80, %al\n"
	"\toutsb\n"
	"\tcpuid\n"
	"\thlt");

TEST_F(policy, exits_have_the_value_that_the_guest_hands_over)
{
	static const uint64_t values[] = {
		0x88, 0x7788, 0x55667788, 0x1122334455667788,
	};
	size_t i;

	ASSERT_EQ(0, raw_put(self, CODE, PAYLOAD(code_values)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 0x1122334455667788));
	ASSERT_STOP(EXIT, raw_go(self));
	for (i = 0; i < COUNT(values); i++) {
		ASSERT_TRUE(has(self, TEAVMX_A_RECORD_VALUE));
		EXPECT_EQ(values[i], self->exit.value);
		/* Only processes have a number. */
		EXPECT_FALSE(has(self, TEAVMX_A_RECORD_PID));
		ASSERT_STOP(EXIT, raw_answer(self, 0));
	}
	ASSERT_REASON(IO_INSTRUCTION, self->exit.reason);
	EXPECT_FALSE(has(self, TEAVMX_A_RECORD_VALUE));
	ASSERT_STOP(EXIT, raw_answer(self, 0));
	ASSERT_REASON(IO_INSTRUCTION, self->exit.reason);
	EXPECT_FALSE(has(self, TEAVMX_A_RECORD_VALUE));
	ASSERT_STOP(EXIT, raw_answer(self, 0));
	ASSERT_REASON(HLT, self->exit.reason);
	EXPECT_FALSE(has(self, TEAVMX_A_RECORD_VALUE));
}

GUEST_PAYLOAD(code_watched_ports,
	".code16\n"
	"\tmov\t$0x3f9, %dx\n"
	"\toutb\t%al, %dx\n"
	"\tinw\t%dx, %ax\n"
	"\tinb\t%dx, %al\n"
	"\thlt");

#define VECTOR_DB	1
/* DR0 is for a port (G0, R/W 2) of 1 byte. */
#define DR7_PORT	0x20402

/*
 * The exit comes before the breakpoint. Answering the exit completes the
 * instruction, so the breakpoint is raised then.
 */
static int watch_port(struct raw_data *self, uint64_t cr4, uint16_t port)
{
	return raw_put(self, CODE, PAYLOAD(code_watched_ports)) ||
	       raw_set(self, TEAVMX_REG_RIP, CODE) ||
	       raw_set(self, TEAVMX_REG_CR4, cr4) ||
	       raw_set(self, TEAVMX_REG_DR0, port) ||
	       raw_set(self, TEAVMX_REG_DR7, DR7_PORT);
}

TEST_F(policy, breakpoints_on_ports_follow_the_answer)
{
	ASSERT_EQ(0, teavmx_host_exceptions(self->teavmx, self->vm.id,
					    1 << VECTOR_DB));
	ASSERT_EQ(0, watch_port(self, CR4_DE, 0x3fa));
	ASSERT_STOP(EXIT, raw_go(self));
	/* OUT of a byte to the port below */
	ASSERT_STOP(EXIT, raw_answer(self, 0));
	ASSERT_REASON(IO_INSTRUCTION, self->exit.reason);
	/* IN of a word, the second byte of which is watched */
	ASSERT_STOP(EXIT, raw_answer(self, 0x4142));
	ASSERT_REASON(EXCEPTION_NMI, self->exit.reason);
	EXPECT_EQ(VECTOR_DB, self->exit.intr_info & 0xff);
	EXPECT_EQ(1, self->exit.qualification & 0xf);
	EXPECT_EQ(CODE + 5, self->exit.rip);
	EXPECT_REG(RAX, 0x4142);
	/* IN of a byte */
	ASSERT_STOP(EXIT, raw_go(self));
	ASSERT_STOP(EXIT, raw_answer(self, 0));
	ASSERT_REASON(HLT, self->exit.reason);
	EXPECT_EQ(0, raw_get(self, TEAVMX_REG_PENDING_DEBUG));
}

/* Without CR4.DE no breakpoint is for a port. */
TEST_F(policy, breakpoints_on_ports_need_de)
{
	ASSERT_EQ(0, teavmx_host_exceptions(self->teavmx, self->vm.id,
					    1 << VECTOR_DB));
	ASSERT_EQ(0, watch_port(self, 0, 0x3f9));
	ASSERT_STOP(EXIT, raw_go(self));
	ASSERT_STOP(EXIT, raw_answer(self, 0));
	ASSERT_STOP(EXIT, raw_answer(self, 0));
	ASSERT_STOP(EXIT, raw_answer(self, 0));
	EXPECT_REASON(HLT, self->exit.reason);
}

TEST_HARNESS_MAIN
