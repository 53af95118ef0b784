// SPDX-License-Identifier: GPL-2.0-only
/* Events that the host program injects into raw guests, in the modes they have. */
#include "inject_fixture.h"

TEST_F(inject, an_interrupt_comes_after_hlt)
{
	ASSERT_EQ(0, LOAD_16(guest_halt));
	ASSERT_REASON(HLT, inject_run(self, false));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	ASSERT_REASON(HLT, inject_run(self, true));
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(16, 0, 0x20, GUEST_CODE + 1);
	EXPECT_EQ(FLAG_IF, entry_16(self, 0).flags & FLAG_IF);
	EXPECT_EQ(GUEST_STACK - 6, entry_16(self, 0).sp);
	EXPECT_REG(RSP, GUEST_STACK);
	ASSERT_REASON(HLT, inject_run(self, true));
	EXPECT_EQ(1, entries(self));
}

TEST_F(inject, an_interrupt_waits_for_sti_and_one_instruction_more)
{
	ASSERT_EQ(0, LOAD_16(guest_cli));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, false));
	EXPECT_EQ(1, inject_interrupt(self, 0xff));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, false));
	EXPECT_EQ(0, entries(self));
	ASSERT_REASON(HLT, inject_run(self, true));
	ASSERT_EQ(1, entries(self));
	/* cli; out; sti; inc %cx, and only then. */
	EXPECT_ENTRY(16, 0, 0xff, GUEST_CODE + 5);
}

TEST_F(inject, an_interrupt_waits_in_the_shadow_of_sti)
{
	ASSERT_EQ(0, LOAD_16(guest_sti));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, false));
	EXPECT_REG(INTERRUPTIBILITY, 1);
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, false));
	EXPECT_EQ(0, entries(self));
	ASSERT_REASON(HLT, inject_run(self, true));
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(16, 0, 0x20, GUEST_CODE + 4);
}

/* After STI and CLI no window for interrupts opens, so the NMI must not wait for one. */
TEST_F(inject, an_nmi_does_not_wait_in_the_shadow_of_sti)
{
	ASSERT_EQ(0, LOAD_16(guest_sti));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, false));
	EXPECT_REG(INTERRUPTIBILITY, 1);
	EXPECT_EQ(1, inject_nmi(self));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, false));
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(16, 0, 2, GUEST_CODE + 2);
	EXPECT_REG(INTERRUPTIBILITY, 0);
}

TEST_F(inject, events_wait_in_the_shadow_of_mov_ss)
{
	ASSERT_EQ(0, LOAD_16(guest_mov_ss));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, false));
	EXPECT_REG(INTERRUPTIBILITY, 2);
	EXPECT_EQ(1, inject_nmi(self));
	EXPECT_EQ(2, inject_interrupt(self, 0x20));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, false));
	EXPECT_EQ(0, entries(self));
	ASSERT_REASON(HLT, inject_run(self, true));
	ASSERT_EQ(2, entries(self));
	EXPECT_ENTRY(16, 0, 2, GUEST_CODE + 4);
	EXPECT_ENTRY(16, 1, 0x20, GUEST_CODE + 4);
}

/* The NMI's handler is guest_nmi, which stops before it writes to the log. */
static int load_nmi(struct raw_data *self)
{
	const uint16_t handler[] = { GUEST_NMI, 0 };

	return LOAD_16(guest_halt) || raw_put(self, GUEST_NMI, guest_nmi,
					      guest_nmi_end - guest_nmi) ||
		raw_put(self, 4 * 2, handler, sizeof(handler));
}

TEST_F(inject, an_nmi_waits_for_the_end_of_another)
{
	ASSERT_EQ(0, load_nmi(self));
	ASSERT_REASON(HLT, inject_run(self, false));
	EXPECT_EQ(1, inject_nmi(self));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, true));
	EXPECT_REG(INTERRUPTIBILITY, 8);
	EXPECT_EQ(1, inject_nmi(self));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, true));
	/* Only the IRET of the first has let the second in. */
	ASSERT_EQ(1, entries(self));
	ASSERT_REASON(HLT, inject_run(self, true));
	ASSERT_EQ(2, entries(self));
	EXPECT_ENTRY(16, 0, 2, GUEST_CODE + 1);
	EXPECT_ENTRY(16, 1, 2, GUEST_CODE + 1);
	EXPECT_REG(INTERRUPTIBILITY, 0);
}

TEST_F(inject, an_nmi_waits_for_an_iret_that_faults)
{
	/* The flags of this frame are in a page that IRET is first to touch. */
	const uint16_t frame[] = { GUEST_CODE, 0 };

	ASSERT_EQ(0, load_nmi(self));
	ASSERT_EQ(0, raw_put(self, GUEST_FRESH - 4, frame, sizeof(frame)));
	ASSERT_REASON(HLT, inject_run(self, false));
	EXPECT_EQ(1, inject_nmi(self));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, true));
	EXPECT_EQ(1, inject_nmi(self));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RSP, GUEST_FRESH - 4));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, true));
	ASSERT_EQ(1, entries(self));
	ASSERT_REASON(HLT, inject_run(self, true));
	ASSERT_EQ(2, entries(self));
	EXPECT_ENTRY(16, 1, 2, GUEST_CODE);
}

TEST_F(inject, events_of_instructions_return_behind_them)
{
	ASSERT_EQ(0, LOAD_16(guest_halt));
	ASSERT_REASON(HLT, inject_run(self, false));
	EXPECT_EQ(1, inject_soft(self, VMX_INTR_TYPE_SOFTWARE_INTERRUPT, 0x21,
				 1));
	ASSERT_REASON(HLT, inject_run(self, false));
	EXPECT_EQ(1, inject_soft(self, VMX_INTR_TYPE_SOFTWARE_EXCEPTION, 3, 1));
	ASSERT_REASON(HLT, inject_run(self, false));
	EXPECT_EQ(1,
		  inject_soft(self, VMX_INTR_TYPE_PRIVILEGED_SOFTWARE_EXCEPTION,
			      1, 1));
	ASSERT_REASON(HLT, inject_run(self, false));
	/* In real mode there is no error code on the stack. */
	EXPECT_EQ(1, inject_exception(self, 13));
	ASSERT_REASON(HLT, inject_run(self, false));
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
		EXPECT_NE(NULL, strstr(error->message, "requires the length"));
		return;
	}
	ASSERT_REASON(HLT, inject_run(self, false));
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(16, 0, 0x21, GUEST_CODE);
}

TEST_F(inject, a_pending_monitor_trap_is_for_processors_that_have_it)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);

	ASSERT_EQ(0, LOAD_16(guest_halt));
	if (inject_event(self, VMX_INTR_TYPE_OTHER_EVENT, 0) < 0) {
		EXPECT_EQ(EOPNOTSUPP, error->error);
		EXPECT_NE(NULL, strstr(error->message, "monitor trap flag"));
		return;
	}
	ASSERT_REASON(MONITOR_TRAP_FLAG, inject_run(self, false));
	EXPECT_REG(RIP, GUEST_CODE);
	ASSERT_REASON(HLT, inject_run(self, false));
}

TEST_F(inject, events_come_in_their_order)
{
	ASSERT_EQ(0, LOAD_16(guest_halt));
	ASSERT_REASON(HLT, inject_run(self, false));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	EXPECT_EQ(2, inject_exception(self, 6));
	EXPECT_EQ(3, inject_nmi(self));
	EXPECT_EQ(4, inject_interrupt(self, 0x21));
	EXPECT_EQ(5, inject_interrupt(self, 0x22));
	ASSERT_REASON(HLT, inject_run(self, true));
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
	EXPECT_EQ(1, inject_exception(self, 6));
	EXPECT_EQ(2, inject_exception(self, 5));
	ASSERT_REASON(HLT, inject_run(self, false));
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
	ASSERT_STOP(REQUEST, raw_wait(self));
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
			{ TEAVMX_REG_RIP, GUEST_CODE },
			{ TEAVMX_REG_RSP, GUEST_FRESH + i * 0x1000 },
		};

		ASSERT_EQ(0, raw_set_all(self, registers, 2));
		EXPECT_EQ(1, try_inject(self, event));
		ASSERT_REASON(HLT, inject_run(self, false));
		ASSERT_EQ((int)i + 1, entries(self));
		EXPECT_ENTRY(16, i, event->vector, list[i].from);
		EXPECT_EQ(i + 1, self->interrupted);
		EXPECT_EQ(event->type << 8 | event->vector,
			  (int)(self->vectoring & 0x7ff));
	}
	EXPECT_REG(INTERRUPTIBILITY, 0);
}

TEST_HARNESS_MAIN
