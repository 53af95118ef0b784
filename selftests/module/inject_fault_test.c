// SPDX-License-Identifier: GPL-2.0-only
/* Injected exceptions, faults in the delivery of events, and refusals. */
#include "inject_fixture.h"

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
			  inject_exception(self, vector));
		ASSERT_REASON(HLT, inject_run(self, false));
		ASSERT_EQ(count + 1, entries(self));
		EXPECT_ENTRY(64, count, vector, GUEST_CODE);
		EXPECT_EQ(has_error ? 0x100 + vector : 0,
			  entry_64(self, count).error);
		EXPECT_EQ(GUEST_STACK, entry_64(self, count).rsp);
		count++;
	}
}

/* Of all types, with 32-bit gates and without paging. */
TEST_F(inject, protected_mode_takes_events_of_each_type)
{
	ASSERT_EQ(0, LOAD_32(guest_halt));
	EXPECT_EQ(1, inject_error(self, 13, 0x1238));
	ASSERT_REASON(HLT, inject_run(self, false));
	EXPECT_EQ(1, inject_exception(self, 6));
	ASSERT_REASON(HLT, inject_run(self, false));
	EXPECT_EQ(1, inject_soft(self, VMX_INTR_TYPE_SOFTWARE_INTERRUPT, 0x80,
				 1));
	ASSERT_REASON(HLT, inject_run(self, false));
	EXPECT_EQ(1, inject_nmi(self));
	EXPECT_EQ(2, inject_interrupt(self, 0x21));
	ASSERT_REASON(HLT, inject_run(self, true));
	ASSERT_EQ(5, entries(self));
	EXPECT_ENTRY(32, 0, 13, GUEST_CODE);
	EXPECT_EQ(0x1238, entry_32(self, 0).error);
	EXPECT_EQ(GUEST_STACK, entry_32(self, 0).esp);
	EXPECT_ENTRY(32, 1, 6, GUEST_CODE);
	EXPECT_EQ(0, entry_32(self, 1).error);
	EXPECT_ENTRY(32, 2, 0x80, GUEST_CODE + 1);
	EXPECT_ENTRY(32, 3, 2, GUEST_CODE + 1);
	EXPECT_ENTRY(32, 4, 0x21, GUEST_CODE + 1);
}

TEST_F(inject, error_codes_survive_an_interrupted_delivery)
{
	ASSERT_EQ(0, LOAD_64(guest_halt));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RSP, GUEST_FRESH));
	EXPECT_EQ(1, inject_error(self, 14, 0x1002));
	ASSERT_REASON(HLT, inject_run(self, false));
	EXPECT_EQ(1, self->interrupted);
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(64, 0, 14, GUEST_CODE);
	EXPECT_EQ(0x1002, entry_64(self, 0).error);
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	EXPECT_EQ(2, inject_interrupt(self, 0x21));
	ASSERT_REASON(HLT, inject_run(self, true));
	ASSERT_EQ(3, entries(self));
	EXPECT_ENTRY(64, 1, 0x20, GUEST_CODE + 1);
	EXPECT_ENTRY(64, 2, 0x21, GUEST_CODE + 1);
}

/* Deliveries of #GP end in #GP, for the IDT is too short for its gate. */
static int load_short(struct raw_data *self, uint32_t limit)
{
	return LOAD_64(guest_halt) ||
	       raw_set(self, TEAVMX_REG_IDTR_LIMIT, limit) ||
	       raw_say(self,
		       teavmx_host_exceptions(self->teavmx, self->vm.id,
					      1 << 13));
}

TEST_F(inject, two_faults_are_a_double_fault)
{
	ASSERT_EQ(0, load_short(self, 9 * 16 - 1));
	EXPECT_EQ(1, inject_error(self, 13, 0));
	ASSERT_REASON(EXCEPTION_NMI, inject_run(self, false));
	EXPECT_EQ(1, self->interrupted);
	EXPECT_EQ(1, inject_error(self, 13, self->exit.intr_error));
	ASSERT_REASON(HLT, inject_run(self, false));
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(64, 0, 8, GUEST_CODE);
	EXPECT_EQ(0, entry_64(self, 0).error);
}

TEST_F(inject, three_faults_are_a_triple_fault)
{
	ASSERT_EQ(0, load_short(self, 8 * 16 - 1));
	EXPECT_EQ(1, inject_error(self, 13, 0));
	ASSERT_REASON(EXCEPTION_NMI, inject_run(self, false));
	EXPECT_EQ(1, inject_error(self, 13, self->exit.intr_error));
	ASSERT_REASON(EXCEPTION_NMI, inject_run(self, false));
	EXPECT_EQ(8, (int)(self->vectoring & 0xff));
	EXPECT_EQ(1, inject_error(self, 13, self->exit.intr_error));
	ASSERT_REASON(TRIPLE_FAULT, inject_run(self, false));
	EXPECT_EQ(0, entries(self));
}

TEST_F(inject, a_fault_in_the_delivery_of_an_interrupt_is_only_that_fault)
{
	ASSERT_EQ(0, load_short(self, 14 * 16 - 1));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	ASSERT_REASON(EXCEPTION_NMI, inject_run(self, false));
	EXPECT_EQ(1, inject_error(self, 13, self->exit.intr_error));
	ASSERT_REASON(HLT, inject_run(self, false));
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(64, 0, 13, GUEST_CODE);
	/* Gate 0x20 of the IDT, in the delivery of an event from outside. */
	EXPECT_EQ(0x20 * 8 + 3, entry_64(self, 0).error);
}

TEST_F(inject, a_delivery_goes_on_when_its_fault_is_mended)
{
	ASSERT_EQ(0, load_short(self, 14 * 16 - 1));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	ASSERT_REASON(EXCEPTION_NMI, inject_run(self, false));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_IDTR_LIMIT, 0xfff));
	ASSERT_REASON(HLT, inject_run(self, false));
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(64, 0, 0x20, GUEST_CODE);
}

TEST_F(inject, a_delivery_waits_when_the_guest_was_changed)
{
	ASSERT_EQ(0, load_short(self, 14 * 16 - 1));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	ASSERT_REASON(EXCEPTION_NMI, inject_run(self, false));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_IDTR_LIMIT, 0xfff));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, 2));
	ASSERT_REASON(HLT, inject_run(self, false));
	EXPECT_EQ(0, entries(self));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, FLAG_IF | 2));
	ASSERT_REASON(HLT, inject_run(self, false));
	EXPECT_EQ(1, entries(self));
}

TEST_F(inject, an_entry_that_fails_loses_nothing)
{
	ASSERT_EQ(0, LOAD_16(guest_halt));
	/* An interrupt does not end shutdown. */
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_ACTIVITY, 2));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	ASSERT_STOP(FAIL, raw_go(self));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_ACTIVITY, 0));
	ASSERT_REASON(HLT, inject_run(self, false));
	ASSERT_EQ(1, entries(self));
	EXPECT_ENTRY(16, 0, 0x20, GUEST_CODE);
}

/* In place of HLT, which a single step would end */
GUEST_PAYLOAD(code_out,
	".code16\n"
	"\tout\t%al, $0x80");

TEST_F(inject, a_single_step_comes_before_an_interrupt)
{
	ASSERT_EQ(0, LOAD_16(guest_mov_ss));
	ASSERT_EQ(0, raw_put(self, GUEST_CODE + 4, PAYLOAD(code_out)));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, false));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_INTERRUPTIBILITY, 0));
	ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RFLAGS, FLAG_TF | FLAG_IF | 2));
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, true));
	EXPECT_EQ(GUEST_CODE + 4, self->exit.rip);
	ASSERT_EQ(2, entries(self));
	EXPECT_ENTRY(16, 0, 1, GUEST_CODE + 4);
	EXPECT_ENTRY(16, 1, 0x20, GUEST_CODE + 4);
}

/*
 * The reason of the first exit that is not for the window. There is another exit
 * for it each time the host interrupts the guest before its next instruction is
 * done; no endless row.
 */
static int run_past_window(struct raw_data *self, int window)
{
	uint64_t rip = raw_get(self, TEAVMX_REG_RIP);
	int reason;
	int i;

	for (i = 0; i < 10; i++) {
		reason = inject_run(self, false);
		if (reason != window || raw_get(self, TEAVMX_REG_RIP) != rip)
			break;
	}
	return reason;
}

TEST_F(inject, the_host_program_can_watch_windows)
{
	uint8_t reasons[TEAVMX_HOST_REASONS_SIZE] = {
		1 << (VMX_EXIT_INTERRUPT_WINDOW & 7),
	};

	ASSERT_EQ(0, LOAD_16(guest_cli));
	ASSERT_REASON(IO_INSTRUCTION, inject_run(self, false));
	ASSERT_EQ(0, teavmx_host_reasons(self->teavmx, self->vm.id, reasons));
	ASSERT_REASON(INTERRUPT_WINDOW, inject_run(self, true));
	EXPECT_REG(RIP, GUEST_CODE + 5);
	EXPECT_EQ(1, inject_interrupt(self, 0x20));
	ASSERT_REASON(HLT, run_past_window(self, VMX_EXIT_INTERRUPT_WINDOW));
	EXPECT_EQ(1, entries(self));
	reasons[VMX_EXIT_NMI_WINDOW / 8] = 1 << (VMX_EXIT_NMI_WINDOW & 7);
	reasons[0] = 0;
	ASSERT_EQ(0, teavmx_host_reasons(self->teavmx, self->vm.id, reasons));
	ASSERT_REASON(NMI_WINDOW, inject_run(self, false));
	ASSERT_REASON(HLT, run_past_window(self, VMX_EXIT_NMI_WINDOW));
}

TEST_F(inject, refuses_a_queue_too_long)
{
	int i;

	ASSERT_EQ(0, LOAD_16(guest_halt));
	for (i = 0; i < QUEUE; i++)
		ASSERT_EQ(i + 1, inject_interrupt(self, 0x40 + i));
	EXPECT_EQ(-1, inject_interrupt(self, 0x20));
	EXPECT_ERROR(EBUSY, self->teavmx);
	EXPECT_NE(NULL, strstr(teavmx_error(self->teavmx)->message, "full"));
	ASSERT_REASON(HLT, inject_run(self, false));
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
		   struct raw_data *self, const struct refusal *list,
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
		{ "of this type cannot", { .vector = 0x20, .type = 1 } },
		{ "of this type cannot", { .vector = 0x20, .type = 8 } },
		{ "NMI requires vector 2", { .vector = 3, .type = 2 } },
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
		{ "requires an error code", { .vector = 8, .type = 3 } },
		{ "requires an error code", { .vector = 10, .type = 3 } },
		{ "requires an error code", { .vector = 14, .type = 3 } },
		{ "requires an error code", { .vector = 17, .type = 3 } },
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
	EXPECT_EQ(1, inject_exception(self, 13));
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
	EXPECT_EQ(EINVAL, error->error);
}

TEST_HARNESS_MAIN
