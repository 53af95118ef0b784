/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INJECT_FIXTURE_H
#define INJECT_FIXTURE_H

/* A raw VM whose guest writes down the events that are injected. */
#include "inject_guest.h"

/* With NMIs blocked the vCPU must not move, see unblock_nmis.c. */
#define RAW_FIXTURE	inject
#define RAW_MEMORY	GUEST_MEMORY
#define RAW_PREPARE	machine_pin(self->vm.id, self->vcpu.id, 0)

#include "raw_fixture.h"

#define QUEUE		32	/* events that can wait for one vCPU */
#define MANY		1000

#define FLAG_TF		0x100
#define FLAG_IF		0x200
#define RFLAGS_IF	(FLAG_IF | 2)

/* The log and a stack have their pages before the guest runs. */
static inline int touch(struct raw_data *self)
{
	static const uint8_t zeros[GUEST_STACK - GUEST_LOG];

	return raw_put(self, GUEST_LOG, zeros, sizeof(zeros));
}

static inline int load_16(struct raw_data *self, const uint8_t *code,
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
	return raw_put(self, 0, table, sizeof(table)) ||
	       raw_put(self, GUEST_STUBS, PAYLOAD(handlers_16)) ||
	       raw_put(self, GUEST_CODE, code, end - code) || touch(self) ||
	       raw_say(self, raw_set_all(self, registers, COUNT(registers)));
}

#define LOAD_16(guest) load_16(self, guest, guest##_end)

static inline int load_tables(struct raw_data *self)
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
	return raw_put(self, GUEST_TABLES, &pml4, sizeof(pml4)) ||
	       raw_put(self, GUEST_TABLES + 0x1000, &pdpt, sizeof(pdpt)) ||
	       raw_put(self, GUEST_TABLES + 0x2000, &page, sizeof(page)) ||
	       raw_put(self, GUEST_TABLES + 0x3000, gdt, sizeof(gdt)) ||
	       raw_put(self, GUEST_TABLES + 0x4000, idt, sizeof(idt));
}

static inline int load_32(struct raw_data *self, const uint8_t *code,
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
	return raw_put(self, GUEST_TABLES, gdt, sizeof(gdt)) ||
	       raw_put(self, GUEST_TABLES + 0x1000, idt, sizeof(idt)) ||
	       raw_put(self, GUEST_STUBS, PAYLOAD(handlers_32)) ||
	       raw_put(self, GUEST_CODE, code, end - code) || touch(self) ||
	       raw_say(self, raw_set_all(self, registers, COUNT(registers)));
}

#define LOAD_32(guest) load_32(self, guest, guest##_end)

static inline int load_64(struct raw_data *self, const uint8_t *code,
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
	       raw_put(self, GUEST_STUBS, PAYLOAD(handlers_64)) ||
	       raw_put(self, GUEST_CODE, code, end - code) || touch(self) ||
	       raw_say(self, raw_set_all(self, registers, COUNT(registers)));
}

#define LOAD_64(guest) load_64(self, guest, guest##_end)

/* Run to an exit for the host program; its reason, or -1. */
static inline int inject_run(struct raw_data *self, bool answered)
{
	const struct teavmx_run run = { .answered = answered };
	int stop = raw_run(self, &run);

	return stop == TEAVMX_STOP_EXIT ? (int)self->exit.reason : -1;
}

static inline int try_inject(struct raw_data *self,
			     const struct teavmx_inject *event)
{
	return teavmx_inject(self->teavmx, self->vm.id, self->vcpu.id, event);
}

static inline int inject_event(struct raw_data *self, uint8_t type,
			       uint8_t vector)
{
	const struct teavmx_inject event = { .type = type, .vector = vector };

	return raw_say(self, try_inject(self, &event));
}

/* An exception without an error code */
static inline int inject_exception(struct raw_data *self, uint8_t vector)
{
	return inject_event(self, VMX_INTR_TYPE_HARDWARE_EXCEPTION, vector);
}

static inline int inject_interrupt(struct raw_data *self, uint8_t vector)
{
	return inject_event(self, VMX_INTR_TYPE_EXTERNAL_INTERRUPT, vector);
}

static inline int inject_nmi(struct raw_data *self)
{
	return inject_event(self, VMX_INTR_TYPE_NMI, 2);
}

static inline int inject_error(struct raw_data *self, uint8_t vector,
			       uint32_t error)
{
	const struct teavmx_inject event = {
		.type = VMX_INTR_TYPE_HARDWARE_EXCEPTION, .vector = vector,
		.has_error = true, .error = error,
	};

	return raw_say(self, try_inject(self, &event));
}

static inline int inject_soft(struct raw_data *self, uint8_t type,
			      uint8_t vector, uint8_t length)
{
	const struct teavmx_inject event = {
		.type = type, .vector = vector, .length = length,
	};

	return raw_say(self, try_inject(self, &event));
}

static inline int entries(struct raw_data *self)
{
	uint16_t count;

	if (raw_read(self, GUEST_LOG, &count, sizeof(count)))
		return -1;
	return count;
}

static inline struct guest_entry_16 entry_16(struct raw_data *self,
					     int number)
{
	struct guest_entry_16 entry = { .vector = 0xffff };

	raw_read(self, GUEST_LOG + 8 + number * sizeof(entry), &entry,
		 sizeof(entry));
	return entry;
}

static inline struct guest_entry_32 entry_32(struct raw_data *self,
					     int number)
{
	struct guest_entry_32 entry = { .vector = ~0U };

	raw_read(self, GUEST_LOG + 8 + number * sizeof(entry), &entry,
		 sizeof(entry));
	return entry;
}

static inline struct guest_entry_64 entry_64(struct raw_data *self,
					     int number)
{
	struct guest_entry_64 entry = { .vector = ~0ULL };

	raw_read(self, GUEST_LOG + 8 + number * sizeof(entry), &entry,
		 sizeof(entry));
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
