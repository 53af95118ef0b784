// SPDX-License-Identifier: GPL-2.0-only
/* Events that the host program injects into raw guests, in the modes they have. */
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

static int say(FIXTURE_DATA(inject) *self, int err)
{
	if (err < 0)
		printf("# %s\n", teavmx_error(self->teavmx)->message);
	return err;
}

static int set(FIXTURE_DATA(inject) *self, const struct teavmx_register *list,
	       size_t count)
{
	return say(self, teavmx_regs_set(self->teavmx, self->vm.id,
					 self->vcpu.id, list, count));
}

static int set_one(FIXTURE_DATA(inject) *self, uint32_t number, uint64_t value)
{
	const struct teavmx_register reg = { number, value };

	return set(self, &reg, 1);
}

static uint64_t get(FIXTURE_DATA(inject) *self, uint32_t number)
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

static int put(FIXTURE_DATA(inject) *self, uint64_t address, const void *data,
	       size_t size)
{
	return say(self, teavmx_mem_write(self->teavmx, self->vm.id, address,
					  data, size));
}

/* The log and a stack have their pages before the guest runs. */
static int touch(FIXTURE_DATA(inject) *self)
{
	static const uint8_t zeros[GUEST_STACK - GUEST_LOG];

	return put(self, GUEST_LOG, zeros, sizeof(zeros));
}

static int load_16(FIXTURE_DATA(inject) *self, const uint8_t *code,
		   const uint8_t *end)
{
	const struct teavmx_register registers[] = {
		{ REGS_RIP, GUEST_CODE }, { REGS_RSP, GUEST_STACK },
	};
	uint16_t table[2 * 256] = { 0 };
	int i;

	for (i = 0; i < 256; i++)
		table[2 * i] = GUEST_STUBS + i * GUEST_STUB_16;
	return put(self, 0, table, sizeof(table)) ||
	       put(self, GUEST_STUBS, handlers_16,
		   handlers_16_end - handlers_16) ||
	       put(self, GUEST_CODE, code, end - code) || touch(self) ||
	       set(self, registers, 2);
}

#define LOAD_16(guest) load_16(self, guest, guest##_end)

static int load_tables(FIXTURE_DATA(inject) *self)
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

static int load_64(FIXTURE_DATA(inject) *self, const uint8_t *code,
		   const uint8_t *end)
{
	static const struct teavmx_register registers[] = {
		{ REGS_CR0, 0x80000031 }, { REGS_CR3, GUEST_TABLES },
		{ REGS_CR4, 0x20 }, { REGS_EFER, 0x500 },
		{ REGS_CS, 8 }, { REGS_CS_LIMIT, 0xffffffff },
		{ REGS_CS_RIGHTS, 0xa09b },
		{ REGS_SS, 16 }, { REGS_SS_LIMIT, 0xffffffff },
		{ REGS_SS_RIGHTS, 0xc093 },
		{ REGS_TR, 24 }, { REGS_TR_RIGHTS, 0x8b },
		{ REGS_GDTR_BASE, GUEST_TABLES + 0x3000 },
		{ REGS_GDTR_LIMIT, 23 },
		{ REGS_IDTR_BASE, GUEST_TABLES + 0x4000 },
		{ REGS_IDTR_LIMIT, 0xfff },
		{ REGS_RIP, GUEST_CODE }, { REGS_RSP, GUEST_STACK },
	};

	return load_tables(self) ||
	       put(self, GUEST_STUBS, handlers_64,
		   handlers_64_end - handlers_64) ||
	       put(self, GUEST_CODE, code, end - code) || touch(self) ||
	       set(self, registers, sizeof(registers) / sizeof(*registers));
}

#define LOAD_64(guest) load_64(self, guest, guest##_end)

static void see(const struct teavmx_record *record, void *data)
{
	FIXTURE_DATA(inject) *self = data;

	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    !(record->idt_vectoring >> 31))
		return;
	self->interrupted++;
	self->vectoring = record->idt_vectoring;
}

static int wait_stop(FIXTURE_DATA(inject) *self)
{
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, 20000, see, self,
				&self->exit);
}

static int go(FIXTURE_DATA(inject) *self, bool answered)
{
	const struct teavmx_run run = { .answered = answered };

	if (say(self, teavmx_vcpu_run_with(self->teavmx, self->vm.id,
					   self->vcpu.id, &run)))
		return -1;
	return wait_stop(self);
}

/* Run to an exit for the host program; its reason, or -1. */
static int run(FIXTURE_DATA(inject) *self, bool answered)
{
	int stop = go(self, answered);

	return stop == TEAVMX_STOP_EXIT ? (int)self->exit.reason : -1;
}

static int try_inject(FIXTURE_DATA(inject) *self,
		      const struct teavmx_inject *event)
{
	self->pending = teavmx_inject(self->teavmx, self->vm.id, self->vcpu.id,
				      event);
	return self->pending;
}

static int inject(FIXTURE_DATA(inject) *self, uint8_t type, uint8_t vector)
{
	const struct teavmx_inject event = { .type = type, .vector = vector };

	return say(self, try_inject(self, &event));
}

static int inject_interrupt(FIXTURE_DATA(inject) *self, uint8_t vector)
{
	return inject(self, VMX_INTR_TYPE_EXTERNAL_INTERRUPT, vector);
}

static int inject_nmi(FIXTURE_DATA(inject) *self)
{
	return inject(self, VMX_INTR_TYPE_NMI, 2);
}

static int inject_error(FIXTURE_DATA(inject) *self, uint8_t vector,
			uint32_t error)
{
	const struct teavmx_inject event = {
		.type = VMX_INTR_TYPE_HARDWARE_EXCEPTION, .vector = vector,
		.has_error = true, .error = error,
	};

	return say(self, try_inject(self, &event));
}

static int inject_soft(FIXTURE_DATA(inject) *self, uint8_t type, uint8_t vector,
		       uint8_t length)
{
	const struct teavmx_inject event = {
		.type = type, .vector = vector, .length = length,
	};

	return say(self, try_inject(self, &event));
}

static int entries(FIXTURE_DATA(inject) *self)
{
	uint16_t count;

	if (say(self, teavmx_mem_read(self->teavmx, self->vm.id, GUEST_LOG,
				      &count, sizeof(count))))
		return -1;
	return count;
}

static struct guest_entry_16 entry_16(FIXTURE_DATA(inject) *self, int number)
{
	struct guest_entry_16 entry = { .vector = 0xffff };

	say(self, teavmx_mem_read(self->teavmx, self->vm.id,
				  GUEST_LOG + 8 + number * sizeof(entry),
				  &entry, sizeof(entry)));
	return entry;
}

static struct guest_entry_64 entry_64(FIXTURE_DATA(inject) *self, int number)
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
#define FROM_64(entry)	((entry).rip)

TEST_F(inject, an_interrupt_comes_after_hlt)
{
	ASSERT_EQ(0, LOAD_16(guest_halt));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, true));
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(16, 0, 0x20, GUEST_CODE + 1);
	EXPECT_EQ(FLAG_IF, entry_16(self, 0).flags & FLAG_IF);
	EXPECT_EQ(GUEST_STACK - 6, entry_16(self, 0).sp);
	EXPECT_EQ(GUEST_STACK, get(self, REGS_RSP));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, true));
	EXPECT_EQ(1, entries(self));
}

TEST_F(inject, an_interrupt_waits_for_sti_and_one_instruction_more)
{
	ASSERT_EQ(0, LOAD_16(guest_cli));
	ASSERT_EQ(VMX_EXIT_IO_INSTRUCTION, run(self, false));
	EXPECT_EQ(1, inject_interrupt(self, 0xff));
	ASSERT_EQ(VMX_EXIT_IO_INSTRUCTION, run(self, false));
	EXPECT_EQ(0, entries(self));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, true));
	ASSERT_EQ(1, entries(self));
	/* cli; out; sti; inc %cx, and only then. */
	EXPECT_ENTRY(16, 0, 0xff, GUEST_CODE + 5);
}

TEST_F(inject, an_interrupt_waits_in_the_shadow_of_sti)
{
	ASSERT_EQ(0, LOAD_16(guest_sti));
	ASSERT_EQ(VMX_EXIT_IO_INSTRUCTION, run(self, false));
	EXPECT_EQ(1, get(self, REGS_INTERRUPTIBILITY));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	EXPECT_EQ(2, inject_nmi(self));
	ASSERT_EQ(VMX_EXIT_IO_INSTRUCTION, run(self, false));
	EXPECT_EQ(0, entries(self));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, true));
	ASSERT_EQ(2, entries(self));
	/* The NMI meets the first instruction of the interrupt's handler. */
	EXPECT_ENTRY(16, 0, 2, GUEST_STUBS + 0x20 * GUEST_STUB_16);
	EXPECT_ENTRY(16, 1, 0x20, GUEST_CODE + 4);
}

TEST_F(inject, events_wait_in_the_shadow_of_mov_ss)
{
	ASSERT_EQ(0, LOAD_16(guest_mov_ss));
	ASSERT_EQ(VMX_EXIT_IO_INSTRUCTION, run(self, false));
	EXPECT_EQ(2, get(self, REGS_INTERRUPTIBILITY));
	EXPECT_EQ(1, inject_nmi(self));
	EXPECT_EQ(2, inject_interrupt(self, 0x20));
	ASSERT_EQ(VMX_EXIT_IO_INSTRUCTION, run(self, false));
	EXPECT_EQ(0, entries(self));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, true));
	ASSERT_EQ(2, entries(self));
	EXPECT_ENTRY(16, 0, 2, GUEST_CODE + 4);
	EXPECT_ENTRY(16, 1, 0x20, GUEST_CODE + 4);
}

/* The NMI's handler is guest_nmi, which stops before it writes to the log. */
static int load_nmi(FIXTURE_DATA(inject) *self)
{
	const uint16_t handler[] = { GUEST_NMI, 0 };

	return LOAD_16(guest_halt) ||
	       put(self, GUEST_NMI, guest_nmi, guest_nmi_end - guest_nmi) ||
	       put(self, 4 * 2, handler, sizeof(handler));
}

TEST_F(inject, an_nmi_waits_for_the_end_of_another)
{
	ASSERT_EQ(0, load_nmi(self));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	EXPECT_EQ(1, inject_nmi(self));
	ASSERT_EQ(VMX_EXIT_IO_INSTRUCTION, run(self, true));
	EXPECT_EQ(8, get(self, REGS_INTERRUPTIBILITY));
	EXPECT_EQ(1, inject_nmi(self));
	ASSERT_EQ(VMX_EXIT_IO_INSTRUCTION, run(self, true));
	/* Only the IRET of the first has let the second in. */
	ASSERT_EQ(1, entries(self));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, true));
	ASSERT_EQ(2, entries(self));
	EXPECT_ENTRY(16, 0, 2, GUEST_CODE + 1);
	EXPECT_ENTRY(16, 1, 2, GUEST_CODE + 1);
	EXPECT_EQ(0, get(self, REGS_INTERRUPTIBILITY));
}

TEST_F(inject, an_nmi_waits_for_an_iret_that_faults)
{
	/* The flags of this frame are in a page that IRET is first to touch. */
	const uint16_t frame[] = { GUEST_CODE, 0 };

	ASSERT_EQ(0, load_nmi(self));
	ASSERT_EQ(0, put(self, GUEST_FRESH - 4, frame, sizeof(frame)));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	EXPECT_EQ(1, inject_nmi(self));
	ASSERT_EQ(VMX_EXIT_IO_INSTRUCTION, run(self, true));
	EXPECT_EQ(1, inject_nmi(self));
	ASSERT_EQ(0, set_one(self, REGS_RSP, GUEST_FRESH - 4));
	ASSERT_EQ(VMX_EXIT_IO_INSTRUCTION, run(self, true));
	ASSERT_EQ(1, entries(self));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, true));
	ASSERT_EQ(2, entries(self));
	EXPECT_ENTRY(16, 1, 2, GUEST_CODE);
}

TEST_F(inject, events_of_instructions_return_behind_them)
{
	ASSERT_EQ(0, LOAD_16(guest_halt));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	EXPECT_EQ(1, inject_soft(self, VMX_INTR_TYPE_SOFTWARE_INTERRUPT, 0x21,
				 1));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	EXPECT_EQ(1, inject_soft(self, VMX_INTR_TYPE_SOFTWARE_EXCEPTION, 3, 1));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	EXPECT_EQ(1, inject_soft(self,
				 VMX_INTR_TYPE_PRIVILEGED_SOFTWARE_EXCEPTION, 1,
				 1));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	/* In real mode there is no error code on the stack. */
	EXPECT_EQ(1, inject(self, VMX_INTR_TYPE_HARDWARE_EXCEPTION, 13));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	ASSERT_EQ(4, entries(self));
	EXPECT_ENTRY(16, 0, 0x21, GUEST_CODE + 1);
	EXPECT_ENTRY(16, 1, 3, GUEST_CODE + 1);
	EXPECT_ENTRY(16, 2, 1, GUEST_CODE + 1);
	EXPECT_ENTRY(16, 3, 13, GUEST_CODE);
	EXPECT_EQ(GUEST_STACK - 6, entry_16(self, 3).sp);
}

TEST_F(inject, length_0_is_for_processors_that_have_it)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);

	ASSERT_EQ(0, LOAD_16(guest_halt));
	if (inject_soft(self, VMX_INTR_TYPE_SOFTWARE_INTERRUPT, 0x21, 0) < 0) {
		EXPECT_EQ(EINVAL, error->error);
		EXPECT_NE(NULL, strstr(error->message, "needs the length"));
		return;
	}
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(16, 0, 0x21, GUEST_CODE);
}

TEST_F(inject, a_pending_monitor_trap_is_for_processors_that_have_it)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);

	ASSERT_EQ(0, LOAD_16(guest_halt));
	if (inject(self, VMX_INTR_TYPE_OTHER_EVENT, 0) < 0) {
		EXPECT_EQ(EOPNOTSUPP, error->error);
		EXPECT_NE(NULL, strstr(error->message, "monitor trap flag"));
		return;
	}
	ASSERT_EQ(VMX_EXIT_MONITOR_TRAP_FLAG, run(self, false));
	EXPECT_EQ(GUEST_CODE, get(self, REGS_RIP));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
}

TEST_F(inject, events_come_in_their_order)
{
	ASSERT_EQ(0, LOAD_16(guest_halt));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	EXPECT_EQ(2, inject(self, VMX_INTR_TYPE_HARDWARE_EXCEPTION, 6));
	EXPECT_EQ(3, inject_nmi(self));
	EXPECT_EQ(4, inject_interrupt(self, 0x21));
	EXPECT_EQ(5, inject_interrupt(self, 0x22));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, true));
	ASSERT_EQ(5, entries(self));
	/* Three at once: each meets the first instruction of the one before. */
	EXPECT_ENTRY(16, 0, 2, GUEST_STUBS + 6 * GUEST_STUB_16);
	EXPECT_ENTRY(16, 1, 6, GUEST_STUBS + 0x20 * GUEST_STUB_16);
	EXPECT_ENTRY(16, 2, 0x20, GUEST_CODE + 1);
	EXPECT_ENTRY(16, 3, 0x21, GUEST_CODE + 1);
	EXPECT_ENTRY(16, 4, 0x22, GUEST_CODE + 1);
}

TEST_F(inject, exceptions_come_at_once)
{
	ASSERT_EQ(0, LOAD_16(guest_halt));
	EXPECT_EQ(1, inject(self, VMX_INTR_TYPE_HARDWARE_EXCEPTION, 6));
	EXPECT_EQ(2, inject(self, VMX_INTR_TYPE_HARDWARE_EXCEPTION, 5));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	ASSERT_EQ(2, entries(self));
	/* Before the first handler has run a single instruction. */
	EXPECT_ENTRY(16, 0, 5, GUEST_STUBS + 6 * GUEST_STUB_16);
	EXPECT_ENTRY(16, 1, 6, GUEST_CODE);
}

static uint8_t nth_vector(int n)
{
	return 0x20 + n % 200;
}

TEST_F(inject, none_of_many_is_lost)
{
	int full = 0;
	int i = 0;

	ASSERT_EQ(0, LOAD_16(guest_spin));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	while (i < MANY) {
		const struct teavmx_inject event = {
			.type = VMX_INTR_TYPE_EXTERNAL_INTERRUPT,
			.vector = nth_vector(i),
		};

		if (try_inject(self, &event) >= 0) {
			i++;
			continue;
		}
		ASSERT_EQ(EBUSY, teavmx_error(self->teavmx)->error);
		full++;
	}
	for (i = 0; i < 10000 && entries(self) < MANY; i++)
		;
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vm.id,
				       self->vcpu.id));
	ASSERT_EQ(TEAVMX_STOP_REQUEST, wait_stop(self));
	TH_LOG("the queue was full %d times", full);
	ASSERT_EQ(MANY, entries(self));
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(nth_vector(i), entry_16(self, i).vector);
}

TEST_F(inject, a_delivery_that_an_exit_interrupts_is_made_again)
{
	static const struct {
		struct teavmx_inject event;
		uint16_t from;
	} list[] = {
		{ { .vector = 0x20 }, GUEST_CODE },
		{ { .vector = 2, .type = VMX_INTR_TYPE_NMI }, GUEST_CODE },
		{ { .vector = 6, .type = VMX_INTR_TYPE_HARDWARE_EXCEPTION },
		  GUEST_CODE },
		{ { .vector = 0x21, .type = VMX_INTR_TYPE_SOFTWARE_INTERRUPT,
		    .length = 1 }, GUEST_CODE + 1 },
		{ { .vector = 4, .type = VMX_INTR_TYPE_SOFTWARE_EXCEPTION,
		    .length = 1 }, GUEST_CODE + 1 },
	};
	unsigned int i;

	ASSERT_EQ(0, LOAD_16(guest_halt));
	for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
		const struct teavmx_inject *event = &list[i].event;
		const struct teavmx_register registers[] = {
			{ REGS_RIP, GUEST_CODE },
			{ REGS_RSP, GUEST_FRESH + i * 0x1000 },
		};

		ASSERT_EQ(0, set(self, registers, 2));
		EXPECT_EQ(1, try_inject(self, event));
		ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
		ASSERT_EQ((int)i + 1, entries(self));
		EXPECT_ENTRY(16, i, event->vector, list[i].from);
		EXPECT_EQ(i + 1, self->interrupted);
		EXPECT_EQ(event->type << 8 | event->vector,
			  (int)(self->vectoring & 0x7ff));
	}
	EXPECT_EQ(0, get(self, REGS_INTERRUPTIBILITY));
}

TEST_F(inject, error_codes_are_on_the_stack)
{
	int count = 0;
	int vector;

	ASSERT_EQ(0, LOAD_64(guest_halt));
	for (vector = 0; vector < 21; vector++) {
		bool has_error = GUEST_ERRORS >> vector & 1;

		/* Not an exception, or one that #DB's handling would change. */
		if (vector == 2 || vector == 3 || vector == 4)
			continue;
		ASSERT_EQ(1, has_error ?
			  inject_error(self, vector, 0x100 + vector) :
			  inject(self, VMX_INTR_TYPE_HARDWARE_EXCEPTION,
				 vector));
		ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
		ASSERT_EQ(count + 1, entries(self));
		EXPECT_ENTRY(64, count, vector, GUEST_CODE);
		EXPECT_EQ(has_error ? 0x100 + vector : 0,
			  entry_64(self, count).error);
		EXPECT_EQ(GUEST_STACK, entry_64(self, count).rsp);
		count++;
	}
}

TEST_F(inject, error_codes_survive_an_interrupted_delivery)
{
	ASSERT_EQ(0, LOAD_64(guest_halt));
	ASSERT_EQ(0, set_one(self, REGS_RSP, GUEST_FRESH));
	EXPECT_EQ(1, inject_error(self, 14, 0x1002));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	EXPECT_EQ(1, self->interrupted);
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(64, 0, 14, GUEST_CODE);
	EXPECT_EQ(0x1002, entry_64(self, 0).error);
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	EXPECT_EQ(2, inject_interrupt(self, 0x21));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, true));
	ASSERT_EQ(3, entries(self));
	EXPECT_ENTRY(64, 1, 0x20, GUEST_CODE + 1);
	EXPECT_ENTRY(64, 2, 0x21, GUEST_CODE + 1);
}

/* Deliveries of #GP end in #GP, for the IDT is too short for its gate. */
static int load_short(FIXTURE_DATA(inject) *self, uint32_t limit)
{
	return LOAD_64(guest_halt) || set_one(self, REGS_IDTR_LIMIT, limit) ||
	       say(self, teavmx_host_exceptions(self->teavmx, self->vm.id,
						1 << 13));
}

TEST_F(inject, two_faults_are_a_double_fault)
{
	ASSERT_EQ(0, load_short(self, 9 * 16 - 1));
	EXPECT_EQ(1, inject_error(self, 13, 0));
	ASSERT_EQ(VMX_EXIT_EXCEPTION_NMI, run(self, false));
	EXPECT_EQ(1, self->interrupted);
	EXPECT_EQ(1, inject_error(self, 13, self->exit.intr_error));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(64, 0, 8, GUEST_CODE);
	EXPECT_EQ(0, entry_64(self, 0).error);
}

TEST_F(inject, three_faults_are_a_triple_fault)
{
	ASSERT_EQ(0, load_short(self, 8 * 16 - 1));
	EXPECT_EQ(1, inject_error(self, 13, 0));
	ASSERT_EQ(VMX_EXIT_EXCEPTION_NMI, run(self, false));
	EXPECT_EQ(1, inject_error(self, 13, self->exit.intr_error));
	ASSERT_EQ(VMX_EXIT_EXCEPTION_NMI, run(self, false));
	EXPECT_EQ(8, (int)(self->vectoring & 0xff));
	EXPECT_EQ(1, inject_error(self, 13, self->exit.intr_error));
	ASSERT_EQ(VMX_EXIT_TRIPLE_FAULT, run(self, false));
	EXPECT_EQ(0, entries(self));
}

TEST_F(inject, a_fault_in_the_delivery_of_an_interrupt_is_only_that_fault)
{
	ASSERT_EQ(0, load_short(self, 14 * 16 - 1));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	ASSERT_EQ(VMX_EXIT_EXCEPTION_NMI, run(self, false));
	EXPECT_EQ(1, inject_error(self, 13, self->exit.intr_error));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(64, 0, 13, GUEST_CODE);
	/* Gate 0x20 of the IDT, in the delivery of an event from outside. */
	EXPECT_EQ(0x20 * 8 + 3, entry_64(self, 0).error);
}

TEST_F(inject, a_delivery_goes_on_when_its_fault_is_mended)
{
	ASSERT_EQ(0, load_short(self, 14 * 16 - 1));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	ASSERT_EQ(VMX_EXIT_EXCEPTION_NMI, run(self, false));
	ASSERT_EQ(0, set_one(self, REGS_IDTR_LIMIT, 0xfff));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(64, 0, 0x20, GUEST_CODE);
}

TEST_F(inject, a_delivery_waits_when_the_guest_was_changed)
{
	ASSERT_EQ(0, load_short(self, 14 * 16 - 1));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	ASSERT_EQ(VMX_EXIT_EXCEPTION_NMI, run(self, false));
	ASSERT_EQ(0, set_one(self, REGS_IDTR_LIMIT, 0xfff));
	ASSERT_EQ(0, set_one(self, REGS_RFLAGS, 2));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	EXPECT_EQ(0, entries(self));
	ASSERT_EQ(0, set_one(self, REGS_RFLAGS, FLAG_IF | 2));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	EXPECT_EQ(1, entries(self));
}

TEST_F(inject, an_entry_that_fails_loses_nothing)
{
	ASSERT_EQ(0, LOAD_16(guest_halt));
	/* An interrupt does not end shutdown. */
	ASSERT_EQ(0, set_one(self, REGS_ACTIVITY, 2));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	ASSERT_EQ(TEAVMX_STOP_FAIL, go(self, false));
	ASSERT_EQ(0, set_one(self, REGS_ACTIVITY, 0));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(16, 0, 0x20, GUEST_CODE);
}

TEST_F(inject, a_single_step_comes_before_an_interrupt)
{
	ASSERT_EQ(0, LOAD_16(guest_mov_ss));
	ASSERT_EQ(VMX_EXIT_IO_INSTRUCTION, run(self, false));
	ASSERT_EQ(0, set_one(self, REGS_INTERRUPTIBILITY, 0));
	ASSERT_EQ(0, set_one(self, REGS_RFLAGS, FLAG_TF | FLAG_IF | 2));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, true));
	ASSERT_EQ(2, entries(self));
	EXPECT_ENTRY(16, 0, 1, GUEST_CODE + 4);
	EXPECT_ENTRY(16, 1, 0x20, GUEST_CODE + 4);
}

TEST_F(inject, the_host_program_can_watch_windows)
{
	uint8_t reasons[TEAVMX_HOST_REASONS_SIZE] = {
		1 << (VMX_EXIT_INTERRUPT_WINDOW & 7),
	};
	int i;

	ASSERT_EQ(0, LOAD_16(guest_cli));
	ASSERT_EQ(VMX_EXIT_IO_INSTRUCTION, run(self, false));
	ASSERT_EQ(0, teavmx_host_reasons(self->teavmx, self->vm.id, reasons));
	ASSERT_EQ(VMX_EXIT_INTERRUPT_WINDOW, run(self, true));
	EXPECT_EQ(GUEST_CODE + 5, get(self, REGS_RIP));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	/* Another one where the host interrupts the handler; no endless row. */
	for (i = 0; i < 10 && run(self, false) == VMX_EXIT_INTERRUPT_WINDOW;
	     i++)
		EXPECT_EQ(GUEST_CODE + 5, get(self, REGS_RIP));
	ASSERT_EQ(VMX_EXIT_HLT, self->exit.reason);
	EXPECT_EQ(1, entries(self));
	reasons[VMX_EXIT_NMI_WINDOW / 8] = 1 << (VMX_EXIT_NMI_WINDOW & 7);
	reasons[0] = 0;
	ASSERT_EQ(0, teavmx_host_reasons(self->teavmx, self->vm.id, reasons));
	ASSERT_EQ(VMX_EXIT_NMI_WINDOW, run(self, false));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
}

TEST_F(inject, refuses_a_queue_too_long)
{
	int i;

	ASSERT_EQ(0, LOAD_16(guest_halt));
	for (i = 0; i < QUEUE; i++)
		ASSERT_EQ(i + 1, inject_interrupt(self, 0x40 + i));
	EXPECT_EQ(-1, inject_interrupt(self, 0x20));
	EXPECT_EQ(EBUSY, teavmx_error(self->teavmx)->error);
	EXPECT_NE(NULL, strstr(teavmx_error(self->teavmx)->message, "full"));
	ASSERT_EQ(VMX_EXIT_HLT, run(self, false));
	ASSERT_EQ(QUEUE, entries(self));
	for (i = 0; i < QUEUE; i++)
		EXPECT_EQ(0x40 + i, entry_16(self, i).vector);
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
}

struct refusal {
	const char *words;
	struct teavmx_inject event;
};

static void refuse(struct __test_metadata *_metadata,
		   FIXTURE_DATA(inject) *self, const struct refusal *list,
		   size_t count)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);
	size_t i;

	for (i = 0; i < count; i++) {
		EXPECT_EQ(-1, try_inject(self, &list[i].event)) {
			TH_LOG("not refused: %s", list[i].words);
		}
		EXPECT_EQ(EINVAL, error->error);
		EXPECT_NE(NULL, strstr(error->message, list[i].words)) {
			TH_LOG("%s", error->message);
		}
	}
}

#define REFUSE(list) \
	refuse(_metadata, self, list, sizeof(list) / sizeof(*(list)))

TEST_F(inject, refuses_what_no_processor_delivers)
{
	static const struct refusal list[] = {
		{ "has this type", { .vector = 0x20, .type = 1 } },
		{ "has this type", { .vector = 0x20, .type = 8 } },
		{ "NMI has vector 2", { .vector = 3, .type = 2 } },
		{ "below 32", { .vector = 32, .type = 3 } },
		{ "vector 1", { .vector = 3, .type = 5, .length = 1 } },
		{ "vector 3 or 4", { .vector = 1, .type = 6, .length = 1 } },
		{ "vector 0", { .vector = 1, .type = 7 } },
		{ "only hardware exceptions",
		  { .vector = 14, .type = 0, .has_error = true } },
		{ "only hardware exceptions",
		  { .vector = 3, .type = 6, .length = 1, .has_error = true } },
		{ "15 bytes", { .vector = 3, .type = 6, .length = 16 } },
		{ "have a length", { .vector = 6, .type = 3, .length = 2 } },
		{ "have a length", { .vector = 2, .type = 2, .length = 1 } },
	};

	ASSERT_EQ(0, LOAD_64(guest_halt));
	REFUSE(list);
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
}

TEST_F(inject, refuses_wrong_error_codes)
{
	static const struct refusal list[] = {
		{ "needs an error code", { .vector = 8, .type = 3 } },
		{ "needs an error code", { .vector = 10, .type = 3 } },
		{ "needs an error code", { .vector = 14, .type = 3 } },
		{ "needs an error code", { .vector = 17, .type = 3 } },
		{ "has no error code",
		  { .vector = 0, .type = 3, .has_error = true } },
		{ "has no error code",
		  { .vector = 9, .type = 3, .has_error = true } },
		{ "bits 31:16",
		  { .vector = 14, .type = 3, .has_error = true,
		    .error = 0x10000 } },
	};
	static const struct refusal real_mode[] = {
		{ "real mode", { .vector = 13, .type = 3, .has_error = true } },
	};

	REFUSE(real_mode);
	EXPECT_EQ(1, inject(self, VMX_INTR_TYPE_HARDWARE_EXCEPTION, 13));
	ASSERT_EQ(0, LOAD_64(guest_halt));
	REFUSE(list);
}

TEST_F(inject, refuses_vcpus_that_cannot_take_events)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);
	struct teavmx_vcpu tea;

	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm.id,
				      self->vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(-1, inject_interrupt(self, 0x20));
	EXPECT_EQ(ESRCH, error->error);
	ASSERT_EQ(0, machine_new(self->teavmx, 0, TEAVMX_BACKEND_VMX,
				 program_loop, sizeof(program_loop), &tea));
	self->vm.id = tea.vm;
	self->vcpu.id = tea.id;
	teavmx_vcpu_clear(&tea);
	EXPECT_EQ(-1, inject_interrupt(self, 0x20));
	EXPECT_EQ(EOPNOTSUPP, error->error);
}

TEST_HARNESS_MAIN
