// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/kvm.h>

#include "machine.h"

#define ENTRIES_MAX	256
#define LEAF1_X2APIC	0x200000u
#define LEAF1_DEADLINE	0x1000000u

struct guest {
	struct pc *pc;
	int kvm;
	int vm;
	int vcpu;
	struct kvm_run *run;
};

static int call(int fd, unsigned long request, const char *name, void *argument)
{
	int result = ioctl(fd, request, argument);

	if (result < 0)
		error(CANNOT_RUN, errno, "%s", name);
	return result;
}

#define CALL(fd, request, argument) \
	call(fd, request, #request, (void *)(uintptr_t)(argument))

static void *map(size_t size, int flags, int fd)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (memory == MAP_FAILED)
		error(CANNOT_RUN, errno, "mmap");
	return memory;
}

/* All that KVM offers, but for what the APIC of this machine does not have */
static void set_cpuid(struct guest *guest)
{
	struct kvm_cpuid2 *table;
	uint32_t i;

	table = calloc(1, sizeof(*table) + ENTRIES_MAX * sizeof(table->entries[0]));
	if (!table)
		error(CANNOT_RUN, errno, "CPUID");
	table->nent = ENTRIES_MAX;
	CALL(guest->kvm, KVM_GET_SUPPORTED_CPUID, table);
	for (i = 0; i < table->nent; i++)
		if (table->entries[i].function == 1)
			table->entries[i].ecx &= ~(LEAF1_X2APIC | LEAF1_DEADLINE);
	CALL(guest->vcpu, KVM_SET_CPUID2, table);
	free(table);
}

static void set_segment(struct kvm_segment *segment, uint16_t selector, uint8_t type)
{
	segment->base = 0;
	segment->limit = UINT32_MAX;
	segment->selector = selector;
	segment->type = type;
	segment->db = 1;
	segment->g = 1;
}

static void set_registers(struct guest *guest, uint32_t entry)
{
	struct kvm_regs regs = {
		.rax = MULTIBOOT_LOADED,
		.rbx = PC_INFO,
		.rip = entry,
		.rflags = 2,
	};
	struct kvm_sregs sregs;

	CALL(guest->vcpu, KVM_GET_SREGS, &sregs);
	set_segment(&sregs.cs, 0x08, 0xb);
	set_segment(&sregs.ds, 0x10, 0x3);
	set_segment(&sregs.es, 0x10, 0x3);
	set_segment(&sregs.fs, 0x10, 0x3);
	set_segment(&sregs.gs, 0x10, 0x3);
	set_segment(&sregs.ss, 0x10, 0x3);
	sregs.cr0 = 0x11;
	sregs.apic_base = APIC_BASE | 0x900;
	CALL(guest->vcpu, KVM_SET_SREGS, &sregs);
	CALL(guest->vcpu, KVM_SET_REGS, &regs);
}

static void guest_create(struct guest *guest, const char *path, char **arguments)
{
	struct kvm_userspace_memory_region region = { .memory_size = PC_RAM_SIZE };

	guest->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (guest->kvm < 0)
		error(CANNOT_RUN, errno, "/dev/kvm");
	guest->vm = CALL(guest->kvm, KVM_CREATE_VM, 0);
	guest->pc->ram = map(PC_RAM_SIZE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	region.userspace_addr = (uintptr_t)guest->pc->ram;
	CALL(guest->vm, KVM_SET_TSS_ADDR, 0xfffbd000);
	CALL(guest->vm, KVM_SET_USER_MEMORY_REGION, &region);
	guest->vcpu = CALL(guest->vm, KVM_CREATE_VCPU, 0);
	guest->run = map((size_t)CALL(guest->kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
			 MAP_SHARED, guest->vcpu);
	set_cpuid(guest);
	set_registers(guest, pc_load(guest->pc, path, arguments));
}

static bool answer_port(struct guest *guest)
{
	struct kvm_run *run = guest->run;
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	uint32_t i, value;
	bool on = true;

	for (i = 0; i < run->io.count && on; i++, data += run->io.size) {
		value = 0;
		if (run->io.direction == KVM_EXIT_IO_IN) {
			value = pc_in(guest->pc, 1, run->io.port, run->io.size);
			memcpy(data, &value, run->io.size);
		} else {
			memcpy(&value, data, run->io.size);
			on = pc_out(guest->pc, 1, run->io.port, run->io.size, value);
		}
	}
	return on;
}

static bool answer_memory(struct guest *guest)
{
	struct kvm_run *run = guest->run;
	struct teavmx_mmio mmio = {
		.address = run->mmio.phys_addr,
		.write = run->mmio.is_write,
		.size = run->mmio.len,
	};

	memcpy(&mmio.value, run->mmio.data, mmio.size);
	pc_memory(guest->pc, 1, &mmio);
	if (!mmio.write)
		memcpy(run->mmio.data, &mmio.value, mmio.size);
	return true;
}

/* Interrupts of the APIC, as far as the guest can receive them now */
static void interrupts_give(struct guest *guest)
{
	struct apic *apic = &guest->pc->apic;
	struct kvm_interrupt interrupt;
	int vector;

	if (apic->nmi)
		CALL(guest->vcpu, KVM_NMI, 0);
	apic->nmi = false;
	if (guest->run->ready_for_interrupt_injection) {
		vector = apic_accept(apic);
		interrupt.irq = (uint32_t)vector;
		if (vector >= 0)
			CALL(guest->vcpu, KVM_INTERRUPT, &interrupt);
	}
	guest->run->request_interrupt_window = apic_waiting(apic) >= 0;
}

static bool guest_answer(struct guest *guest)
{
	switch (guest->run->exit_reason) {
	case KVM_EXIT_IO:
		return answer_port(guest);
	case KVM_EXIT_MMIO:
		return answer_memory(guest);
	case KVM_EXIT_IRQ_WINDOW_OPEN:
	case KVM_EXIT_INTR:
		return true;
	case KVM_EXIT_HLT:
		return apic_waiting(&guest->pc->apic) >= 0;
	default:
		return false;
	}
}

void kvm_machine(struct pc *pc, const char *path, char **arguments)
{
	struct guest guest = { .pc = pc };
	bool on;

	guest_create(&guest, path, arguments);
	do {
		interrupts_give(&guest);
		if (ioctl(guest.vcpu, KVM_RUN, 0) && errno != EINTR)
			error(STUCK, errno, "KVM_RUN");
		on = guest_answer(&guest);
	} while (on);
	if (!pc->board.ended)
		error(STUCK, 0, "stopped: exit reason %u of KVM", guest.run->exit_reason);
}
