// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshots of raw VMs: nothing of what follows one is visible after a reset, nor in
 * a clone, and the list of written pages is exact.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "snapshot_fixture.h"

TEST_F(snapshot, registers_are_as_they_were)
{
	struct guest *guest = &self->guest;
	struct registers first, second;

	ASSERT_EQ(0, PREPARE(LONG, code_state));
	ASSERT_STOP(EXIT, run(guest, 0, false));
	ASSERT_EQ(0, take(guest));
	first = read_registers(guest, 0);
	ASSERT_STOP(EXIT, run(guest, 0, true));
	second = read_registers(guest, 0);
	/* RBX, RSP, CR2, DR1, CR8, FPU and XMM registers, two MSRs */
	EXPECT_LT(9, compare_registers(first.list, first.count, second.list,
				       second.count));
	ASSERT_EQ(0, reset(guest));
	EXPECT_EQ(0, differ(guest, 0, &first));
	EXPECT_EQ(1, guest_read32(guest, DATA));
	/* It is paused for the same exit, which can be answered. */
	EXPECT_STOP(EXIT, guest_wait(guest, 0));
	ASSERT_STOP(EXIT, run(guest, 0, true));
	EXPECT_EQ(0, differ(guest, 0, &second));
	EXPECT_EQ(2, guest_read32(guest, DATA));
	free(first.list);
	free(second.list);
}

TEST_F(snapshot, a_vcpu_that_was_not_started_is_ready_again)
{
	struct guest *guest = &self->guest;
	struct registers first;
	int i;

	ASSERT_EQ(0, PREPARE(LONG, code_state));
	ASSERT_EQ(0, take(guest));
	first = read_registers(guest, 0);
	for (i = 0; i < 3; i++) {
		ASSERT_STOP(EXIT, run(guest, 0, false));
		ASSERT_STOP(EXIT, run(guest, 0, true));
		ASSERT_EQ(0, reset(guest));
		ASSERT_EQ(0, teavmx_vcpu_get(self->teavmx, guest->vm.id,
					     guest->vcpu[0].id,
					     &guest->vcpu[0]));
		EXPECT_STATE(READY, guest->vcpu[0].state);
		EXPECT_EQ(0, differ(guest, 0, &first));
	}
	free(first.list);
}

GUEST_PAYLOAD(code_input,
	".code16\n"
	"	in	$0x80, %al\n"
	"	hlt");

/* The two exits differ in reason and in the length of the instruction. */
TEST_F(snapshot, the_exit_to_be_answered_is_as_it_was)
{
	struct guest *guest = &self->guest;
	struct teavmx_run how = { .answered = true };

	ASSERT_EQ(0, PREPARE(REAL, code_input));
	ASSERT_STOP(EXIT, run(guest, 0, false));
	ASSERT_EQ(0, take(guest));
	for (how.answer = 0x41; how.answer < 0x44; how.answer++) {
		ASSERT_EQ(0, teavmx_vcpu_run_with(self->teavmx, guest->vm.id,
						  guest->vcpu[0].id, &how));
		ASSERT_STOP(EXIT, guest_wait(guest, 0));
		EXPECT_EQ(how.answer, guest_get(guest, 0, TEAVMX_REG_RAX) & 0xff);
		EXPECT_EQ(GUEST_CODE + 2, guest_get(guest, 0, TEAVMX_REG_RIP));
		ASSERT_EQ(0, reset(guest));
	}
}

static uint64_t read_clock(struct guest *guest)
{
	if (guest_set(guest, 0, TEAVMX_REG_RIP, OTHER_CODE) ||
	    run(guest, 0, false) != TEAVMX_STOP_EXIT)
		return 0;
	return guest_get(guest, 0, TEAVMX_REG_RDX) << 32 |
	       guest_get(guest, 0, TEAVMX_REG_RAX);
}

TEST_F(snapshot, the_tsc_and_added_msrs_are_as_they_were)
{
	const struct teavmx_register msr = { KEPT_MSR, 7 };
	struct guest *guest = &self->guest;
	uint64_t before, after;

	ASSERT_EQ(0, PREPARE(REAL, code_clock));
	ASSERT_EQ(0, put(guest, OTHER_CODE, PAYLOAD(code_read_clock)));
	ASSERT_EQ(0, teavmx_msr_keep(self->teavmx, guest->vm.id, &msr, 1));
	before = read_clock(guest);
	EXPECT_EQ(7, guest_get(guest, 0, TEAVMX_REG_RBX));
	ASSERT_EQ(0, guest_set(guest, 0, TEAVMX_REG_RIP, GUEST_CODE));
	ASSERT_STOP(EXIT, run(guest, 0, false));
	ASSERT_EQ(0, take(guest));
	ASSERT_STOP(EXIT, run(guest, 0, true));
	EXPECT_LT(1ULL << 51, read_clock(guest));
	EXPECT_EQ(0, guest_get(guest, 0, TEAVMX_REG_RBX));
	ASSERT_EQ(0, reset(guest));
	after = read_clock(guest);
	EXPECT_EQ(7, guest_get(guest, 0, TEAVMX_REG_RBX));
	EXPECT_LT(before, after);
	EXPECT_GT(1ULL << 51, after);
}

TEST_F(snapshot, events_that_wait_are_as_they_were)
{
	const struct teavmx_inject event = {
		.vector = 0x20, .type = VMX_INTR_TYPE_EXTERNAL_INTERRUPT,
	};
	struct guest *guest = &self->guest;
	uint32_t vm = guest->vm.id;

	ASSERT_EQ(0, PREPARE(REAL, code_clock));
	EXPECT_EQ(1, teavmx_inject(self->teavmx, vm, 1, &event));
	ASSERT_EQ(0, take(guest));
	EXPECT_EQ(2, teavmx_inject(self->teavmx, vm, 1, &event));
	EXPECT_EQ(3, teavmx_inject(self->teavmx, vm, 1, &event));
	ASSERT_EQ(0, reset(guest));
	EXPECT_EQ(2, teavmx_inject(self->teavmx, vm, 1, &event));
}

TEST_F(snapshot, written_pages_are_listed_exactly)
{
	struct guest *guest = &self->guest;
	uint8_t byte = 0;
	int i;

	ASSERT_EQ(0, PREPARE(REAL, code_write));
	/* Two of the pages have memory before. */
	ASSERT_EQ(0, put32(guest, DATA + 0x2000, 0x12345678));
	ASSERT_EQ(0, put32(guest, DATA + 0x1000, 0x12345678));
	ASSERT_EQ(0, take(guest));
	EXPECT_TRUE(dirty_is(guest, NULL, 0));
	for (i = 0; i < 3; i++) {
		ASSERT_STOP(EXIT, run(guest, 0, false));
		EXPECT_TRUE(DIRTY_IS(guest, 0x40000, 0x42000, 0x44000, 0x45000,
				     0x9f000));
		ASSERT_EQ(0, teavmx_mem_read(self->teavmx, guest->vm.id,
					     0x70000, &byte, 1));
		ASSERT_EQ(0, put(guest, 0x50fff, "xy", 2));
		ASSERT_EQ(0, put(guest, MEMORY - 1, "z", 1));
		EXPECT_TRUE(DIRTY_IS(guest, 0x40000, 0x42000, 0x44000, 0x45000,
				     0x50000, 0x51000, 0x9f000,
				     MEMORY - PAGE));
		ASSERT_EQ(0, reset(guest));
		EXPECT_TRUE(dirty_is(guest, NULL, 0));
		EXPECT_EQ(0x12345678, guest_read32(guest, DATA + 0x2000));
		EXPECT_EQ(0, guest_read32(guest, DATA));
		EXPECT_EQ(0, guest_read32(guest, MEMORY - 4));
	}
}

#define LOGGED	0x10000

#define KVM_REQUEST(fd, number, argument) \
	ioctl(fd, number, (uintptr_t)(argument))

/* Runs the code until HLT in real mode; returns 0 or -1. */
static int kvm_run(int kvm, int vm)
{
	const struct kvm_regs regs = { .rip = GUEST_CODE, .rflags = 2 };
	int vcpu = KVM_REQUEST(vm, KVM_CREATE_VCPU, 0);
	int size = KVM_REQUEST(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	struct kvm_sregs sregs;
	struct kvm_run *run;
	int err;

	run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED || KVM_REQUEST(vcpu, KVM_GET_SREGS, &sregs))
		return -1;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (KVM_REQUEST(vcpu, KVM_SET_SREGS, &sregs) ||
	    KVM_REQUEST(vcpu, KVM_SET_REGS, &regs))
		return -1;
	do {
		err = KVM_REQUEST(vcpu, KVM_RUN, 0);
	} while (err && errno == EINTR);
	if (!err && run->exit_reason != KVM_EXIT_HLT)
		err = -1;
	munmap(run, size);
	close(vcpu);
	return err;
}

/*
 * The pages that KVM has seen written, a bit for each from LOGGED on; -1 without KVM.
 * KVM also counts a page that is only executed, if the host can write to it, so that
 * of the code is in a slot of its own.
 */
static int kvm_written(int kvm, const uint8_t *code, size_t size,
		       uint64_t *bits)
{
	int vm = kvm < 0 ? -1 : KVM_REQUEST(kvm, KVM_CREATE_VM, 0);
	struct kvm_userspace_memory_region code_slot = { .memory_size = LOGGED };
	struct kvm_userspace_memory_region data_slot = {
		.slot = 1, .flags = KVM_MEM_LOG_DIRTY_PAGES,
		.guest_phys_addr = LOGGED, .memory_size = MEMORY - LOGGED,
	};
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = bits };
	uint8_t *ram = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err;

	if (vm < 0 || ram == MAP_FAILED)
		return -1;
	memcpy(ram + GUEST_CODE, code, size);
	code_slot.userspace_addr = (uintptr_t)ram;
	data_slot.userspace_addr = (uintptr_t)ram + LOGGED;
	err = KVM_REQUEST(vm, KVM_SET_USER_MEMORY_REGION, &code_slot) ||
	      KVM_REQUEST(vm, KVM_SET_USER_MEMORY_REGION, &data_slot) ||
	      kvm_run(kvm, vm) || KVM_REQUEST(vm, KVM_GET_DIRTY_LOG, &log);
	close(vm);
	munmap(ram, MEMORY);
	return err;
}

/* KVM has another implementation of the same list. */
TEST_F_TIMEOUT(snapshot, kvm_lists_the_same_pages, 300)
{
	bool loaded = !access("/dev/kvm", F_OK);
	struct guest *guest = &self->guest;
	uint64_t bits[FRAMES / 64] = { };
	uint64_t pages[FRAMES];
	int kvm, err, i;
	int count = 0;

	if (!loaded && system("modprobe -q kvm_intel"))
		SKIP(return, "there is no KVM");
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	err = kvm_written(kvm, PAYLOAD(code_write), bits);
	close(kvm);
	if (!loaded)
		EXPECT_EQ(0, system("modprobe -q -r kvm_intel"));
	ASSERT_EQ(0, err);
	for (i = 0; i < FRAMES; i++)
		if (bits[i / 64] >> i % 64 & 1)
			pages[count++] = LOGGED + (uint64_t)i * PAGE;
	EXPECT_EQ(5, count);
	ASSERT_EQ(0, PREPARE(REAL, code_write));
	ASSERT_EQ(0, take(guest));
	ASSERT_STOP(EXIT, run(guest, 0, false));
	EXPECT_TRUE(dirty_is(guest, pages, count));
}

static size_t count_pattern(const uint8_t *ram)
{
	size_t count = 0, i;

	for (i = 0; i < MEMORY; i++)
		count += ram[i] == PATTERN;
	return count;
}

TEST_F(snapshot, nothing_of_a_run_is_visible_in_the_next)
{
	const uint64_t filled = MEMORY - PAGE;
	struct guest *guest = &self->guest;
	uint8_t *before, *after;

	ASSERT_EQ(0, PREPARE(REAL, code_sweep));
	ASSERT_EQ(0, put32(guest, DATA, 0x12345678));
	ASSERT_EQ(0, take(guest));
	before = all_ram(guest);
	ASSERT_EQ(0, sweep(guest, 1));
	after = all_ram(guest);
	EXPECT_LE(filled, count_pattern(after));
	free(after);
	/* The guest finds what was left. */
	ASSERT_EQ(0, sweep(guest, 0));
	EXPECT_EQ(filled, guest_get(guest, 0, TEAVMX_REG_RBP));
	ASSERT_EQ(0, reset(guest));
	after = all_ram(guest);
	EXPECT_EQ(0, memcmp(before, after, MEMORY));
	ASSERT_EQ(0, sweep(guest, 0));
	EXPECT_EQ(0, guest_get(guest, 0, TEAVMX_REG_RBP));
	free(after);
	free(before);
}

TEST_F(snapshot, memory_stays_the_same_from_cycle_to_cycle)
{
	struct guest *guest = &self->guest;
	uint64_t used;
	int i;

	ASSERT_EQ(0, PREPARE(REAL, code_sweep));
	ASSERT_EQ(0, take(guest));
	ASSERT_EQ(0, sweep(guest, 1));
	used = guest_used(guest);
	/* The snapshot has the page of the code, and perhaps one of the mode. */
	EXPECT_LE(MEMORY, used);
	EXPECT_GE(MEMORY + 2 * PAGE, used);
	for (i = 0; i < CYCLES; i++) {
		ASSERT_EQ(0, reset(guest));
		ASSERT_EQ(0, put32(guest, DATA + i * PAGE, i));
	}
	EXPECT_EQ(used, guest_used(guest));
	for (i = 0; i < CYCLES; i++) {
		ASSERT_EQ(0, take(guest));
		ASSERT_EQ(0, put32(guest, DATA, i));
	}
	EXPECT_EQ(MEMORY + PAGE, guest_used(guest));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, guest->vm.id));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

TEST_F(snapshot, a_new_snapshot_has_what_was_written_since_the_last)
{
	struct guest *guest = &self->guest;

	ASSERT_EQ(0, PREPARE(REAL, code_write));
	ASSERT_EQ(0, put32(guest, DATA, 1));
	ASSERT_EQ(0, put32(guest, DATA + PAGE, 1));
	ASSERT_EQ(0, take(guest));
	ASSERT_EQ(0, put32(guest, DATA + PAGE, 2));
	ASSERT_EQ(0, put32(guest, DATA + 2 * PAGE, 2));
	ASSERT_EQ(0, take(guest));
	EXPECT_TRUE(dirty_is(guest, NULL, 0));
	ASSERT_EQ(0, put32(guest, DATA, 3));
	ASSERT_EQ(0, put32(guest, DATA + PAGE, 3));
	ASSERT_EQ(0, put32(guest, DATA + 2 * PAGE, 3));
	ASSERT_EQ(0, put32(guest, DATA + 3 * PAGE, 3));
	ASSERT_EQ(0, reset(guest));
	EXPECT_EQ(1, guest_read32(guest, DATA));
	EXPECT_EQ(2, guest_read32(guest, DATA + PAGE));
	EXPECT_EQ(2, guest_read32(guest, DATA + 2 * PAGE));
	EXPECT_EQ(0, guest_read32(guest, DATA + 3 * PAGE));
}

#define ROUNDS	"20"

/*
 * Two vCPUs: that with EBX 0 writes the data and then the flag, each time in a page
 * of the snapshot, which the other one has read before. The other one counts how
 * often it sees the flag before the data.
 */
GUEST_PAYLOAD(code_order,
	"	mov	$1, %ecx\n"
	"	mov	$0x50000, %esi\n"
	"1:	mov	(%esi), %eax\n"
	"	test	%ebx, %ebx\n"
	"	jz	3f\n"
	"	lock incl	0x41000\n"
	"2:	pause\n"
	"	cmp	%ecx, 0x40000\n"
	"	jne	2b\n"
	"	cmp	%ecx, (%esi)\n"
	"	je	5f\n"
	"	incl	0x42000\n"
	"	jmp	5f\n"
	"3:	pause\n"
	"	cmp	%ecx, 0x41000\n"
	"	jne	3b\n"
	"	mov	%ecx, (%esi)\n"
	"	mov	%ecx, 0x40000\n"
	"5:	add	$0x1000, %esi\n"
	"	inc	%ecx\n"
	"	cmp	$" ROUNDS ", %ecx\n"
	"	jbe	1b\n"
	"	hlt");

TEST_F(snapshot, writes_are_seen_in_their_order_by_other_vcpus)
{
	struct guest *guest = &self->guest;
	int page, round;

	ASSERT_EQ(0, PREPARE(LONG, code_order));
	ASSERT_LE(0, guest_add(guest, TEAVMX_MODE_LONG));
	for (round = 0; round < 3; round++) {
		for (page = 0; page < 0x20; page++)
			ASSERT_EQ(0, put32(guest, DATA + page * PAGE, 0));
		ASSERT_EQ(0, guest_set(guest, 1, TEAVMX_REG_RBX, 1));
		ASSERT_EQ(0, take(guest));
		ASSERT_EQ(0, guest_start(guest));
		ASSERT_TRUE(guest_wait_all(guest));
		EXPECT_EQ(0, guest_read32(guest, 0x42000));
		EXPECT_EQ(atoi(ROUNDS), guest_read32(guest, DATA));
		ASSERT_EQ(0, reset(guest));
		EXPECT_EQ(0, guest_read32(guest, DATA));
		EXPECT_EQ(0, guest_get(guest, 0, TEAVMX_REG_RBX));
		EXPECT_EQ(1, guest_get(guest, 1, TEAVMX_REG_RBX));
	}
}

TEST_F(snapshot, violations_by_a_snapshot_are_not_for_the_host_program)
{
	uint8_t reasons[TEAVMX_HOST_REASONS_SIZE] = { };
	struct guest *guest = &self->guest;
	struct teavmx_record exit;

	reasons[VMX_EXIT_EPT_VIOLATION / 8] |= 1 << VMX_EXIT_EPT_VIOLATION % 8;
	reasons[VMX_EXIT_HLT / 8] |= 1 << VMX_EXIT_HLT % 8;
	ASSERT_EQ(0, PREPARE(REAL, code_write));
	ASSERT_EQ(0, put32(guest, DATA, 1));
	ASSERT_EQ(0, take(guest));
	ASSERT_EQ(0, teavmx_host_reasons(self->teavmx, guest->vm.id, reasons));
	/* The second page that it accesses has no memory. */
	ASSERT_STOP(EXIT, run(guest, 0, false));
	ASSERT_EQ(0, guest_last_exit(guest, 0, &exit));
	EXPECT_REASON(EPT_VIOLATION, exit.reason);
	EXPECT_EQ(DATA + 0x1000, exit.guest_physical);
	EXPECT_TRUE(DIRTY_IS(guest, DATA));
}

TEST_F(snapshot, breakpoints_at_pages_are_hit_as_without)
{
	const struct teavmx_breakpoint one = {
		.kind = TEAVMX_BREAKPOINT_KIND_PAGE_WRITE,
		.address = DATA + 0x2000,
	};
	struct guest *guest = &self->guest;
	int i;

	ASSERT_EQ(0, PREPARE(REAL, code_write));
	ASSERT_EQ(0, put32(guest, DATA + 0x2000, 1));
	ASSERT_EQ(0, take(guest));
	ASSERT_EQ(0, teavmx_break_set(self->teavmx, guest->vm.id, 1, &one)) {
		TH_LOG("%s", teavmx_error(self->teavmx)->message);
	}
	for (i = 0; i < 2; i++) {
		ASSERT_STOP(BREAKPOINT, run(guest, 0, false));
		EXPECT_TRUE(DIRTY_IS(guest, DATA));
		ASSERT_STOP(EXIT, run(guest, 0, false));
		EXPECT_TRUE(DIRTY_IS(guest, 0x40000, 0x42000, 0x44000, 0x45000,
				     0x9f000));
		ASSERT_EQ(0, reset(guest));
	}
}

TEST_F(snapshot, requests_are_refused_by_name)
{
	struct guest *guest = &self->guest;
	struct teavmx_vm tea, clone;
	uint64_t *pages;

	ASSERT_EQ(0, PREPARE(REAL, code_write));
	ASSERT_EQ(-1, reset(guest));
	EXPECT_REFUSED(ENOENT, self->teavmx, "no snapshot");
	ASSERT_EQ(-1, teavmx_vm_clone(self->teavmx, guest->vm.id, 0, &clone));
	EXPECT_REFUSED(ENOENT, self->teavmx, "no snapshot");
	ASSERT_EQ(-1, teavmx_dirty_list(self->teavmx, guest->vm.id, &pages));
	EXPECT_REFUSED(ENOENT, self->teavmx, "no snapshot");
	ASSERT_EQ(0, take(guest));
	ASSERT_LE(0, guest_add(guest, TEAVMX_MODE_REAL));
	ASSERT_EQ(-1, reset(guest));
	EXPECT_REFUSED(EBUSY, self->teavmx, "the snapshot lacks");
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, guest->vm.id,
				      guest->vcpu[1].id));
	ASSERT_EQ(0, reset(guest));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, guest->vm.id,
				      guest->vcpu[0].id));
	ASSERT_EQ(-1, reset(guest));
	EXPECT_REFUSED(ESRCH, self->teavmx, "has exited");
	ASSERT_EQ(-1, teavmx_vm_clone(self->teavmx, guest->vm.id,
				      TEAVMX_VM_FLAGS_HOST_PORTS, &clone));
	EXPECT_REFUSED(EINVAL, self->teavmx, "no TEA ports");
	ASSERT_EQ(0, teavmx_vm_clone(self->teavmx, guest->vm.id, 0, &clone));
	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &tea));
	ASSERT_EQ(-1, teavmx_vm_snapshot(self->teavmx, tea.id));
	EXPECT_REFUSED(EINVAL, self->teavmx, "not a raw one");
	ASSERT_EQ(-1, teavmx_vm_snapshot(self->teavmx, tea.id + 1));
	EXPECT_REFUSED(ENOENT, self->teavmx, "no VM");
}

GUEST_PAYLOAD(code_spin, "1:	jmp	1b");

TEST_F(snapshot, a_vcpu_that_runs_must_be_paused_first)
{
	struct guest *guest = &self->guest;

	ASSERT_EQ(0, PREPARE(LONG, code_spin));
	ASSERT_EQ(0, take(guest));
	ASSERT_EQ(0, guest_start(guest));
	ASSERT_EQ(-1, take(guest));
	EXPECT_REFUSED(EBUSY, self->teavmx, "pause it first");
	ASSERT_EQ(-1, reset(guest));
	EXPECT_REFUSED(EBUSY, self->teavmx, "pause it first");
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, guest->vm.id,
				       guest->vcpu[0].id));
	ASSERT_STOP(REQUEST, guest_wait(guest, 0));
	ASSERT_EQ(0, take(guest));
	ASSERT_EQ(0, reset(guest));
}

TEST_HARNESS_MAIN
