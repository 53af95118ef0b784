// SPDX-License-Identifier: GPL-2.0-only
/*
 * TEA processes that are debugged: where they stop, what can be read and changed
 * then, what is refused, and that they can be killed in every state.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uapi/regs.h>

#include "expect.h"

#define WAIT_MS		20000
#define STACK_SIZE	64
#define CODE		TEAVMX_BREAKPOINT_KIND_TEA_CODE
#define STACK		TEAVMX_BREAKPOINT_KIND_TEA_STACK

#define SUM_AT		9
#define SUM_CODE	40
#define SUM_STEPS	(3 * 9 + 2 + 6)

FIXTURE(debug)
{
	struct teavmx *teavmx;
	struct teavmx_vm vm;
	struct teavmx_vcpu vcpu;
};

FIXTURE_VARIANT(debug)
{
	enum teavmx_backend backend;
};

FIXTURE_VARIANT_ADD(debug, soft)
{
	.backend = TEAVMX_BACKEND_SOFT,
};

FIXTURE_VARIANT_ADD(debug, vmx)
{
	.backend = TEAVMX_BACKEND_VMX,
};

FIXTURE_SETUP(debug)
{
	self->teavmx = machine_open();
	if (variant->backend == TEAVMX_BACKEND_VMX)
		NEED_VMX(self->teavmx);
	ASSERT_EQ(0, teavmx_event_open(self->teavmx, 0));
}

FIXTURE_TEARDOWN(debug)
{
	teavmx_vcpu_clear(&self->vcpu);
	teavmx_close(self->teavmx);
}

static int load(FIXTURE_DATA(debug) *self, enum teavmx_backend backend,
		const void *program, size_t size)
{
	const struct teavmx_program params = {
		.backend = backend,
		.stack_size = STACK_SIZE,
		.program = program,
		.program_size = size,
		.debug = true,
	};

	teavmx_vcpu_clear(&self->vcpu);
	if (self->vm.id)
		teavmx_vm_del(self->teavmx, self->vm.id);
	if (teavmx_vm_new(self->teavmx, TEAVMX_VM_FLAGS_HOST_PORTS,
			  &self->vm) ||
	    teavmx_event_watch(self->teavmx, self->vm.id, 0) ||
	    teavmx_vcpu_new(self->teavmx, self->vm.id, &params, &self->vcpu)) {
		printf("# %s\n", teavmx_error(self->teavmx)->message);
		return -1;
	}
	return 0;
}

#define LOAD(program) \
	ASSERT_EQ(0, load(self, variant->backend, program, sizeof(program)))

/* The stop, or -1 */
static int go(FIXTURE_DATA(debug) *self, uint64_t steps, uint32_t until)
{
	const struct teavmx_run run = { .steps = steps, .until = until };

	if (teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm, self->vcpu.id,
				 &run)) {
		printf("# %s\n", teavmx_error(self->teavmx)->message);
		return -1;
	}
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, WAIT_MS, NULL,
				NULL, NULL);
}

static int add(FIXTURE_DATA(debug) *self, uint32_t kind, uint64_t address)
{
	const struct teavmx_breakpoint breakpoint = { .kind = kind, .address = address };

	return teavmx_break_set(self->teavmx, self->vcpu.vm, self->vcpu.id,
				&breakpoint);
}

static int take(FIXTURE_DATA(debug) *self, uint32_t kind, uint64_t address)
{
	const struct teavmx_breakpoint breakpoint = { .kind = kind, .address = address };

	return teavmx_break_clear(self->teavmx, self->vcpu.vm, self->vcpu.id,
				  &breakpoint);
}

static long long reg(FIXTURE_DATA(debug) *self, uint32_t number)
{
	struct teavmx_register *list;
	long long value;
	int count = teavmx_regs_get(self->teavmx, self->vcpu.vm,
				    self->vcpu.id, &list);

	if (count != 4) {
		printf("# %d registers\n", count);
		return -1;
	}
	value = (long long)teavmx_reg_get(list, (size_t)count, number);
	free(list);
	return value;
}

static int set(FIXTURE_DATA(debug) *self, uint32_t number, uint64_t value)
{
	const struct teavmx_register one = { number, value };

	return teavmx_regs_set(self->teavmx, self->vcpu.vm, self->vcpu.id, &one,
			       1);
}

static int peek(FIXTURE_DATA(debug) *self, uint32_t at)
{
	uint8_t byte;

	return teavmx_stack_read(self->teavmx, self->vcpu.vm, self->vcpu.id, at,
				 &byte, 1) ? -1 : byte;
}

static int poke(FIXTURE_DATA(debug) *self, uint32_t at, uint8_t byte)
{
	return teavmx_stack_write(self->teavmx, self->vcpu.vm, self->vcpu.id,
				  at, &byte, 1);
}

/* It failed, with this errno and a message with these words */
static bool refused(FIXTURE_DATA(debug) *self, int result, int error,
		    const char *words)
{
	const struct teavmx_error *why = teavmx_error(self->teavmx);

	if (result == -1 && why->error == error && strstr(why->message, words))
		return true;
	printf("# %d, errno %d: %s\n", result, why->error, why->message);
	return false;
}

#define READ_REG(number)	reg(self, number)

#define REFUSED(result, error, words) \
	EXPECT_TRUE(refused(self, result, error, words))

static int code_of(FIXTURE_DATA(debug) *self)
{
	if (machine_wait(self->teavmx, &self->vcpu, TEAVMX_VCPU_STATE_EXITED))
		return -1;
	return machine_code(&self->vcpu);
}

static int kill_it(FIXTURE_DATA(debug) *self)
{
	return teavmx_vcpu_kill(self->teavmx, self->vcpu.vm, self->vcpu.id) ?
	       -1 : code_of(self);
}

static int pause_it(FIXTURE_DATA(debug) *self)
{
	if (teavmx_vcpu_pause(self->teavmx, self->vcpu.vm, self->vcpu.id))
		return -1;
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, WAIT_MS, NULL,
				NULL, NULL);
}

static int start(FIXTURE_DATA(debug) *self, uint32_t state)
{
	return teavmx_vcpu_run(self->teavmx, self->vcpu.vm, self->vcpu.id) ||
	       machine_wait(self->teavmx, &self->vcpu, state);
}

TEST_F(debug, begins_before_the_first_instruction)
{
	LOAD(program_recursion);
	EXPECT_STATE(READY, self->vcpu.state);
	EXPECT_TRUE(self->vcpu.debug);
	EXPECT_REG(TEA_CP, 0);
	EXPECT_REG(TEA_SP, 1);
	EXPECT_REG(TEA_FLAGS, 0);
	EXPECT_REG(TEA_STEPS, 0);
	ASSERT_STOP(STEPS, go(self, 1, 0));
	EXPECT_REG(TEA_CP, 2);
	EXPECT_REG(TEA_SP, 2);
	EXPECT_REG(TEA_STEPS, 1);
	EXPECT_EQ(3, peek(self, 1));
}

TEST_F(debug, steps_are_instructions)
{
	static const unsigned int pieces[] = { 1, 7, SUM_STEPS - 1 };
	unsigned int steps;
	size_t i;
	int stop;

	for (i = 0; i < 3; i++) {
		LOAD(program_recursion);
		for (steps = pieces[i];; steps += pieces[i]) {
			stop = go(self, pieces[i], 0);
			if (stop != TEAVMX_STOP_STEPS)
				break;
			ASSERT_REG(TEA_STEPS, steps);
		}
		ASSERT_STOP(ENDED, stop);
		ASSERT_STOP(NONE, go(self, 0, 0));
		EXPECT_TEA_EXIT(NORMAL, code_of(self));
		EXPECT_EQ(6, self->vcpu.message[4]);
		EXPECT_EQ(SUM_STEPS, self->vcpu.steps);
	}
}

TEST_F(debug, stops_before_its_end)
{
	LOAD(program_divide);
	ASSERT_STOP(ENDED, go(self, 0, 0));
	EXPECT_REG(TEA_CP, 4);
	EXPECT_REG(TEA_SP, 2);
	EXPECT_REG(TEA_FLAGS, TEA_FLAG_Z);
	EXPECT_REG(TEA_STEPS, 3);
	EXPECT_EQ(7, peek(self, 0));
	REFUSED(set(self, TEAVMX_REG_TEA_CP, 0), EBUSY, "has ended");
	REFUSED(poke(self, 0, 1), EBUSY, "has ended");
	EXPECT_EQ(0, add(self, CODE, 0));
	ASSERT_STOP(NONE, go(self, 0, 0));
	EXPECT_TEA_EXIT(DIV_BY_ZERO, code_of(self));
	EXPECT_EQ(3, self->vcpu.steps);
	REFUSED(peek(self, 0), EBUSY, "the vCPU has exited");
	REFUSED(go(self, 0, 0), EBUSY, "exited");
}

TEST_F(debug, breakpoints)
{
	LOAD(program_recursion);
	ASSERT_EQ(0, add(self, CODE, SUM_AT));
	ASSERT_EQ(0, add(self, CODE, 6));
	ASSERT_STOP(BREAKPOINT, go(self, 0, 0));
	EXPECT_REG(TEA_CP, SUM_AT);
	ASSERT_STOP(BREAKPOINT, go(self, 1000, 0));
	EXPECT_REG(TEA_CP, SUM_AT);
	ASSERT_EQ(0, take(self, CODE, SUM_AT));
	REFUSED(take(self, CODE, SUM_AT), ENOENT, "no such breakpoint");
	ASSERT_STOP(BREAKPOINT, go(self, 0, 0));
	EXPECT_REG(TEA_CP, 6);
	ASSERT_EQ(0, add(self, CODE, 8));
	ASSERT_EQ(0, teavmx_break_clear(self->teavmx, self->vcpu.vm,
					self->vcpu.id, NULL));
	ASSERT_STOP(ENDED, go(self, 0, 0));
}

/*
 * BREAK_CLEAR has no attribute for a size. Its array of attributes comes from
 * the memory that one of BREAK_SET with a size was in before.
 */
TEST_F(debug, clearing_takes_no_size_from_an_earlier_request)
{
	const struct teavmx_breakpoint sized = { .kind = CODE, .address = SUM_AT, .size = 1 };
	unsigned int i;

	LOAD(program_recursion);
	for (i = 0; i < 64; i++) {
		ASSERT_EQ(0, add(self, CODE, SUM_AT));
		REFUSED(teavmx_break_set(self->teavmx, self->vcpu.vm,
					 self->vcpu.id, &sized),
			EINVAL, "no size");
		ASSERT_EQ(0, take(self, CODE, SUM_AT)) {
			printf("# try %u: %s\n", i,
			       teavmx_error(self->teavmx)->message);
		}
	}
}

TEST_F(debug, breakpoints_are_listed)
{
	struct teavmx_breakpoint *list;

	LOAD(program_recursion);
	ASSERT_EQ(0, add(self, STACK, 3));
	ASSERT_EQ(0, add(self, CODE, SUM_AT));
	ASSERT_EQ(0, add(self, CODE, 8));
	ASSERT_EQ(3, teavmx_break_list(self->teavmx, self->vcpu.vm,
				       self->vcpu.id, &list));
	EXPECT_EQ(CODE, list[0].kind);
	EXPECT_EQ(SUM_AT, list[0].address);
	EXPECT_EQ(CODE, list[1].kind);
	EXPECT_EQ(8, list[1].address);
	EXPECT_EQ(STACK, list[2].kind);
	EXPECT_EQ(3, list[2].address);
	EXPECT_EQ(0, list[2].size);
	free(list);
}

TEST_F(debug, no_more_breakpoints_than_there_are)
{
	unsigned int i;

	LOAD(program_recursion);
	for (i = 0; i < 32; i++)
		ASSERT_EQ(0, add(self, CODE, SUM_CODE - 1 - i));
	REFUSED(add(self, CODE, 7), ENOSPC, "32 breakpoints");
	REFUSED(add(self, CODE, SUM_CODE - 1), EEXIST, "is set already");
	ASSERT_STOP(BREAKPOINT, go(self, 0, 0));
	EXPECT_REG(TEA_CP, SUM_AT);
	ASSERT_EQ(0, take(self, CODE, SUM_CODE - 1));
	EXPECT_EQ(0, add(self, CODE, 7));
	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, add(self, STACK, STACK_SIZE - 1 - i));
	REFUSED(add(self, STACK, 0), ENOSPC, "8 bytes");
	REFUSED(add(self, CODE, SUM_CODE), ERANGE, "outside of the code");
	REFUSED(add(self, CODE, 1ULL << 32), ERANGE, "outside of the code");
	REFUSED(add(self, STACK, STACK_SIZE), ERANGE, "outside of the stack");
	REFUSED(add(self, TEAVMX_BREAKPOINT_KIND_INSTRUCTION, 0), EINVAL,
		"breakpoints of this kind");
	REFUSED(add(self, 77, 0), ERANGE, "out of range");
}

TEST_F(debug, watched_bytes)
{
	LOAD(program_recursion);
	ASSERT_EQ(0, add(self, STACK, 0));
	ASSERT_STOP(WATCH, go(self, 0, 0));
	EXPECT_REG(TEA_CP, 18);
	EXPECT_EQ(3, peek(self, 0));
	/* What the host program changes is no change. */
	ASSERT_EQ(0, poke(self, 0, 10));
	ASSERT_STOP(WATCH, go(self, 0, 0));
	EXPECT_EQ(12, peek(self, 0));
	ASSERT_STOP(WATCH, go(self, 0, 0));
	ASSERT_STOP(ENDED, go(self, 0, 0));
	ASSERT_STOP(NONE, go(self, 0, 0));
	ASSERT_TEA_EXIT(NORMAL, code_of(self));
	EXPECT_EQ(13, self->vcpu.message[4]);
}

TEST_F(debug, levels)
{
	LOAD(program_recursion);
	ASSERT_STOP(STEPS, go(self, 0, TEAVMX_UNTIL_LEVEL));
	EXPECT_REG(TEA_CP, 2);
	ASSERT_STOP(STEPS, go(self, 0, TEAVMX_UNTIL_LEVEL));
	EXPECT_REG(TEA_CP, 5);
	EXPECT_REG(TEA_STEPS, SUM_STEPS - 4);
	ASSERT_EQ(0, set(self, TEAVMX_REG_TEA_CP, 2));
	ASSERT_EQ(0, poke(self, 1, 3));
	ASSERT_STOP(STEPS, go(self, 1, 0));
	ASSERT_STOP(STEPS, go(self, 0, TEAVMX_UNTIL_RETURN));
	EXPECT_REG(TEA_CP, 5);
	EXPECT_REG(TEA_SP, 2);
}

TEST_F(debug, registers_and_stack)
{
	const struct teavmx_register both[] = {
		{ TEAVMX_REG_TEA_CP, 5 }, { TEAVMX_REG_TEA_SP, STACK_SIZE + 1 },
	};
	uint8_t bytes[STACK_SIZE];

	LOAD(program_recursion);
	ASSERT_EQ(0, set(self, TEAVMX_REG_TEA_FLAGS, TEA_FLAG_N | TEA_FLAG_C));
	ASSERT_EQ(0, set(self, TEAVMX_REG_TEA_SP, STACK_SIZE));
	EXPECT_REG(TEA_FLAGS, TEA_FLAG_N | TEA_FLAG_C);
	EXPECT_REG(TEA_SP, STACK_SIZE);
	REFUSED(teavmx_regs_set(self->teavmx, self->vcpu.vm, self->vcpu.id,
				both, 2), ERANGE, "larger than the stack");
	EXPECT_REG(TEA_CP, 0);
	REFUSED(set(self, TEAVMX_REG_TEA_CP, SUM_CODE), ERANGE,
		"inside of the code");
	REFUSED(set(self, TEAVMX_REG_TEA_CP, 1ULL << 32), ERANGE,
		"inside of the code");
	REFUSED(set(self, TEAVMX_REG_TEA_SP, ~0ULL), ERANGE, "larger");
	REFUSED(set(self, TEAVMX_REG_TEA_FLAGS, 1), ERANGE, "flags must");
	REFUSED(set(self, TEAVMX_REG_TEA_STEPS, 0), EPERM, "steps is read-only");
	REFUSED(set(self, TEAVMX_REG_RIP, 0), ENOENT, "no such register");
	ASSERT_EQ(0, teavmx_stack_read(self->teavmx, self->vcpu.vm,
				       self->vcpu.id, 0, bytes, STACK_SIZE));
	ASSERT_EQ(0, poke(self, STACK_SIZE - 1, 0x5A));
	EXPECT_EQ(0x5A, peek(self, STACK_SIZE - 1));
	REFUSED(peek(self, STACK_SIZE), ERANGE, "outside of the stack");
	REFUSED(poke(self, STACK_SIZE, 0), ERANGE, "outside of the stack");
	REFUSED(teavmx_stack_read(self->teavmx, self->vcpu.vm, self->vcpu.id,
				  1, bytes, STACK_SIZE),
		ERANGE, "outside of the stack");
	REFUSED(teavmx_stack_read(self->teavmx, self->vcpu.vm, self->vcpu.id,
				  UINT32_MAX, bytes, 2),
		ERANGE, "outside of the stack");
}

TEST_F(debug, bounds_that_it_has_not)
{
	struct teavmx_run run = { .exits = 1 };

	LOAD(program_recursion);
	REFUSED(teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm,
				     self->vcpu.id, &run),
		EOPNOTSUPP, "exits of a process under");
	run = (struct teavmx_run){ .time = 1 };
	REFUSED(teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm,
				     self->vcpu.id, &run),
		EOPNOTSUPP, "time of a process under");
	run = (struct teavmx_run){ .until = 3 };
	REFUSED(teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm,
				     self->vcpu.id, &run),
		ERANGE, "out of range");
	/* None of these has let it run. */
	EXPECT_REG(TEA_STEPS, 0);
}

TEST_F(debug, only_for_those_that_are_debugged)
{
	const struct teavmx_run run = { .until = TEAVMX_UNTIL_LEVEL };

	ASSERT_EQ(0,
		  machine_new(self->teavmx, 0, variant->backend,
			      program_recursion, sizeof(program_recursion),
			      &self->vcpu));
	EXPECT_FALSE(self->vcpu.debug);
	REFUSED(peek(self, 0), EINVAL, "created to be debugged");
	REFUSED(poke(self, 0, 0), EINVAL, "created to be debugged");
	REFUSED(set(self, TEAVMX_REG_TEA_CP, 0), EINVAL, "created to be debugged");
	REFUSED(add(self, CODE, 0), EINVAL, "created to be debugged");
	REFUSED(teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm,
				     self->vcpu.id, &run),
		EINVAL, "created to be debugged");
}

TEST_F(debug, nothing_is_done_while_it_runs)
{
	LOAD(program_loop);
	ASSERT_EQ(0, start(self, TEAVMX_VCPU_STATE_RUNNING));
	REFUSED(peek(self, 0), EBUSY, "the vCPU runs; pause it first");
	REFUSED(poke(self, 0, 0), EBUSY, "the vCPU runs; pause it first");
	REFUSED(set(self, TEAVMX_REG_TEA_CP, 0), EBUSY, "the vCPU runs; pause it first");
	REFUSED(add(self, CODE, 0), EBUSY, "the vCPU runs; pause it first");
	REFUSED(take(self, CODE, 0), EBUSY, "the vCPU runs; pause it first");
	EXPECT_TEA_EXIT(KILL, kill_it(self));
}

TEST_F(debug, pauses_between_two_instructions)
{
	long long steps = 0;
	int i;

	LOAD(program_loop);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, start(self, TEAVMX_VCPU_STATE_RUNNING));
		ASSERT_STOP(REQUEST, pause_it(self));
		EXPECT_REG(TEA_CP, 0);
		EXPECT_REG(TEA_SP, 0);
		EXPECT_LE(steps, reg(self, TEAVMX_REG_TEA_STEPS));
		steps = reg(self, TEAVMX_REG_TEA_STEPS);
		ASSERT_STOP(STEPS, go(self, 1, 0));
		EXPECT_REG(TEA_STEPS, ++steps);
	}
}

TEST_F(debug, pauses_in_a_sleep)
{
	LOAD(program_sleep);
	ASSERT_EQ(0, start(self, TEAVMX_VCPU_STATE_SLEEPING));
	ASSERT_STOP(REQUEST, pause_it(self));
	/* The instruction was undone, and is executed again. */
	EXPECT_REG(TEA_CP, 3);
	EXPECT_REG(TEA_SP, 2);
	EXPECT_REG(TEA_STEPS, 1);
	ASSERT_EQ(0, start(self, TEAVMX_VCPU_STATE_SLEEPING));
	ASSERT_STOP(REQUEST, pause_it(self));
	/* A sleep of no time is over at once. */
	ASSERT_EQ(0, poke(self, 0, 0));
	ASSERT_EQ(0, poke(self, 1, 0));
	ASSERT_STOP(STEPS, go(self, 1, 0));
	EXPECT_REG(TEA_CP, 6);
	EXPECT_REG(TEA_SP, 0);
	EXPECT_REG(TEA_STEPS, 2);
}

TEST_F(debug, pauses_in_a_wait)
{
	struct teavmx_vcpu other = { 0 };

	LOAD(program_wait);
	ASSERT_EQ(0, start(self, TEAVMX_VCPU_STATE_WAITING));
	ASSERT_STOP(REQUEST, pause_it(self));
	EXPECT_REG(TEA_CP, 0);
	EXPECT_REG(TEA_STEPS, 0);
	ASSERT_EQ(0, start(self, TEAVMX_VCPU_STATE_WAITING));
	ASSERT_EQ(0, machine_start(self->teavmx, self->vcpu.vm,
				   variant->backend, program_fill,
				   sizeof(program_fill), &other));
	ASSERT_STOP(ENDED, teavmx_wait_stop(self->teavmx, self->vcpu.id,
					    WAIT_MS, NULL, NULL, NULL));
	EXPECT_REG(TEA_CP, 3);
	EXPECT_REG(TEA_SP, 1);
	EXPECT_EQ(1, peek(self, 0));
	teavmx_vcpu_clear(&other);
}

TEST_F(debug, pauses_at_ports_of_the_host_program)
{
	const uint32_t vcpu = 1;

	LOAD(program_read_ports);
	ASSERT_EQ(0, start(self, TEAVMX_VCPU_STATE_WAITING));
	ASSERT_STOP(REQUEST, pause_it(self));
	EXPECT_REG(TEA_CP, 0);
	ASSERT_EQ(0, teavmx_serial_write(self->teavmx, self->vm.id, "s", 1,
					 NULL));
	ASSERT_STOP(STEPS, go(self, 1, 0));
	EXPECT_EQ('s', peek(self, 0));
	ASSERT_EQ(0, start(self, TEAVMX_VCPU_STATE_WAITING));
	ASSERT_STOP(REQUEST, pause_it(self));
	EXPECT_REG(TEA_CP, 3);
	/* The old request is gone, and there is a new one. */
	EXPECT_EQ(-1, teavmx_port_answer(self->teavmx, self->vm.id, vcpu, 1,
					 7));
	EXPECT_ERROR(ENOENT, self->teavmx);
	ASSERT_EQ(0, start(self, TEAVMX_VCPU_STATE_WAITING));
	ASSERT_EQ(0, teavmx_port_answer(self->teavmx, self->vm.id, vcpu, 2,
					7));
	ASSERT_STOP(ENDED, teavmx_wait_stop(self->teavmx, self->vcpu.id,
					    WAIT_MS, NULL, NULL, NULL));
	EXPECT_REG(TEA_STEPS, 4);
}

TEST_F(debug, is_killed_in_every_state)
{
	LOAD(program_recursion);
	EXPECT_TEA_EXIT(KILL, kill_it(self));
	EXPECT_EQ(0, self->vcpu.steps);
	LOAD(program_recursion);
	ASSERT_STOP(STEPS, go(self, 3, 0));
	EXPECT_TEA_EXIT(KILL, kill_it(self));
	EXPECT_EQ(3, self->vcpu.steps);
	LOAD(program_recursion);
	ASSERT_EQ(0, add(self, CODE, SUM_AT));
	ASSERT_STOP(BREAKPOINT, go(self, 0, 0));
	EXPECT_TEA_EXIT(KILL, kill_it(self));
	LOAD(program_recursion);
	ASSERT_STOP(ENDED, go(self, 0, 0));
	EXPECT_TEA_EXIT(KILL, kill_it(self));
	LOAD(program_loop);
	ASSERT_EQ(0, start(self, TEAVMX_VCPU_STATE_RUNNING));
	EXPECT_TEA_EXIT(KILL, kill_it(self));
	LOAD(program_loop);
	ASSERT_EQ(0, start(self, TEAVMX_VCPU_STATE_RUNNING));
	ASSERT_STOP(REQUEST, pause_it(self));
	EXPECT_TEA_EXIT(KILL, kill_it(self));
	LOAD(program_sleep);
	ASSERT_EQ(0, start(self, TEAVMX_VCPU_STATE_SLEEPING));
	EXPECT_TEA_EXIT(KILL, kill_it(self));
	LOAD(program_wait);
	ASSERT_EQ(0, start(self, TEAVMX_VCPU_STATE_WAITING));
	ASSERT_STOP(REQUEST, pause_it(self));
	EXPECT_TEA_EXIT(KILL, kill_it(self));
}

TEST_F(debug, a_vm_dies_with_halted_processes)
{
	LOAD(program_recursion);
	ASSERT_STOP(STEPS, go(self, 3, 0));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vm.id));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
	self->vm.id = 0;
	LOAD(program_recursion);
	ASSERT_STOP(ENDED, go(self, 0, 0));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vm.id));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

/* Each vCPU its own breakpoints, and the other one runs on */
TEST_F(debug, two_of_one_vm)
{
	const struct teavmx_program params = {
		.backend = variant->backend,
		.program = program_recursion,
		.program_size = sizeof(program_recursion),
		.debug = true,
	};
	struct teavmx_vcpu first, second;

	LOAD(program_recursion);
	first = self->vcpu;
	ASSERT_EQ(0, add(self, CODE, SUM_AT));
	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, first.vm, &params,
				     &second));
	self->vcpu = second;
	ASSERT_EQ(0, add(self, CODE, 6));
	self->vcpu = first;
	ASSERT_STOP(BREAKPOINT, go(self, 0, 0));
	EXPECT_REG(TEA_CP, SUM_AT);
	self->vcpu = second;
	ASSERT_STOP(BREAKPOINT, go(self, 0, 0));
	EXPECT_REG(TEA_CP, 6);
	self->vcpu = first;
	EXPECT_REG(TEA_CP, SUM_AT);
	EXPECT_REG(TEA_STEPS, 2);
}

/*
 * The state is RUNNING before the request to run is removed. What comes between the
 * two must not find the old pause.
 */
TEST_F(debug, what_begins_to_run_is_not_stopped)
{
	struct teavmx_register *list;
	int i;

	LOAD(program_loop);
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id,
					     self->vcpu.id));
		ASSERT_EQ(-1, teavmx_regs_get(self->teavmx, self->vm.id,
					      self->vcpu.id, &list));
		EXPECT_REFUSED(EBUSY, self->teavmx, "the vCPU runs");
		ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vm.id,
					       self->vcpu.id));
		ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
					  TEAVMX_VCPU_STATE_PAUSED));
	}
}

TEST_HARNESS_MAIN
