// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a raw guest finds when it reads CPUID, MSRs, control and debug
 * registers, and which exits go to the host program.
 */
#include <sched.h>

#include "policy_fixture.h"

TEST_F(policy, cpuid_hides_what_a_guest_cannot_have)
{
	/* MONITOR, VMX, SMX, x2APIC, TSC deadline, performance counters */
	const uint32_t ecx = 1u << 3 | 1u << 5 | 1u << 6 | 1u << 21 | 1u << 24 |
			     1u << 15;

	ASSERT_EQ(0, cpuid(self, 1, 0));
	EXPECT_EQ(CPUID_HYPERVISOR,
		  raw_seen(self, TEAVMX_REG_RCX) & CPUID_HYPERVISOR);
	EXPECT_EQ(0, raw_seen(self, TEAVMX_REG_RCX) & (ecx | CPUID_OSXSAVE));
	EXPECT_EQ(0, raw_seen(self, TEAVMX_REG_RDX) & (1 << 9 | 1 << 18));
	EXPECT_EQ(8, raw_seen(self, TEAVMX_REG_RBX) >> 16);
	/* HLE, SGX, RTM, MPX, AVX-512, PT; PKU, WAITPKG, CET, LA57 */
	ASSERT_EQ(0, cpuid(self, 7, 0));
	EXPECT_EQ(0,
		  raw_seen(self, TEAVMX_REG_RBX) & (1 << 4 | 1 << 2 | 1 << 11 |
						    1 << 14 | 1 << 16 |
						    1 << 25));
	EXPECT_EQ(0,
		  raw_seen(self, TEAVMX_REG_RCX) & (1 << 3 | 1 << 5 | 1 << 7 |
						    1 << 16));
	ASSERT_EQ(0, cpuid(self, 3, 0));
	EXPECT_EQ(0,
		  raw_seen(self, TEAVMX_REG_RAX) |
		  raw_seen(self, TEAVMX_REG_RBX) |
		  raw_seen(self, TEAVMX_REG_RCX) |
		  raw_seen(self, TEAVMX_REG_RDX));
	ASSERT_EQ(0, cpuid(self, 0xa, 0));
	EXPECT_SEEN(RAX, 0);
	ASSERT_EQ(0, cpuid(self, 0x40000000, 0));
	EXPECT_SEEN(RAX, 0x40000000);
	EXPECT_SEEN(RBX, 0x76616574);
	EXPECT_SEEN(RCX, 0x786d);
}

TEST_F(policy, cpuid_tells_the_vcpu)
{
	struct teavmx_vcpu second;

	ASSERT_EQ(0, cpuid(self, 0xb, 1));
	EXPECT_SEEN(RAX, 3);
	EXPECT_SEEN(RDX, 0);
	ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id, &second));
	teavmx_vcpu_clear(&self->vcpu);
	self->vcpu = second;
	ASSERT_EQ(0, cpuid(self, 1, 0));
	EXPECT_EQ(1, raw_seen(self, TEAVMX_REG_RBX) >> 24);
	ASSERT_EQ(0, cpuid(self, 0xb, 0));
	EXPECT_SEEN(RDX, 1);
}

TEST_F(policy, osxsave_follows_cr4_and_xsetbv_is_checked)
{
	ASSERT_EQ(0, real_handlers(self));
	ASSERT_EQ(0, cpuid(self, 1, 0));
	EXPECT_EQ(machine_cpu_has("xsave"),
		  !!(raw_seen(self, TEAVMX_REG_RCX) & CPUID_XSAVE));
	if (!machine_cpu_has("xsave"))
		SKIP(return, "the host's kernel does not use XSAVE");
	EXPECT_OUTCOME(UD, RUN_16("xsetbv"));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_CR4, CR4_OSXSAVE));
	ASSERT_EQ(0, cpuid(self, 1, 0));
	EXPECT_EQ(CPUID_OSXSAVE,
		  raw_seen(self, TEAVMX_REG_RCX) & CPUID_OSXSAVE);
	ASSERT_EQ(0, cpuid(self, 0xd, 0));
	EXPECT_SEEN(RBX, 576);
	EXPECT_EQ(1, raw_seen(self, TEAVMX_REG_RAX) & 1);

	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RCX, 0));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RDX, 0));
	EXPECT_OUTCOME(0, RAX_16(1, "xsetbv"));
	EXPECT_OUTCOME(GP, RAX_16(0, "xsetbv"));
	EXPECT_OUTCOME(GP, RAX_16(5, "xsetbv"));
	EXPECT_OUTCOME(GP, RAX_16(1 | 1 << 9, "xsetbv"));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 1));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RCX, 1));
	EXPECT_OUTCOME(GP, RUN_16("xsetbv"));
	EXPECT_REG(XCR0, 1);
}

TEST_F(policy, xsave_area_grows_with_xcr0)
{
	uint32_t components;

	if (!machine_cpu_has("xsave"))
		SKIP(return, "the host's kernel does not use XSAVE");
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_CR4, CR4_OSXSAVE));
	ASSERT_EQ(0, cpuid(self, 0xd, 0));
	components = raw_seen(self, TEAVMX_REG_RAX);
	if (!(components & 4))
		SKIP(return, "the host has no YMM state enabled");
	EXPECT_SEEN(RCX, 832);
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 7));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RCX, 0));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RDX, 0));
	ASSERT_OUTCOME(0, RUN_16("xsetbv"));
	ASSERT_EQ(0, cpuid(self, 0xd, 0));
	EXPECT_SEEN(RBX, 832);
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
	EXPECT_SEEN(RAX, 4);
	EXPECT_SEEN(RBX, 5);
	EXPECT_SEEN(RCX, 6);
	EXPECT_SEEN(RDX, 7);
	ASSERT_EQ(0, cpuid(self, 4, 2));
	EXPECT_SEEN(RAX, 42);
	ASSERT_EQ(0, cpuid(self, 4, 3));
	EXPECT_SEEN(RAX, 0);
	ASSERT_EQ(0, cpuid(self, 1, 0));
	EXPECT_EQ(0,
		  raw_seen(self, TEAVMX_REG_RAX) |
		  raw_seen(self, TEAVMX_REG_RBX) |
		  raw_seen(self, TEAVMX_REG_RCX) |
		  raw_seen(self, TEAVMX_REG_RDX));
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

GUEST_PAYLOAD(code_cpuid_loop,
	".code16\n"
	"1:\txor\t%eax, %eax\n"
	"\tcpuid\n"
	"\tcmp\t$9, %eax\n"
	"\tjne\t1b\n"
	"\thlt");

TEST_F(policy, cpuid_table_changes_while_the_guest_asks)
{
	struct teavmx_cpuid entry = { .leaf = 0 };
	int i;

	ASSERT_EQ(0, raw_put(self, CODE, PAYLOAD(code_cpuid_loop)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	for (i = 10; i < 60; i++) {
		entry.eax = i;
		ASSERT_EQ(0, teavmx_cpuid_set(self->teavmx, self->vm.id,
					      &entry, 1));
	}
	entry.eax = 9;
	ASSERT_EQ(0, teavmx_cpuid_set(self->teavmx, self->vm.id, &entry, 1));
	ASSERT_STOP(EXIT, raw_wait(self));
	EXPECT_REASON(HLT, self->exit.reason);
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
			EXPECT_OUTCOME(GP, wrmsr(self, msrs[i].number,
						 msrs[i].bad));
		EXPECT_EQ(0, rdmsr(self, msrs[i].number, &value));
		EXPECT_EQ(msrs[i].good, value) {
			TH_LOG("MSR 0x%x", msrs[i].number);
		}
	}
	EXPECT_SEEN(KERNEL_GS_BASE, 0xffff888000000000);
	EXPECT_SEEN(FMASK, 0x47700);
	/* The processor's own, and one that does not exist */
	EXPECT_OUTCOME(GP, rdmsr(self, 0x3a, &value));
	EXPECT_OUTCOME(GP, rdmsr(self, 0x480, &value));
	EXPECT_OUTCOME(GP, rdmsr(self, 0x12345678, &value));
	EXPECT_OUTCOME(GP, wrmsr(self, 0x12345678, 0));
	EXPECT_OUTCOME(GP, wrmsr(self, 0x1b, 0xfee00900));
	EXPECT_OUTCOME(GP, wrmsr(self, 0x1a0, 0));
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
	EXPECT_OUTCOME(0, RUN_16("rdtsc"));
	EXPECT_EQ(start >> 32 >> 8, raw_get(self, TEAVMX_REG_RDX) >> 8);
	/* ECX is the guest's TSC_AUX, not a number of the host. */
	ASSERT_EQ(0, wrmsr(self, 0xc0000103, 0x55aa1234));
	EXPECT_OUTCOME(0, RUN_16("rdtscp"));
	EXPECT_REG(RCX, 0x55aa1234);
	EXPECT_OUTCOME(GP, wrmsr(self, 0xc0000103, 1ULL << 32));
}

TEST_F(policy, msrs_are_kept_when_asked_for)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);
	const struct teavmx_register kept = { 0x12345678, 0xabcdef0123456789 };
	const struct teavmx_register efer = { 0xc0000080, 0 };
	/* TSC, default of the MTRRs, UCODE_REV */
	static const uint32_t no_registers[] = { 0x10, 0x2ff, 0x8b };
	struct teavmx_register many[64] = { };
	uint64_t value;
	size_t i;

	ASSERT_EQ(0, real_handlers(self));
	EXPECT_OUTCOME(GP, rdmsr(self, 0x12345678, &value));
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
		EXPECT_NE(NULL, strstr(error->message, "it cannot be set"))
			TH_LOG("0x%x: %s", no_registers[i], error->message);
	}
	for (i = 0; i < COUNT(many); i++)
		many[i].number = 0x1000 + i;
	EXPECT_EQ(-1, teavmx_msr_keep(self->teavmx, self->vm.id, many, 64));
	EXPECT_EQ(E2BIG, error->error);
	EXPECT_EQ(0, teavmx_msr_keep(self->teavmx, self->vm.id, many, 63));
	EXPECT_EQ(0, rdmsr(self, 0x1000 + 62, &value));
}

/* A host program with a local APIC adds the register that enables it. */
TEST_F(policy, apic_base_can_be_kept)
{
	const struct teavmx_register base = { 0x1b, 0xfee00800 };
	uint64_t value;

	ASSERT_EQ(0, real_handlers(self));
	ASSERT_EQ(0, teavmx_msr_keep(self->teavmx, self->vm.id, &base, 1));
	EXPECT_EQ(0, rdmsr(self, 0x1b, &value));
	EXPECT_EQ(0xfee00900, value);
	EXPECT_EQ(0, wrmsr(self, 0x1b, 0xfee00000));
	EXPECT_EQ(0, rdmsr(self, 0x1b, &value));
	EXPECT_EQ(0xfee00100, value);
	EXPECT_EQ(0, wrmsr(self, 0x1b, 0xfee00d00));
	EXPECT_EQ(0, rdmsr(self, 0x1b, &value));
	EXPECT_EQ(0xfee00d00, value);
}

/* MISC_ENABLE and others are read only, unless the host program has them. */
TEST_F(policy, fixed_msrs_can_be_kept)
{
	const struct teavmx_register enable = { 0x1a0, 0x1801 };
	uint64_t value;

	ASSERT_EQ(0, real_handlers(self));
	EXPECT_OUTCOME(GP, wrmsr(self, 0x1a0, 0x400001));
	ASSERT_EQ(0, teavmx_msr_keep(self->teavmx, self->vm.id, &enable, 1));
	EXPECT_EQ(0, rdmsr(self, 0x1a0, &value));
	EXPECT_EQ(0x1801, value);
	EXPECT_EQ(0, wrmsr(self, 0x1a0, 0x400001));
	EXPECT_EQ(0, rdmsr(self, 0x1a0, &value));
	EXPECT_EQ(0x400001, value);
}

static int pause_it(struct raw_data *self)
{
	if (teavmx_vcpu_pause(self->teavmx, self->vm.id, self->vcpu.id))
		return -1;
	return raw_wait(self);
}

static int route_as_it_runs(struct raw_data *self, uint16_t reason)
{
	if (route(self, NULL, 0) ||
	    teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id))
		return -1;
	usleep(20000);
	if (route(self, &reason, 1))
		return -1;
	return raw_wait(self);
}

/* An instruction in a loop in 64-bit mode */
#define LOOP(text)	SNIPPET(64, "1:\t" text "\n\tjmp 1b")

TEST_F(policy, exits_are_routed_as_the_guest_runs)
{
	const struct {
		uint16_t reason;
		struct snippet code;
	} loops[] = {
		{ VMX_EXIT_CPUID, LOOP("cpuid") },
		{ VMX_EXIT_RDTSC, LOOP("rdtsc") },
		{ VMX_EXIT_RDTSCP, LOOP("rdtscp") },
		{ VMX_EXIT_PAUSE_INSTRUCTION, LOOP("pause") },
		{ VMX_EXIT_INVLPG, LOOP("invlpg (%%rsi)") },
		{ VMX_EXIT_WBINVD, LOOP("wbinvd") },
		{ VMX_EXIT_GDTR_IDTR, LOOP("sgdt (%%rsi)") },
		{ VMX_EXIT_LDTR_TR, LOOP("str %%eax") },
		{ VMX_EXIT_CR_ACCESS, LOOP("mov %%cr3, %%rax") },
		{ VMX_EXIT_DR_ACCESS, LOOP("mov %%dr0, %%rax") },
	};
	size_t i;

	ASSERT_EQ(0, travel(self, STAGE_LONG));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RSI, STACK));
	for (i = 0; i < COUNT(loops); i++) {
		ASSERT_EQ(0, raw_put(self, CODE, loops[i].code.bytes,
				     loops[i].code.size));
		ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE));
		EXPECT_STOP(EXIT, route_as_it_runs(self, loops[i].reason));
		EXPECT_EQ(loops[i].reason, self->exit.reason);
		EXPECT_REG(RIP, CODE);
		/* And back: it runs on until a pause is requested. */
		ASSERT_EQ(0, route(self, NULL, 0));
		ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id,
					     self->vcpu.id));
		usleep(5000);
		EXPECT_EQ(TEAVMX_STOP_REQUEST, pause_it(self)) {
			TH_LOG("exit: %s", expect_reason(self->exit.reason));
		}
	}
}

/* How often CPU 1 was interrupted for rescheduling, or -1 */
static long interrupts_of_cpu1(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	long count = -1;
	char line[256];

	while (file && count < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, " RES: %*d %ld", &count) != 1)
			count = -1;
	if (file)
		fclose(file);
	return count;
}

/* No other exit of the guest is needed for a change to take effect. */
TEST_F(policy, a_change_interrupts_a_guest_that_runs)
{
	const struct snippet spin = SNIPPET(16, "1:\tjmp\t1b");
	cpu_set_t cpu0;
	long before;
	int i;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "a guest on another CPU needs two CPUs");
	CPU_ZERO(&cpu0);
	CPU_SET(0, &cpu0);
	ASSERT_EQ(0, raw_put(self, CODE, spin.bytes, spin.size));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(cpu0), &cpu0));
	ASSERT_EQ(0, machine_pin(self->vm.id, self->vcpu.id, 1));
	before = interrupts_of_cpu1();
	ASSERT_LE(0, before);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, route(self, NULL, 0));
		usleep(10000);
	}
	/* The host may run another task there at some of the requests. */
	EXPECT_LE(before + 10, interrupts_of_cpu1());
	EXPECT_EQ(TEAVMX_STOP_REQUEST, pause_it(self));
}

/* SDM "IA-32 and Intel 64 Processor States Following Power-up, Reset, or INIT" */
static const struct teavmx_register after_reset[] = {
	{ TEAVMX_REG_RFLAGS, 0x2 }, { TEAVMX_REG_CR0, 0x60000010 }, { TEAVMX_REG_CR2, 0 },
	{ TEAVMX_REG_CR3, 0 }, { TEAVMX_REG_CR4, 0 }, { TEAVMX_REG_CR8, 0 }, { TEAVMX_REG_XCR0, 1 },
	{ TEAVMX_REG_DR0, 0 }, { TEAVMX_REG_DR1, 0 }, { TEAVMX_REG_DR2, 0 }, { TEAVMX_REG_DR3, 0 },
	{ TEAVMX_REG_DR6, 0xffff0ff0 }, { TEAVMX_REG_DR7, 0x400 },
	{ TEAVMX_REG_DS, 0 }, { TEAVMX_REG_DS_BASE, 0 }, { TEAVMX_REG_DS_LIMIT, 0xffff },
	{ TEAVMX_REG_DS_RIGHTS, 0x93 }, { TEAVMX_REG_SS, 0 }, { TEAVMX_REG_SS_BASE, 0 },
	{ TEAVMX_REG_SS_LIMIT, 0xffff }, { TEAVMX_REG_SS_RIGHTS, 0x93 },
	{ TEAVMX_REG_CS_LIMIT, 0xffff }, { TEAVMX_REG_CS_RIGHTS, 0x9b },
	{ TEAVMX_REG_LDTR, 0 }, { TEAVMX_REG_LDTR_BASE, 0 }, { TEAVMX_REG_LDTR_LIMIT, 0xffff },
	{ TEAVMX_REG_LDTR_RIGHTS, 0x82 }, { TEAVMX_REG_TR, 0 }, { TEAVMX_REG_TR_BASE, 0 },
	{ TEAVMX_REG_TR_LIMIT, 0xffff }, { TEAVMX_REG_TR_RIGHTS, 0x8b },
	{ TEAVMX_REG_GDTR_BASE, 0 }, { TEAVMX_REG_GDTR_LIMIT, 0xffff },
	{ TEAVMX_REG_IDTR_BASE, 0 }, { TEAVMX_REG_IDTR_LIMIT, 0xffff },
	{ TEAVMX_REG_EFER, 0 }, { TEAVMX_REG_PAT, 0x0007040600070406 },
	{ TEAVMX_REG_SYSENTER_CS, 0 }, { TEAVMX_REG_SYSENTER_ESP, 0 },
	{ TEAVMX_REG_SYSENTER_EIP, 0 }, { TEAVMX_REG_STAR, 0 }, { TEAVMX_REG_LSTAR, 0 },
	{ TEAVMX_REG_CSTAR, 0 }, { TEAVMX_REG_FMASK, 0 }, { TEAVMX_REG_KERNEL_GS_BASE, 0 },
	{ TEAVMX_REG_TSC_AUX, 0 }, { TEAVMX_REG_DEBUGCTL, 0 },
	{ TEAVMX_REG_INTERRUPTIBILITY, 0 }, { TEAVMX_REG_ACTIVITY, 0 },
	{ TEAVMX_REG_PENDING_DEBUG, 0 },
	/* MXCSR, whose mask is beside it */
	{ TEAVMX_REG_FPU + 3, 0xffff00001f80 },
};

TEST_F(policy, registers_after_reset)
{
	size_t i;

	raw_get(self, TEAVMX_REG_RIP);
	for (i = 0; i < COUNT(after_reset); i++)
		EXPECT_EQ(after_reset[i].value,
			  raw_seen(self, after_reset[i].number)) {
			TH_LOG("%s", expect_register(after_reset[i].number));
		}
}

TEST_F(policy, msrs_after_reset)
{
	static const struct teavmx_register list[] = {
		{ 0x277, 0x0007040600070406 }, { 0x2ff, 0 },
		{ 0x1d9, 0 }, { 0xc0000080, 0 }, { 0xc0000081, 0 },
		{ 0xc0000082, 0 }, { 0xc0000084, 0 }, { 0xc0000102, 0 },
		{ 0x174, 0 }, { 0x175, 0 }, { 0x176, 0 },
		/* BSP, but no local APIC is enabled as there is none. */
		{ 0x1b, 0xfee00100 },
	};
	uint64_t value;
	size_t i;

	ASSERT_EQ(0, real_handlers(self));
	for (i = 0; i < COUNT(list); i++) {
		EXPECT_EQ(0, rdmsr(self, list[i].number, &value));
		EXPECT_EQ(list[i].value, value) {
			TH_LOG("MSR 0x%x", list[i].number);
		}
	}
}

/* Both are there to protect the host, so they need no host program. */
TEST_F(policy, bus_locks_and_instruction_timeouts_are_the_modules)
{
	static const uint16_t reasons[] = {
		VMX_EXIT_BUS_LOCK, VMX_EXIT_NOTIFY,
	};
	struct teavmx_vm vm;
	size_t i;

	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &vm));
	for (i = 0; i < COUNT(reasons); i++)
		EXPECT_EQ(0, vm.host_reasons[reasons[i] / 8] &
			     1 << reasons[i] % 8);
}

GUEST_PAYLOAD(code_msrs,
	".code16\n"
	"\trdmsr\n"
	"\twrmsr\n"
	"\thlt");

TEST_F(policy, msr_exits_can_be_the_hosts)
{
	const uint64_t value = 0x1122334455667788;
	const uint16_t reasons[] = { VMX_EXIT_MSR_READ, VMX_EXIT_MSR_WRITE };

	ASSERT_EQ(0, route(self, reasons, COUNT(reasons)));
	ASSERT_EQ(0, raw_put(self, CODE, PAYLOAD(code_msrs)));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RIP, CODE));
	ASSERT_STOP(EXIT, raw_go(self));
	EXPECT_REASON(MSR_READ, self->exit.reason);
	ASSERT_STOP(EXIT, raw_answer(self, value));
	EXPECT_REASON(MSR_WRITE, self->exit.reason);
	EXPECT_REG(RAX, 0x55667788);
	EXPECT_SEEN(RDX, 0x11223344);
	ASSERT_STOP(EXIT, raw_answer(self, value));
	EXPECT_REASON(HLT, self->exit.reason);
}

TEST_HARNESS_MAIN
