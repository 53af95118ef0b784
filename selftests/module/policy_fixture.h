/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef POLICY_FIXTURE_H
#define POLICY_FIXTURE_H

/* A raw VM whose guest runs snippets of code: the handler it reaches is known. */
#define RAW_FIXTURE	policy
#define RAW_MEMORY	0x200000
#define RAW_PATIENCE_MS	10000

#include "policy_guest.h"
#include "raw_fixture.h"

/* Places in the RAM */
#define MEMORY		RAW_MEMORY
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

/* Every vector has a handler that halts: the address of the HLT shows the vector. */
static inline int write_handlers(struct raw_data *self, size_t gate_size,
				 uint64_t idt)
{
	/*
	 * With two CPUs, Bochs 3.0 saves the RIP of the instruction that faulted
	 * when the first instruction of the handler exits: NOP does not.
	 */
	const struct snippet code = SNIPPET(16, "nop; hlt");
	unsigned int i;

	for (i = 0; i < VECTORS; i++) {
		uint32_t handler = HANDLERS + i * HANDLER_SIZE;
		uint8_t gate[16] = {
			handler, handler >> 8, gate_size == 16 ? 24 : 8,
			[5] = 0x8e,
		};

		if (gate_size == 4)
			memset(gate + 2, 0, 2);
		if (raw_put(self, handler, code.bytes, code.size) ||
		    raw_put(self, idt + i * gate_size, gate, gate_size))
			return -1;
	}
	return 0;
}

/* Vector of what the last run ended with, 0 when it halted by itself, or -1 */
static inline int outcome(struct raw_data *self, int stop)
{
	uint64_t rip = self->exit.rip;

	if (stop != TEAVMX_STOP_EXIT || self->exit.reason != VMX_EXIT_HLT) {
		printf("# stop: %s, exit: %s at %llx\n", expect_stop(stop),
		       expect_reason(self->exit.reason),
		       (unsigned long long)rip);
		return -1;
	}
	if (rip < HANDLERS || rip >= HANDLERS + VECTORS * HANDLER_SIZE)
		return 0;
	return (rip - HANDLERS) / HANDLER_SIZE;
}

static inline int run_at(struct raw_data *self, uint64_t rip)
{
	const struct teavmx_register start[] = {
		{ TEAVMX_REG_RIP, rip }, { TEAVMX_REG_RSP, STACK },
		{ TEAVMX_REG_INTERRUPTIBILITY, 0 }, { TEAVMX_REG_PENDING_DEBUG, 0 },
	};

	if (teavmx_regs_set(self->teavmx, self->vm.id, self->vcpu.id, start,
			    COUNT(start))) {
		printf("# %s\n", teavmx_error(self->teavmx)->message);
		return -1;
	}
	return outcome(self, raw_go(self));
}

/* Runs instructions and HLT after them. */
static inline int run_snippet(struct raw_data *self, struct snippet snippet)
{
	static const uint8_t halt = 0xf4;

	if (raw_put(self, CODE, snippet.bytes, snippet.size) ||
	    raw_put(self, CODE + snippet.size, &halt, sizeof(halt)))
		return -1;
	return run_at(self, CODE);
}

#define RUN_16(text)	run_snippet(self, SNIPPET(16, text))
#define RUN_64(text)	run_snippet(self, SNIPPET(64, text))

/* As these, with a value in RAX */
static inline int run_with_rax(struct raw_data *self, uint64_t value,
			       struct snippet snippet)
{
	if (raw_set(self, TEAVMX_REG_RAX, value))
		return -1;
	return run_snippet(self, snippet);
}

#define RAX_16(value, text) run_with_rax(self, value, SNIPPET(16, text))
#define RAX_64(value, text) run_with_rax(self, value, SNIPPET(64, text))

static inline int real_handlers(struct raw_data *self)
{
	return write_handlers(self, 4, 0);
}

static inline int write_tables(struct raw_data *self)
{
	static const uint64_t pdpt = DIRECTORY | 1, pml4 = PDPT_LONG | 3;
	static const uint64_t pdpt_long = DIRECTORY | 3, page = 0x83;

	return raw_put(self, PDPT, &pdpt, 8) || raw_put(self, PML4, &pml4, 8) ||
	       raw_put(self, PDPT_LONG, &pdpt_long, 8) ||
	       raw_put(self, DIRECTORY, &page, 8);
}

/* Goes on until the guest reports that it has arrived somewhere. */
static inline int travel(struct raw_data *self, int to)
{
	const struct teavmx_run done = { .answered = true };
	const struct teavmx_run *run = NULL;
	int stage;

	/* RESET leaves caches off, of which the stages know nothing. */
	if (write_tables(self) || raw_set(self, TEAVMX_REG_CR0, CR0_ET) ||
	    raw_put(self, TRIP, PAYLOAD(policy_trip)) ||
	    raw_set(self, TEAVMX_REG_RIP, TRIP) ||
	    raw_set(self, TEAVMX_REG_RSP, STACK))
		return -1;
	for (stage = STAGE_PROTECTED; stage <= to; stage++) {
		if (raw_run(self, run) != TEAVMX_STOP_EXIT ||
		    self->exit.reason != VMX_EXIT_IO_INSTRUCTION ||
		    (uint8_t)raw_get(self, TEAVMX_REG_RAX) != stage) {
			printf("# stage %d: exit %s at %llx\n", stage,
			       expect_reason(self->exit.reason),
			       (unsigned long long)self->exit.rip);
			return -1;
		}
		run = &done;
	}
	return 0;
}

static inline int long_handlers(struct raw_data *self)
{
	return write_handlers(self, 16, IDT) ||
	       raw_set(self, TEAVMX_REG_IDTR_BASE, IDT) ||
	       raw_set(self, TEAVMX_REG_IDTR_LIMIT, VECTORS * 16 - 1);
}

/* Has exits for these reasons, and no others, go to the host program. */
static inline int route(struct raw_data *self, const uint16_t *reasons,
			size_t count)
{
	uint8_t bits[TEAVMX_HOST_REASONS_SIZE] = { };
	size_t i;

	for (i = 0; i < count; i++)
		bits[reasons[i] / 8] |= 1 << reasons[i] % 8;
	return teavmx_host_reasons(self->teavmx, self->vm.id, bits);
}

static inline int cpuid(struct raw_data *self, uint32_t leaf,
			uint32_t subleaf)
{
	if (raw_set(self, TEAVMX_REG_RAX, leaf) ||
	    raw_set(self, TEAVMX_REG_RCX, subleaf))
		return -1;
	if (RUN_16("cpuid"))
		return -1;
	raw_get(self, TEAVMX_REG_RAX);
	return 0;
}

static inline int wrmsr(struct raw_data *self, uint32_t number,
			uint64_t value)
{
	if (raw_set(self, TEAVMX_REG_RAX, (uint32_t)value) ||
	    raw_set(self, TEAVMX_REG_RDX, value >> 32) ||
	    raw_set(self, TEAVMX_REG_RCX, number))
		return -1;
	return RUN_16("wrmsr");
}

static inline int rdmsr(struct raw_data *self, uint32_t number,
			uint64_t *value)
{
	int vector;

	if (raw_set(self, TEAVMX_REG_RCX, number))
		return -1;
	vector = RUN_16("rdmsr");
	*value = (uint32_t)raw_get(self, TEAVMX_REG_RAX) |
		 raw_seen(self, TEAVMX_REG_RDX) << 32;
	return vector;
}

#endif
