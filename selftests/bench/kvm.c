// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "bench.h"
#include "payloads.h"

#define CPUID_ENTRIES	100
#define REPEATS		40
#define ANSWERS		1000

struct kvm {
	int fd;
	int vm;
	int vcpu;
	int run_size;
	uint8_t *memory;
	struct kvm_run *run;
};

static int request(int fd, unsigned long number, const void *argument,
		   const char *name)
{
	int result = ioctl(fd, number, argument);

	if (result < 0)
		error(1, errno, "%s", name);
	return result;
}

#define REQUEST(fd, number, argument)					\
	request(fd, number, (const void *)(uintptr_t)(argument), #number)

static void *map(size_t size, int flags, int fd)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (memory == MAP_FAILED)
		error(1, errno, "mmap");
	return memory;
}

static void kvm_vm_new(struct kvm *kvm)
{
	const struct kvm_userspace_memory_region region = {
		.memory_size = PAYLOAD_RAM,
		.userspace_addr = (uintptr_t)kvm->memory,
	};

	kvm->vm = REQUEST(kvm->fd, KVM_CREATE_VM, 0);
	REQUEST(kvm->vm, KVM_SET_USER_MEMORY_REGION, &region);
	kvm->vcpu = REQUEST(kvm->vm, KVM_CREATE_VCPU, 0);
	kvm->run = map(kvm->run_size, MAP_SHARED, kvm->vcpu);
}

static void kvm_vm_free(struct kvm *kvm)
{
	munmap(kvm->run, kvm->run_size);
	close(kvm->vcpu);
	close(kvm->vm);
}

/* The guest's CPUID table is the one that KVM recommends. */
static void kvm_set_cpuid(const struct kvm *kvm)
{
	struct kvm_cpuid2 *table;

	table = calloc(1, sizeof(*table) +
		       CPUID_ENTRIES * sizeof(*table->entries));
	if (!table)
		error(1, errno, "CPUID table");
	table->nent = CPUID_ENTRIES;
	REQUEST(kvm->fd, KVM_GET_SUPPORTED_CPUID, table);
	REQUEST(kvm->vcpu, KVM_SET_CPUID2, table);
	free(table);
}

static void kvm_enter(const struct kvm *kvm, const uint8_t *code,
		      const uint8_t *end)
{
	const struct kvm_regs regs = { .rip = PAYLOAD_CODE, .rflags = 2 };
	struct kvm_sregs sregs;

	memcpy(kvm->memory + PAYLOAD_CODE, code, end - code);
	REQUEST(kvm->vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	REQUEST(kvm->vcpu, KVM_SET_SREGS, &sregs);
	REQUEST(kvm->vcpu, KVM_SET_REGS, &regs);
}

static void kvm_run(const struct kvm *kvm, uint32_t reason)
{
	while (ioctl(kvm->vcpu, KVM_RUN, 0))
		if (errno != EINTR)
			error(1, errno, "KVM_RUN");
	if (kvm->run->exit_reason != reason)
		error(1, 0, "the guest stopped with KVM exit reason %u",
		      kvm->run->exit_reason);
}

static void kvm_measure(const struct kvm *kvm, const struct payload *payload,
			struct series *series)
{
	uint32_t sample;
	unsigned int i;

	kvm_enter(kvm, payload->code, payload->end);
	kvm_run(kvm, KVM_EXIT_HLT);
	series->count = 0;
	for (i = 0; i < PAYLOAD_SAMPLES; i++) {
		memcpy(&sample, kvm->memory + PAYLOAD_DATA + i * sizeof(sample),
		       sizeof(sample));
		series_add(series, sample / PAYLOAD_EXITS);
	}
}

static void kvm_exits(const struct kvm *kvm)
{
	static struct series series;
	const struct payload *payload;
	uint64_t base;

	kvm_measure(kvm, &payload_empty, &series);
	base = series_minimum(&series);
	for (payload = payloads_both; payload->row; payload++) {
		kvm_measure(kvm, payload, &series);
		series_print(&series, payload->row, base);
	}
	kvm_measure(kvm, &payload_vmcall, &series);
	series_print(&series, payload_vmcall.row, base);
}

/* From one KVM_RUN that returns with an OUT to the next */
static void kvm_answer(const struct kvm *kvm)
{
	static struct series series;
	uint64_t last, now;
	unsigned int i;

	kvm_enter(kvm, payload_out, payload_out_end);
	kvm_run(kvm, KVM_EXIT_IO);
	last = __rdtsc();
	for (i = 0; i < ANSWERS; i++) {
		kvm_run(kvm, KVM_EXIT_IO);
		now = __rdtsc();
		series_add(&series, now - last);
		last = now;
	}
	series_print(&series, "out-answered", 0);
	/* It shares a page with each vCPU, so this is both rows. */
	series_print(&series, "out-page", 0);
}

static void kvm_life(struct kvm *kvm)
{
	static struct series created, first, destroyed, all;
	uint64_t begin;
	unsigned int i;

	for (i = 0; i < REPEATS; i++) {
		begin = __rdtsc();
		kvm_vm_new(kvm);
		series_add(&created, __rdtsc() - begin);
		kvm_enter(kvm, payload_out, payload_out_end);
		begin = __rdtsc();
		kvm_run(kvm, KVM_EXIT_IO);
		series_add(&first, __rdtsc() - begin);
		policy_set(SCHED_FIFO);
		begin = busy_begin();
		kvm_vm_free(kvm);
		series_add(&destroyed, __rdtsc() - begin);
		series_add(&all, busy_end(begin));
	}
	series_print(&created, "create", 0);
	series_print(&first, "first-exit", 0);
	series_print(&destroyed, "destroy-request", 0);
	series_print(&all, "destroy-all", 0);
}

static void kvm_request(const struct kvm *kvm)
{
	static struct series series;
	uint64_t begin;
	unsigned int i;

	for (i = 0; i < ANSWERS; i++) {
		begin = __rdtsc();
		REQUEST(kvm->fd, KVM_GET_API_VERSION, 0);
		series_add(&series, __rdtsc() - begin);
	}
	series_print(&series, "request", 0);
}

void kvm_bench(void)
{
	struct kvm kvm;

	kvm.fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm.fd < 0)
		error(1, errno, "/dev/kvm");
	kvm.run_size = REQUEST(kvm.fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	kvm.memory = map(PAYLOAD_RAM, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	kvm_vm_new(&kvm);
	kvm_set_cpuid(&kvm);
	kvm_exits(&kvm);
	kvm_answer(&kvm);
	kvm_vm_free(&kvm);
	kvm_life(&kvm);
	kvm_request(&kvm);
	close(kvm.fd);
}
