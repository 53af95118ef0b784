// SPDX-License-Identifier: GPL-2.0-only
/* TEA programs that are translated in the VMX guest (engine jit) */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"

#define WAIT_MS		20000
#define RUN_BOTH	(TEA_RUN_FIRST | TEA_RUN_LAST)
#define FILLING		1500

FIXTURE(jit)
{
	struct teavmx *teavmx;
	struct teavmx_program program;
	struct teavmx_vcpu vcpu;
	uint32_t vm;
};

FIXTURE_SETUP(jit)
{
	struct teavmx_vm vm;

	self->teavmx = machine_open();
	NEED_VMX(self->teavmx);
	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
	self->vm = vm.id;
	self->program.engine = TEAVMX_ENGINE_JIT;
}

FIXTURE_TEARDOWN(jit)
{
	teavmx_vcpu_clear(&self->vcpu);
	teavmx_close(self->teavmx);
}

static int new(FIXTURE_DATA(jit) *self, const void *program, size_t size)
{
	self->program.program = program;
	self->program.program_size = size;
	teavmx_vcpu_clear(&self->vcpu);
	return teavmx_vcpu_new(self->teavmx, self->vm, &self->program,
			       &self->vcpu);
}

#define NEW(program)	ASSERT_EQ(0, new(self, program, sizeof(program)))

static int run(FIXTURE_DATA(jit) *self, const void *program, size_t size)
{
	return new(self, program, size) ||
	       teavmx_vcpu_run(self->teavmx, self->vm, self->vcpu.id) ||
	       machine_wait(self->teavmx, &self->vcpu,
			    TEAVMX_VCPU_STATE_EXITED);
}

static unsigned long long calls_of(const struct teavmx_vcpu *vcpu)
{
	size_t i;

	for (i = 0; i < vcpu->exit_count; i++)
		if (vcpu->exits[i].reason == VMX_EXIT_VMCALL)
			return vcpu->exits[i].count;
	return 0;
}

/* What a process leaves, by each engine, is the same, with one more call. */
static bool same(FIXTURE_DATA(jit) *self, const void *program, size_t size)
{
	struct teavmx_vcpu *vcpu = &self->vcpu;
	struct teavmx_vcpu other;
	bool is_same;

	self->program.engine = TEAVMX_ENGINE_INTERP;
	if (run(self, program, size))
		return false;
	other = *vcpu;
	memset(vcpu, 0, sizeof(*vcpu));
	self->program.engine = TEAVMX_ENGINE_JIT;
	if (run(self, program, size))
		return false;
	is_same = other.engine == TEAVMX_ENGINE_INTERP &&
		  vcpu->engine == TEAVMX_ENGINE_JIT &&
		  vcpu->message_size == other.message_size &&
		  vcpu->message[TEA_MESSAGE_MIN - 1] ==
		  other.message[TEA_MESSAGE_MIN - 1] &&
		  vcpu->stack_used == other.stack_used &&
		  (!other.stack_used || !memcmp(vcpu->stack, other.stack,
						other.stack_used)) &&
		  vcpu->steps == other.steps &&
		  calls_of(vcpu) == calls_of(&other) + 1;
	if (!is_same)
		printf("# engine %u: %llu steps, %llu calls; engine %u: %llu, %llu\n",
		       other.engine, (unsigned long long)other.steps,
		       calls_of(&other), vcpu->engine,
		       (unsigned long long)vcpu->steps, calls_of(vcpu));
	teavmx_vcpu_clear(&other);
	return is_same;
}

#define SAME(program)	EXPECT_TRUE(same(self, program, sizeof(program)))

TEST_F_TIMEOUT(jit, is_as_the_interpreter, 120)
{
	SAME(program_show);
	SAME(program_count);
	SAME(program_countdown);
	SAME(program_recursion);
	SAME(program_divide);
	SAME(program_leave);
	SAME(program_nap);
	SAME(program_exit);
}

TEST_F(jit, shows_its_text_in_order)
{
	struct machine_record records[4];

	ASSERT_EQ(0, run(self, program_show, sizeof(program_show)));
	ASSERT_EQ(1, machine_records(self->teavmx, self->vm,
				     TEAVMX_EVENT_TYPE_TEA_TEXT, records, 4));
	EXPECT_EQ(2, (int)records[0].size);
	EXPECT_EQ(0, memcmp(records[0].bytes, "ok", 2));
}

TEST_F(jit, runs_in_a_slice)
{
	struct teavmx_slice slice;
	bool seen = false;
	int tries;

	self->program.run = true;
	self->program.slice = true;
	/* The host's scheduler may end one slice, not each. */
	for (tries = 0; tries < 20 && !seen; tries++) {
		NEW(program_show);
		seen = self->vcpu.state == TEAVMX_VCPU_STATE_EXITED;
		ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
					  TEAVMX_VCPU_STATE_EXITED));
		EXPECT_EQ(TEAVMX_ENGINE_JIT, (int)self->vcpu.engine);
		EXPECT_TEA_EXIT(NORMAL, machine_code(&self->vcpu));
	}
	EXPECT_TRUE(seen);
	/* The thread goes on with a translation that was begun in a slice. */
	self->program.run = false;
	self->program.slice = false;
	NEW(program_chatter);
	ASSERT_EQ(0, teavmx_vcpu_run_slice(self->teavmx, self->vm,
					   self->vcpu.id, NULL, &slice));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(TEAVMX_ENGINE_JIT, (int)self->vcpu.engine);
	EXPECT_TEA_EXIT(NORMAL, machine_code(&self->vcpu));
}

/* It is translated in its first run only. */
TEST_F(jit, a_reset_keeps_the_translation)
{
	const struct teavmx_run again = { .reset = true };
	unsigned long long calls = 0;
	uint64_t steps = 0;
	int i;

	self->program.keep = true;
	NEW(program_tally);
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, teavmx_vcpu_run_with(self->teavmx, self->vm,
						  self->vcpu.id, &again));
		ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
					  TEAVMX_VCPU_STATE_EXITED));
		EXPECT_EQ(200, self->vcpu.message[TEA_MESSAGE_MIN]);
		EXPECT_EQ(TEAVMX_ENGINE_JIT, (int)self->vcpu.engine);
		if (i)
			EXPECT_EQ(calls, calls_of(&self->vcpu) + (i == 1));
		EXPECT_TRUE(!i || steps == self->vcpu.steps);
		steps = self->vcpu.steps;
		calls = calls_of(&self->vcpu);
	}
}

/* A kill before the program begins leaves no engine that it would have had. */
TEST_F(jit, what_never_ran_was_not_translated)
{
	NEW(program_show);
	EXPECT_EQ(TEAVMX_ENGINE_JIT, (int)self->vcpu.engine);
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm, self->vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(TEAVMX_ENGINE_INTERP, (int)self->vcpu.engine);
}

/* The steps of a program without ports are seen, it pauses, and it is killed. */
TEST_F(jit, an_endless_loop)
{
	struct teavmx_vcpu *vcpu = &self->vcpu;
	uint64_t steps;

	NEW(program_loop);
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm, vcpu->id));
	do {
		ASSERT_EQ(0, machine_wait(self->teavmx, vcpu,
					  TEAVMX_VCPU_STATE_RUNNING));
	} while (!vcpu->steps);
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vm, vcpu->id));
	ASSERT_EQ(0, machine_wait(self->teavmx, vcpu,
				  TEAVMX_VCPU_STATE_PAUSED));
	steps = vcpu->steps;
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm, vcpu->id));
	do {
		ASSERT_EQ(0, machine_wait(self->teavmx, vcpu,
					  TEAVMX_VCPU_STATE_RUNNING));
	} while (vcpu->steps == steps);
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm, vcpu->id));
	ASSERT_EQ(0, machine_wait(self->teavmx, vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TEA_EXIT(KILL, machine_code(vcpu));
	EXPECT_EQ(TEAVMX_ENGINE_JIT, (int)vcpu->engine);
}

/* The parent and its child, which takes its engine, end, both translated. */
static bool are_translated(FIXTURE_DATA(jit) *self, int count)
{
	struct machine_record records[4];
	struct teavmx_vcpu vcpu;
	int id;

	if (machine_await(self->teavmx, self->vm, TEAVMX_EVENT_TYPE_TEA_EXIT,
			  records, count) != count)
		return false;
	for (id = 1; id <= count; id++) {
		vcpu = (struct teavmx_vcpu){ .vm = self->vm, .id = id };
		if (machine_wait(self->teavmx, &vcpu,
				 TEAVMX_VCPU_STATE_EXITED) ||
		    vcpu.engine != TEAVMX_ENGINE_JIT)
			return false;
		teavmx_vcpu_clear(&vcpu);
	}
	return true;
}

TEST_F(jit, a_process_passes_it_on)
{
	static const uint8_t packets[] = {
		5, TEA_ADDRESS_DEFAULT, 3, TEA_CMD_VM_RUN, RUN_BOTH, 5, 0 };
	uint8_t file[SENDER_MAX];
	size_t size = machine_sender(file, packets, TEA_OP_EXIT);

	ASSERT_EQ(0, teavmx_slot_set(self->teavmx, self->vm, 5, program_show,
				     sizeof(program_show), TEA_STACK_DEFAULT));
	ASSERT_EQ(0, run(self, file, size));
	EXPECT_TRUE(are_translated(self, 2));
}

TEST_F(jit, a_packet_of_the_host_names_it)
{
	static const uint8_t packet[] = {
		TEA_ADDRESS_DEFAULT, 3, TEA_CMD_VM_RUN, RUN_BOTH, 5 };
	struct teavmx_launched launched;

	ASSERT_EQ(0, teavmx_slot_set(self->teavmx, self->vm, 5, program_show,
				     sizeof(program_show), TEA_STACK_DEFAULT));
	ASSERT_EQ(0, teavmx_packet_send(self->teavmx, self->vm,
					TEAVMX_BACKEND_VMX, TEAVMX_ENGINE_JIT,
					packet, sizeof(packet), &launched));
	EXPECT_TRUE(are_translated(self, 1));
	EXPECT_EQ(-1, teavmx_packet_send(self->teavmx, self->vm,
					 TEAVMX_BACKEND_SOFT, TEAVMX_ENGINE_JIT,
					 packet, sizeof(packet), &launched));
	EXPECT_REFUSED(EOPNOTSUPP, self->teavmx, "soft back end");
	EXPECT_STREQ("engine", teavmx_error(self->teavmx)->attribute);
}

/*
 * Code of which nothing is executed but the begin and the end, which goes on behind
 * it, and of which each byte is translated to more than memory is given for.
 */
static size_t make_long(uint8_t *file)
{
	static const uint8_t begin[] = FILE_OF(1, 0, TEA_OP_PUSHLB, 0,
					       TEA_OP_POPB, TEA_OP_BRZ);
	static const uint8_t end[] = { TEA_OP_PUSHLB, 42, TEA_OP_POPBSA,
				       SHORT(0), TEA_OP_EXIT };
	const size_t to = sizeof(begin) - TEA_HEADER_SIZE + 2 + 2 * FILLING;
	uint8_t *at = file;
	int i;

	at = mempcpy(at, begin, sizeof(begin));
	*at++ = (uint8_t)(to >> 8);
	*at++ = (uint8_t)to;
	for (i = 0; i < FILLING; i++) {
		*at++ = TEA_OP_PUSHSBX;
		*at++ = TEA_OP_POPB;
	}
	return mempcpy(at, end, sizeof(end)) - (void *)file;
}

TEST_F(jit, what_does_not_fit_is_interpreted)
{
	const struct teavmx_run again = { .reset = true };
	uint8_t file[2 * FILLING + 64];
	size_t size = make_long(file);
	int i;

	self->program.keep = true;
	ASSERT_EQ(0, new(self, file, size));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, teavmx_vcpu_run_with(self->teavmx, self->vm,
						  self->vcpu.id, &again));
		ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
					  TEAVMX_VCPU_STATE_EXITED));
		EXPECT_TEA_EXIT(NORMAL, machine_code(&self->vcpu));
		EXPECT_EQ(42, self->vcpu.message[TEA_MESSAGE_MIN]);
		EXPECT_EQ(6, (int)self->vcpu.steps);
		EXPECT_EQ(TEAVMX_ENGINE_INTERP, (int)self->vcpu.engine);
		/* The first one reports it. */
		EXPECT_EQ(2 - i, (int)calls_of(&self->vcpu));
	}
}

/* The longest program needs more than a page table maps. */
TEST_F_TIMEOUT(jit, the_longest_programs, 120)
{
	static uint8_t file[TEA_FILE_MAX] = FILE_OF(0, 0, TEA_OP_EXIT);

	ASSERT_EQ(0, run(self, file, sizeof(file)));
	EXPECT_TEA_EXIT(NORMAL, machine_code(&self->vcpu));
	EXPECT_EQ(TEAVMX_ENGINE_JIT, (int)self->vcpu.engine);
	memset(file + TEA_HEADER_SIZE, TEA_OP_DIVB,
	       sizeof(file) - TEA_HEADER_SIZE);
	ASSERT_EQ(0, run(self, file, sizeof(file)));
	EXPECT_TEA_EXIT(STACK_UNDERFLOW, machine_code(&self->vcpu));
	EXPECT_EQ(TEAVMX_ENGINE_INTERP, (int)self->vcpu.engine);
}

TEST_F(jit, a_debugged_process_is_interpreted)
{
	self->program.debug = true;
	ASSERT_EQ(0, new(self, program_show, sizeof(program_show)));
	EXPECT_EQ(TEAVMX_ENGINE_INTERP, (int)self->vcpu.engine);
	EXPECT_TRUE(self->vcpu.debug);
}

TEST_F(jit, is_refused_by_name)
{
	self->program.backend = TEAVMX_BACKEND_SOFT;
	EXPECT_EQ(-1, new(self, program_show, sizeof(program_show)));
	EXPECT_REFUSED(EOPNOTSUPP, self->teavmx, "soft back end");
	EXPECT_STREQ("engine", teavmx_error(self->teavmx)->attribute);
}

TEST_HARNESS_MAIN
