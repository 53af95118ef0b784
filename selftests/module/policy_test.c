// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a raw guest finds when it asks for CPUID, MSRs, control and debug
 * registers, and which exits go to the host program.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "kselftest_harness.h"
#include "machine.h"
#include "policy_guest.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Places in the RAM */
#define MEMORY		0x200000
#define TRIP		0x1000
#define PDPT		0x2000
#define DIRECTORY	0x3000
#define PML4		0x4000
#define PDPT_LONG	0x5000
#define CODE		0x6000
#define STACK		0x6f00
#define HANDLERS	0x7000
#define IDT		0x8000

#define VECTORS		32
#define HANDLER_SIZE	16

#define UD	6
#define DB	1
#define GP	13

#define EFER_LME	0x100
#define EFER_LMA	0x400
#define CR0_PG		0x80000000
#define CR4_DE		0x8
#define CR4_PAE		0x20
#define CR4_VMXE	0x2000
#define CR4_OSXSAVE	0x40000
#define RFLAGS_TF	0x100
#define RFLAGS_SET	0x202

#define CPUID_XSAVE	0x04000000
#define CPUID_OSXSAVE	0x08000000
#define CPUID_HYPERVISOR 0x80000000

FIXTURE(policy)
{
	struct teavmx *teavmx;
	struct teavmx_vm vm;
	struct teavmx_vcpu vcpu;
	struct teavmx_record exit;
	struct teavmx_register *registers;
	int count;
};

FIXTURE_SETUP(policy)
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

FIXTURE_TEARDOWN(policy)
{
	free(self->registers);
	teavmx_vcpu_clear(&self->vcpu);
	teavmx_close(self->teavmx);
}

static int put(FIXTURE_DATA(policy) *self, uint64_t address, const void *bytes,
	       size_t size)
{
	return teavmx_mem_write(self->teavmx, self->vm.id, address, bytes,
				size);
}

static int set(FIXTURE_DATA(policy) *self, uint32_t number, uint64_t value)
{
	const struct teavmx_register reg = { number, value };

	return teavmx_regs_set(self->teavmx, self->vm.id, self->vcpu.id, &reg,
			       1);
}

/* The registers at the last look() */
static uint64_t seen(FIXTURE_DATA(policy) *self, uint32_t number)
{
	return teavmx_reg_get(self->registers, self->count, number);
}

static uint64_t look(FIXTURE_DATA(policy) *self, uint32_t number)
{
	free(self->registers);
	self->registers = NULL;
	self->count = teavmx_regs_get(self->teavmx, self->vm.id, self->vcpu.id,
				      &self->registers);
	return self->count < 0 ? UINT64_MAX : seen(self, number);
}

static int go(FIXTURE_DATA(policy) *self, const struct teavmx_run *run)
{
	if (teavmx_vcpu_run_with(self->teavmx, self->vm.id, self->vcpu.id,
				 run)) {
		printf("# %s\n", teavmx_error(self->teavmx)->message);
		return -1;
	}
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, 10000, NULL, NULL,
				&self->exit);
}

/* Every vector has a handler that halts: where it halts tells the vector. */
static int write_handlers(FIXTURE_DATA(policy) *self, size_t gate_size,
			  uint64_t idt)
{
	static const uint8_t halt = 0xf4;
	unsigned int i;

	for (i = 0; i < VECTORS; i++) {
		uint32_t handler = HANDLERS + i * HANDLER_SIZE;
		uint8_t gate[16] = {
			handler, handler >> 8, gate_size == 16 ? 24 : 8,
			[5] = 0x8e,
		};

		if (gate_size == 4)
			memset(gate + 2, 0, 2);
		if (put(self, handler, &halt, 1) ||
		    put(self, idt + i * gate_size, gate, gate_size))
			return -1;
	}
	return 0;
}

/* Vector of what the last run ended with, 0 when it halted by itself, or -1 */
static int outcome(FIXTURE_DATA(policy) *self, int stop)
{
	uint64_t rip = self->exit.rip;

	if (stop != TEAVMX_STOP_EXIT || self->exit.reason != VMX_EXIT_HLT) {
		printf("# stop %d, exit %u at %llx\n", stop, self->exit.reason,
		       (unsigned long long)rip);
		return -1;
	}
	if (rip < HANDLERS || rip >= HANDLERS + VECTORS * HANDLER_SIZE)
		return 0;
	return (rip - HANDLERS) / HANDLER_SIZE;
}

static int run_at(FIXTURE_DATA(policy) *self, uint64_t rip)
{
	const struct teavmx_register start[] = {
		{ REGS_RIP, rip }, { REGS_RSP, STACK },
		{ REGS_INTERRUPTIBILITY, 0 }, { REGS_PENDING_DEBUG, 0 },
	};

	if (teavmx_regs_set(self->teavmx, self->vm.id, self->vcpu.id, start,
			    COUNT(start))) {
		printf("# %s\n", teavmx_error(self->teavmx)->message);
		return -1;
	}
	return outcome(self, go(self, NULL));
}

/* Runs an instruction and HLT after it. */
static int run_bytes(FIXTURE_DATA(policy) *self, const void *bytes, size_t size)
{
	static const uint8_t halt = 0xf4;

	if (put(self, CODE, bytes, size) || put(self, CODE + size, &halt, 1))
		return -1;
	return run_at(self, CODE);
}

#define RUN(...) run_bytes(self, (const uint8_t[]){ __VA_ARGS__ }, \
			   sizeof((const uint8_t[]){ __VA_ARGS__ }))

#define CPUID	0x0f, 0xa2
#define RDMSR	0x0f, 0x32
#define WRMSR	0x0f, 0x30
#define XSETBV	0x0f, 0x01, 0xd1
#define RDTSC	0x0f, 0x31

static int real_handlers(FIXTURE_DATA(policy) *self)
{
	return write_handlers(self, 4, 0);
}

static int write_tables(FIXTURE_DATA(policy) *self)
{
	static const uint64_t pdpt = DIRECTORY | 1, pml4 = PDPT_LONG | 3;
	static const uint64_t pdpt_long = DIRECTORY | 3, page = 0x83;

	return put(self, PDPT, &pdpt, 8) || put(self, PML4, &pml4, 8) ||
	       put(self, PDPT_LONG, &pdpt_long, 8) ||
	       put(self, DIRECTORY, &page, 8);
}

/* Goes on until the guest tells that it arrived somewhere. */
static int travel(FIXTURE_DATA(policy) *self, enum stage to)
{
	const struct teavmx_run done = { .answered = true };
	const struct teavmx_run *run = NULL;
	enum stage stage;

	if (write_tables(self) ||
	    put(self, TRIP, policy_trip, policy_trip_end - policy_trip) ||
	    set(self, REGS_RIP, TRIP) || set(self, REGS_RSP, STACK))
		return -1;
	for (stage = STAGE_PROTECTED; stage <= to; stage++) {
		if (go(self, run) != TEAVMX_STOP_EXIT ||
		    self->exit.reason != VMX_EXIT_IO_INSTRUCTION ||
		    (uint8_t)look(self, REGS_RAX) != stage) {
			printf("# stage %d: exit %u at %llx\n", stage,
			       self->exit.reason,
			       (unsigned long long)self->exit.rip);
			return -1;
		}
		run = &done;
	}
	return 0;
}

static int long_handlers(FIXTURE_DATA(policy) *self)
{
	return write_handlers(self, 16, IDT) || set(self, REGS_IDTR_BASE, IDT) ||
	       set(self, REGS_IDTR_LIMIT, VECTORS * 16 - 1);
}

static int cpuid(FIXTURE_DATA(policy) *self, uint32_t leaf, uint32_t subleaf)
{
	if (set(self, REGS_RAX, leaf) || set(self, REGS_RCX, subleaf))
		return -1;
	if (RUN(CPUID))
		return -1;
	look(self, REGS_RAX);
	return 0;
}

static int wrmsr(FIXTURE_DATA(policy) *self, uint32_t number, uint64_t value)
{
	if (set(self, REGS_RAX, (uint32_t)value) ||
	    set(self, REGS_RDX, value >> 32) || set(self, REGS_RCX, number))
		return -1;
	return RUN(WRMSR);
}

static int rdmsr(FIXTURE_DATA(policy) *self, uint32_t number, uint64_t *value)
{
	int vector;

	if (set(self, REGS_RCX, number))
		return -1;
	vector = RUN(RDMSR);
	*value = (uint32_t)look(self, REGS_RAX) | seen(self, REGS_RDX) << 32;
	return vector;
}

TEST_F(policy, cpuid_hides_what_a_guest_cannot_have)
{
	/* MONITOR, VMX, SMX, x2APIC, TSC deadline, performance counters */
	const uint32_t ecx = 1u << 3 | 1u << 5 | 1u << 6 | 1u << 21 | 1u << 24 |
			     1u << 15;

	ASSERT_EQ(0, cpuid(self, 1, 0));
	EXPECT_EQ(CPUID_HYPERVISOR, seen(self, REGS_RCX) & CPUID_HYPERVISOR);
	EXPECT_EQ(0, seen(self, REGS_RCX) & (ecx | CPUID_OSXSAVE));
	EXPECT_EQ(0, seen(self, REGS_RDX) & (1 << 9 | 1 << 18));
	EXPECT_EQ(8, seen(self, REGS_RBX) >> 16);
	/* HLE, SGX, RTM, MPX, AVX-512, PT; PKU, WAITPKG, CET, LA57 */
	ASSERT_EQ(0, cpuid(self, 7, 0));
	EXPECT_EQ(0, seen(self, REGS_RBX) & (1 << 4 | 1 << 2 | 1 << 11 |
					     1 << 14 | 1 << 16 | 1 << 25));
	EXPECT_EQ(0, seen(self, REGS_RCX) & (1 << 3 | 1 << 5 | 1 << 7 |
					     1 << 16));
	ASSERT_EQ(0, cpuid(self, 3, 0));
	EXPECT_EQ(0, seen(self, REGS_RAX) | seen(self, REGS_RBX) |
		     seen(self, REGS_RCX) | seen(self, REGS_RDX));
	ASSERT_EQ(0, cpuid(self, 0xa, 0));
	EXPECT_EQ(0, seen(self, REGS_RAX));
	ASSERT_EQ(0, cpuid(self, 0x40000000, 0));
	EXPECT_EQ(0x40000000, seen(self, REGS_RAX));
	EXPECT_EQ(0x76616574, seen(self, REGS_RBX));
	EXPECT_EQ(0x786d, seen(self, REGS_RCX));
}

TEST_F(policy, cpuid_tells_the_vcpu)
{
	struct teavmx_vcpu second;

	ASSERT_EQ(0, cpuid(self, 0xb, 1));
	EXPECT_EQ(3, seen(self, REGS_RAX));
	EXPECT_EQ(0, seen(self, REGS_RDX));
	ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id, &second));
	teavmx_vcpu_clear(&self->vcpu);
	self->vcpu = second;
	ASSERT_EQ(0, cpuid(self, 1, 0));
	EXPECT_EQ(1, seen(self, REGS_RBX) >> 24);
	ASSERT_EQ(0, cpuid(self, 0xb, 0));
	EXPECT_EQ(1, seen(self, REGS_RDX));
}

TEST_F(policy, osxsave_follows_cr4_and_xsetbv_is_checked)
{
	ASSERT_EQ(0, real_handlers(self));
	ASSERT_EQ(0, cpuid(self, 1, 0));
	if (!(seen(self, REGS_RCX) & CPUID_XSAVE))
		SKIP(return, "this processor has no XSAVE");
	EXPECT_EQ(UD, RUN(XSETBV));
	ASSERT_EQ(0, set(self, REGS_CR4, CR4_OSXSAVE));
	ASSERT_EQ(0, cpuid(self, 1, 0));
	EXPECT_EQ(CPUID_OSXSAVE, seen(self, REGS_RCX) & CPUID_OSXSAVE);
	ASSERT_EQ(0, cpuid(self, 0xd, 0));
	EXPECT_EQ(576, seen(self, REGS_RBX));
	EXPECT_EQ(1, seen(self, REGS_RAX) & 1);

	ASSERT_EQ(0, set(self, REGS_RCX, 0));
	ASSERT_EQ(0, set(self, REGS_RDX, 0));
	ASSERT_EQ(0, set(self, REGS_RAX, 1));
	EXPECT_EQ(0, RUN(XSETBV));
	ASSERT_EQ(0, set(self, REGS_RAX, 0));
	EXPECT_EQ(GP, RUN(XSETBV));
	ASSERT_EQ(0, set(self, REGS_RAX, 5));
	EXPECT_EQ(GP, RUN(XSETBV));
	ASSERT_EQ(0, set(self, REGS_RAX, 1 | 1 << 9));
	EXPECT_EQ(GP, RUN(XSETBV));
	ASSERT_EQ(0, set(self, REGS_RAX, 1));
	ASSERT_EQ(0, set(self, REGS_RCX, 1));
	EXPECT_EQ(GP, RUN(XSETBV));
	EXPECT_EQ(1, look(self, REGS_XCR0));
}

TEST_F(policy, xsave_area_grows_with_xcr0)
{
	uint32_t components;

	ASSERT_EQ(0, set(self, REGS_CR4, CR4_OSXSAVE)) {
		TH_LOG("this processor has no XSAVE");
	}
	ASSERT_EQ(0, cpuid(self, 0xd, 0));
	components = seen(self, REGS_RAX);
	if (!(components & 4))
		SKIP(return, "the host has no YMM state enabled");
	EXPECT_EQ(832, seen(self, REGS_RCX));
	ASSERT_EQ(0, set(self, REGS_RAX, 7));
	ASSERT_EQ(0, set(self, REGS_RCX, 0));
	ASSERT_EQ(0, set(self, REGS_RDX, 0));
	ASSERT_EQ(0, RUN(XSETBV));
	ASSERT_EQ(0, cpuid(self, 0xd, 0));
	EXPECT_EQ(832, seen(self, REGS_RBX));
}

TEST_F(policy, cpuid_table_is_replaced)
{
	const struct teavmx_cpuid table[] = {
		{ .leaf = 0, .eax = 4, .ebx = 5, .ecx = 6, .edx = 7 },
		{ .leaf = 4, .subleaf = 1, .has_subleaf = true, .eax = 41 },
		{ .leaf = 4, .subleaf = 2, .has_subleaf = true, .eax = 42 },
	};

	ASSERT_EQ(0, teavmx_cpuid_set(self->teavmx, self->vm.id, table,
				      COUNT(table)));
	ASSERT_EQ(0, cpuid(self, 0, 99));
	EXPECT_EQ(4, seen(self, REGS_RAX));
	EXPECT_EQ(5, seen(self, REGS_RBX));
	EXPECT_EQ(6, seen(self, REGS_RCX));
	EXPECT_EQ(7, seen(self, REGS_RDX));
	ASSERT_EQ(0, cpuid(self, 4, 2));
	EXPECT_EQ(42, seen(self, REGS_RAX));
	ASSERT_EQ(0, cpuid(self, 4, 3));
	EXPECT_EQ(0, seen(self, REGS_RAX));
	ASSERT_EQ(0, cpuid(self, 1, 0));
	EXPECT_EQ(0, seen(self, REGS_RAX) | seen(self, REGS_RBX) |
		     seen(self, REGS_RCX) | seen(self, REGS_RDX));
}

TEST_F(policy, cpuid_tables_are_refused)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);
	struct teavmx_cpuid table[257] = { };
	size_t i;

	for (i = 0; i < COUNT(table); i++)
		table[i].leaf = i;
	EXPECT_EQ(-1, teavmx_cpuid_set(self->teavmx, self->vm.id, table, 257));
	EXPECT_EQ(E2BIG, error->error);
	EXPECT_EQ(0, teavmx_cpuid_set(self->teavmx, self->vm.id, table, 256));
	table[1].leaf = 0;
	EXPECT_EQ(-1, teavmx_cpuid_set(self->teavmx, self->vm.id, table, 2));
	EXPECT_EQ(EEXIST, error->error);
	EXPECT_NE(NULL, strstr(error->message, "twice"));
}

TEST_F(policy, cpuid_table_changes_while_the_guest_asks)
{
	/* 1: xor %eax, %eax; cpuid; cmp $9, %eax; jne 1b; hlt */
	static const uint8_t code[] = {
		0x66, 0x31, 0xc0, CPUID, 0x66, 0x83, 0xf8, 0x09, 0x75, 0xf5,
		0xf4,
	};
	struct teavmx_cpuid entry = { .leaf = 0 };
	int i;

	ASSERT_EQ(0, put(self, CODE, code, sizeof(code)));
	ASSERT_EQ(0, set(self, REGS_RIP, CODE));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	for (i = 10; i < 60; i++) {
		entry.eax = i;
		ASSERT_EQ(0, teavmx_cpuid_set(self->teavmx, self->vm.id,
					      &entry, 1));
	}
	entry.eax = 9;
	ASSERT_EQ(0, teavmx_cpuid_set(self->teavmx, self->vm.id, &entry, 1));
	ASSERT_EQ(TEAVMX_STOP_EXIT,
		  teavmx_wait_stop(self->teavmx, self->vcpu.id, 10000, NULL,
				   NULL, &self->exit));
	EXPECT_EQ(VMX_EXIT_HLT, self->exit.reason);
}

static const struct {
	uint32_t number;
	uint64_t good;
	uint64_t bad;
} msrs[] = {
	{ 0x174, 0x8, 0 },
	{ 0x175, 0xffff800000000000, 0x0000800000000000 },
	{ 0x176, 0x1234, 0x8000000000000000 },
	{ 0x1d9, 0x2, 0x1 },
	{ 0x277, 0x0007040600070406, 0x0007040600070402 },
	{ 0x2ff, 0x806, 0x802 },
	{ 0xc0000080, 0x801, 0x1000 },
	{ 0xc0000081, 0x0123456789abcdef, 0 },
	{ 0xc0000082, 0xffffffff80001000, 0x1000000000000000 },
	{ 0xc0000083, 0x00007fffffffffff, 0xffff7fffffffffff },
	{ 0xc0000084, 0x47700, 0x100000000 },
	{ 0xc0000100, 0xffff888000000000, 0x0000800000000000 },
	{ 0xc0000101, 0xffff888000000000, 0x0000800000000000 },
	{ 0xc0000102, 0xffff888000000000, 0x0000800000000000 },
};

TEST_F(policy, msrs_of_every_guest)
{
	uint64_t value;
	size_t i;

	ASSERT_EQ(0, real_handlers(self));
	for (i = 0; i < COUNT(msrs); i++) {
		EXPECT_EQ(0, wrmsr(self, msrs[i].number, msrs[i].good));
		if (msrs[i].bad)
			EXPECT_EQ(GP, wrmsr(self, msrs[i].number,
					    msrs[i].bad));
		EXPECT_EQ(0, rdmsr(self, msrs[i].number, &value));
		EXPECT_EQ(msrs[i].good, value) {
			TH_LOG("MSR 0x%x", msrs[i].number);
		}
	}
	EXPECT_EQ(0xffff888000000000, seen(self, REGS_KERNEL_GS_BASE));
	EXPECT_EQ(0x47700, seen(self, REGS_FMASK));
	/* The processor's own, and what nobody has */
	EXPECT_EQ(GP, rdmsr(self, 0x3a, &value));
	EXPECT_EQ(GP, rdmsr(self, 0x480, &value));
	EXPECT_EQ(GP, rdmsr(self, 0x12345678, &value));
	EXPECT_EQ(GP, wrmsr(self, 0x12345678, 0));
	EXPECT_EQ(GP, wrmsr(self, 0x1b, 0xfee00900));
	EXPECT_EQ(GP, wrmsr(self, 0x1a0, 0));
	EXPECT_EQ(0, rdmsr(self, 0x1b, &value));
	EXPECT_EQ(0xfee00100, value);
}

TEST_F(policy, tsc_belongs_to_the_guest)
{
	const uint64_t start = 1ULL << 60;
	uint64_t value;

	ASSERT_EQ(0, real_handlers(self));
	EXPECT_EQ(0, wrmsr(self, 0x10, start));
	EXPECT_EQ(0, rdmsr(self, 0x10, &value));
	EXPECT_EQ(1, value > start && value < start + (1ULL << 50));
	EXPECT_EQ(0, RUN(RDTSC));
	EXPECT_EQ(start >> 32 >> 8, look(self, REGS_RDX) >> 8);
	/* ECX is the guest's TSC_AUX, not a number of the host. */
	ASSERT_EQ(0, wrmsr(self, 0xc0000103, 0x55aa1234));
	EXPECT_EQ(0, RUN(0x0f, 0x01, 0xf9));
	EXPECT_EQ(0x55aa1234, look(self, REGS_RCX));
	EXPECT_EQ(GP, wrmsr(self, 0xc0000103, 1ULL << 32));
}

TEST_F(policy, msrs_are_kept_when_asked_for)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);
	const struct teavmx_register kept = { 0x12345678, 0xabcdef0123456789 };
	const struct teavmx_register efer = { 0xc0000080, 0 };
	/* TSC, APIC base, default of the MTRRs, MISC_ENABLE */
	static const uint32_t no_registers[] = { 0x10, 0x1b, 0x2ff, 0x1a0 };
	struct teavmx_register many[64] = { };
	uint64_t value;
	size_t i;

	ASSERT_EQ(0, real_handlers(self));
	EXPECT_EQ(GP, rdmsr(self, 0x12345678, &value));
	ASSERT_EQ(0, teavmx_msr_keep(self->teavmx, self->vm.id, &kept, 1));
	EXPECT_EQ(0, rdmsr(self, 0x12345678, &value));
	EXPECT_EQ(kept.value, value);
	EXPECT_EQ(0, wrmsr(self, 0x12345678, 42));
	EXPECT_EQ(0, rdmsr(self, 0x12345678, &value));
	EXPECT_EQ(42, value);
	EXPECT_EQ(-1, teavmx_msr_keep(self->teavmx, self->vm.id, &kept, 1));
	EXPECT_EQ(EEXIST, error->error);
	EXPECT_EQ(-1, teavmx_msr_keep(self->teavmx, self->vm.id, &efer, 1));
	EXPECT_EQ(EEXIST, error->error);
	EXPECT_NE(NULL, strstr(error->message, "set it as a register"));
	for (i = 0; i < COUNT(no_registers); i++) {
		const struct teavmx_register own = { no_registers[i], 0 };

		EXPECT_EQ(-1, teavmx_msr_keep(self->teavmx, self->vm.id, &own,
					      1));
		EXPECT_EQ(EEXIST, error->error);
		EXPECT_NE(NULL, strstr(error->message, "no request sets it"))
			TH_LOG("0x%x: %s", no_registers[i], error->message);
	}
	for (i = 0; i < COUNT(many); i++)
		many[i].number = 0x1000 + i;
	EXPECT_EQ(-1, teavmx_msr_keep(self->teavmx, self->vm.id, many, 64));
	EXPECT_EQ(E2BIG, error->error);
	EXPECT_EQ(0, teavmx_msr_keep(self->teavmx, self->vm.id, many, 63));
	EXPECT_EQ(0, rdmsr(self, 0x1000 + 62, &value));
}

TEST_F(policy, control_registers_refuse_bad_bits)
{
	ASSERT_EQ(0, real_handlers(self));
	/* mov %eax, %cr4 */
	ASSERT_EQ(0, set(self, REGS_RAX, CR4_VMXE));
	EXPECT_EQ(GP, RUN(0x0f, 0x22, 0xe0));
	ASSERT_EQ(0, set(self, REGS_RAX, CR4_DE | CR4_PAE));
	EXPECT_EQ(0, RUN(0x0f, 0x22, 0xe0));
	EXPECT_EQ(CR4_DE | CR4_PAE, look(self, REGS_CR4));
	/* mov %eax, %cr0: paging without protection, NW without CD */
	ASSERT_EQ(0, set(self, REGS_RAX, CR0_PG | 0x10));
	EXPECT_EQ(GP, RUN(0x0f, 0x22, 0xc0));
	ASSERT_EQ(0, set(self, REGS_RAX, 0x20000010));
	EXPECT_EQ(GP, RUN(0x0f, 0x22, 0xc0));
	ASSERT_EQ(0, set(self, REGS_RAX, 0x6000001a));
	EXPECT_EQ(0, RUN(0x0f, 0x22, 0xc0));
	EXPECT_EQ(0x6000001a, look(self, REGS_CR0));
	/* clts; then lmsw %ax */
	EXPECT_EQ(0, RUN(0x0f, 0x06));
	EXPECT_EQ(0x60000012, look(self, REGS_CR0));
	ASSERT_EQ(0, set(self, REGS_RAX, 0xfff4));
	EXPECT_EQ(0, RUN(0x0f, 0x01, 0xf0));
	EXPECT_EQ(0x60000014, look(self, REGS_CR0));
}

TEST_F(policy, debug_registers)
{
	ASSERT_EQ(0, real_handlers(self));
	/* mov %eax, %dr0; mov %dr0, %ebx */
	ASSERT_EQ(0, set(self, REGS_RAX, 0x12345678));
	EXPECT_EQ(0, RUN(0x0f, 0x23, 0xc0, 0x0f, 0x21, 0xc3));
	EXPECT_EQ(0x12345678, look(self, REGS_RBX));
	/* dr6 by its other number: mov %eax, %dr4; mov %dr6, %ebx */
	ASSERT_EQ(0, set(self, REGS_RAX, 0));
	EXPECT_EQ(0, RUN(0x0f, 0x23, 0xe0, 0x0f, 0x21, 0xf3));
	EXPECT_EQ(0xffff0ff0, look(self, REGS_RBX));
	ASSERT_EQ(0, set(self, REGS_CR4, CR4_DE));
	EXPECT_EQ(UD, RUN(0x0f, 0x23, 0xe0));
	/* mov %eax, %dr7 with GD; mov %dr0, %ebx */
	ASSERT_EQ(0, set(self, REGS_RAX, 0x2000));
	EXPECT_EQ(DB, RUN(0x0f, 0x23, 0xf8, 0x0f, 0x21, 0xc3));
	EXPECT_EQ(0xffff2ff0, look(self, REGS_DR6));
	EXPECT_EQ(0x400, seen(self, REGS_DR7));
}

TEST_F(policy, instructions_that_a_guest_lacks)
{
	ASSERT_EQ(0, travel(self, STAGE_LONG));
	ASSERT_EQ(0, long_handlers(self));
	/* vmxoff, vmlaunch, monitor, mwait, vmread, getsec */
	EXPECT_EQ(UD, RUN(0x0f, 0x01, 0xc4));
	EXPECT_EQ(UD, RUN(0x0f, 0x01, 0xc2));
	EXPECT_EQ(UD, RUN(0x0f, 0x01, 0xc8));
	EXPECT_EQ(UD, RUN(0x0f, 0x01, 0xc9));
	EXPECT_EQ(UD, RUN(0x0f, 0x78, 0xc0));
	EXPECT_EQ(UD, RUN(0x0f, 0x37));
	/* rdpmc; wbinvd and invd do nothing */
	EXPECT_EQ(GP, RUN(0x0f, 0x33));
	EXPECT_EQ(0, RUN(0x0f, 0x09));
	EXPECT_EQ(0, RUN(0x0f, 0x08));
}

static int step_to(FIXTURE_DATA(policy) *self, enum stage stage)
{
	const struct teavmx_run done = { .answered = true };

	if (go(self, &done) != TEAVMX_STOP_EXIT ||
	    self->exit.reason != VMX_EXIT_IO_INSTRUCTION)
		return -1;
	return (uint8_t)look(self, REGS_RAX) == stage ? 0 : -1;
}

TEST_F(policy, from_real_mode_to_long_mode_and_back)
{
	ASSERT_EQ(0, travel(self, STAGE_PROTECTED));
	EXPECT_EQ(0x11, seen(self, REGS_CR0));
	ASSERT_EQ(0, step_to(self, STAGE_PAE));
	EXPECT_EQ(CR0_PG | 0x11, seen(self, REGS_CR0));
	EXPECT_EQ(CR4_PAE, seen(self, REGS_CR4));
	EXPECT_EQ(0, seen(self, REGS_EFER));
	ASSERT_EQ(0, step_to(self, STAGE_LONG));
	EXPECT_EQ(EFER_LME | EFER_LMA, seen(self, REGS_EFER));
	EXPECT_EQ(0x2000, seen(self, REGS_CS_RIGHTS) & 0x6000);
	ASSERT_EQ(0, step_to(self, STAGE_REAL));
	EXPECT_EQ(0x10, seen(self, REGS_CR0));
	EXPECT_EQ(0, seen(self, REGS_CR4) | seen(self, REGS_EFER));
	EXPECT_EQ(0, outcome(self, go(self, &(struct teavmx_run){
						    .answered = true })));
}

TEST_F(policy, long_mode_is_guarded)
{
	uint64_t error = 1;

	ASSERT_EQ(0, travel(self, STAGE_LONG));
	ASSERT_EQ(0, long_handlers(self));
	/* LME off, PAE off, paging off from 64-bit code, CR3 too wide */
	EXPECT_EQ(GP, wrmsr(self, 0xc0000080, 0));
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id,
				     look(self, REGS_RSP), &error, 8));
	EXPECT_EQ(0, error);
	EXPECT_EQ(0, wrmsr(self, 0xc0000080, EFER_LME | 0x800));
	EXPECT_EQ(EFER_LME | EFER_LMA | 0x800, look(self, REGS_EFER));
	ASSERT_EQ(0, set(self, REGS_RAX, 0));
	EXPECT_EQ(GP, RUN(0x0f, 0x22, 0xe0));
	ASSERT_EQ(0, set(self, REGS_RAX, 0x11));
	EXPECT_EQ(GP, RUN(0x0f, 0x22, 0xc0));
	ASSERT_EQ(0, set(self, REGS_RAX, 1ULL << 63 | PML4));
	EXPECT_EQ(GP, RUN(0x0f, 0x22, 0xd8));
	/* mov %rax, %cr8; mov %cr8, %rbx */
	ASSERT_EQ(0, set(self, REGS_RAX, 16));
	EXPECT_EQ(GP, RUN(0x44, 0x0f, 0x22, 0xc0));
	ASSERT_EQ(0, set(self, REGS_RAX, 7));
	EXPECT_EQ(0, RUN(0x44, 0x0f, 0x22, 0xc0, 0x44, 0x0f, 0x20, 0xc3));
	EXPECT_EQ(7, look(self, REGS_RBX));
	/* mov %rax, %dr7 with a bit of the upper half */
	ASSERT_EQ(0, set(self, REGS_RAX, 1ULL << 32));
	EXPECT_EQ(GP, RUN(0x0f, 0x23, 0xf8));
}

TEST_F(policy, bad_pdptes_are_a_fault)
{
	static const uint64_t bad = DIRECTORY | 1 | 1ULL << 63;

	ASSERT_EQ(0, travel(self, STAGE_PAE));
	ASSERT_EQ(0, write_handlers(self, 8, IDT));
	ASSERT_EQ(0, set(self, REGS_IDTR_BASE, IDT));
	ASSERT_EQ(0, set(self, REGS_IDTR_LIMIT, VECTORS * 8 - 1));
	ASSERT_EQ(0, put(self, PDPT, &bad, sizeof(bad)));
	/* They are looked at when CR3 is written, not with CLTS. */
	EXPECT_EQ(0, RUN(0x0f, 0x06));
	ASSERT_EQ(0, set(self, REGS_RAX, PDPT));
	EXPECT_EQ(GP, RUN(0x0f, 0x22, 0xd8));
}

/*
 * An emulated instruction and one that does not exit end in the same way. The
 * stack has no page yet, so the fault is delivered again after an exit.
 */
TEST_F(policy, ip_does_not_begin_again_at_the_limit)
{
	static const uint8_t emulated[] = { 0x66, 0x66, CPUID };
	static const uint8_t native[] = { 0x90, 0x90, 0x90, 0x90 };
	uint16_t emulated_frame[3], native_frame[3];

	ASSERT_EQ(0, real_handlers(self));
	ASSERT_EQ(0, put(self, 0xfffc, native, sizeof(native)));
	EXPECT_EQ(GP, run_at(self, 0xfffc));
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, STACK - 6,
				     native_frame, sizeof(native_frame)));
	ASSERT_EQ(0, put(self, 0xfffc, emulated, sizeof(emulated)));
	EXPECT_EQ(GP, run_at(self, 0xfffc));
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, STACK - 6,
				     emulated_frame, sizeof(emulated_frame)));
	EXPECT_EQ(native_frame[0], emulated_frame[0]);
	EXPECT_EQ(native_frame[1], emulated_frame[1]);
}

TEST_F(policy, eip_wraps_at_32_bits)
{
	static const uint8_t code[] = { CPUID, 0xf4 };

	ASSERT_EQ(0, travel(self, STAGE_PROTECTED));
	ASSERT_EQ(0, put(self, CODE, code, sizeof(code)));
	ASSERT_EQ(0, set(self, REGS_CS_BASE, CODE + 2));
	ASSERT_EQ(0, run_at(self, 0xfffffffe));
	EXPECT_EQ(0, self->exit.rip);
}

TEST_F(policy, single_step_comes_after_an_emulated_instruction)
{
	uint16_t frame[3];

	ASSERT_EQ(0, real_handlers(self));
	ASSERT_EQ(0, set(self, REGS_RFLAGS, RFLAGS_SET | RFLAGS_TF));
	ASSERT_EQ(0, set(self, REGS_DR6, 0xffff0ff0));
	EXPECT_EQ(DB, RUN(CPUID, 0x90));
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, STACK - 6,
				     frame, sizeof(frame)));
	EXPECT_EQ(CODE + 2, frame[0]);
	EXPECT_EQ(0x4000, look(self, REGS_DR6) & 0x4000);
}

TEST_F(policy, blocking_by_sti_ends_with_an_emulated_instruction)
{
	const struct teavmx_run done = { .answered = true };
	static const uint8_t code[] = { 0xfa, 0xfb, 0xe6, 0x80, 0xf4 };

	/* cli; sti; out %al, $0x80; hlt */
	ASSERT_EQ(0, put(self, CODE, code, sizeof(code)));
	ASSERT_EQ(0, set(self, REGS_RIP, CODE));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, NULL));
	EXPECT_EQ(VMX_EXIT_IO_INSTRUCTION, self->exit.reason);
	EXPECT_EQ(1, look(self, REGS_INTERRUPTIBILITY));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, &done));
	EXPECT_EQ(VMX_EXIT_HLT, self->exit.reason);
	EXPECT_EQ(0, look(self, REGS_INTERRUPTIBILITY));
}

static int route(FIXTURE_DATA(policy) *self, const uint16_t *reasons,
		 size_t count)
{
	uint8_t bits[TEAVMX_HOST_REASONS_SIZE] = { };
	size_t i;

	for (i = 0; i < count; i++)
		bits[reasons[i] / 8] |= 1 << reasons[i] % 8;
	return teavmx_host_reasons(self->teavmx, self->vm.id, bits);
}

/* Each in a loop in 64-bit mode, so that one can be routed as it runs */
static const struct {
	uint16_t reason;
	uint8_t size;
	uint8_t code[6];
} loops[] = {
	{ VMX_EXIT_CPUID, 2, { CPUID } },
	{ VMX_EXIT_RDTSC, 2, { RDTSC } },
	{ VMX_EXIT_RDTSCP, 3, { 0x0f, 0x01, 0xf9 } },
	{ VMX_EXIT_PAUSE_INSTRUCTION, 2, { 0xf3, 0x90 } },
	{ VMX_EXIT_INVLPG, 3, { 0x0f, 0x01, 0x3e } },
	{ VMX_EXIT_WBINVD, 2, { 0x0f, 0x09 } },
	{ VMX_EXIT_GDTR_IDTR, 3, { 0x0f, 0x01, 0x06 } },
	{ VMX_EXIT_LDTR_TR, 3, { 0x0f, 0x00, 0xc8 } },
	{ VMX_EXIT_CR_ACCESS, 3, { 0x0f, 0x20, 0xd8 } },
	{ VMX_EXIT_DR_ACCESS, 3, { 0x0f, 0x21, 0xc0 } },
};

static int pause_it(FIXTURE_DATA(policy) *self)
{
	if (teavmx_vcpu_pause(self->teavmx, self->vm.id, self->vcpu.id))
		return -1;
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, 10000, NULL, NULL,
				&self->exit);
}

static int route_as_it_runs(FIXTURE_DATA(policy) *self, uint16_t reason)
{
	if (route(self, NULL, 0) ||
	    teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id))
		return -1;
	usleep(20000);
	if (route(self, &reason, 1))
		return -1;
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, 10000, NULL, NULL,
				&self->exit);
}

TEST_F(policy, exits_are_routed_as_the_guest_runs)
{
	size_t i;

	ASSERT_EQ(0, travel(self, STAGE_LONG));
	ASSERT_EQ(0, set(self, REGS_RSI, STACK));
	for (i = 0; i < COUNT(loops); i++) {
		const uint8_t back[] = { 0xeb, -2 - loops[i].size };

		ASSERT_EQ(0, put(self, CODE, loops[i].code, loops[i].size));
		ASSERT_EQ(0, put(self, CODE + loops[i].size, back, 2));
		ASSERT_EQ(0, set(self, REGS_RIP, CODE));
		EXPECT_EQ(TEAVMX_STOP_EXIT,
			  route_as_it_runs(self, loops[i].reason));
		EXPECT_EQ(loops[i].reason, self->exit.reason);
		EXPECT_EQ(CODE, look(self, REGS_RIP));
		/* And back: it runs on until it is told to pause. */
		ASSERT_EQ(0, route(self, NULL, 0));
		ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id,
					     self->vcpu.id));
		usleep(5000);
		EXPECT_EQ(TEAVMX_STOP_REQUEST, pause_it(self)) {
			TH_LOG("exit %u", self->exit.reason);
		}
	}
}

TEST_F(policy, msr_exits_can_be_the_hosts)
{
	const struct teavmx_run done = { .answered = true,
					 .answer = 0x1122334455667788 };
	const uint16_t reasons[] = { VMX_EXIT_MSR_READ, VMX_EXIT_MSR_WRITE };
	static const uint8_t code[] = { RDMSR, WRMSR, 0xf4 };

	ASSERT_EQ(0, route(self, reasons, COUNT(reasons)));
	ASSERT_EQ(0, put(self, CODE, code, sizeof(code)));
	ASSERT_EQ(0, set(self, REGS_RIP, CODE));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, NULL));
	EXPECT_EQ(VMX_EXIT_MSR_READ, self->exit.reason);
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, &done));
	EXPECT_EQ(VMX_EXIT_MSR_WRITE, self->exit.reason);
	EXPECT_EQ(0x55667788, look(self, REGS_RAX));
	EXPECT_EQ(0x11223344, seen(self, REGS_RDX));
	ASSERT_EQ(TEAVMX_STOP_EXIT, go(self, &done));
	EXPECT_EQ(VMX_EXIT_HLT, self->exit.reason);
}

TEST_HARNESS_MAIN
