// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests that do with the memory of their translation what the translator does not
 * do: they execute it too early, write to it too late, and have it made executable
 * without having been given any. One writes to its decoded program, which a reset
 * forbids. Needs VMX and a module loaded with vmx_break=1.
 */
#include <errno.h>
#include <string.h>

#include <module/tea/guest/layout.h>

#include "expect.h"

/* Qualification of an EPT violation: a write, a fetch */
#define WRITE		2
#define FETCH		4
#define PAGE		0x1000
/* The part of the interpreter that calls the host is in its first bytes. */
#define ROUNDS		0x380

/**
 * struct seen - the exits of a run
 * @seals: calls that report a translation
 * @after: exits after the last one of these
 * @last: the last one
 */
struct seen {
	unsigned int seals;
	unsigned int after;
	struct teavmx_record last;
};

FIXTURE(jit_hostile)
{
	struct teavmx *teavmx;
	struct teavmx_vcpu vcpu;
	struct seen seen;
	uint64_t seq;
};

FIXTURE_SETUP(jit_hostile)
{
	self->teavmx = machine_open();
	NEED_VMX(self->teavmx);
}

FIXTURE_TEARDOWN(jit_hostile)
{
	teavmx_vcpu_clear(&self->vcpu);
	teavmx_close(self->teavmx);
}

static void see(const struct teavmx_record *record, void *data)
{
	struct seen *seen = data;

	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT)
		return;
	/* Those of the host come at any time. */
	if (record->reason == VMX_EXIT_EXTERNAL_INTERRUPT ||
	    record->reason == VMX_EXIT_PREEMPTION_TIMER)
		return;
	seen->last = *record;
	seen->after++;
	if (record->reason == VMX_EXIT_VMCALL &&
	    TEA_CALL_SERVICE(record->value) == TEAVMX_TEA_SERVICE_TRANSLATED) {
		seen->seals++;
		seen->after = 0;
	}
}

static int see_events(FIXTURE_DATA(jit_hostile) *self)
{
	int err;

	do {
		err = teavmx_event_get(self->teavmx, self->vcpu.vm, &self->seq,
				       see, &self->seen);
	} while (err > 0);
	return err;
}

/* Runs the program, of a vCPU in a VM of its own, in a slice. */
static int run(FIXTURE_DATA(jit_hostile) *self)
{
	struct teavmx_slice slice;

	self->seen = (struct seen){ 0 };
	return teavmx_vcpu_run_slice(self->teavmx, self->vcpu.vm, self->vcpu.id,
				     NULL, &slice) ?: see_events(self);
}

/* Runs it to its end. The host's scheduler may end the slice before. */
static int run_to_end(FIXTURE_DATA(jit_hostile) *self)
{
	return run(self) ?: machine_wait(self->teavmx, &self->vcpu,
					 TEAVMX_VCPU_STATE_EXITED) ?:
			    see_events(self);
}

static int new(FIXTURE_DATA(jit_hostile) *self, enum teavmx_engine engine,
	       uint32_t field, uint64_t value)
{
	const struct teavmx_vmcs_write write = { field, value };
	const struct teavmx_program program = {
		.program = program_show,
		.program_size = sizeof(program_show),
		.engine = engine,
		.keep = true,
		.writes = &write,
		.write_count = 1,
	};

	teavmx_vcpu_clear(&self->vcpu);
	self->seq = 1;
	return teavmx_vcpu_new(self->teavmx, 0, &program, &self->vcpu);
}

static int delete(FIXTURE_DATA(jit_hostile) *self)
{
	return teavmx_vm_del(self->teavmx, self->vcpu.vm);
}

/* Was the last exit caused by an access to the page at this address? */
static bool is_violation(FIXTURE_DATA(jit_hostile) *self, uint64_t access,
			 uint64_t page)
{
	const struct teavmx_record *last = &self->seen.last;

	if (last->reason == VMX_EXIT_EPT_VIOLATION &&
	    last->qualification & access &&
	    last->guest_physical >= page && last->guest_physical < page + PAGE)
		return true;
	printf("# %s, qualification 0x%llx, address 0x%llx\n",
	       expect_reason(last->reason),
	       (unsigned long long)last->qualification,
	       (unsigned long long)last->guest_physical);
	return false;
}

TEST_F(jit_hostile, executes_nothing_before_the_seal)
{
	ASSERT_EQ(0, new(self, TEAVMX_ENGINE_JIT, VMCS_FIELD_GUEST_RIP,
			 GUEST_TRANSLATED));
	ASSERT_EQ(0, run_to_end(self));
	EXPECT_EQ(0, self->seen.seals);
	EXPECT_TRUE(is_violation(self, FETCH, GUEST_TRANSLATED));
	EXPECT_EQ(TEAVMX_ENGINE_INTERP, (int)self->vcpu.engine);
	EXPECT_EQ(0, delete(self));
}

/* Its x86 stack is at the end of the translation, and so is written until the seal. */
TEST_F(jit_hostile, writes_nothing_after_it)
{
	const struct teavmx_run again = { .reset = true };

	ASSERT_EQ(0, new(self, TEAVMX_ENGINE_JIT, VMCS_FIELD_GUEST_RSP,
			 GUEST_TRANSLATED + PAGE));
	ASSERT_EQ(0, run_to_end(self));
	EXPECT_EQ(1, self->seen.seals);
	EXPECT_EQ(1, self->seen.after);
	EXPECT_TRUE(is_violation(self, WRITE, GUEST_TRANSLATED));
	EXPECT_TEA_EXIT(KILL, machine_code(&self->vcpu));
	/* What a broken guest has written is not executed by another run. */
	EXPECT_EQ(-1, teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm,
					   self->vcpu.id, &again));
	EXPECT_ERROR(EINVAL, self->teavmx);
	EXPECT_EQ(0, delete(self));
}

/* Its x86 stack is at the end of the decoded program, in each of its runs. */
TEST_F(jit_hostile, writes_to_no_decoded_program_after_a_reset)
{
	const struct teavmx_run again = { .reset = true };

	ASSERT_EQ(0, new(self, TEAVMX_ENGINE_INTERP, VMCS_FIELD_GUEST_RSP,
			 GUEST_DECODED + PAGE));
	ASSERT_EQ(0, run_to_end(self));
	EXPECT_TEA_EXIT(NORMAL, machine_code(&self->vcpu));
	ASSERT_EQ(0, teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm,
					  self->vcpu.id, &again));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(0, see_events(self));
	EXPECT_TRUE(is_violation(self, WRITE, GUEST_DECODED));
	EXPECT_TEA_EXIT(KILL, machine_code(&self->vcpu));
	EXPECT_EQ(0, delete(self));
}

/* Runs that begin at a place of the interpreter. Those that do not end are deleted. */
TEST_F_TIMEOUT(jit_hostile, a_seal_without_a_translation_ends_the_process, 120)
{
	unsigned int seals = 0;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, new(self, TEAVMX_ENGINE_INTERP,
				 VMCS_FIELD_GUEST_RIP, GUEST_TEXT + i));
		ASSERT_EQ(0, run(self));
		if (self->seen.seals) {
			seals++;
			EXPECT_EQ(0, self->seen.after);
		}
		ASSERT_EQ(0, delete(self));
	}
	printf("# %u of %u sealed\n", seals, ROUNDS);
	EXPECT_LT(0, seals);
}

TEST_HARNESS_MAIN
