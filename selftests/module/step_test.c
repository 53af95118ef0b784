// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single steps of raw guests, where each ends and how many there are. The same
 * is expected whether the monitor trap flag makes them or RFLAGS.TF, apart from
 * MOV SS: "run" has this program run both ways, by the module's parameter
 * monitor_trap.
 */
#include <uapi/vmx_caps.h>

#include "inject_fixture.h"

#define DATA		0x6000
#define PARAMETER	"/sys/module/teavmx/parameters/monitor_trap"

enum mode {
	MODE_16,
	MODE_32,
	MODE_64,
	MODES,
};

static const int stub_sizes[] = { GUEST_STUB_16, GUEST_STUB_32, GUEST_STUB_64 };

static int step_load(struct raw_data *self, enum mode mode,
		     const uint8_t *code, size_t size)
{
	switch (mode) {
	case MODE_16:
		return load_16(self, code, code + size);
	case MODE_32:
		return load_32(self, code, code + size);
	default:
		return load_64(self, code, code + size);
	}
}

static uint64_t handler(enum mode mode, uint8_t vector)
{
	return GUEST_STUBS + (uint64_t)vector * stub_sizes[mode];
}

/* One step, which must end at an address. */
#define EXPECT_STEP(address)						\
	do {								\
		EXPECT_STOP(STEPS, raw_steps(self, 1));			\
		EXPECT_REG(RIP, address);				\
		EXPECT_EQ(0, raw_get(self, TEAVMX_REG_RFLAGS) & FLAG_TF);	\
	} while (0)

static bool monitor_trap_offered(struct teavmx *teavmx)
{
	const struct teavmx_msr *msr;
	struct teavmx_caps caps;
	bool offered;

	if (teavmx_caps_get(teavmx, 0, &caps))
		return false;
	msr = teavmx_caps_msr(&caps, VMX_MSR_PROCBASED_CTLS);
	/* The bits that may be 1 are in the high half. */
	offered = msr && msr->value >> 32 &
			 (1U << VMX_PRIMARY_MONITOR_TRAP_FLAG_BIT);
	return offered;
}

/* Is the monitor trap flag what is to make the steps? */
static bool monitored(struct teavmx *teavmx)
{
	FILE *file = fopen(PARAMETER, "re");
	int wanted = file ? getc(file) : 'Y';

	if (file)
		fclose(file);
	return wanted == 'Y' && monitor_trap_offered(teavmx);
}

/* The same bytes in every mode */
GUEST_PAYLOAD(code_trace,
	"\tnop\n"
	"\tmov\t$3, %cl\n"
	"\trep stosb\n"
	"\trep stosb\n"
	"\tcli\n"
	"\tnop\n"
	"\tsti\n"
	"\tnop\n"
	"\tpushf\n"
	"\tpopf\n"
	"\tcpuid\n"
	"\tint\t$0x21");

/* Where each step ends; REP with a count of 3 makes three, with 0 one. */
static const uint8_t trace[] = {
	1, 3, 3, 3, 5, 7, 8, 9, 10, 11, 12, 13, 15,
};

static int load_trace(struct raw_data *self, enum mode mode)
{
	static const struct teavmx_register registers[] = {
		{ TEAVMX_REG_RAX, 0 }, { TEAVMX_REG_RCX, 0 }, { TEAVMX_REG_RDI, DATA },
	};

	return step_load(self, mode, PAYLOAD(code_trace)) ||
		raw_set_all(self, registers, COUNT(registers));
}

TEST_F(inject, each_step_in_each_mode)
{
	enum mode mode;
	size_t i;

	for (mode = 0; mode < MODES; mode++) {
		ASSERT_EQ(0, load_trace(self, mode));
		for (i = 0; i < COUNT(trace); i++)
			EXPECT_STEP(GUEST_CODE + trace[i]);
		EXPECT_REG(RDI, DATA + 3);
		EXPECT_REG(RSP, GUEST_STACK);
		EXPECT_STEP(handler(mode, 0x21));
	}
}

TEST_F(inject, many_steps_at_once)
{
	enum mode mode;
	size_t i;

	for (mode = 0; mode < MODES; mode++) {
		for (i = 1; i <= COUNT(trace); i++) {
			ASSERT_EQ(0, load_trace(self, mode));
			ASSERT_STOP(STEPS, raw_steps(self, i));
			EXPECT_REG(RIP, GUEST_CODE + trace[i - 1]);
		}
	}
}

/* The same bytes in every mode */
GUEST_PAYLOAD(code_cli_loop,
	"\tcli\n"
	"1:\tinc\t%eax\n"
	"\tjmp\t1b");

/* With interrupts off, many of them: each iteration is two. */
TEST_F(inject, interrupts_off)
{
	enum mode mode;

	for (mode = 0; mode < MODES; mode++) {
		ASSERT_EQ(0, step_load(self, mode, PAYLOAD(code_cli_loop)));
		ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 0));
		ASSERT_STOP(STEPS, raw_steps(self, 1 + 2 * 300));
		EXPECT_REG(RAX, 300);
		EXPECT_REG(RIP, GUEST_CODE + 1);
		EXPECT_EQ(0, raw_get(self, TEAVMX_REG_RFLAGS) & FLAG_IF);
		ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, 2 | FLAG_IF));
	}
}

GUEST_PAYLOAD(code_nop_ud2,
	"\tnop\n"
	"\tud2");

/* An instruction that faults is no step, the delivery of its exception is. */
TEST_F(inject, a_fault)
{
	enum mode mode;

	for (mode = 0; mode < MODES; mode++) {
		ASSERT_EQ(0, step_load(self, mode, PAYLOAD(code_nop_ud2)));
		EXPECT_STEP(GUEST_CODE + 1);
		EXPECT_STEP(handler(mode, 6));
	}
}

GUEST_PAYLOAD(code_nops,
	"\tnop\n"
	"\tnop\n"
	"\tnop");

TEST_F(inject, an_injected_interrupt)
{
	enum mode mode;

	for (mode = 0; mode < MODES; mode++) {
		ASSERT_EQ(0, step_load(self, mode, PAYLOAD(code_nops)));
		EXPECT_STEP(GUEST_CODE + 1);
		ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, 2 | FLAG_IF));
		EXPECT_EQ(1, inject_interrupt(self, 0x20));
		EXPECT_STEP(handler(mode, 0x20));
	}
}

/* More events than one entry delivers: that entry has to end at once. */
TEST_F(inject, events_that_wait_for_one_another)
{
	enum mode mode;

	for (mode = 0; mode < MODES; mode++) {
		ASSERT_EQ(0, step_load(self, mode, PAYLOAD(code_nops)));
		EXPECT_EQ(1, inject_exception(self, 6));
		EXPECT_EQ(2, inject_exception(self, 5));
		EXPECT_STEP(handler(mode, 6));
		EXPECT_STEP(handler(mode, 5));

		ASSERT_EQ(0, step_load(self, mode, PAYLOAD(code_nops)));
		EXPECT_EQ(1, inject_exception(self, 6));
		EXPECT_EQ(2, inject_exception(self, 5));
		EXPECT_EQ(3, inject_exception(self, 0));
		ASSERT_STOP(STEPS, raw_steps(self, 3));
		EXPECT_REG(RIP, handler(mode, 0));
	}
}

/* B0 alone is no exception that is due: only bits 12 and 14 make one so. */
TEST_F(inject, a_pending_condition_without_an_exception)
{
	enum mode mode;

	for (mode = 0; mode < MODES; mode++) {
		ASSERT_EQ(0, step_load(self, mode, PAYLOAD(code_nops)));
		ASSERT_EQ(0, raw_set(self, TEAVMX_REG_PENDING_DEBUG, 1));
		EXPECT_STEP(GUEST_CODE + 1);
	}
}

GUEST_PAYLOAD(code_nops_hlt,
	"\tnop\n"
	"\tnop\n"
	"\tnop\n"
	"\thlt");

/* Its exit comes before an instruction is executed, so it is no step. */
TEST_F(inject, a_pending_monitor_trap)
{
	ASSERT_EQ(0, step_load(self, MODE_64, PAYLOAD(code_nops_hlt)));
	if (!monitor_trap_offered(self->teavmx))
		SKIP(return, "this CPU has no monitor trap flag");
	EXPECT_EQ(1, inject_event(self, VMX_INTR_TYPE_OTHER_EVENT, 0));
	ASSERT_STOP(EXIT, raw_steps(self, 1));
	EXPECT_REASON(MONITOR_TRAP_FLAG, self->exit.reason);
	EXPECT_REG(RIP, GUEST_CODE);
	EXPECT_STEP(GUEST_CODE + 1);
}

/* The host program wants the flag's exits too, and gets each of them. */
TEST_F(inject, routed_monitor_traps)
{
	const int reason = VMX_EXIT_MONITOR_TRAP_FLAG;
	int i;

	if (!monitor_trap_offered(self->teavmx))
		SKIP(return, "this CPU has no monitor trap flag");
	ASSERT_EQ(0, step_load(self, MODE_64, PAYLOAD(code_nops_hlt)));
	self->vm.host_reasons[reason / 8] |= 1 << reason % 8;
	ASSERT_EQ(0, teavmx_host_reasons(self->teavmx, self->vm.id,
					 self->vm.host_reasons));
	for (i = 1; i <= 3; i++) {
		ASSERT_STOP(EXIT, raw_steps(self, 2));
		EXPECT_REASON(MONITOR_TRAP_FLAG, self->exit.reason);
		EXPECT_REG(RIP, GUEST_CODE + i);
	}
}

/* The same bytes in protected mode, with EBX, and in real mode, with BP and DI */
GUEST_PAYLOAD(code_write,
	"\tmov\t%al, (%rbx)\n"
	"\tnop\n"
	"\tnop\n"
	"\thlt");

/*
 * A watched write is reported with the step that makes it, not with the next,
 * and leaves nothing behind.
 */
TEST_F(inject, a_watched_write)
{
	static const struct teavmx_register registers[] = {
		{ TEAVMX_REG_RBX, DATA }, { TEAVMX_REG_RBP, DATA }, { TEAVMX_REG_RDI, 0 },
	};
	const struct teavmx_breakpoint watch = {
		.kind = TEAVMX_BREAKPOINT_KIND_WRITE,
		.address = DATA,
		.size = 1,
	};
	enum mode mode;

	for (mode = 0; mode < MODES; mode++) {
		ASSERT_EQ(0, step_load(self, mode, PAYLOAD(code_write)));
		ASSERT_EQ(0, raw_set_all(self, registers, COUNT(registers)));
		ASSERT_EQ(0, teavmx_break_set(self->teavmx, self->vm.id,
					      self->vcpu.id, &watch));
		EXPECT_STOP(BREAKPOINT, raw_steps(self, 1));
		EXPECT_REG(RIP, GUEST_CODE + 2);
		EXPECT_STEP(GUEST_CODE + 3);
		ASSERT_EQ(0, teavmx_break_clear(self->teavmx, self->vm.id,
						self->vcpu.id, NULL));
		EXPECT_STEP(GUEST_CODE + 4);
	}
}

/* The guest's own: the exception's delivery is the next step. */
TEST_F(inject, a_write_that_the_guest_watches)
{
	static const struct teavmx_register registers[] = {
		{ TEAVMX_REG_RBX, DATA }, { TEAVMX_REG_RBP, DATA }, { TEAVMX_REG_RDI, 0 },
		{ TEAVMX_REG_DR0, DATA }, { TEAVMX_REG_DR7, 0x10401 },
	};
	enum mode mode;

	for (mode = 0; mode < MODES; mode++) {
		ASSERT_EQ(0, step_load(self, mode, PAYLOAD(code_write)));
		ASSERT_EQ(0, raw_set_all(self, registers, COUNT(registers)));
		EXPECT_STEP(GUEST_CODE + 2);
		EXPECT_STEP(handler(mode, 1));
		EXPECT_EQ(1, raw_get(self, TEAVMX_REG_DR6) & 0xf);
		ASSERT_EQ(0, raw_set(self, TEAVMX_REG_DR6, 0));
	}
}

GUEST_PAYLOAD(code_mov_ss,
	".code16\n"
	"\tmov\t%ax, %ss\n"
	"\tnop\n"
	"\thlt");

TEST_F(inject, mov_ss)
{
	ASSERT_EQ(0, step_load(self, MODE_16, PAYLOAD(code_mov_ss)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 0));
	if (monitored(self->teavmx)) {
		EXPECT_STEP(GUEST_CODE + 2);
		EXPECT_REG(INTERRUPTIBILITY, 2);
	}
	EXPECT_STEP(GUEST_CODE + 3);
}

GUEST_PAYLOAD(code_inc_loop,
	"1:\tinc\t%eax\n"
	"\tjmp\t1b");

/* What comes first ends the run. */
TEST_F(inject, beside_other_bounds)
{
	struct teavmx_run run = { .steps = 7, .time = 1000000000 };

	ASSERT_EQ(0, step_load(self, MODE_64, PAYLOAD(code_inc_loop)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 0));
	ASSERT_EQ(0, teavmx_vcpu_run_with(self->teavmx, self->vm.id,
					  self->vcpu.id, &run));
	EXPECT_STOP(STEPS, raw_wait(self));
	EXPECT_REG(RAX, 4);
	run = (struct teavmx_run){ .steps = 1000000, .time = 10000 };
	ASSERT_EQ(0, teavmx_vcpu_run_with(self->teavmx, self->vm.id,
					  self->vcpu.id, &run));
	EXPECT_STOP(TIME, raw_wait(self));
}

TEST_HARNESS_MAIN
