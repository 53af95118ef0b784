// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "selftest.h"

/*
 * A guest of KVM stops in the middle of a computation, and guests of teavmx run
 * on every CPU; then KVM's guest continues, and its result shows whether it was
 * disturbed.
 */

#define MEMORY		0x10000
#define CODE		0x1000
#define ROUNDS		50000
/*
 * IF is set, as some emulated hosts otherwise do not deliver their own
 * interrupts.
 */
#define RFLAGS		0x202

/*
 * ECX has the rounds that are left, EAX the sum; the payload repeats without
 * end.
 */
SELFTEST_PAYLOAD(code_kvm,
	".code16\n"
	"1:	mov	%ecx, %ebx\n"
	"2:	lea	1(%eax,%eax,2), %eax\n"
	"	dec	%ebx\n"
	"	jnz	2b\n"
	"	out	%eax, $0x80\n"
	"	jmp	1b");

struct kvm {
	int system;
	int vm;
	int vcpu;
	void *memory;
	struct kvm_run *run;
	size_t run_size;
};

static void *kvm_map(size_t size, int flags, int fd)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static bool set_registers(const struct kvm *kvm)
{
	const struct kvm_regs regs = {
		.rip = CODE, .rflags = RFLAGS, .rcx = ROUNDS,
	};
	struct kvm_sregs sregs;

	if (ioctl(kvm->vcpu, KVM_GET_SREGS, &sregs))
		return false;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	return !ioctl(kvm->vcpu, KVM_SET_SREGS, &sregs) &&
	       !ioctl(kvm->vcpu, KVM_SET_REGS, &regs);
}

/* After a failure kvm_close() releases what was created before it. */
static bool kvm_open(struct kvm *kvm)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };
	int size;

	kvm->vm = ioctl(kvm->system, KVM_CREATE_VM, 0);
	if (kvm->vm < 0)
		return false;
	kvm->memory = kvm_map(MEMORY, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (!kvm->memory)
		return false;
	memcpy((char *)kvm->memory + CODE, code_kvm, code_kvm_end - code_kvm);
	region.userspace_addr = (uintptr_t)kvm->memory;
	if (ioctl(kvm->vm, KVM_SET_USER_MEMORY_REGION, &region))
		return false;
	kvm->vcpu = ioctl(kvm->vm, KVM_CREATE_VCPU, 0);
	size = ioctl(kvm->system, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (kvm->vcpu < 0 || size <= 0)
		return false;
	kvm->run_size = (size_t)size;
	kvm->run = kvm_map(kvm->run_size, MAP_SHARED, kvm->vcpu);
	return kvm->run && set_registers(kvm);
}

static void kvm_close(struct kvm *kvm)
{
	if (kvm->run)
		munmap(kvm->run, kvm->run_size);
	if (kvm->vcpu >= 0)
		close(kvm->vcpu);
	if (kvm->vm >= 0)
		close(kvm->vm);
	if (kvm->memory)
		munmap(kvm->memory, MEMORY);
	close(kvm->system);
}

/*
 * Runs to the next OUT; returns false when the guest stops for another reason.
 */
static bool kvm_go(const struct kvm *kvm, uint32_t *sum)
{
	const struct kvm_run *state = kvm->run;

	while (ioctl(kvm->vcpu, KVM_RUN, 0))
		if (errno != EINTR && errno != EAGAIN)
			return false;
	if (state->exit_reason != KVM_EXIT_IO ||
	    state->io.size != sizeof(*sum))
		return false;
	memcpy(sum, (const char *)state + state->io.data_offset, sizeof(*sum));
	return true;
}

static uint32_t next_sum(uint32_t sum)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++)
		sum = 3 * sum + 1;
	return sum;
}

static const char name[] = "beside KVM";

static bool visit_cpus(struct selftest *test)
{
	uint32_t where;
	int i;

	for (i = 0; i < test->cpu_count; i++) {
		if (selftest_root_on(test, test->cpus[i].id, &where) < 0) {
			selftest_error(test, name);
			return false;
		}
	}
	return true;
}

static void run_beside(struct selftest *test, const struct kvm *kvm)
{
	uint32_t first = next_sum(0);
	uint32_t second = next_sum(first);
	uint32_t sum = 0;

	if (!kvm_go(kvm, &sum) || sum != first) {
		selftest_note(test, name, SELFTEST_FAIL,
			      "KVM's guest alone comes to 0x%08x and not 0x%08x",
			      sum, first);
		return;
	}
	if (!visit_cpus(test))
		return;
	if (!kvm_go(kvm, &sum) || sum != second)
		selftest_note(test, name, SELFTEST_FAIL,
			      "KVM's guest comes to 0x%08x and not 0x%08x", sum,
			      second);
	else
		selftest_note(test, name, SELFTEST_PASS,
			      "a guest of KVM went on undisturbed");
}

void selftest_kvm(struct selftest *test)
{
	struct kvm kvm = { .system = -1, .vm = -1, .vcpu = -1 };

	if (access("/sys/module/kvm_intel", F_OK)) {
		selftest_note(test, name, SELFTEST_SKIP,
			      "kvm_intel is not loaded");
		return;
	}
	kvm.system = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm.system < 0) {
		selftest_note(test, name, SELFTEST_SKIP, "/dev/kvm: %s",
			      strerror(errno));
		return;
	}
	if (kvm_open(&kvm))
		run_beside(test, &kvm);
	else
		selftest_note(test, name, SELFTEST_FAIL,
			      "KVM makes no guest: %s", strerror(errno));
	kvm_close(&kvm);
}
