// SPDX-License-Identifier: GPL-2.0-only
/*
 * VCPU_RUN with reset: a program begins again, and nothing of one run is visible in
 * the next.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uapi/regs.h>
#include <uapi/vmcs.h>

#include "expect.h"

#define WAIT_MS		20000
#define PATTERN		0xa5
#define STACK		TEA_STACK_DEFAULT
#define PAD		0x0200
#define SEMAPHORE	0x0100
#define QUIET		0x0015
#define ADDRESS		0x0080
#define DISPLAY		0x0011
#define RUNS		100
#define BATCH		100
#define CLIENTS		6

/*
 * A program that leaves its argument in all it can reach, or looks for what was
 * left if the argument is 0 and returns a byte that is not 0 if there is any.
 */
struct seeker {
	uint8_t file[8192];
	size_t size;
};

static void put(struct seeker *seeker, size_t count, const uint8_t *bytes)
{
	memcpy(seeker->file + seeker->size, bytes, count);
	seeker->size += count;
}

#define PUT(...) \
	put(seeker, sizeof((uint8_t[]){ __VA_ARGS__ }), \
	    (uint8_t[]){ __VA_ARGS__ })

static void put_filling(struct seeker *seeker)
{
	int i;

	for (i = 0; i < TEA_PAD_SIZE; i++)
		PUT(TEA_OP_PUSHSBA, SHORT(1), TEA_OP_POPBM, SHORT(PAD + i));
	for (i = 0; i < TEA_SEMAPHORES; i++)
		PUT(TEA_OP_PUSHSBA, SHORT(1), TEA_OP_POPBM,
		    SHORT(SEMAPHORE + i));
	PUT(TEA_OP_PUSHLB, 0x42, TEA_OP_POPBM, SHORT(ADDRESS));
	PUT(TEA_OP_PUSHLB, 1, TEA_OP_POPBM, SHORT(QUIET));
	for (i = 2; i < STACK; i++)
		PUT(TEA_OP_PUSHSBA, SHORT(1));
	PUT(TEA_OP_POPN, STACK - 2);
	PUT(TEA_OP_POPBSA, SHORT(0), TEA_OP_EXIT);
}

static void put_looking(struct seeker *seeker)
{
	int i;

	PUT(TEA_OP_PUSHN, STACK - 2);
	for (i = 3; i < STACK; i++)
		PUT(TEA_OP_ORB);
	for (i = 0; i < TEA_PAD_SIZE; i++)
		PUT(TEA_OP_PUSHMB, SHORT(PAD + i), TEA_OP_ORB);
	PUT(TEA_OP_PUSHMB, SHORT(QUIET), TEA_OP_ORB);
	PUT(TEA_OP_PUSHMB, SHORT(ADDRESS), TEA_OP_PUSHLB, 0x42, TEA_OP_XORB,
	    TEA_OP_PUSHLB, 0x01, TEA_OP_ANDB, TEA_OP_ORB);
	PUT(TEA_OP_PUSHLB, 'x', TEA_OP_POPBM, SHORT(DISPLAY));
	PUT(TEA_OP_POPBSA, SHORT(0), TEA_OP_POPB, TEA_OP_EXIT);
}

static void seeker_make(struct seeker *seeker)
{
	const uint8_t header[] = FILE_OF(1, 1);
	size_t at;

	seeker->size = 0;
	put(seeker, sizeof(header), header);
	PUT(TEA_OP_PUSHSBA, SHORT(1), TEA_OP_POPB);
	at = seeker->size + 1;
	PUT(TEA_OP_BRZ, 0, 0);
	put_filling(seeker);
	seeker->file[at] = (uint8_t)((seeker->size - sizeof(header)) >> 8);
	seeker->file[at + 1] = (uint8_t)(seeker->size - sizeof(header));
	put_looking(seeker);
}

FIXTURE(reset)
{
	struct teavmx *teavmx;
	struct teavmx_program program;
	struct teavmx_vcpu vcpu;
	struct seeker seeker;
};

FIXTURE_VARIANT(reset)
{
	enum teavmx_backend backend;
	enum teavmx_engine engine;
};

FIXTURE_VARIANT_ADD(reset, soft)
{
	.backend = TEAVMX_BACKEND_SOFT,
};

FIXTURE_VARIANT_ADD(reset, vmx)
{
	.backend = TEAVMX_BACKEND_VMX,
};

FIXTURE_VARIANT_ADD(reset, jit)
{
	.backend = TEAVMX_BACKEND_VMX,
	.engine = TEAVMX_ENGINE_JIT,
};

FIXTURE_SETUP(reset)
{
	self->teavmx = machine_open();
	if (variant->backend == TEAVMX_BACKEND_VMX)
		NEED_VMX(self->teavmx);
	seeker_make(&self->seeker);
	self->program = (struct teavmx_program){
		.backend = variant->backend,
		.engine = variant->engine,
		.keep = true,
	};
	ASSERT_EQ(0, teavmx_event_open(self->teavmx, 0));
	ASSERT_TRUE(machine_vms(self->teavmx, 0));
}

FIXTURE_TEARDOWN(reset)
{
	teavmx_vcpu_clear(&self->vcpu);
	teavmx_close(self->teavmx);
}

static int new(FIXTURE_DATA(reset) *self, const void *program, size_t size)
{
	self->program.program = program;
	self->program.program_size = size;
	teavmx_vcpu_clear(&self->vcpu);
	return teavmx_vcpu_new(self->teavmx, 0, &self->program, &self->vcpu) ||
	       teavmx_event_watch(self->teavmx, self->vcpu.vm, 0) ? -1 : 0;
}

#define NEW(program)	ASSERT_EQ(0, new(self, program, sizeof(program)))

static int again(FIXTURE_DATA(reset) *self, const void *arguments, size_t size)
{
	const struct teavmx_run run = {
		.reset = true,
		.arguments = arguments,
		.argument_size = size,
	};

	return teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm, self->vcpu.id,
				    &run);
}

/* Resets and runs it to its end. Returns its exit code, or -1. */
static int rerun(FIXTURE_DATA(reset) *self, const void *arguments, size_t size)
{
	if (again(self, arguments, size) ||
	    machine_wait(self->teavmx, &self->vcpu, TEAVMX_VCPU_STATE_EXITED))
		return -1;
	return machine_code(&self->vcpu);
}

static int refused(FIXTURE_DATA(reset) *self, int error, const char *word)
{
	const struct teavmx_error *said = teavmx_error(self->teavmx);

	if (!again(self, NULL, 0)) {
		printf("# it was reset\n");
		return -1;
	}
	if (said->error == error && strstr(said->message, word))
		return 0;
	printf("# errno %d: %s\n", said->error, said->message);
	return -1;
}

static int argument_of(FIXTURE_DATA(reset) *self, uint8_t argument)
{
	int code = rerun(self, &argument, 1);

	return code ? -1 : self->vcpu.message[TEA_MESSAGE_MIN];
}

TEST_F_TIMEOUT(reset, begins_a_program_again, 120)
{
	uint64_t steps = 0;
	int i;

	NEW(program_count);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, rerun(self, NULL, 0));
		EXPECT_EQ(42, self->vcpu.message[TEA_MESSAGE_MIN]);
		EXPECT_TRUE(!i || steps == self->vcpu.steps);
		steps = self->vcpu.steps;
	}
	EXPECT_LT(0, steps);
}

TEST_F(reset, gives_other_arguments)
{
	uint8_t argument = 5;

	self->program.arguments = &argument;
	self->program.argument_size = 1;
	NEW(program_argument);
	EXPECT_EQ(7, argument_of(self, 7));
	EXPECT_EQ(200, argument_of(self, 200));
	EXPECT_EQ(0, argument_of(self, 0));
}

/* The records of each run are those of the first, behind one that it is ready. */
TEST_F(reset, repeats_the_records)
{
	struct machine_record records[8];
	uint32_t vm;
	int i;

	NEW(program_show);
	vm = self->vcpu.vm;
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, rerun(self, NULL, 0));
	EXPECT_EQ(2, machine_records(self->teavmx, vm,
				     TEAVMX_EVENT_TYPE_TEA_TEXT, records, 8));
	EXPECT_EQ(0, memcmp(records[1].bytes, "ok", 2));
	EXPECT_EQ(2, machine_records(self->teavmx, vm,
				     TEAVMX_EVENT_TYPE_TEA_EXIT, records, 8));
	EXPECT_EQ(7, machine_records(self->teavmx, vm, TEAVMX_EVENT_TYPE_STATE,
				     records, 8));
}

/* A program that leaves a pattern everywhere, and one that looks for it */
TEST_F_TIMEOUT(reset, leaves_nothing_to_the_next_run, 120)
{
	struct machine_record records[4];
	uint8_t argument = PATTERN;
	int i;

	self->program.arguments = &argument;
	self->program.argument_size = 1;
	ASSERT_EQ(0, new(self, self->seeker.file, self->seeker.size));
	for (i = 1; i < 3; i++) {
		ASSERT_EQ(PATTERN, argument_of(self, PATTERN));
		ASSERT_EQ(0, argument_of(self, 0));
		EXPECT_EQ(i, machine_records(self->teavmx, self->vcpu.vm,
					     TEAVMX_EVENT_TYPE_TEA_TEXT,
					     records, 4));
	}
}

/*
 * A semaphore that a run has filled is empty in the next one: the program takes a
 * value, so it would end, but waits.
 */
TEST_F(reset, empties_semaphores)
{
	struct teavmx_vcpu other = { 0 };

	NEW(program_wait);
	ASSERT_EQ(0, machine_start(self->teavmx, self->vcpu.vm,
				   variant->backend, program_fill,
				   sizeof(program_fill), &other));
	ASSERT_EQ(0, machine_wait(self->teavmx, &other,
				  TEAVMX_VCPU_STATE_EXITED));
	teavmx_vcpu_clear(&other);
	ASSERT_EQ(0, again(self, NULL, 0));
	EXPECT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_WAITING));
}

/* Input that no run has read, and that no program has changed a port after */
TEST_F(reset, discards_unread_input)
{
	int i;

	NEW(program_read);
	for (i = 'a'; i <= 'c'; i++) {
		ASSERT_EQ(0, teavmx_serial_write(self->teavmx, self->vcpu.vm,
						 "unread", 6, NULL));
		ASSERT_EQ(0, again(self, NULL, 0));
		ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
					  TEAVMX_VCPU_STATE_WAITING));
		ASSERT_EQ(0, teavmx_serial_write(self->teavmx, self->vcpu.vm,
						 (char[]){ i }, 1, NULL));
		ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
					  TEAVMX_VCPU_STATE_EXITED));
		EXPECT_EQ(i, self->vcpu.message[TEA_MESSAGE_MIN]);
	}
}

/* Runs one step from a reset, or from the launch, and takes what the host sees. */
static int look(FIXTURE_DATA(reset) *self, bool reset, uint8_t argument,
		uint8_t *stack, struct teavmx_register **list)
{
	const struct teavmx_run run = {
		.steps = 1,
		.reset = reset,
		.arguments = &argument,
		.argument_size = reset,
	};

	if (teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm, self->vcpu.id,
				 &run) ||
	    teavmx_wait_stop(self->teavmx, self->vcpu.id, WAIT_MS, NULL, NULL,
			     NULL) != TEAVMX_STOP_STEPS ||
	    teavmx_stack_read(self->teavmx, self->vcpu.vm, self->vcpu.id, 0,
			      stack, STACK))
		return -1;
	return teavmx_regs_get(self->teavmx, self->vcpu.vm, self->vcpu.id,
			       list);
}

/* The host reads the whole stack and all registers, and compares byte for byte. */
TEST_F_TIMEOUT(reset, is_a_new_vcpu_for_the_host, 120)
{
	struct teavmx_register *fresh, *list;
	uint8_t stack[STACK], first[STACK];
	uint8_t argument = PATTERN;
	int count, i;

	self->program.debug = true;
	self->program.arguments = &argument;
	self->program.argument_size = 1;
	ASSERT_EQ(0, new(self, self->seeker.file, self->seeker.size));
	count = look(self, false, PATTERN, first, &fresh);
	ASSERT_LT(0, count);
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vcpu.vm,
				     self->vcpu.id));
	ASSERT_STOP(ENDED, teavmx_wait_stop(self->teavmx, self->vcpu.id,
					    WAIT_MS, NULL, NULL, NULL));
	ASSERT_EQ(0, teavmx_stack_read(self->teavmx, self->vcpu.vm,
				       self->vcpu.id, 0, stack, STACK));
	EXPECT_EQ(PATTERN, stack[STACK - 1]);
	ASSERT_EQ(count, look(self, true, PATTERN, stack, &list));
	EXPECT_EQ(0, memcmp(first, stack, STACK));
	for (i = 0; i < count; i++) {
		EXPECT_EQ(fresh[i].number, list[i].number);
		EXPECT_EQ(fresh[i].value, list[i].value);
	}
	free(fresh);
	free(list);
}

/* Bits 11:10 of an encoding: the area */
#define IS_GUEST_FIELD(field)	(((field) >> 10 & 3) == 2)

/* Runs one step, and returns the number of guest fields of the VMCS, or -1. */
static int step_fields(FIXTURE_DATA(reset) *self, bool reset,
		       struct teavmx_vmcs_write *fields)
{
	const struct teavmx_run run = { .steps = 1, .reset = reset };
	struct teavmx_vmcs_write *list;
	int i, count, guest = 0;

	if (teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm, self->vcpu.id,
				 &run) ||
	    teavmx_wait_stop(self->teavmx, self->vcpu.id, WAIT_MS, NULL, NULL,
			     NULL) != TEAVMX_STOP_STEPS)
		return -1;
	count = teavmx_vmcs_get(self->teavmx, self->vcpu.vm, self->vcpu.id,
				&list);
	if (count < 0)
		return -1;
	for (i = 0; i < count; i++)
		if (IS_GUEST_FIELD(list[i].field) &&
		    list[i].field != VMCS_FIELD_PREEMPTION_TIMER)
			fields[guest++] = list[i];
	free(list);
	return guest;
}

/*
 * The program ends with another RSP than that with which it begins. VMCS_GET reads on the
 * CPU of its caller, and another CPU may have other fields.
 */
TEST_F_TIMEOUT(reset, writes_the_guest_state_again, 120)
{
	static struct teavmx_vmcs_write fresh[256], fields[256];
	cpu_set_t cpu0;
	int count, i;

	if (variant->backend == TEAVMX_BACKEND_SOFT)
		SKIP(return, "the soft back end has no VMCS");
	CPU_ZERO(&cpu0);
	CPU_SET(0, &cpu0);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(cpu0), &cpu0));
	self->program.debug = true;
	NEW(program_show);
	count = step_fields(self, false, fresh);
	ASSERT_LT(20, count);
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vcpu.vm,
				     self->vcpu.id));
	ASSERT_STOP(ENDED, teavmx_wait_stop(self->teavmx, self->vcpu.id,
					    WAIT_MS, NULL, NULL, NULL));
	ASSERT_EQ(count, step_fields(self, true, fields));
	for (i = 0; i < count; i++)
		EXPECT_EQ(fresh[i].value, fields[i].value)
			TH_LOG("field 0x%x", fields[i].field);
}

TEST_F(reset, of_a_vcpu_in_each_state)
{
	const struct teavmx_run bounded = { .time = 1000000 };

	NEW(program_loop);
	/* Ready */
	ASSERT_EQ(0, again(self, NULL, 0));
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vcpu.vm,
				       self->vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_PAUSED));
	/* Paused */
	ASSERT_EQ(0, again(self, NULL, 0));
	EXPECT_EQ(0, refused(self, EBUSY, "the vCPU runs; pause it first"));
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vcpu.vm,
				       self->vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_PAUSED));
	ASSERT_EQ(0, teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm,
					  self->vcpu.id, &bounded));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vcpu.vm,
				      self->vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(0, refused(self, EINVAL, "was killed"));
}

TEST_F(reset, with_a_bound)
{
	const struct teavmx_run run = { .reset = true, .time = 1000000 };
	int i;

	NEW(program_loop);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm,
						  self->vcpu.id, &run));
		ASSERT_STOP(TIME, teavmx_wait_stop(self->teavmx, self->vcpu.id,
						   WAIT_MS, NULL, NULL, NULL));
	}
}

TEST_F(reset, is_refused_while_it_waits)
{
	NEW(program_wait);
	ASSERT_EQ(0, again(self, NULL, 0));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_WAITING));
	EXPECT_EQ(0, refused(self, EBUSY, "waits at a port"));
}

TEST_F(reset, needs_memory_that_was_kept)
{
	self->program.keep = false;
	NEW(program_exit);
	EXPECT_EQ(0, refused(self, EINVAL, "without keep"));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vcpu.vm,
				     self->vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(0, refused(self, EINVAL, "without keep"));
}

/* A kill frees the memory of a vCPU that has exited, without a second message. */
TEST_F(reset, needs_a_vcpu_that_was_not_killed)
{
	struct machine_record records[2];

	NEW(program_exit);
	ASSERT_EQ(0, rerun(self, NULL, 0));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vcpu.vm,
				      self->vcpu.id));
	EXPECT_EQ(0, refused(self, EINVAL, "was killed"));
	EXPECT_EQ(-1, teavmx_vcpu_kill(self->teavmx, self->vcpu.vm,
				       self->vcpu.id));
	EXPECT_REFUSED(ESRCH, self->teavmx, "exited already");
	EXPECT_EQ(1, machine_records(self->teavmx, self->vcpu.vm,
				     TEAVMX_EVENT_TYPE_TEA_EXIT, records, 2));
}

/* However early a kill comes, each run has one exit message. */
TEST_F(reset, has_a_message_if_it_is_killed_at_once)
{
	struct machine_record records[4];
	int i;

	for (i = 0; i < 20; i++) {
		NEW(program_exit);
		ASSERT_EQ(0, rerun(self, NULL, 0));
		ASSERT_EQ(0, again(self, NULL, 0));
		ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vcpu.vm,
					      self->vcpu.id));
		ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
					  TEAVMX_VCPU_STATE_EXITED));
		EXPECT_EQ(2, machine_records(self->teavmx, self->vcpu.vm,
					     TEAVMX_EVENT_TYPE_TEA_EXIT,
					     records, 4));
		ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vcpu.vm));
	}
}

/* A paused one exits by its arguments, and is killed then: one message, too. */
TEST_F(reset, has_one_message_if_it_is_killed_after_its_end)
{
	const struct teavmx_run bounded = { .time = 1000000 };
	struct machine_record records[4];

	NEW(program_loop);
	ASSERT_EQ(0, teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm,
					  self->vcpu.id, &bounded));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_PAUSED));
	EXPECT_TEA_EXIT(BAD_STARTUP, rerun(self, "x", 1));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vcpu.vm,
				      self->vcpu.id));
	/* It is gone when the vCPU's thread is. */
	while (machine_thread(self->vcpu.vm, self->vcpu.id))
		usleep(1000);
	EXPECT_EQ(1, machine_records(self->teavmx, self->vcpu.vm,
				     TEAVMX_EVENT_TYPE_TEA_EXIT, records, 4));
}

/* Arguments that break a launch rule end the run, not the vCPU. */
TEST_F(reset, with_bad_arguments)
{
	uint8_t argument = 5;

	self->program.arguments = &argument;
	self->program.argument_size = 1;
	NEW(program_argument);
	EXPECT_TEA_EXIT(BAD_STARTUP, rerun(self, "ab", 2));
	EXPECT_EQ(0, self->vcpu.steps);
	EXPECT_TEA_EXIT(BAD_STARTUP, rerun(self, NULL, 0));
	EXPECT_EQ(9, argument_of(self, 9));
}

TEST_F(reset, of_a_program_that_was_not_launched)
{
	NEW(program_argument);
	EXPECT_STATE(EXITED, self->vcpu.state);
	EXPECT_EQ(0, refused(self, EINVAL, "launch rule"));
}

TEST_F(reset, needs_a_vm_without_other_processes)
{
	struct teavmx_vcpu other = { 0 };

	NEW(program_exit);
	ASSERT_EQ(0, rerun(self, NULL, 0));
	ASSERT_EQ(0, machine_start(self->teavmx, self->vcpu.vm,
				   variant->backend, program_wait,
				   sizeof(program_wait), &other));
	/* It has the process number that the first one had. */
	EXPECT_EQ(self->vcpu.pid, other.pid);
	EXPECT_EQ(0, refused(self, EBUSY, "another process"));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, other.vm, other.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &other,
				  TEAVMX_VCPU_STATE_EXITED));
	teavmx_vcpu_clear(&other);
	EXPECT_EQ(0, rerun(self, NULL, 0));
}

TEST_F(reset, does_not_go_with_resume)
{
	const struct teavmx_run both = { .reset = true, .resume = true };
	const struct teavmx_run lost = { .arguments = "x", .argument_size = 1 };

	NEW(program_exit);
	EXPECT_EQ(-1, teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm,
					   self->vcpu.id, &both));
	EXPECT_REFUSED(EINVAL, self->teavmx, "leave one of reset and resume out");
	EXPECT_EQ(-1, teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm,
					   self->vcpu.id, &lost));
	EXPECT_REFUSED(EINVAL, self->teavmx, "or add reset");
}

TEST_F(reset, of_a_raw_vcpu)
{
	struct teavmx_vm vm;

	if (variant->backend == TEAVMX_BACKEND_SOFT)
		SKIP(return, "raw VMs need VMX");
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, 65536, &vm));
	ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, vm.id, &self->vcpu));
	EXPECT_EQ(0, refused(self, EINVAL, "raw one"));
}

static int run_batch(FIXTURE_DATA(reset) *self, struct teavmx_batch *batch,
		     struct teavmx_slice *slice)
{
	int err = teavmx_vcpu_run_batch(self->teavmx, self->vcpu.vm,
					self->vcpu.id, batch, slice);

	if (err)
		printf("# %s\n", teavmx_error(self->teavmx)->message);
	return err;
}

/*
 * Makes @count runs by as many requests as needed, and awaits those that a thread
 * goes on with. Returns the number of runs that ended within a request, or -1.
 */
static int run_all(FIXTURE_DATA(reset) *self, const uint8_t *arguments,
		   uint32_t count, struct teavmx_result *results)
{
	struct teavmx_slice slice;
	uint32_t n = 0;
	int within = 0;

	while (n < count) {
		struct teavmx_batch batch = {
			.count = count - n,
			.arguments = arguments + n,
			.argument_size = 1,
			.results = results + n,
		};

		if (run_batch(self, &batch, &slice))
			return -1;
		n += batch.done;
		within += (int)batch.done;
		if (slice.state == TEAVMX_VCPU_STATE_EXITED)
			continue;
		if (machine_wait(self->teavmx, &self->vcpu,
				 TEAVMX_VCPU_STATE_EXITED))
			return -1;
		results[n].steps = self->vcpu.steps;
		results[n].message_size = self->vcpu.message_size;
		memcpy(results[n++].message, self->vcpu.message,
		       self->vcpu.message_size);
	}
	return within;
}

TEST_F_TIMEOUT(reset, of_a_batch_of_runs, 120)
{
	struct teavmx_result results[BATCH];
	struct machine_record records[1];
	uint8_t arguments[BATCH];
	int within;
	int i;

	for (i = 0; i < BATCH; i++)
		arguments[i] = (uint8_t)(i + 1);
	self->program.arguments = arguments;
	self->program.argument_size = 1;
	NEW(program_argument);
	within = run_all(self, arguments, BATCH, results);
	EXPECT_TRUE(variant->backend == TEAVMX_BACKEND_VMX ? within > 0 :
		    !within);
	for (i = 0; i < BATCH; i++) {
		EXPECT_EQ(TEA_MESSAGE_MIN + 1, (int)results[i].message_size);
		EXPECT_EQ(0, results[i].message[TEA_MESSAGE_MIN - 1]);
		EXPECT_EQ(i + 1, results[i].message[TEA_MESSAGE_MIN]);
		EXPECT_EQ(2, (int)results[i].steps);
	}
	/* The records of each run, and that of the new vCPU */
	EXPECT_EQ(BATCH, machine_records(self->teavmx, self->vcpu.vm,
					 TEAVMX_EVENT_TYPE_TEA_EXIT, records, 1));
	EXPECT_EQ(3 * BATCH + 1, machine_records(self->teavmx, self->vcpu.vm,
						 TEAVMX_EVENT_TYPE_STATE,
						 records, 1));
}

TEST_F_TIMEOUT(reset, of_a_batch_leaves_nothing_to_the_next_run, 120)
{
	static const uint8_t arguments[] = { PATTERN, 0, PATTERN, 0, 0 };
	struct teavmx_result results[sizeof(arguments)];
	size_t i;

	self->program.arguments = arguments;
	self->program.argument_size = 1;
	ASSERT_EQ(0, new(self, self->seeker.file, self->seeker.size));
	ASSERT_LE(0, run_all(self, arguments, sizeof(arguments), results));
	for (i = 0; i < sizeof(arguments); i++)
		EXPECT_EQ(arguments[i], results[i].message[TEA_MESSAGE_MIN]);
}

/* Text and exit messages are in the log in the order of the runs. */
TEST_F_TIMEOUT(reset, of_a_batch_repeats_the_records, 120)
{
	struct machine_record records[4];
	struct teavmx_batch batch = { .count = 3 };
	struct teavmx_result results[3];
	struct teavmx_slice slice;
	uint32_t n;

	batch.results = results;
	NEW(program_show);
	for (n = 0; n < 3; n += batch.done) {
		batch.count = 3 - n;
		ASSERT_EQ(0, run_batch(self, &batch, &slice));
		EXPECT_LE(self->vcpu.next_seq, batch.next_seq);
		if (slice.state != TEAVMX_VCPU_STATE_EXITED)
			n++;
		ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
					  TEAVMX_VCPU_STATE_EXITED));
	}
	EXPECT_EQ(3, machine_records(self->teavmx, self->vcpu.vm,
				     TEAVMX_EVENT_TYPE_TEA_TEXT, records, 4));
	EXPECT_EQ(0, memcmp(records[2].bytes, "ok", 2));
	EXPECT_EQ(3, machine_records(self->teavmx, self->vcpu.vm,
				     TEAVMX_EVENT_TYPE_TEA_EXIT, records, 4));
}

/* A run that goes wrong, and one that needs the thread, are the last of a batch. */
TEST_F(reset, of_a_batch_that_ends_early)
{
	struct teavmx_batch batch = { .count = 3 };
	struct teavmx_result results[3];
	struct teavmx_slice slice;

	batch.results = results;
	NEW(program_divide);
	ASSERT_EQ(0, run_batch(self, &batch, &slice));
	ASSERT_GE(1, (int)batch.done);
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TEA_EXIT(DIV_BY_ZERO, machine_code(&self->vcpu));
	if (batch.done)
		EXPECT_TEA_EXIT(DIV_BY_ZERO,
				results[0].message[TEA_MESSAGE_MIN - 1]);
	/* Arguments that break a launch rule */
	batch.arguments = "abc";
	batch.argument_size = 1;
	ASSERT_EQ(0, run_batch(self, &batch, &slice));
	EXPECT_EQ(1, (int)batch.done);
	EXPECT_STATE(EXITED, slice.state);
	EXPECT_TEA_EXIT(BAD_STARTUP, results[0].message[TEA_MESSAGE_MIN - 1]);
	batch.arguments = NULL;
	batch.argument_size = 0;
	NEW(program_wait);
	ASSERT_EQ(0, run_batch(self, &batch, &slice));
	EXPECT_EQ(0, (int)batch.done);
	EXPECT_STATE(RUNNING, slice.state);
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_WAITING));
	EXPECT_EQ(-1, run_batch(self, &batch, &slice));
	EXPECT_REFUSED(EBUSY, self->teavmx, "waits at a port");
}

TEST_F(reset, of_a_batch_of_too_many_runs)
{
	struct teavmx_batch batch = { .count = TEAVMX_BATCH_MAX + 1 };
	struct teavmx_slice slice;

	NEW(program_exit);
	EXPECT_EQ(-1, run_batch(self, &batch, &slice));
	EXPECT_REFUSED(E2BIG, self->teavmx, "a batch has at most 256 runs");
	batch.count = 0;
	EXPECT_EQ(-1, run_batch(self, &batch, &slice));
	EXPECT_REFUSED(ERANGE, self->teavmx, "");
}

/* What several clients do to one vCPU at once */
struct race {
	uint32_t vm;
	uint32_t id;
	unsigned int what;
	atomic_bool *stop;
};

static void *race(void *data)
{
	const struct teavmx_run run = { .reset = true };
	struct teavmx_result results[4];
	struct teavmx_batch batch = { .count = 4, .results = results };
	struct race *race = data;
	struct teavmx *teavmx = machine_open();
	struct teavmx_slice slice;
	struct teavmx_vcpu vcpu;

	while (!atomic_load(race->stop)) {
		switch (race->what) {
		case 0:
			teavmx_vcpu_run_with(teavmx, race->vm, race->id, &run);
			break;
		case 1:
			teavmx_vcpu_run(teavmx, race->vm, race->id);
			break;
		case 2:
			teavmx_vcpu_pause(teavmx, race->vm, race->id);
			break;
		case 3:
			teavmx_vcpu_run_batch(teavmx, race->vm, race->id,
					      &batch, &slice);
			break;
		default:
			if (!teavmx_vcpu_get(teavmx, race->vm, race->id, &vcpu))
				teavmx_vcpu_clear(&vcpu);
		}
	}
	teavmx_close(teavmx);
	return NULL;
}

TEST_F_TIMEOUT(reset, races_with_other_clients, 240)
{
	atomic_bool stop = false;
	struct race races[CLIENTS];
	pthread_t threads[CLIENTS];
	unsigned int i;

	NEW(program_count);
	for (i = 0; i < CLIENTS; i++) {
		races[i] = (struct race){ self->vcpu.vm, self->vcpu.id, i % 5,
					  &stop };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, race, &races[i]));
	}
	for (i = 0; i < RUNS; i++)
		again(self, NULL, 0);
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vcpu.vm,
				      self->vcpu.id));
	EXPECT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(-1, again(self, NULL, 0));
	atomic_store(&stop, true);
	for (i = 0; i < CLIENTS; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(0, teavmx_vm_del(self->teavmx, self->vcpu.vm));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

/* A VM ends with a vCPU that has exited and has kept its memory. */
TEST_F(reset, ends_with_its_vm)
{
	NEW(program_exit);
	ASSERT_EQ(0, rerun(self, NULL, 0));
	EXPECT_NE(0, machine_thread(self->vcpu.vm, self->vcpu.id));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vcpu.vm));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
	EXPECT_EQ(0, machine_thread(self->vcpu.vm, self->vcpu.id));
}

TEST_HARNESS_MAIN
