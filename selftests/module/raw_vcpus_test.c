// SPDX-License-Identifier: GPL-2.0-only
/* Several vCPUs of a raw VM: what they share, and what is theirs alone. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "expect.h"
#include "guest.h"

#include <uapi/vmcs.h>
#include <uapi/vmx_caps.h>

#define MEMORY		0x1000000
#define PAGE		4096
#define GIB		0x40000000ULL

FIXTURE(vcpus)
{
	struct teavmx *teavmx;
	struct guest guest;
};

FIXTURE_SETUP(vcpus)
{
	self->teavmx = machine_open();
	NEED_VMX(self->teavmx);
	ASSERT_EQ(0, guest_new(&self->guest, self->teavmx, MEMORY));
}

FIXTURE_TEARDOWN(vcpus)
{
	guest_free(&self->guest);
	teavmx_close(self->teavmx);
}

static int add(struct guest *guest, int count, enum teavmx_mode mode)
{
	while (count--)
		if (guest_add(guest, mode) < 0)
			return -1;
	return 0;
}

/* All begin together, so that they meet: each counts itself in and waits. */
#define WAIT_FOR_ALL							\
	"	lock incl	0x8000\n"				\
	"0:	pause\n"						\
	"	cmpl	$8, 0x8000\n"					\
	"	jne	0b\n"

#define COUNTS	"5000"

GUEST_PAYLOAD(code_count,
	".code16\n"
	WAIT_FOR_ALL
	"	mov	$" COUNTS ", %cx\n"
	"1:	lock incl	0x8004\n"
	"	loop	1b\n"
	"	hlt");

TEST_F(vcpus, eight_count_in_shared_memory)
{
	struct guest *guest = &self->guest;
	uint32_t i;

	ASSERT_EQ(0, guest_load(guest, code_count, code_count_end));
	ASSERT_EQ(0, add(guest, 8, TEAVMX_MODE_REAL));
	ASSERT_EQ(0, guest_start(guest));
	ASSERT_TRUE(guest_wait_all(guest));
	for (i = 0; i < 8; i++)
		EXPECT_EQ(1, guest_exits(guest, i, VMX_EXIT_HLT));
	EXPECT_EQ(8, guest_read32(guest, 0x8000));
	EXPECT_EQ(8 * atoi(COUNTS), guest_read32(guest, 0x8004));
}

#define ROUNDS	"40"

/* BX: whose turn it waits for. The other one's is the other bit. */
GUEST_PAYLOAD(code_token,
	".code16\n"
	"	mov	$" ROUNDS ", %cx\n"
	"1:	pause\n"
	"	cmp	%bx, 0x8000\n"
	"	jne	1b\n"
	"	incw	0x8004(,%ebx,4)\n"
	"	mov	%bx, %ax\n"
	"	xor	$1, %ax\n"
	"	mov	%ax, 0x8000\n"
	"	loop	1b\n"
	"	hlt");

TEST_F(vcpus, two_pass_a_token)
{
	struct guest *guest = &self->guest;

	ASSERT_EQ(0, guest_load(guest, code_token, code_token_end));
	ASSERT_EQ(0, add(guest, 2, TEAVMX_MODE_REAL));
	ASSERT_EQ(0, guest_set(guest, 0, TEAVMX_REG_RBX, 0));
	ASSERT_EQ(0, guest_set(guest, 1, TEAVMX_REG_RBX, 1));
	ASSERT_EQ(0, guest_start(guest));
	ASSERT_TRUE(guest_wait_all(guest));
	EXPECT_EQ(atoi(ROUNDS), guest_read32(guest, 0x8004));
	EXPECT_EQ(atoi(ROUNDS), guest_read32(guest, 0x8008));
	EXPECT_EQ(0, guest_read32(guest, 0x8000));
}

#define TOUCHED	"200"

/* The same pages in the same order, with a meeting before each. */
GUEST_PAYLOAD(code_touch,
	"	mov	$0x400000, %rbx\n"
	"	mov	$0, %ecx\n"
	"1:	add	$8, %ecx\n"
	"	lock incl	0x40000\n"
	"0:	pause\n"
	"	cmp	%ecx, 0x40000\n"
	"	jb	0b\n"
	"	lock incl	(%rbx)\n"
	"	add	$4096, %rbx\n"
	"	cmp	$8 * " TOUCHED ", %ecx\n"
	"	jb	1b\n"
	"	hlt");

TEST_F(vcpus, a_page_touched_by_several_is_one_page)
{
	struct guest *guest = &self->guest;
	uint64_t before;
	int i;

	ASSERT_EQ(0, guest_load(guest, code_touch, code_touch_end));
	ASSERT_EQ(0, add(guest, 8, TEAVMX_MODE_LONG));
	before = guest_used(guest);
	ASSERT_EQ(0, guest_start(guest));
	ASSERT_TRUE(guest_wait_all(guest));
	/* and the page of the meeting */
	EXPECT_EQ(before + (atoi(TOUCHED) + 1) * PAGE, guest_used(guest));
	for (i = 0; i < atoi(TOUCHED); i++)
		ASSERT_EQ(8, guest_read32(guest, 0x400000 + i * PAGE));
}

/* From RSI up to RDI, which it does not reach. */
GUEST_PAYLOAD(code_walk,
	"1:	mov	%rsi, (%rsi)\n"
	"	add	$4096, %rsi\n"
	"	cmp	%rdi, %rsi\n"
	"	jb	1b\n"
	"	hlt");

TEST_F(vcpus, a_gib_takes_only_what_is_touched)
{
	struct guest *guest = &self->guest;
	uint64_t before;

	ASSERT_EQ(0, guest_free(guest));
	ASSERT_EQ(0, guest_new(guest, self->teavmx, GIB));
	ASSERT_EQ(0, guest_load(guest, code_walk, code_walk_end));
	ASSERT_EQ(0, add(guest, 1, TEAVMX_MODE_LONG));
	before = guest_used(guest);
	EXPECT_GE(8 * PAGE, before);
	ASSERT_EQ(0, guest_set(guest, 0, TEAVMX_REG_RSI, GIB - 16 * PAGE));
	ASSERT_EQ(0, guest_set(guest, 0, TEAVMX_REG_RDI, GIB));
	ASSERT_EQ(0, guest_start(guest));
	ASSERT_TRUE(guest_wait_all(guest));
	EXPECT_EQ(1, guest_exits(guest, 0, VMX_EXIT_HLT));
	EXPECT_EQ(before + 16 * PAGE, guest_used(guest));
	EXPECT_EQ(GIB - PAGE, guest_read32(guest, GIB - PAGE));
	EXPECT_EQ(0, guest_read32(guest, GIB / 2));
	EXPECT_EQ(before + 16 * PAGE, guest_used(guest));
}

#define LIMIT		(32ULL << 20)
#define LIMITED_RAM	(256ULL << 20)

TEST_F(vcpus, pages_are_charged_to_the_creator)
{
	struct guest *guest = &self->guest;
	struct teavmx_record exit;
	uint8_t byte = 1;
	long long before;

	ASSERT_EQ(0, guest_free(guest));
	ASSERT_EQ(0, cgroup_make(LIMIT));
	before = cgroup_number(CGROUP "/memory.current", NULL);
	/* The creator of the VM is charged, wherever it is afterwards. */
	ASSERT_EQ(0, cgroup_put(CGROUP "/cgroup.procs", "0"));
	ASSERT_EQ(0, guest_new(guest, self->teavmx, LIMITED_RAM));
	ASSERT_EQ(0, cgroup_put(CGROUPS "/cgroup.procs", "0"));
	ASSERT_EQ(0, guest_load(guest, code_walk, code_walk_end));
	ASSERT_EQ(0, add(guest, 1, TEAVMX_MODE_LONG));
	ASSERT_EQ(0, guest_set(guest, 0, TEAVMX_REG_RSI, 0x100000));
	ASSERT_EQ(0, guest_set(guest, 0, TEAVMX_REG_RDI, LIMITED_RAM));
	ASSERT_EQ(0, guest_start(guest));
	ASSERT_TRUE(guest_wait_all(guest));

	EXPECT_EQ(0, guest_exits(guest, 0, VMX_EXIT_HLT));
	ASSERT_EQ(0, guest_last_exit(guest, 0, &exit));
	EXPECT_REASON(EPT_VIOLATION, exit.reason);
	EXPECT_EQ(guest_get(guest, 0, TEAVMX_REG_RSI), exit.guest_physical);
	EXPECT_LT(LIMIT * 3 / 4, guest_used(guest));
	EXPECT_GT(LIMIT, guest_used(guest));
	EXPECT_LT(LIMIT * 3 / 4, cgroup_number(CGROUP "/memory.current", NULL));
	EXPECT_EQ(0, cgroup_number(CGROUP "/memory.events", "oom_kill "));
	EXPECT_EQ(-1, teavmx_mem_write(self->teavmx, guest->vm.id,
				       LIMITED_RAM - PAGE, &byte, 1));
	EXPECT_ERROR(ENOMEM, self->teavmx);

	/* With more room it goes on where it was. */
	ASSERT_EQ(0, cgroup_put(CGROUP "/memory.max", "max"));
	ASSERT_EQ(0, guest_set(guest, 0, TEAVMX_REG_RDI, 0x3000000));
	ASSERT_EQ(0, guest_start(guest));
	ASSERT_TRUE(guest_wait_all(guest));
	EXPECT_EQ(1, guest_exits(guest, 0, VMX_EXIT_HLT));

	EXPECT_EQ(0, teavmx_vm_del(self->teavmx, guest->vm.id));
	EXPECT_TRUE(cgroup_falls_below(CGROUP "/memory.current",
				       before + (2 << 20)));
	ASSERT_EQ(0, guest_new(guest, self->teavmx, PAGE));
	cgroup_remove();
}

#define TABLES_LIMIT	0x100000ULL

/* A page in each 2 MiB, so that each needs a table of its own */
GUEST_PAYLOAD(code_stride,
	"1:	mov	%rsi, (%rsi)\n"
	"	add	$0x200000, %rsi\n"
	"	cmp	%rdi, %rsi\n"
	"	jb	1b\n"
	"	hlt");

TEST_F(vcpus, nobody_is_killed_for_a_guests_tables)
{
	struct guest *guest = &self->guest;
	const struct teavmx_breakpoint guard = {
		.kind = TEAVMX_BREAKPOINT_KIND_PAGE_WRITE,
		.address = 0x8000,
	};
	struct teavmx_record exit;
	unsigned int more;
	pid_t child;

	ASSERT_EQ(0, guest_free(guest));
	ASSERT_EQ(0, cgroup_make(TABLES_LIMIT));
	ASSERT_EQ(0, cgroup_put(CGROUP "/cgroup.procs", "0"));
	ASSERT_EQ(0, guest_new(guest, self->teavmx, GIB));
	ASSERT_EQ(0, cgroup_put(CGROUPS "/cgroup.procs", "0"));
	ASSERT_EQ(0, guest_load(guest, code_stride, code_stride_end));
	ASSERT_EQ(0, add(guest, 1, TEAVMX_MODE_LONG));
	/* From now on there are two sets of tables. */
	ASSERT_EQ(0, teavmx_break_set(self->teavmx, guest->vm.id,
				      guest->vcpu[0].id, &guard));
	child = cgroup_bystander();
	ASSERT_LT(0, child);
	ASSERT_EQ(0, guest_set(guest, 0, TEAVMX_REG_RSI, 0x200000));
	ASSERT_EQ(0, guest_set(guest, 0, TEAVMX_REG_RDI, GIB));
	/* So that the limit is met by the page and by either table */
	for (more = 0; more < 8; more++) {
		ASSERT_EQ(0, cgroup_limit(TABLES_LIMIT + more * PAGE));
		ASSERT_EQ(0, guest_start(guest));
		ASSERT_TRUE(guest_wait_all(guest));
		EXPECT_EQ(0, guest_exits(guest, 0, VMX_EXIT_HLT));
		ASSERT_EQ(0, guest_last_exit(guest, 0, &exit));
		EXPECT_REASON(EPT_VIOLATION, exit.reason);
	}
	EXPECT_EQ(0, cgroup_number(CGROUP "/memory.events", "oom_kill "));
	EXPECT_EQ(0, waitpid(child, NULL, WNOHANG));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);

	ASSERT_EQ(0, cgroup_put(CGROUP "/memory.max", "max"));
	ASSERT_EQ(0, guest_start(guest));
	ASSERT_TRUE(guest_wait_all(guest));
	EXPECT_EQ(1, guest_exits(guest, 0, VMX_EXIT_HLT));
	EXPECT_EQ(0, teavmx_vm_del(self->teavmx, guest->vm.id));
	ASSERT_EQ(0, guest_new(guest, self->teavmx, PAGE));
	cgroup_remove();
}

/* At the limit of its creator's cgroup, an entry that fails has no snapshot. */
TEST_F(vcpus, nobody_is_killed_for_a_snapshot)
{
	struct guest *guest = &self->guest;
	uint64_t address;
	uint8_t byte = 1;
	pid_t child;
	int i;

	ASSERT_EQ(0, guest_free(guest));
	ASSERT_EQ(0, cgroup_make(LIMIT / 2));
	ASSERT_EQ(0, cgroup_put(CGROUP "/cgroup.procs", "0"));
	ASSERT_EQ(0, guest_new(guest, self->teavmx, LIMITED_RAM));
	ASSERT_EQ(0, cgroup_put(CGROUPS "/cgroup.procs", "0"));
	ASSERT_EQ(0, add(guest, 1, TEAVMX_MODE_LONG));
	child = cgroup_bystander();
	ASSERT_LT(0, child);
	for (address = 0; address < LIMITED_RAM; address += PAGE)
		if (teavmx_mem_write(self->teavmx, guest->vm.id, address, &byte, 1))
			break;
	EXPECT_ERROR(ENOMEM, self->teavmx);
	ASSERT_EQ(0, guest_set(guest, 0, TEAVMX_REG_RFLAGS, 0));
	for (i = 0; i < 16; i++) {
		ASSERT_EQ(0, guest_start(guest));
		ASSERT_STOP(FAIL, guest_wait(guest, 0));
	}
	EXPECT_EQ(0, cgroup_number(CGROUP "/memory.events", "oom_kill "));
	EXPECT_EQ(0, waitpid(child, NULL, WNOHANG));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	EXPECT_EQ(0, teavmx_vm_del(self->teavmx, guest->vm.id));
	ASSERT_EQ(0, guest_new(guest, self->teavmx, PAGE));
	cgroup_remove();
}

/* What the last failed entry of each vCPU has shown */
struct vpids {
	uint64_t secondary;
	uint64_t vpid[2];
};

static void see_vpid(const struct teavmx_record *record, void *data)
{
	struct vpids *vpids = data;

	if (!record->snapshot)
		return;
	teavmx_snapshot_get(record->snapshot, TEAVMX_FACT_FIELD,
			    VMCS_FIELD_SECONDARY_CONTROLS, &vpids->secondary);
	teavmx_snapshot_get(record->snapshot, TEAVMX_FACT_FIELD,
			    VMCS_FIELD_VPID, &vpids->vpid[record->vcpu - 1]);
}

/* Their page tables differ, so one must not use cached translations of the other. */
TEST_F(vcpus, each_has_a_vpid_of_its_own)
{
	struct guest *guest = &self->guest;
	struct vpids vpids = { };
	struct teavmx_caps caps;
	uint64_t seq = 0, msr;
	int i;

	ASSERT_EQ(0, teavmx_caps_get(self->teavmx, 0, &caps));
	msr = teavmx_caps_msr(&caps, VMX_MSR_EPT_VPID_CAP)->value;
	if (!(msr >> VMX_EPT_VPID_INVVPID_SINGLE_BIT & 1))
		SKIP(return, "this CPU cannot invalidate one VPID");
	ASSERT_EQ(0, add(guest, 2, TEAVMX_MODE_LONG));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, guest_set(guest, i, TEAVMX_REG_RFLAGS, 0));
	ASSERT_EQ(0, guest_start(guest));
	for (i = 0; i < 2; i++)
		ASSERT_STOP(FAIL, guest_wait(guest, i));
	while (teavmx_event_get(self->teavmx, guest->vm.id, &seq, see_vpid,
				&vpids) > 0)
		;
	EXPECT_TRUE(vpids.secondary >> VMX_SECONDARY_ENABLE_VPID_BIT & 1);
	EXPECT_EQ(65535, vpids.vpid[0]);
	EXPECT_EQ(65534, vpids.vpid[1]);
}

GUEST_PAYLOAD(code_apic_id,
	"	mov	$1, %eax\n"
	"	cpuid\n"
	"	hlt");

/* CPUID announces 8 processors, however many there were before. */
TEST_F(vcpus, a_new_one_is_the_processor_that_an_old_one_was)
{
	struct guest *guest = &self->guest;
	int round;

	ASSERT_EQ(0, guest_load(guest, code_apic_id, code_apic_id_end));
	ASSERT_EQ(0, add(guest, 3, TEAVMX_MODE_LONG));
	for (round = 0; round < 8; round++) {
		ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, guest->vm.id,
					      guest->vcpu[1].id));
		ASSERT_EQ(0, machine_wait(self->teavmx, &guest->vcpu[1],
					  TEAVMX_VCPU_STATE_EXITED));
		teavmx_vcpu_clear(&guest->vcpu[1]);
		ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, guest->vm.id,
						 &guest->vcpu[1]));
		ASSERT_EQ(0, guest_enter(guest, 1, TEAVMX_MODE_LONG));
	}
	EXPECT_LT(8, guest->vcpu[1].id);
	ASSERT_EQ(0, guest_start(guest));
	ASSERT_TRUE(guest_wait_all(guest));
	for (round = 0; round < 3; round++)
		EXPECT_EQ(round,
			  guest_get(guest, round, TEAVMX_REG_RBX) >> 24 & 255);
}

GUEST_PAYLOAD(code_loop_or_apic_id,
	"	test	%edi, %edi\n"
	"1:	jnz	1b\n"
	"	mov	$1, %eax\n"
	"	cpuid\n"
	"	hlt");

/* One that ends while a new one is created gives its place to it, and its APIC ID. */
TEST_F(vcpus, a_new_one_when_an_old_one_is_about_to_end)
{
	struct guest *guest = &self->guest;
	struct teavmx_vcpu *last = &guest->vcpu[7];
	long long end = machine_ms() + 20000;
	int round, err;

	ASSERT_EQ(0, guest_load(guest, code_loop_or_apic_id, code_loop_or_apic_id_end));
	ASSERT_EQ(0, add(guest, 8, TEAVMX_MODE_LONG));
	for (round = 0; round < 8; round++) {
		ASSERT_EQ(0, guest_enter(guest, 7, TEAVMX_MODE_LONG));
		ASSERT_EQ(0, guest_set(guest, 7, TEAVMX_REG_RDI, 1));
		ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, guest->vm.id, last->id));
		ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, guest->vm.id, last->id));
		teavmx_vcpu_clear(last);
		do {
			err = teavmx_raw_vcpu_new(self->teavmx, guest->vm.id, last);
		} while (err && teavmx_error(self->teavmx)->error == EBUSY &&
			 machine_ms() < end);
		ASSERT_EQ(0, err);
		ASSERT_EQ(0, guest_enter(guest, 7, TEAVMX_MODE_LONG));
		ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, guest->vm.id, last->id));
		ASSERT_STOP(EXIT, guest_wait(guest, 7));
		ASSERT_EQ(7, guest_get(guest, 7, TEAVMX_REG_RBX) >> 24 & 255);
	}
}

TEST_HARNESS_MAIN
