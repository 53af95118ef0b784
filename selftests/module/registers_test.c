// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a raw guest leaves in registers: neither the next VM on that CPU nor the
 * host finds any of it, and the host's registers are as they were. What of the
 * host's is not this process's own is compared by the module too (audit=1).
 */
#include <cpuid.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uapi/vmcs.h>

#include "expect.h"
#include "guest.h"
#include "registers_guest.h"

#define MEMORY		0x1000000
#define TEST_CPU	0

static const uint32_t msrs[] = { REGISTERS_MSRS };

#define CR4_MCE		0x40

#define CPUID_XSAVE	0x4000000
#define CPUID_OSXSAVE	0x8000000
#define CPUID_AVX	0x10000000

/* What this test compares of XCR0: x87, SSE, AVX, opmask and ZMM */
#define COMPARED	0xe7
#define AREA_SIZE	16384

struct area {
	uint8_t bytes[AREA_SIZE];
} __attribute__((aligned(64)));

FIXTURE(registers)
{
	struct teavmx *teavmx;
	struct guest guest;
};

/* A VM whose vCPU stays on the CPU of this test */
static int new_guest(struct guest *guest, struct teavmx *teavmx)
{
	if (guest_new(guest, teavmx, MEMORY) ||
	    guest_add(guest, TEAVMX_MODE_LONG))
		return -1;
	return machine_pin(guest->vm.id, guest->vcpu[0].id, TEST_CPU);
}

FIXTURE_SETUP(registers)
{
	cpu_set_t cpus;

	self->teavmx = machine_open();
	NEED_VMX(self->teavmx);
	CPU_ZERO(&cpus);
	CPU_SET(TEST_CPU, &cpus);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(cpus), &cpus));
	ASSERT_EQ(0, new_guest(&self->guest, self->teavmx));
}

FIXTURE_TEARDOWN(registers)
{
	guest_free(&self->guest);
	teavmx_close(self->teavmx);
}

static int start(struct guest *guest, const uint8_t *code, const uint8_t *end)
{
	return guest_load(guest, code, end) || guest_start(guest);
}

static bool halted(struct guest *guest)
{
	struct teavmx_record exit = { 0 };

	if (guest_wait_all(guest) && !guest_last_exit(guest, 0, &exit) &&
	    exit.reason == VMX_EXIT_HLT)
		return true;
	printf("# ended by exit %s at 0x%llx\n", expect_reason(exit.reason),
	       (unsigned long long)guest_get(guest, 0, TEAVMX_REG_RIP));
	return false;
}

static bool is_pattern(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value == (uint32_t)PATTERN || value == PATTERN_32;
}

/* Places where a pattern begins */
static int count_patterns(const char *where, const uint8_t *bytes, size_t size)
{
	int count = 0;
	size_t i;

	for (i = 0; i + sizeof(uint32_t) <= size; i++) {
		if (!is_pattern(bytes + i))
			continue;
		if (count++ < 5)
			printf("# pattern at 0x%zx of %s\n", i, where);
	}
	return count;
}

/* What a guest that reads all registers sees of the pattern; -1 on failure */
static int look_for_patterns(struct guest *guest)
{
	static uint8_t seen[REGISTERS_SEEN_SIZE];

	if (start(guest, registers_read, registers_read_end) ||
	    !halted(guest) ||
	    teavmx_mem_read(guest->teavmx, guest->vm.id, REGISTERS_SEEN, seen,
			    sizeof(seen)))
		return -1;
	return count_patterns("what the guest sees", seen, sizeof(seen));
}

static int write_patterns(struct guest *guest)
{
	return start(guest, registers_write, registers_write_end) ||
	       !halted(guest) ? -1 : 0;
}

TEST_F(registers, are_gone_for_the_next_vm)
{
	struct guest next;

	ASSERT_EQ(0, write_patterns(&self->guest));
	ASSERT_EQ(0, new_guest(&next, self->teavmx));
	EXPECT_EQ(0, look_for_patterns(&next));
	/* Both VMs in turn, on the same CPU */
	ASSERT_EQ(0, guest_enter(&self->guest, 0, TEAVMX_MODE_LONG));
	ASSERT_EQ(0, write_patterns(&self->guest));
	ASSERT_EQ(0, guest_enter(&next, 0, TEAVMX_MODE_LONG));
	EXPECT_EQ(0, look_for_patterns(&next));
	guest_free(&next);
}

/* So the guests do write, and would see, what the other tests look for. */
TEST_F(registers, are_kept_for_the_guest_itself)
{
	ASSERT_EQ(0, write_patterns(&self->guest));
	ASSERT_EQ(0, guest_enter(&self->guest, 0, TEAVMX_MODE_LONG));
	/* x87, SSE and breakpoints are what every processor has. */
	EXPECT_LT(8 + 32 + 4, look_for_patterns(&self->guest));
}

static uint64_t host_xcr0(void)
{
	uint32_t eax, ebx, ecx, edx;

	__cpuid(1, eax, ebx, ecx, edx);
	if (!(ecx & CPUID_OSXSAVE))
		return 0;
	asm volatile("xgetbv" : "=a" (eax), "=d" (edx) : "c" (0));
	return eax | (uint64_t)edx << 32;
}

/* A good area full of what no guest writes */
static void fill_area(struct area *area, uint64_t components)
{
	static const uint32_t mxcsr = 0x1f80;
	static const uint16_t control = 0x37f;

	memset(area, 0x3c, sizeof(*area));
	memcpy(area->bytes, &control, sizeof(control));
	memset(area->bytes + 2, 0, 6);
	memcpy(area->bytes + 24, &mxcsr, sizeof(mxcsr));
	memset(area->bytes + 512, 0, 64);
	memcpy(area->bytes + 512, &components, sizeof(components));
}

/*
 * Loads the area and stores it again, for so long with nothing in between that
 * uses these registers: only the kernel and its guests.
 */
static void keep_registers(const struct area *from, struct area *to,
			   uint64_t components, unsigned long loops)
{
	if (components)
		asm volatile("xrstor64 %[from]\n"
			     "1:	pause\n"
			     "	dec %[loops]\n"
			     "	jnz 1b\n"
			     "	xsave64 %[to]\n"
			     : [to] "+m" (*to), [loops] "+r" (loops)
			     : [from] "m" (*from), "a" ((uint32_t)components),
			       "d" (0)
			     : "cc", "memory");
	else
		asm volatile("fxrstor64 %[from]\n"
			     "1:	pause\n"
			     "	dec %[loops]\n"
			     "	jnz 1b\n"
			     "	fxsave64 %[to]\n"
			     "	fninit\n"
			     : [to] "+m" (*to), [loops] "+r" (loops)
			     : [from] "m" (*from)
			     : "cc", "memory");
	asm volatile("fninit" : : : "memory");
}

/* Bytes of the vector registers that are not as they were loaded */
static int changed_bytes(const struct area *before, const struct area *after,
			 uint64_t components)
{
	uint32_t size = 0, place, ecx, edx, n, i;
	int changed = 0;

	for (i = 160; i < 416; i++)
		changed += before->bytes[i] != after->bytes[i];
	for (n = 2; n < 32; n++) {
		if (!(components >> n & 1))
			continue;
		__cpuid_count(0xd, n, size, place, ecx, edx);
		for (i = place; i < place + size && i < AREA_SIZE; i++)
			changed += before->bytes[i] != after->bytes[i];
	}
	return changed;
}

#define ROUNDS	40

TEST_F(registers, of_a_host_process_are_its_own)
{
	static struct area before, after;
	uint64_t components = host_xcr0() & COMPARED;
	struct teavmx_vcpu vcpu;
	int round, changed = 0, patterns = 0;

	printf("# host XCR0 0x%llx\n", (unsigned long long)host_xcr0());
	fill_area(&before, components);
	ASSERT_EQ(0, start(&self->guest, registers_write,
			   registers_write_end));
	for (round = 0; round < ROUNDS && !changed; round++) {
		memset(&after, 0, sizeof(after));
		keep_registers(&before, &after, components, 50000);
		changed = changed_bytes(&before, &after, components);
		patterns += count_patterns("a host process's registers",
					   after.bytes, sizeof(after));
	}
	EXPECT_EQ(0, changed);
	EXPECT_EQ(0, patterns);
	/* It did run meanwhile. */
	ASSERT_EQ(0, teavmx_vcpu_get(self->teavmx, self->guest.vm.id,
				     self->guest.vcpu[0].id, &vcpu));
	EXPECT_LT(0, vcpu.exit_count);
	teavmx_vcpu_clear(&vcpu);
	EXPECT_TRUE(halted(&self->guest));
}

/* A process that begins after the guest, and never touched a register itself */
TEST_F(registers, are_gone_for_a_new_process)
{
	static struct area area;
	int status = -1;
	pid_t child;

	ASSERT_EQ(0, write_patterns(&self->guest));
	child = fork();
	if (!child) {
		if (host_xcr0())
			asm volatile("xsave64 %0" : "+m" (area)
				     : "a" (-1), "d" (-1));
		else
			asm volatile("fxsave64 %0" : "+m" (area));
		_exit(!!count_patterns("a new process's registers", area.bytes,
				       sizeof(area)));
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

static int count_in_msrs(int file)
{
	uint64_t value;
	size_t i;
	int count = 0, read = 0;

	for (i = 0; i < sizeof(msrs) / sizeof(*msrs); i++) {
		if (pread(file, &value, sizeof(value), msrs[i]) !=
		    sizeof(value))
			continue;
		read++;
		if (!is_pattern((const uint8_t *)&value))
			continue;
		printf("# pattern in MSR 0x%x: 0x%llx\n", msrs[i],
		       (unsigned long long)value);
		count++;
	}
	printf("# %d of %zu MSRs exist\n", read, sizeof(msrs) / sizeof(*msrs));
	return read ? count : -1;
}

TEST_F(registers, are_gone_from_the_host_msrs)
{
	int file;

	ASSERT_EQ(0, system("modprobe msr"));
	file = open("/dev/cpu/0/msr", O_RDONLY);
	ASSERT_LE(0, file);
	ASSERT_EQ(0, write_patterns(&self->guest));
	EXPECT_EQ(0, count_in_msrs(file));
	close(file);
}

static uint64_t child_debug_register(pid_t child, int number)
{
	return ptrace(PTRACE_PEEKUSER, child,
		      offsetof(struct user, u_debugreg[number]), NULL);
}

/* What this child's second breakpoint is set to before the guest runs */
static uint64_t watched;

/* The debug registers that the kernel loaded for a process */
TEST_F(registers, of_a_debugged_process_are_its_own)
{
	int status, number;
	pid_t child;

	child = fork();
	if (!child) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		/* Time for a guest that writes breakpoints of its own */
		for (number = 0; number < 2000000; number++)
			asm volatile("pause");
		watched = 1;
		_exit(3);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, ptrace(PTRACE_POKEUSER, child,
			    offsetof(struct user, u_debugreg[1]), &watched));
	/* Breakpoint 1, on writes of eight bytes */
	ASSERT_EQ(0, ptrace(PTRACE_POKEUSER, child,
			    offsetof(struct user, u_debugreg[7]),
			    0x4UL | 0x9UL << 20));
	ASSERT_EQ(0, start(&self->guest, registers_write,
			   registers_write_end));
	ASSERT_EQ(0, ptrace(PTRACE_CONT, child, NULL, NULL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	EXPECT_EQ(SIGTRAP, WSTOPSIG(status));
	EXPECT_EQ(2, child_debug_register(child, 6) & 15);
	for (number = 0; number < 4; number++)
		EXPECT_EQ(number == 1 ? (uint64_t)(uintptr_t)&watched : 0,
			  child_debug_register(child, number));
	ptrace(PTRACE_KILL, child, NULL, NULL);
	waitpid(child, &status, 0);
	EXPECT_TRUE(halted(&self->guest));
}

TEST_F(registers, xcr0_is_what_cpuid_says)
{
	uint64_t word[XCR0_WORDS];

	ASSERT_EQ(0, start(&self->guest, registers_xcr0, registers_xcr0_end));
	ASSERT_TRUE(halted(&self->guest));
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->guest.vm.id,
				     REGISTERS_SEEN, word, sizeof(word)));
	printf("# CPUID.1.ECX 0x%llx, CPUID.D.EAX 0x%llx, XGETBV 0x%llx\n",
	       (unsigned long long)word[XCR0_FEATURES],
	       (unsigned long long)word[XCR0_BITS],
	       (unsigned long long)word[XCR0_GET]);
	EXPECT_EQ(1, word[XCR0_AVX]);
	if (!(word[XCR0_FEATURES] & CPUID_XSAVE)) {
		EXPECT_EQ(0, word[XCR0_FEATURES] & CPUID_AVX);
		EXPECT_EQ(0, word[XCR0_BITS]);
		EXPECT_EQ(1, word[XCR0_CR4]);
		EXPECT_EQ(UINT64_MAX, word[XCR0_GET]);
		EXPECT_EQ(UINT64_MAX, word[XCR0_ALL]);
		EXPECT_EQ(1, word[XCR0_AVX_ALL]);
		return;
	}
	EXPECT_EQ(3, word[XCR0_BITS] & 3);
	EXPECT_EQ(0, word[XCR0_CR4]);
	EXPECT_EQ(1, word[XCR0_GET]);
	EXPECT_EQ(3, word[XCR0_SSE]);
	EXPECT_EQ(word[XCR0_BITS], word[XCR0_ALL]);
	EXPECT_EQ(!(word[XCR0_BITS] & 4), word[XCR0_AVX_ALL]);
}

/* A guest has XSAVE if and only if this kernel lets its processes use it. */
TEST_F(registers, xsave_is_offered_where_the_host_uses_it)
{
	uint64_t word[XCR0_WORDS];

	ASSERT_EQ(0, start(&self->guest, registers_xcr0, registers_xcr0_end));
	ASSERT_TRUE(halted(&self->guest));
	ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->guest.vm.id,
				     REGISTERS_SEEN, word, sizeof(word)));
	EXPECT_EQ(!!host_xcr0(), !!(word[XCR0_FEATURES] & CPUID_XSAVE));
	EXPECT_EQ(host_xcr0() & 7, word[XCR0_BITS]);
}

static uint64_t field(const struct teavmx_vmcs_write *fields, int count,
		      uint32_t encoding)
{
	int i;

	for (i = 0; i < count; i++)
		if (fields[i].field == encoding)
			return fields[i].value;
	return UINT64_MAX;
}

/*
 * A machine check while a guest runs would shut down a CPU without CR4.MCE. A
 * kernel without CONFIG_X86_MCE does not set it.
 */
static int missing_mce(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu)
{
	struct teavmx_vmcs_write *fields = NULL;
	int count = teavmx_vmcs_get(teavmx, vm, vcpu, &fields);
	uint64_t host = field(fields, count, VMCS_FIELD_HOST_CR4);
	uint64_t guest = field(fields, count, VMCS_FIELD_GUEST_CR4);

	free(fields);
	printf("# CR4: host 0x%llx, guest 0x%llx\n", (unsigned long long)host,
	       (unsigned long long)guest);
	if (count <= 0)
		return -1;
	return (host & ~guest) & CR4_MCE;
}

TEST_F(registers, cr4_mce_is_the_hosts_for_a_raw_guest)
{
	/* It sets OSXSAVE alone. */
	ASSERT_EQ(0, start(&self->guest, registers_xcr0, registers_xcr0_end));
	ASSERT_TRUE(halted(&self->guest));
	EXPECT_EQ(0, missing_mce(self->teavmx, self->guest.vm.id,
				 self->guest.vcpu[0].id));
}

TEST_F(registers, cr4_mce_is_the_hosts_for_a_tea_guest)
{
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, machine_start(self->teavmx, 0, TEAVMX_BACKEND_VMX,
				   program_loop, sizeof(program_loop), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_RUNNING));
	usleep(200000);
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, vcpu.vm, vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_PAUSED));
	EXPECT_EQ(0, missing_mce(self->teavmx, vcpu.vm, vcpu.id));
	teavmx_vm_del(self->teavmx, vcpu.vm);
	teavmx_vcpu_clear(&vcpu);
}

TEST_HARNESS_MAIN
