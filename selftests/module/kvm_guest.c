// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm_guest ROUNDS: a guest of KVM, the other hypervisor. In 16-bit mode it
 * stirs and sums 48 KiB of its memory ROUNDS times. Whether it did so rightly,
 * undisturbed by other users of VMX on its CPU, is worked out here again.
 *
 * Exit status: 0 the sum and the memory are right, 1 they are not, 4 there is
 * no KVM.
 */
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#define NO_KVM		4
#define MEMORY		0x10000
#define CODE		0x1000
#define DATA		0x2000
#define WORDS		0x3000
#define RESULT_PORT	0x80
/* Interrupts on: some emulated hosts hold back theirs otherwise. */
#define RFLAGS		0x202

extern const char guest_code[], guest_code_end[];

/* In: EBX rounds, DX port. Out: EAX on the port. */
asm(".pushsection .rodata\n"
	".code16\n"
	"guest_code:\n\t"
	"xorl %eax, %eax\n"
	"1:\n\t"
	"movw $0x2000, %si\n\t"
	"movw $0x3000, %cx\n"
	"2:\n\t"
	"roll $1, %eax\n\t"
	"addl (%si), %eax\n\t"
	"movl %eax, (%si)\n\t"
	"addw $4, %si\n\t"
	"loop 2b\n\t"
	"decl %ebx\n\t"
	"jnz 1b\n\t"
	"outl %eax, %dx\n"
	"guest_code_end:\n"
	".code64\n"
	".popsection\n");

struct guest {
	int kvm;
	int vm;
	int vcpu;
	unsigned char *memory;
	struct kvm_run *run;
};

static void fill(uint32_t *words)
{
	uint32_t i;

	for (i = 0; i < WORDS; i++)
		words[i] = i * 2654435761u;
}

static uint32_t stir(uint32_t *words, uint32_t rounds)
{
	uint32_t sum = 0;
	uint32_t i;

	while (rounds--) {
		for (i = 0; i < WORDS; i++) {
			sum = (sum << 1 | sum >> 31) + words[i];
			words[i] = sum;
		}
	}
	return sum;
}

static void *map(size_t size, int flags, int fd)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (memory == MAP_FAILED)
		error(1, errno, "mmap");
	return memory;
}

static void make_vm(struct guest *guest)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };

	guest->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (guest->kvm < 0)
		error(NO_KVM, errno, "/dev/kvm");
	guest->vm = ioctl(guest->kvm, KVM_CREATE_VM, 0);
	if (guest->vm < 0)
		error(1, errno, "KVM_CREATE_VM");
	guest->memory = map(MEMORY, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	region.userspace_addr = (uintptr_t)guest->memory;
	if (ioctl(guest->vm, KVM_SET_USER_MEMORY_REGION, &region))
		error(1, errno, "KVM_SET_USER_MEMORY_REGION");
	memcpy(guest->memory + CODE, guest_code, guest_code_end - guest_code);
	fill((uint32_t *)(guest->memory + DATA));
}

static void make_vcpu(struct guest *guest, uint32_t rounds)
{
	struct kvm_regs regs = {
		.rip = CODE,
		.rflags = RFLAGS,
		.rbx = rounds,
		.rdx = RESULT_PORT,
	};
	struct kvm_sregs sregs;
	int size;

	guest->vcpu = ioctl(guest->vm, KVM_CREATE_VCPU, 0);
	if (guest->vcpu < 0)
		error(1, errno, "KVM_CREATE_VCPU");
	size = ioctl(guest->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size <= 0)
		error(1, errno, "KVM_GET_VCPU_MMAP_SIZE");
	guest->run = map((size_t)size, MAP_SHARED, guest->vcpu);
	if (ioctl(guest->vcpu, KVM_GET_SREGS, &sregs))
		error(1, errno, "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(guest->vcpu, KVM_SET_SREGS, &sregs) ||
	    ioctl(guest->vcpu, KVM_SET_REGS, &regs))
		error(1, errno, "setting registers");
}

/* Runs to the one OUT instruction. */
static uint32_t run(struct guest *guest)
{
	struct kvm_run *state = guest->run;
	uint32_t sum;

	while (ioctl(guest->vcpu, KVM_RUN, 0))
		if (errno != EINTR)
			error(1, errno, "KVM_RUN");
	if (state->exit_reason != KVM_EXIT_IO ||
	    state->io.port != RESULT_PORT || state->io.size != sizeof(sum))
		error(1, 0, "the guest stopped with KVM exit reason %u",
		      state->exit_reason);
	memcpy(&sum, (char *)state + state->io.data_offset, sizeof(sum));
	return sum;
}

int main(int argc, char **argv)
{
	static uint32_t words[WORDS];
	uint32_t rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	struct guest guest;
	uint32_t sum, wanted;

	if (!rounds)
		error(2, 0, "usage: kvm_guest ROUNDS");
	make_vm(&guest);
	make_vcpu(&guest, rounds);
	sum = run(&guest);
	fill(words);
	wanted = stir(words, rounds);
	if (sum != wanted)
		error(1, 0, "the sum is 0x%08x and not 0x%08x", sum, wanted);
	if (memcmp(words, guest.memory + DATA, sizeof(words)))
		error(1, 0, "the sum is right, the memory is not");
	printf("%u rounds, sum 0x%08x\n", rounds, sum);
	return 0;
}
