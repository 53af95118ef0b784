/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INJECT_FIXTURE_H
#define INJECT_FIXTURE_H

/* What inject_test.c and inject_fault_test.c share: a raw VM, and its events. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "kselftest_harness.h"
#include "inject_guest.h"
#include "machine.h"

#define QUEUE		32	/* events that can wait for one vCPU */
#define MANY		1000

#define FLAG_TF		0x100
#define FLAG_IF		0x200
#define RFLAGS_IF	(FLAG_IF | 2)

FIXTURE(inject)
{
	struct teavmx *teavmx;
	struct teavmx_vm vm;
	struct teavmx_vcpu vcpu;
	struct teavmx_record exit;
	/* Exits in the delivery of an event, and which event it was last. */
	unsigned int interrupted;
	uint32_t vectoring;
	int pending;
};

FIXTURE_SETUP(inject)
{
	struct teavmx_info info;

	self->teavmx = machine_open();
	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &info));
	if (!info.vmx)
		SKIP(return, "%s", info.vmx_missing);
	ASSERT_EQ(0, teavmx_event_open(self->teavmx, 0));
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, GUEST_MEMORY,
				    &self->vm)) {
		TH_LOG("%s", teavmx_error(self->teavmx)->message);
	}
	ASSERT_EQ(0, teavmx_event_watch(self->teavmx, self->vm.id, 0));
	ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id,
					 &self->vcpu));
	/* With NMIs blocked it must not move, see unblock_nmis.c. */
	ASSERT_EQ(0, machine_pin(self->vm.id, self->vcpu.id, 0));
}

FIXTURE_TEARDOWN(inject)
{
	teavmx_vcpu_clear(&self->vcpu);
	teavmx_close(self->teavmx);
}

static inline int say(FIXTURE_DATA(inject) *self, int err)
{
	if (err < 0)
		printf("# %s\n", teavmx_error(self->teavmx)->message);
	return err;
}

static inline int set(FIXTURE_DATA(inject) *self,
		      const struct teavmx_register *list, size_t count)
{
	return say(self, teavmx_regs_set(self->teavmx, self->vm.id,
					 self->vcpu.id, list, count));
}

static inline int set_one(FIXTURE_DATA(inject) *self, uint32_t number,
			  uint64_t value)
{
	const struct teavmx_register reg = { number, value };

	return set(self, &reg, 1);
}

static inline uint64_t get(FIXTURE_DATA(inject) *self, uint32_t number)
{
	struct teavmx_register *registers;
	uint64_t value;
	int count = say(self, teavmx_regs_get(self->teavmx, self->vm.id,
					      self->vcpu.id, &registers));

	if (count < 0)
		return UINT64_MAX;
	value = teavmx_reg_get(registers, count, number);
	free(registers);
	return value;
}

static inline int put(FIXTURE_DATA(inject) *self, uint64_t address,
		      const void *data, size_t size)
{
	return say(self, teavmx_mem_write(self->teavmx, self->vm.id, address,
					  data, size));
}

/* The log and a stack have their pages before the guest runs. */
static inline int touch(FIXTURE_DATA(inject) *self)
{
	static const uint8_t zeros[GUEST_STACK - GUEST_LOG];

	return put(self, GUEST_LOG, zeros, sizeof(zeros));
}

static inline int load_16(FIXTURE_DATA(inject) *self, const uint8_t *code,
			  const uint8_t *end)
{
	const struct teavmx_register registers[] = {
		{ TEAVMX_REG_RIP, GUEST_CODE }, { TEAVMX_REG_RSP, GUEST_STACK },
		{ TEAVMX_REG_RFLAGS, RFLAGS_IF },
	};
	uint16_t table[2 * 256] = { 0 };
	int i;

	for (i = 0; i < 256; i++)
		table[2 * i] = GUEST_STUBS + i * GUEST_STUB_16;
	return put(self, 0, table, sizeof(table)) ||
	       put(self, GUEST_STUBS, handlers_16,
		   handlers_16_end - handlers_16) ||
	       put(self, GUEST_CODE, code, end - code) || touch(self) ||
	       set(self, registers, sizeof(registers) / sizeof(*registers));
}

#define LOAD_16(guest) load_16(self, guest, guest##_end)

static inline int load_tables(FIXTURE_DATA(inject) *self)
{
	static const uint64_t gdt[] = {
		0, 0x00af9b000000ffff, 0x00cf93000000ffff,
	};
	uint64_t pml4 = (GUEST_TABLES + 0x1000) | 3;
	uint64_t pdpt = (GUEST_TABLES + 0x2000) | 3;
	uint64_t page = 0x83;
	uint64_t idt[2 * 256];
	int i;

	for (i = 0; i < 256; i++) {
		idt[2 * i] = GUEST_STUBS + i * GUEST_STUB_64;
		idt[2 * i] |= 8 << 16 | 0x8eULL << 40;
		idt[2 * i + 1] = 0;
	}
	return put(self, GUEST_TABLES, &pml4, sizeof(pml4)) ||
	       put(self, GUEST_TABLES + 0x1000, &pdpt, sizeof(pdpt)) ||
	       put(self, GUEST_TABLES + 0x2000, &page, sizeof(page)) ||
	       put(self, GUEST_TABLES + 0x3000, gdt, sizeof(gdt)) ||
	       put(self, GUEST_TABLES + 0x4000, idt, sizeof(idt));
}

static inline int load_32(FIXTURE_DATA(inject) *self, const uint8_t *code,
			  const uint8_t *end)
{
	static const uint64_t gdt[] = {
		0, 0x00cf9b000000ffff, 0x00cf93000000ffff,
	};
	static const struct teavmx_register registers[] = {
		{ TEAVMX_REG_CR0, 0x31 },
		{ TEAVMX_REG_CS, 8 }, { TEAVMX_REG_CS_LIMIT, 0xffffffff },
		{ TEAVMX_REG_CS_RIGHTS, 0xc09b },
		{ TEAVMX_REG_SS, 16 }, { TEAVMX_REG_SS_LIMIT, 0xffffffff },
		{ TEAVMX_REG_SS_RIGHTS, 0xc093 },
		{ TEAVMX_REG_DS, 16 }, { TEAVMX_REG_DS_LIMIT, 0xffffffff },
		{ TEAVMX_REG_DS_RIGHTS, 0xc093 },
		{ TEAVMX_REG_TR, 24 }, { TEAVMX_REG_TR_RIGHTS, 0x8b },
		{ TEAVMX_REG_GDTR_BASE, GUEST_TABLES },
		{ TEAVMX_REG_GDTR_LIMIT, 23 },
		{ TEAVMX_REG_IDTR_BASE, GUEST_TABLES + 0x1000 },
		{ TEAVMX_REG_IDTR_LIMIT, 0x7ff },
		{ TEAVMX_REG_RIP, GUEST_CODE }, { TEAVMX_REG_RSP, GUEST_STACK },
		{ TEAVMX_REG_RFLAGS, RFLAGS_IF },
	};
	uint64_t idt[256];
	int i;

	for (i = 0; i < 256; i++)
		idt[i] = (GUEST_STUBS + i * GUEST_STUB_32) | 8 << 16 |
			 0x8eULL << 40;
	return put(self, GUEST_TABLES, gdt, sizeof(gdt)) ||
	       put(self, GUEST_TABLES + 0x1000, idt, sizeof(idt)) ||
	       put(self, GUEST_STUBS, handlers_32,
		   handlers_32_end - handlers_32) ||
	       put(self, GUEST_CODE, code, end - code) || touch(self) ||
	       set(self, registers, sizeof(registers) / sizeof(*registers));
}

#define LOAD_32(guest) load_32(self, guest, guest##_end)

static inline int load_64(FIXTURE_DATA(inject) *self, const uint8_t *code,
			  const uint8_t *end)
{
	static const struct teavmx_register registers[] = {
		{ TEAVMX_REG_CR0, 0x80000031 },
		{ TEAVMX_REG_CR3, GUEST_TABLES },
		{ TEAVMX_REG_CR4, 0x20 }, { TEAVMX_REG_EFER, 0x500 },
		{ TEAVMX_REG_CS, 8 }, { TEAVMX_REG_CS_LIMIT, 0xffffffff },
		{ TEAVMX_REG_CS_RIGHTS, 0xa09b },
		{ TEAVMX_REG_SS, 16 }, { TEAVMX_REG_SS_LIMIT, 0xffffffff },
		{ TEAVMX_REG_SS_RIGHTS, 0xc093 },
		{ TEAVMX_REG_TR, 24 }, { TEAVMX_REG_TR_RIGHTS, 0x8b },
		{ TEAVMX_REG_GDTR_BASE, GUEST_TABLES + 0x3000 },
		{ TEAVMX_REG_GDTR_LIMIT, 23 },
		{ TEAVMX_REG_IDTR_BASE, GUEST_TABLES + 0x4000 },
		{ TEAVMX_REG_IDTR_LIMIT, 0xfff },
		{ TEAVMX_REG_RIP, GUEST_CODE }, { TEAVMX_REG_RSP, GUEST_STACK },
		{ TEAVMX_REG_RFLAGS, RFLAGS_IF },
	};

	return load_tables(self) ||
	       put(self, GUEST_STUBS, handlers_64,
		   handlers_64_end - handlers_64) ||
	       put(self, GUEST_CODE, code, end - code) || touch(self) ||
	       set(self, registers, sizeof(registers) / sizeof(*registers));
}

#define LOAD_64(guest) load_64(self, guest, guest##_end)

static inline void see(const struct teavmx_record *record, void *data)
{
	FIXTURE_DATA(inject) *self = data;

	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    !(record->idt_vectoring >> 31))
		return;
	self->interrupted++;
	self->vectoring = record->idt_vectoring;
}

static inline int wait_stop(FIXTURE_DATA(inject) *self)
{
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, 20000, see, self,
				&self->exit);
}

static inline int go(FIXTURE_DATA(inject) *self, bool answered)
{
	const struct teavmx_run run = { .answered = answered };

	if (say(self, teavmx_vcpu_run_with(self->teavmx, self->vm.id,
					   self->vcpu.id, &run)))
		return -1;
	return wait_stop(self);
}

/* Run to an exit for the host program; its reason, or -1. */
static inline int run(FIXTURE_DATA(inject) *self, bool answered)
{
	int stop = go(self, answered);

	return stop == TEAVMX_STOP_EXIT ? (int)self->exit.reason : -1;
}

static inline int try_inject(FIXTURE_DATA(inject) *self,
			     const struct teavmx_inject *event)
{
	self->pending = teavmx_inject(self->teavmx, self->vm.id, self->vcpu.id,
				      event);
	return self->pending;
}

static inline int inject(FIXTURE_DATA(inject) *self, uint8_t type,
			 uint8_t vector)
{
	const struct teavmx_inject event = { .type = type, .vector = vector };

	return say(self, try_inject(self, &event));
}

static inline int inject_interrupt(FIXTURE_DATA(inject) *self, uint8_t vector)
{
	return inject(self, VMX_INTR_TYPE_EXTERNAL_INTERRUPT, vector);
}

static inline int inject_nmi(FIXTURE_DATA(inject) *self)
{
	return inject(self, VMX_INTR_TYPE_NMI, 2);
}

static inline int inject_error(FIXTURE_DATA(inject) *self, uint8_t vector,
			       uint32_t error)
{
	const struct teavmx_inject event = {
		.type = VMX_INTR_TYPE_HARDWARE_EXCEPTION, .vector = vector,
		.has_error = true, .error = error,
	};

	return say(self, try_inject(self, &event));
}

static inline int inject_soft(FIXTURE_DATA(inject) *self, uint8_t type,
			      uint8_t vector, uint8_t length)
{
	const struct teavmx_inject event = {
		.type = type, .vector = vector, .length = length,
	};

	return say(self, try_inject(self, &event));
}

static inline int entries(FIXTURE_DATA(inject) *self)
{
	uint16_t count;

	if (say(self, teavmx_mem_read(self->teavmx, self->vm.id, GUEST_LOG,
				      &count, sizeof(count))))
		return -1;
	return count;
}

static inline struct guest_entry_16 entry_16(FIXTURE_DATA(inject) *self,
					     int number)
{
	struct guest_entry_16 entry = { .vector = 0xffff };

	say(self, teavmx_mem_read(self->teavmx, self->vm.id,
				  GUEST_LOG + 8 + number * sizeof(entry),
				  &entry, sizeof(entry)));
	return entry;
}

static inline struct guest_entry_32 entry_32(FIXTURE_DATA(inject) *self,
					     int number)
{
	struct guest_entry_32 entry = { .vector = ~0U };

	say(self, teavmx_mem_read(self->teavmx, self->vm.id,
				  GUEST_LOG + 8 + number * sizeof(entry),
				  &entry, sizeof(entry)));
	return entry;
}

static inline struct guest_entry_64 entry_64(FIXTURE_DATA(inject) *self,
					     int number)
{
	struct guest_entry_64 entry = { .vector = ~0ULL };

	say(self, teavmx_mem_read(self->teavmx, self->vm.id,
				  GUEST_LOG + 8 + number * sizeof(entry),
				  &entry, sizeof(entry)));
	return entry;
}

/* The handler of a vector was entered from an address. */
#define EXPECT_ENTRY(bits, number, from, at)				\
	do {								\
		struct guest_entry_##bits e_ = entry_##bits(self, number); \
									\
		EXPECT_EQ(from, e_.vector);				\
		EXPECT_EQ(at, (uint64_t)FROM_##bits(e_));		\
	} while (0)
#define FROM_16(entry)	((entry).ip)
#define FROM_32(entry)	((entry).eip)
#define FROM_64(entry)	((entry).rip)

#endif
