/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef POLICY_FIXTURE_H
#define POLICY_FIXTURE_H

/* What policy_test.c and emulate_test.c share: a raw VM, and how to query it. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uapi/regs.h>
#include <uapi/vmcs.h>
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
#define CR0_ET		0x10
#define CR4_DE		0x8
#define CR4_PAE		0x20
#define CR4_VMXE	0x2000
#define CR4_OSXSAVE	0x40000
#define RFLAGS_TF	0x100
#define RFLAGS_SET	0x202
#define RFLAGS_RF	0x10000
#define DR6_BS		0x4000
#define DR6_BD		0x2000
#define DR6_START	0xffff0ff0ULL
#define DR7_GD		0x2000
#define DEBUGCTL_BTF	2
#define BLOCKED_BY_MOV_SS 2

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

static inline int put(FIXTURE_DATA(policy) *self, uint64_t address,
		      const void *bytes, size_t size)
{
	return teavmx_mem_write(self->teavmx, self->vm.id, address, bytes,
				size);
}

static inline int set(FIXTURE_DATA(policy) *self, uint32_t number,
		      uint64_t value)
{
	const struct teavmx_register reg = { number, value };

	return teavmx_regs_set(self->teavmx, self->vm.id, self->vcpu.id, &reg,
			       1);
}

/* The registers at the last look() */
static inline uint64_t seen(FIXTURE_DATA(policy) *self, uint32_t number)
{
	return teavmx_reg_get(self->registers, self->count, number);
}

static inline uint64_t look(FIXTURE_DATA(policy) *self, uint32_t number)
{
	free(self->registers);
	self->registers = NULL;
	self->count = teavmx_regs_get(self->teavmx, self->vm.id, self->vcpu.id,
				      &self->registers);
	return self->count < 0 ? UINT64_MAX : seen(self, number);
}

static inline int go(FIXTURE_DATA(policy) *self, const struct teavmx_run *run)
{
	if (teavmx_vcpu_run_with(self->teavmx, self->vm.id, self->vcpu.id,
				 run)) {
		printf("# %s\n", teavmx_error(self->teavmx)->message);
		return -1;
	}
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, 10000, NULL, NULL,
				&self->exit);
}

/* Every vector has a handler that halts: where it halts shows the vector. */
static inline int write_handlers(FIXTURE_DATA(policy) *self, size_t gate_size,
				 uint64_t idt)
{
	/*
	 * With two CPUs, Bochs 3.0 saves the RIP of the instruction that faulted
	 * when the first instruction of the handler exits: NOP does not.
	 */
	static const uint8_t handler_code[] = { 0x90, 0xf4 };
	unsigned int i;

	for (i = 0; i < VECTORS; i++) {
		uint32_t handler = HANDLERS + i * HANDLER_SIZE;
		uint8_t gate[16] = {
			handler, handler >> 8, gate_size == 16 ? 24 : 8,
			[5] = 0x8e,
		};

		if (gate_size == 4)
			memset(gate + 2, 0, 2);
		if (put(self, handler, handler_code, sizeof(handler_code)) ||
		    put(self, idt + i * gate_size, gate, gate_size))
			return -1;
	}
	return 0;
}

/* Vector of what the last run ended with, 0 when it halted by itself, or -1 */
static inline int outcome(FIXTURE_DATA(policy) *self, int stop)
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

static inline int run_at(FIXTURE_DATA(policy) *self, uint64_t rip)
{
	const struct teavmx_register start[] = {
		{ TEAVMX_REG_RIP, rip }, { TEAVMX_REG_RSP, STACK },
		{ TEAVMX_REG_INTERRUPTIBILITY, 0 },
		{ TEAVMX_REG_PENDING_DEBUG, 0 },
	};

	if (teavmx_regs_set(self->teavmx, self->vm.id, self->vcpu.id, start,
			    COUNT(start))) {
		printf("# %s\n", teavmx_error(self->teavmx)->message);
		return -1;
	}
	return outcome(self, go(self, NULL));
}

/* Runs an instruction and HLT after it. */
static inline int run_bytes(FIXTURE_DATA(policy) *self, const void *bytes,
			    size_t size)
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

static inline int real_handlers(FIXTURE_DATA(policy) *self)
{
	return write_handlers(self, 4, 0);
}

static inline int write_tables(FIXTURE_DATA(policy) *self)
{
	static const uint64_t pdpt = DIRECTORY | 1, pml4 = PDPT_LONG | 3;
	static const uint64_t pdpt_long = DIRECTORY | 3, page = 0x83;

	return put(self, PDPT, &pdpt, 8) || put(self, PML4, &pml4, 8) ||
	       put(self, PDPT_LONG, &pdpt_long, 8) ||
	       put(self, DIRECTORY, &page, 8);
}

/* Continues until the guest reports that it arrived somewhere. */
static inline int travel(FIXTURE_DATA(policy) *self, enum stage to)
{
	const struct teavmx_run done = { .answered = true };
	const struct teavmx_run *run = NULL;
	enum stage stage;

	/* RESET leaves caches off, of which the stages know nothing. */
	if (write_tables(self) || set(self, TEAVMX_REG_CR0, CR0_ET) ||
	    put(self, TRIP, policy_trip, policy_trip_end - policy_trip) ||
	    set(self, TEAVMX_REG_RIP, TRIP) || set(self, TEAVMX_REG_RSP, STACK))
		return -1;
	for (stage = STAGE_PROTECTED; stage <= to; stage++) {
		if (go(self, run) != TEAVMX_STOP_EXIT ||
		    self->exit.reason != VMX_EXIT_IO_INSTRUCTION ||
		    (uint8_t)look(self, TEAVMX_REG_RAX) != stage) {
			printf("# stage %d: exit %u at %llx\n", stage,
			       self->exit.reason,
			       (unsigned long long)self->exit.rip);
			return -1;
		}
		run = &done;
	}
	return 0;
}

static inline int long_handlers(FIXTURE_DATA(policy) *self)
{
	return write_handlers(self, 16, IDT) ||
	       set(self, TEAVMX_REG_IDTR_BASE, IDT) ||
	       set(self, TEAVMX_REG_IDTR_LIMIT, VECTORS * 16 - 1);
}

static inline int cpuid(FIXTURE_DATA(policy) *self, uint32_t leaf,
			uint32_t subleaf)
{
	if (set(self, TEAVMX_REG_RAX, leaf) ||
	    set(self, TEAVMX_REG_RCX, subleaf))
		return -1;
	if (RUN(CPUID))
		return -1;
	look(self, TEAVMX_REG_RAX);
	return 0;
}

static inline int wrmsr(FIXTURE_DATA(policy) *self, uint32_t number,
			uint64_t value)
{
	if (set(self, TEAVMX_REG_RAX, (uint32_t)value) ||
	    set(self, TEAVMX_REG_RDX, value >> 32) ||
	    set(self, TEAVMX_REG_RCX, number))
		return -1;
	return RUN(WRMSR);
}

static inline int rdmsr(FIXTURE_DATA(policy) *self, uint32_t number,
			uint64_t *value)
{
	int vector;

	if (set(self, TEAVMX_REG_RCX, number))
		return -1;
	vector = RUN(RDMSR);
	*value = (uint32_t)look(self, TEAVMX_REG_RAX) |
		 seen(self, TEAVMX_REG_RDX) << 32;
	return vector;
}

#endif
