// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest of KVM that no processor enters: in protected mode its CS is a data
 * segment. KVM lets it be set, and with emulate_invalid_guest_state=0 and
 * unrestricted_guest=0 it tries the entry and logs the VMCS.
 *
 * Exit status: 0 the entry failed, 1 it did not, 4 there is no KVM.
 */
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#define NO_KVM		4
#define MEMORY		0x10000
#define TSS_ADDRESS	0xfffbd000
#define CR0_PE		1
#define TYPE_DATA	3
#define TYPE_TSS_BUSY	11

/* A flat segment of 4 GiB for protected mode */
static void make_flat(struct kvm_segment *segment, uint8_t type)
{
	segment->base = 0;
	segment->limit = 0xffffffff;
	segment->selector = 8;
	segment->type = type;
	segment->present = 1;
	segment->dpl = 0;
	segment->db = 1;
	segment->s = 1;
	segment->l = 0;
	segment->g = 1;
}

static void break_registers(int vcpu)
{
	struct kvm_regs regs = { .rip = 0x1000, .rflags = 2 };
	struct kvm_sregs sregs;

	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		error(1, errno, "KVM_GET_SREGS");
	sregs.cr0 |= CR0_PE;
	make_flat(&sregs.cs, TYPE_DATA);
	make_flat(&sregs.ss, TYPE_DATA);
	make_flat(&sregs.ds, TYPE_DATA);
	make_flat(&sregs.es, TYPE_DATA);
	make_flat(&sregs.fs, TYPE_DATA);
	make_flat(&sregs.gs, TYPE_DATA);
	sregs.tr.type = TYPE_TSS_BUSY;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) ||
	    ioctl(vcpu, KVM_SET_REGS, &regs))
		error(1, errno, "setting registers");
}

static void add_memory(int vm)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };
	void *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		error(1, errno, "mmap");
	region.userspace_addr = (uintptr_t)memory;
	/* Without unrestricted guests KVM needs three pages for real mode. */
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) ||
	    ioctl(vm, KVM_SET_TSS_ADDR, TSS_ADDRESS))
		error(1, errno, "memory of the guest");
}

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	struct kvm_run *state;
	int vm, vcpu, size;

	if (kvm < 0)
		error(NO_KVM, errno, "/dev/kvm");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (vm < 0 || size <= 0)
		error(1, errno, "KVM_CREATE_VM");
	add_memory(vm);
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0)
		error(1, errno, "KVM_CREATE_VCPU");
	state = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED,
		     vcpu, 0);
	if (state == MAP_FAILED)
		error(1, errno, "mmap");
	break_registers(vcpu);
	if (ioctl(vcpu, KVM_RUN, 0))
		error(1, errno, "KVM_RUN");
	if (state->exit_reason != KVM_EXIT_FAIL_ENTRY)
		error(1, 0, "KVM exit reason %u", state->exit_reason);
	printf("the entry failed: 0x%llx\n",
	       (unsigned long long)state->fail_entry.hardware_entry_failure_reason);
	return 0;
}
