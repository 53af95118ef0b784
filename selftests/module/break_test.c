// SPDX-License-Identifier: GPL-2.0-only
/* Breakpoints of raw VMs, and steps that the guest must not notice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "kselftest_harness.h"
#include "machine.h"

#define WAIT_MS	20000
#define MEMORY	0x100000
#define CODE	0x1000
#define STACK	0x8000
#define TABLES	0x10000

#define INC_AX	0xff, 0xc0
#define HLT	0xf4
#define FLAG_TF	0x100

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
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, MEMORY, &self->vm));
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
	return self->count < 0 ? UINT64_MAX :
	       teavmx_reg_get(self->registers, self->count, number);
}

static int put(FIXTURE_DATA(raw) *self, uint64_t address, const void *bytes,
	       size_t size)
{
	return teavmx_mem_write(self->teavmx, self->vm.id, address, bytes,
				size);
}

static uint16_t word_at(FIXTURE_DATA(raw) *self, uint64_t address)
{
	uint16_t word = 0xdead;

	teavmx_mem_read(self->teavmx, self->vm.id, address, &word,
			sizeof(word));
	return word;
}

static int load(FIXTURE_DATA(raw) *self, enum teavmx_mode mode,
		const void *code, size_t size)
{
	return put(self, CODE, code, size) ||
	       teavmx_mode_enter(self->teavmx, self->vm.id, self->vcpu.id, mode,
				 CODE, STACK, TABLES);
}

static int go(FIXTURE_DATA(raw) *self, int steps)
{
	const struct teavmx_run run = { .steps = steps };

	if (teavmx_vcpu_run_with(self->teavmx, self->vm.id, self->vcpu.id,
				 &run)) {
		printf("# %s\n", teavmx_error(self->teavmx)->message);
		return -1;
	}
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, WAIT_MS, NULL,
				NULL, &self->exit);
}

/* Step by step to the first exit for us; how many it took, or -1. */
static int step_to_exit(FIXTURE_DATA(raw) *self)
{
	int steps = 0;
	int stop;

	while ((stop = go(self, 1)) == TEAVMX_STOP_STEPS) {
		if (get(self, TEAVMX_REG_RFLAGS) & FLAG_TF) {
			printf("# TF shows at 0x%llx\n", (unsigned long long)
			       get(self, TEAVMX_REG_RIP));
			return -1;
		}
		steps++;
	}
	if (stop == TEAVMX_STOP_EXIT)
		return steps;
	printf("# stop %d\n", stop);
	return -1;
}

static int bset(FIXTURE_DATA(raw) *self, uint32_t kind, uint64_t address,
		int size)
{
	const struct teavmx_breakpoint breakpoint = { kind, address, size };

	return teavmx_break_set(self->teavmx, self->vm.id, self->vcpu.id,
				&breakpoint);
}

static int bclear(FIXTURE_DATA(raw) *self, uint32_t kind, uint64_t address)
{
	const struct teavmx_breakpoint breakpoint = { kind, address, 0 };

	return teavmx_break_clear(self->teavmx, self->vm.id, self->vcpu.id,
				  &breakpoint);
}

#define AT(kind, address) bset(self, TEAVMX_BREAKPOINT_KIND_##kind, address, 0)
#define EXPECT_REFUSED(errno_, words)					\
	do {								\
		EXPECT_EQ(errno_, teavmx_error(self->teavmx)->error);	\
		EXPECT_NE(NULL,						\
			  strstr(teavmx_error(self->teavmx)->message,	\
				 words)) {				\
			TH_LOG("%s",					\
			       teavmx_error(self->teavmx)->message);	\
		}							\
	} while (0)

TEST_F(raw, instruction_in_each_mode)
{
	static const uint8_t code[] = {
		INC_AX, INC_AX, 0xeb, 0xfa,
	};
	static const enum teavmx_mode modes[] = {
		TEAVMX_MODE_REAL, TEAVMX_MODE_PROTECTED, TEAVMX_MODE_LONG,
	};
	size_t i;
	int round;

	ASSERT_EQ(0, AT(INSTRUCTION, CODE + 2));
	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		ASSERT_EQ(0, load(self, modes[i], code, sizeof(code)));
		ASSERT_EQ(0, set(self, TEAVMX_REG_RAX, 0));
		for (round = 0; round < 3; round++) {
			ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
			ASSERT_EQ(CODE + 2, get(self, TEAVMX_REG_RIP));
			ASSERT_EQ(1 + 2 * round, get(self, TEAVMX_REG_RAX));
			ASSERT_EQ(0x400, get(self, TEAVMX_REG_DR7));
			ASSERT_EQ(0, get(self, TEAVMX_REG_RFLAGS) & 0x10000);
		}
	}
}

TEST_F(raw, steps_and_instruction_breakpoints)
{
	static const uint8_t code[] = { INC_AX, INC_AX, INC_AX, HLT };
	int stop;

	ASSERT_EQ(0, load(self, TEAVMX_MODE_REAL, code, sizeof(code)));
	ASSERT_EQ(0, AT(INSTRUCTION, CODE + 2));
	stop = go(self, 1);
	EXPECT_EQ(CODE + 2, get(self, TEAVMX_REG_RIP));
	/* The emulator gives both in one exception. */
	if (stop == TEAVMX_STOP_STEPS)
		stop = go(self, 1);
	ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, stop);
	EXPECT_EQ(CODE + 2, get(self, TEAVMX_REG_RIP));
	ASSERT_EQ(TEAVMX_STOP_STEPS, go(self, 1));
	EXPECT_EQ(CODE + 4, get(self, TEAVMX_REG_RIP));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, 0));
}

TEST_F(raw, emulated_instruction)
{
	/* 1: cpuid; jmp 1b */
	static const uint8_t code[] = { 0x0f, 0xa2, 0xeb, 0xfc };
	int round;

	ASSERT_EQ(0, load(self, TEAVMX_MODE_LONG, code, sizeof(code)));
	ASSERT_EQ(0, AT(INSTRUCTION, CODE));
	for (round = 0; round < 3; round++) {
		ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
		ASSERT_EQ(CODE, get(self, TEAVMX_REG_RIP));
	}
	ASSERT_EQ(TEAVMX_STOP_STEPS, go(self, 1));
	ASSERT_EQ(CODE + 2, get(self, TEAVMX_REG_RIP));
}

/* mov %ax, (0x4000); mov (0x4002), %ax; mov %al, (0x4006); hlt */
static const uint8_t data[] = {
	0xa3, 0x00, 0x40, 0xa1, 0x02, 0x40, 0xa2, 0x06, 0x40, HLT,
};

TEST_F(raw, reads_and_writes)
{
	ASSERT_EQ(0, load(self, TEAVMX_MODE_REAL, data, sizeof(data)));
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4002, 2));
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4000, 2));
	ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
	EXPECT_EQ(CODE + 3, get(self, TEAVMX_REG_RIP));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, 0));
	EXPECT_EQ(VMX_EXIT_HLT, self->exit.reason);

	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_ACCESS, 0x4002, 2));
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_ACCESS, 0x4004, 4));
	ASSERT_EQ(0, bclear(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4000));
	ASSERT_EQ(0, set(self, TEAVMX_REG_RIP, CODE));
	ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
	EXPECT_EQ(CODE + 6, get(self, TEAVMX_REG_RIP));
	ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
	EXPECT_EQ(CODE + 9, get(self, TEAVMX_REG_RIP));
	ASSERT_EQ(0, teavmx_break_clear(self->teavmx, self->vm.id,
					self->vcpu.id, NULL));
	ASSERT_EQ(0, set(self, TEAVMX_REG_RIP, CODE));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, 0));
}

TEST_F(raw, beside_the_guests_own)
{
	/* #DB: inc %bx; pop %cx; push %cx; or $RF, flags on the stack; iret */
	static const uint8_t handler[] = { 0x43, 0xcf };
	static const uint16_t vector[2] = { 0x2000, 0 };

	ASSERT_EQ(0, load(self, TEAVMX_MODE_REAL, data, sizeof(data)));
	ASSERT_EQ(0, put(self, 4, vector, sizeof(vector)));
	ASSERT_EQ(0, put(self, 0x2000, handler, sizeof(handler)));
	/* The guest watches the first word for writes, we the third. */
	ASSERT_EQ(0, set(self, TEAVMX_REG_DR0, 0x4000));
	ASSERT_EQ(0, set(self, TEAVMX_REG_DR7, 0x50401));
	ASSERT_EQ(0, set(self, TEAVMX_REG_RBX, 0));
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4006, 2));
	ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
	EXPECT_EQ(CODE + 9, get(self, TEAVMX_REG_RIP));
	EXPECT_EQ(1, get(self, TEAVMX_REG_RBX));
	EXPECT_EQ(0x50401, get(self, TEAVMX_REG_DR7));
	EXPECT_EQ(1, get(self, TEAVMX_REG_DR6) & 15);
	EXPECT_EQ(0, get(self, TEAVMX_REG_DR1));
	/* Three are left, one of which is ours. */
	ASSERT_EQ(0, AT(INSTRUCTION, 0x5000));
	ASSERT_EQ(0, AT(INSTRUCTION, 0x5001));
	EXPECT_EQ(-1, AT(INSTRUCTION, 0x5002));
	EXPECT_REFUSED(ENOSPC, "four debug registers");
}

TEST_F(raw, pages)
{
	struct teavmx_vm vm;

	ASSERT_EQ(0, load(self, TEAVMX_MODE_REAL, data, sizeof(data)));
	ASSERT_EQ(0, set(self, TEAVMX_REG_RAX, 0x1234));
	ASSERT_EQ(0, AT(PAGE_WRITE, 0x4000));
	ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
	EXPECT_EQ(VMX_EXIT_EPT_VIOLATION, self->exit.reason);
	EXPECT_EQ(0x4000, self->exit.guest_physical);
	EXPECT_EQ(CODE, get(self, TEAVMX_REG_RIP));
	EXPECT_EQ(0, word_at(self, 0x4000));
	ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
	EXPECT_EQ(CODE + 6, get(self, TEAVMX_REG_RIP));
	EXPECT_EQ(0x1234, word_at(self, 0x4000));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, 0));

	ASSERT_EQ(0, AT(PAGE_ACCESS, 0x4000));
	ASSERT_EQ(0, set(self, TEAVMX_REG_RIP, CODE + 3));
	ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
	EXPECT_EQ(CODE + 3, get(self, TEAVMX_REG_RIP));
	EXPECT_EQ(1, self->exit.qualification & 7);
	ASSERT_EQ(0, bclear(self, TEAVMX_BREAKPOINT_KIND_PAGE_ACCESS, 0x4000));
	ASSERT_EQ(0, bclear(self, TEAVMX_BREAKPOINT_KIND_PAGE_WRITE, 0x4000));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, 0));
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &vm));
	EXPECT_EQ(0x2000, vm.memory_used);
}

TEST_F(raw, page_execution)
{
	static const uint8_t code[] = { INC_AX, INC_AX, HLT };
	int i;

	ASSERT_EQ(0, load(self, TEAVMX_MODE_REAL, code, sizeof(code)));
	ASSERT_EQ(0, set(self, TEAVMX_REG_RAX, 0));
	ASSERT_EQ(0, AT(PAGE_EXECUTE, CODE));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
		EXPECT_EQ(CODE + 2 * i, get(self, TEAVMX_REG_RIP));
		EXPECT_EQ(i, get(self, TEAVMX_REG_RAX));
	}
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, 0));
	EXPECT_EQ(VMX_EXIT_HLT, self->exit.reason);
}

/*
 * mov %ax, (%rbx); mov 2(%rbx), %cx; mov %al, 6(%rbx); hlt, the same bytes in
 * protected mode
 */
static const uint8_t wide[] = {
	0x66, 0x89, 0x03, 0x66, 0x8b, 0x4b, 0x02, 0x88, 0x43, 0x06, HLT,
};

static const enum teavmx_mode wide_modes[] = {
	TEAVMX_MODE_PROTECTED, TEAVMX_MODE_LONG,
};

#define WIDE_MODES (sizeof(wide_modes) / sizeof(*wide_modes))

TEST_F(raw, reads_and_writes_in_other_modes)
{
	size_t i;

	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4000, 2));
	ASSERT_EQ(0, bset(self, TEAVMX_BREAKPOINT_KIND_ACCESS, 0x4002, 2));
	for (i = 0; i < WIDE_MODES; i++) {
		ASSERT_EQ(0, load(self, wide_modes[i], wide, sizeof(wide)));
		ASSERT_EQ(0, set(self, TEAVMX_REG_RBX, 0x4000));
		ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
		EXPECT_EQ(CODE + 3, get(self, TEAVMX_REG_RIP));
		ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
		EXPECT_EQ(CODE + 7, get(self, TEAVMX_REG_RIP));
		ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, 0));
		EXPECT_EQ(VMX_EXIT_HLT, self->exit.reason);
	}
}

TEST_F(raw, pages_in_other_modes)
{
	size_t i;

	ASSERT_EQ(0, AT(PAGE_WRITE, 0x4000));
	for (i = 0; i < WIDE_MODES; i++) {
		ASSERT_EQ(0, load(self, wide_modes[i], wide, sizeof(wide)));
		ASSERT_EQ(0, set(self, TEAVMX_REG_RBX, 0x4000));
		ASSERT_EQ(0, set(self, TEAVMX_REG_RAX, 0x1234 + i));
		ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
		EXPECT_EQ(CODE, get(self, TEAVMX_REG_RIP));
		EXPECT_EQ(0x4000, self->exit.guest_physical);
		EXPECT_EQ(2, self->exit.qualification & 7);
		ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
		EXPECT_EQ(CODE + 7, get(self, TEAVMX_REG_RIP));
		EXPECT_EQ(0x1234 + i, word_at(self, 0x4000));
		ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, 0));
		EXPECT_EQ(VMX_EXIT_HLT, self->exit.reason);
	}
}

/* The processor's own walk through the guest's page tables is an access. */
TEST_F(raw, a_page_of_page_tables)
{
	ASSERT_EQ(0, load(self, TEAVMX_MODE_LONG, wide, sizeof(wide)));
	ASSERT_EQ(0, set(self, TEAVMX_REG_RBX, 0x4000));
	ASSERT_EQ(0, AT(PAGE_ACCESS, get(self, TEAVMX_REG_CR3) & ~0xfffULL));
	ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
	EXPECT_EQ(VMX_EXIT_EPT_VIOLATION, self->exit.reason);
	EXPECT_EQ(CODE, get(self, TEAVMX_REG_RIP));
	/* A translation, and not a page that the translation led to */
	EXPECT_EQ(0x80, self->exit.qualification & 0x180);
	ASSERT_EQ(TEAVMX_STOP_STEPS, go(self, 1));
	EXPECT_EQ(CODE + 3, get(self, TEAVMX_REG_RIP));
	ASSERT_EQ(0, teavmx_break_clear(self->teavmx, self->vm.id,
					self->vcpu.id, NULL));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, 0));
	EXPECT_EQ(VMX_EXIT_HLT, self->exit.reason);
}

/* While one vCPU steps over a page's breakpoint, another one hits it. */
TEST_F(raw, pages_of_two_vcpus)
{
	struct teavmx_vcpu other;
	struct teavmx_record exit;

	ASSERT_EQ(0, load(self, TEAVMX_MODE_REAL, data, sizeof(data)));
	ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id, &other));
	ASSERT_EQ(0, teavmx_mode_enter(self->teavmx, self->vm.id, other.id,
				       TEAVMX_MODE_REAL, CODE, STACK, TABLES));
	ASSERT_EQ(0, AT(PAGE_WRITE, 0x4000));
	ASSERT_EQ(TEAVMX_STOP_BREAKPOINT, go(self, 0));
	ASSERT_EQ(TEAVMX_STOP_STEPS, go(self, 1));
	EXPECT_EQ(CODE + 3, get(self, TEAVMX_REG_RIP));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, other.id));
	EXPECT_EQ(TEAVMX_STOP_BREAKPOINT,
		  teavmx_wait_stop(self->teavmx, other.id, WAIT_MS, NULL, NULL,
				   &exit));
	EXPECT_EQ(CODE, exit.rip);
	teavmx_vcpu_clear(&other);
}

TEST_F(raw, refusals)
{
	EXPECT_EQ(-1, bset(self, 99, 0, 0));
	EXPECT_EQ(-1, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4001, 2));
	EXPECT_REFUSED(EINVAL, "multiple of the size");
	EXPECT_EQ(-1, bset(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4000, 3));
	EXPECT_REFUSED(EINVAL, "1, 2, 4 or 8");
	EXPECT_EQ(-1, bset(self, TEAVMX_BREAKPOINT_KIND_INSTRUCTION, 0, 2));
	EXPECT_REFUSED(EINVAL, "no size");
	EXPECT_EQ(-1, AT(PAGE_WRITE, 0x4001));
	EXPECT_REFUSED(EINVAL, "4096");
	EXPECT_EQ(-1, AT(PAGE_WRITE, MEMORY));
	EXPECT_REFUSED(ERANGE, "outside");
	EXPECT_EQ(-1, AT(PAGE_WRITE, ~0xfffULL));
	EXPECT_REFUSED(ERANGE, "outside");
	EXPECT_EQ(-1, bclear(self, TEAVMX_BREAKPOINT_KIND_PAGE_WRITE, 0x4000));
	EXPECT_REFUSED(ENOENT, "no such breakpoint");
	EXPECT_EQ(-1, bclear(self, TEAVMX_BREAKPOINT_KIND_WRITE, 0x4000));
	EXPECT_REFUSED(ENOENT, "no such breakpoint");
	EXPECT_EQ(0, AT(PAGE_WRITE, 0x4000));
	EXPECT_EQ(-1, AT(PAGE_WRITE, 0x4000));
	EXPECT_REFUSED(EEXIST, "already");
	EXPECT_EQ(0, AT(WRITE, 0x4000));
	EXPECT_EQ(-1, AT(WRITE, 0x4000));
	EXPECT_REFUSED(EEXIST, "already");
	EXPECT_EQ(0, AT(WRITE, 0x4001));
	EXPECT_EQ(0, AT(WRITE, 0x4002));
	EXPECT_EQ(0, AT(WRITE, 0x4003));
	EXPECT_EQ(-1, AT(WRITE, 0x4004));
	EXPECT_REFUSED(ENOSPC, "four debug registers");
	EXPECT_EQ(0, teavmx_break_clear(self->teavmx, self->vm.id,
					self->vcpu.id, NULL));
	EXPECT_EQ(-1, bclear(self, TEAVMX_BREAKPOINT_KIND_PAGE_WRITE, 0x4000));
	EXPECT_EQ(0, AT(WRITE, 0x4004));
}

/*
 * Where the monitor trap flag makes the steps, MOV SS is one; where RFLAGS.TF
 * does, the trap waits for the instruction after it (SDM "Masking Exceptions and
 * Interrupts When Switching Stacks"), and the two are one. Returns how many
 * steps they are, or -1.
 */
static int steps_of_mov_ss(FIXTURE_DATA(raw) *self)
{
	/* mov %ax, %ss; inc %dx; hlt */
	static const uint8_t code[] = { 0x8e, 0xd0, 0x42, HLT };

	if (load(self, TEAVMX_MODE_REAL, code, sizeof(code)) ||
	    set(self, TEAVMX_REG_RAX, 0) || go(self, 1) != TEAVMX_STOP_STEPS)
		return -1;
	switch (get(self, TEAVMX_REG_RIP) - CODE) {
	case 2:
		return 2;
	case 3:
		return 1;
	default:
		return -1;
	}
}

/* What goes to the stack in interrupts and in PUSHF has no TF in it. */
TEST_F(raw, steps_do_not_show)
{
	/*
	 * pushf; pop %bx; int $0x21; pushf; popf; ud2; sti; mov %ax, %ss;
	 * inc %dx; int3; hlt
	 */
	static const uint8_t code[] = {
		0x9c, 0x5b, 0xcd, 0x21, 0x9c, 0x9d, 0x0f, 0x0b, 0xfb, 0x8e,
		0xd0, 0x42, 0xcc, HLT,
	};
	/* pop %si; pop %di; pop %cx; push %cx; push %di; push %si; iret */
	static const uint8_t handler[] = {
		0x5e, 0x5f, 0x59, 0x51, 0x57, 0x56, 0xcf,
	};
	/* #UD: pop %si; inc %si; inc %si; push %si; iret */
	static const uint8_t undefined[] = { 0x5e, 0x46, 0x46, 0x56, 0xcf };
	static const uint16_t vector[2] = { 0x2000, 0 };
	static const uint16_t undefined_vector[2] = { 0x2100, 0 };
	int mov_ss = steps_of_mov_ss(self);

	ASSERT_LT(0, mov_ss);
	ASSERT_EQ(0, load(self, TEAVMX_MODE_REAL, code, sizeof(code)));
	ASSERT_EQ(0, put(self, 0x2000, handler, sizeof(handler)));
	ASSERT_EQ(0, put(self, 0x2100, undefined, sizeof(undefined)));
	ASSERT_EQ(0, put(self, 4 * 0x21, vector, sizeof(vector)));
	ASSERT_EQ(0, put(self, 4 * 3, vector, sizeof(vector)));
	ASSERT_EQ(0, put(self, 4 * 6, undefined_vector,
			 sizeof(undefined_vector)));
	ASSERT_EQ(0, set(self, TEAVMX_REG_RAX, 0));
	ASSERT_EQ(0, set(self, TEAVMX_REG_RDX, 0));
	/* 8 here beside MOV SS and INC, 7 twice and 5 in the handlers */
	EXPECT_EQ(8 + mov_ss + 2 * 7 + 5, step_to_exit(self));
	EXPECT_EQ(VMX_EXIT_HLT, self->exit.reason);
	EXPECT_EQ(CODE + sizeof(code) - 1, get(self, TEAVMX_REG_RIP));
	EXPECT_EQ(0, get(self, TEAVMX_REG_RBX) & FLAG_TF);
	EXPECT_EQ(0, get(self, TEAVMX_REG_RCX) & FLAG_TF);
	EXPECT_EQ(1, get(self, TEAVMX_REG_RDX));
	EXPECT_EQ(STACK, get(self, TEAVMX_REG_RSP));
	EXPECT_EQ(0, word_at(self, STACK - 2) & FLAG_TF);
}

TEST_F(raw, steps_over_system_calls)
{
	/* syscall; hlt; at 0x2000: inc %eax; sysretq is to level 3, so hlt */
	static const uint8_t code[] = { 0x0f, 0x05, HLT };
	static const uint8_t entry[] = { INC_AX, HLT };

	ASSERT_EQ(0, load(self, TEAVMX_MODE_LONG, code, sizeof(code)));
	ASSERT_EQ(0, put(self, 0x2000, entry, sizeof(entry)));
	ASSERT_EQ(0,
		  set(self, TEAVMX_REG_EFER, get(self, TEAVMX_REG_EFER) | 1));
	ASSERT_EQ(0, set(self, TEAVMX_REG_LSTAR, 0x2000));
	ASSERT_EQ(0, set(self, TEAVMX_REG_STAR, 0x8ULL << 32));
	ASSERT_EQ(0, set(self, TEAVMX_REG_FMASK, 0x300));
	ASSERT_EQ(0, set(self, TEAVMX_REG_RAX, 0));
	ASSERT_EQ(TEAVMX_STOP_STEPS, go(self, 1));
	EXPECT_EQ(0x2000, get(self, TEAVMX_REG_RIP));
	EXPECT_EQ(CODE + 2, get(self, TEAVMX_REG_RCX));
	EXPECT_EQ(0x202, get(self, TEAVMX_REG_R11) & ~0xd5ULL);
	EXPECT_EQ(1, step_to_exit(self));
	EXPECT_EQ(1, get(self, TEAVMX_REG_RAX));
}

/* A guest that steps itself gets each of its exceptions. */
TEST_F(raw, steps_beside_the_guests_own)
{
	static const uint8_t code[] = {
		INC_AX, INC_AX, 0x0f, 0xa2, INC_AX, HLT,
	};
	static const uint8_t handler[] = { 0x43, 0xcf };
	static const uint16_t vector[2] = { 0x2000, 0 };
	int steps = 0;

	ASSERT_EQ(0, load(self, TEAVMX_MODE_REAL, code, sizeof(code)));
	ASSERT_EQ(0, put(self, 4, vector, sizeof(vector)));
	ASSERT_EQ(0, put(self, 0x2000, handler, sizeof(handler)));
	ASSERT_EQ(0, set(self, TEAVMX_REG_RFLAGS, 0x202 | FLAG_TF));
	ASSERT_EQ(0, set(self, TEAVMX_REG_RBX, 0));
	/* CPUID writes EBX, so count before it. */
	while (get(self, TEAVMX_REG_RIP) != CODE + 4 && steps < 20) {
		ASSERT_EQ(TEAVMX_STOP_STEPS, go(self, 1));
		steps++;
	}
	/* INC, the exception's delivery, INC and IRET there, and INC again. */
	EXPECT_EQ(5, steps);
	EXPECT_EQ(1, get(self, TEAVMX_REG_RBX));
	ASSERT_EQ(TEAVMX_STOP_STEPS, go(self, 3));
	EXPECT_EQ(CODE + 4, get(self, TEAVMX_REG_RIP));
	EXPECT_EQ(2, get(self, TEAVMX_REG_RBX));
	EXPECT_EQ(0x4000, get(self, TEAVMX_REG_DR6) & 0x4000);
	EXPECT_EQ(FLAG_TF, get(self, TEAVMX_REG_RFLAGS) & FLAG_TF);
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, 0));
	EXPECT_EQ(VMX_EXIT_HLT, self->exit.reason);
}

TEST_HARNESS_MAIN
