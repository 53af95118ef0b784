// SPDX-License-Identifier: GPL-2.0-only
/*
 * TEA processes that a VCPU_RUN request runs itself before a thread takes over.
 * Those of the soft back end are run by their threads.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEA_VM_FLAGS TEAVMX_VM_FLAGS_HOST_PORTS
#include "tea_fixture.h"

#define PATIENCE_MS	20000
#define RUN_FIRST_LAST	(TEA_RUN_FIRST | TEA_RUN_LAST)

static bool is_vmx(FIXTURE_DATA(tea) *self)
{
	return self->backend == TEAVMX_BACKEND_VMX;
}

static int run_slice(FIXTURE_DATA(tea) *self, const struct teavmx_vcpu *vcpu,
		     const struct teavmx_run *run, struct teavmx_slice *slice)
{
	int err = teavmx_vcpu_run_slice(self->teavmx, self->vm, vcpu->id, run,
					slice);

	if (err)
		printf("# %s\n", teavmx_error(self->teavmx)->message);
	return err;
}

static int start_slice(FIXTURE_DATA(tea) *self, const void *program,
		       size_t size, struct teavmx_vcpu *vcpu,
		       struct teavmx_slice *slice)
{
	return machine_new(self->teavmx, self->vm, self->backend, program, size,
			   vcpu) ||
	       run_slice(self, vcpu, NULL, slice);
}

#define START(program, vcpu, slice) \
	start_slice(self, program, sizeof(program), vcpu, slice)

TEST_F(tea, a_program_that_ends_has_no_thread)
{
	struct teavmx_vcpu vcpu = { 0 };
	struct teavmx_slice slice;
	bool seen = false;
	int tries;

	/* The host's scheduler may end one slice, not each. */
	for (tries = 0; tries < 20 && !seen; tries++) {
		teavmx_vcpu_clear(&vcpu);
		ASSERT_EQ(0, START(program_show, &vcpu, &slice));
		seen = slice.state == TEAVMX_VCPU_STATE_EXITED;
		EXPECT_TRUE(seen ? machine_thread(self->vm, vcpu.id) <= 0 :
			    slice.state == TEAVMX_VCPU_STATE_RUNNING);
		ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
					  TEAVMX_VCPU_STATE_EXITED));
		EXPECT_EQ(0, machine_code(&vcpu));
		if (!seen)
			continue;
		EXPECT_EQ(vcpu.message_size, slice.message_size);
		EXPECT_EQ(0, memcmp(vcpu.message, slice.message,
				    vcpu.message_size));
	}
	EXPECT_EQ(is_vmx(self), seen);
	/* It has ended. */
	ASSERT_EQ(-1, run_slice(self, &vcpu, NULL, &slice));
	EXPECT_EQ(EBUSY, teavmx_error(self->teavmx)->error);
	teavmx_vcpu_clear(&vcpu);
}

/* One request makes the process and runs it, in a VM that it may make too. */
TEST_F(tea, a_new_process_can_end_in_the_request)
{
	struct teavmx_program program = {
		.backend = self->backend,
		.program = program_show,
		.program_size = sizeof(program_show),
		.slice = true,
	};
	struct teavmx_vcpu vcpu = { 0 };
	bool seen = false;
	int tries;

	ASSERT_EQ(-1, teavmx_vcpu_new(self->teavmx, 0, &program, &vcpu));
	EXPECT_EQ(EINVAL, teavmx_error(self->teavmx)->error);
	EXPECT_NE(NULL, strstr(teavmx_error(self->teavmx)->message, "add run"));
	program.run = true;
	for (tries = 0; tries < 20 && !seen; tries++) {
		ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, 0, &program, &vcpu));
		/* The thread on soft may have ended it before the reply. */
		seen = is_vmx(self) && vcpu.state == TEAVMX_VCPU_STATE_EXITED;
		if (seen)
			EXPECT_GE(0, machine_thread(vcpu.vm, vcpu.id));
		EXPECT_EQ(0, machine_wait(self->teavmx, &vcpu,
					  TEAVMX_VCPU_STATE_EXITED));
		EXPECT_EQ(0, machine_code(&vcpu));
		EXPECT_EQ(8, (int)vcpu.steps);
		ASSERT_EQ(0, teavmx_vm_del(self->teavmx, vcpu.vm));
		teavmx_vcpu_clear(&vcpu);
	}
	EXPECT_EQ(is_vmx(self), seen);
}

#define TRACE_MAX	256

/* What happened, without exits; text that follows on text is one entry. */
struct trace {
	unsigned int count;
	uint32_t what[TRACE_MAX];
	size_t size;
	uint8_t bytes[1024];
};

static void trace_add(const struct teavmx_record *record, void *data)
{
	struct trace *trace = data;
	uint32_t what = record->type << 24 | record->state << 16 |
			record->stop << 8 | (record->port & 0xff);

	if (record->type == TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    record->type == TEAVMX_EVENT_TYPE_VM_NEW)
		return;
	if (trace->size + record->size <= sizeof(trace->bytes)) {
		memcpy(trace->bytes + trace->size, record->bytes, record->size);
		trace->size += record->size;
	}
	if (record->type == TEAVMX_EVENT_TYPE_TEA_TEXT && trace->count &&
	    trace->what[trace->count - 1] == what)
		return;
	if (trace->count < TRACE_MAX)
		trace->what[trace->count++] = what;
}

/* In a VM of its own, so that the pid and the address are the same. */
static int trace_run(struct teavmx *teavmx, enum teavmx_backend backend,
		     const void *program, size_t size, bool sliced,
		     struct trace *trace)
{
	struct teavmx_vcpu vcpu = { 0 };
	struct teavmx_slice slice;
	struct teavmx_vm vm;
	int err;

	memset(trace, 0, sizeof(*trace));
	if (teavmx_vm_new(teavmx, 0, &vm) ||
	    teavmx_event_watch(teavmx, vm.id, 0) ||
	    machine_new(teavmx, vm.id, backend, program, size, &vcpu))
		return -1;
	err = sliced ? teavmx_vcpu_run_slice(teavmx, vm.id, vcpu.id, NULL,
					     &slice) :
		       teavmx_vcpu_run(teavmx, vm.id, vcpu.id);
	err = err ? -1 : teavmx_wait_stop(teavmx, vcpu.id, PATIENCE_MS,
					  trace_add, trace, NULL);
	teavmx_vcpu_clear(&vcpu);
	return teavmx_vm_del(teavmx, vm.id) ? -1 : err;
}

static bool same_trace(FIXTURE_DATA(tea) *self, const void *program,
		       size_t size)
{
	static struct trace with, without;

	if (trace_run(self->teavmx, self->backend, program, size, false,
		      &without) != TEAVMX_STOP_NONE ||
	    trace_run(self->teavmx, self->backend, program, size, true,
		      &with) != TEAVMX_STOP_NONE)
		return false;
	printf("# %u and %u events, %zu and %zu bytes\n", without.count,
	       with.count, without.size, with.size);
	return with.count >= 4 && with.count == without.count &&
	       with.size == without.size &&
	       !memcmp(with.what, without.what, sizeof(with.what)) &&
	       !memcmp(with.bytes, without.bytes, with.size);
}

#define SAME_TRACE(program)	same_trace(self, program, sizeof(program))

TEST_F(tea, events_are_those_of_a_run_without_a_slice)
{
	static const uint8_t packets[] = {
		5, TEA_ADDRESS_DEFAULT + 1, 3, 1, 2, 3,
		3, TEA_ADDRESS_DEFAULT + 1, 1, 7,
		5, TEA_ADDRESS_DEFAULT, 3, TEA_CMD_VM_RUN, RUN_FIRST_LAST, 5,
		4, TEA_ADDRESS_DEFAULT, 2, TEA_CMD_VM_KILL, 99, 0 };
	uint8_t file[SENDER_MAX];
	size_t size = machine_sender(file, packets, TEA_OP_EXIT);

	ASSERT_EQ(0, teavmx_event_open(self->teavmx, 0));
	EXPECT_TRUE(SAME_TRACE(program_show));
	EXPECT_TRUE(SAME_TRACE(program_countdown));
	EXPECT_TRUE(SAME_TRACE(program_nap));
	EXPECT_TRUE(SAME_TRACE(program_divide));
	EXPECT_TRUE(same_trace(self, file, size));
}

/* The access that waits is made once, by the thread. */
TEST_F(tea, a_host_port_is_read_once)
{
	struct machine_record requests[8];
	struct teavmx_vcpu vcpu = { 0 };
	struct teavmx_slice slice;

	ASSERT_EQ(0, START(program_host_write, &vcpu, &slice));
	EXPECT_EQ(TEAVMX_VCPU_STATE_RUNNING, slice.state);
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_WAITING));
	ASSERT_EQ(3, machine_records(self->teavmx, self->vm,
				     TEAVMX_EVENT_TYPE_PORT_REQUEST, requests,
				     8));
	EXPECT_EQ(0xbeef, requests[0].value);
	EXPECT_EQ(0x5a, requests[1].value);
	EXPECT_EQ(3, requests[2].request);
	ASSERT_EQ(0, teavmx_port_answer(self->teavmx, self->vm, vcpu.id, 3, 9));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(9, vcpu.message[TEA_MESSAGE_MIN]);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(tea, a_semaphore_is_waited_for_by_the_thread)
{
	struct teavmx_vcpu take = { 0 }, give = { 0 };
	struct teavmx_slice slice;

	ASSERT_EQ(0, START(program_take, &take, &slice));
	EXPECT_EQ(TEAVMX_VCPU_STATE_RUNNING, slice.state);
	ASSERT_EQ(0, machine_wait(self->teavmx, &take,
				  TEAVMX_VCPU_STATE_WAITING));
	EXPECT_LT(0, machine_thread(self->vm, take.id));
	ASSERT_EQ(0, START(program_fill, &give, &slice));
	ASSERT_EQ(0, machine_wait(self->teavmx, &take,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(0, machine_code(&take));
	teavmx_vcpu_clear(&take);
	teavmx_vcpu_clear(&give);
}

TEST_F(tea, input_that_is_there_needs_no_wait)
{
	struct machine_record sent[4];
	struct teavmx_vcpu vcpu = { 0 };
	struct teavmx_slice slice;
	uint32_t room;

	ASSERT_EQ(0, teavmx_serial_write(self->teavmx, self->vm, "HAL", 3,
					 &room));
	ASSERT_EQ(0, START(program_echo, &vcpu, &slice));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_WAITING));
	ASSERT_LE(1, machine_records(self->teavmx, self->vm,
				     TEAVMX_EVENT_TYPE_TEA_SERIAL, sent, 4));
	EXPECT_EQ('I', sent[0].bytes[0]);
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm, vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(tea, a_process_is_launched_once)
{
	static const uint8_t packets[] = {
		5, TEA_ADDRESS_DEFAULT, 3, TEA_CMD_VM_RUN, RUN_FIRST_LAST, 5,
		0 };
	struct teavmx_vcpu vcpu = { 0 };
	struct machine_record records[8];
	uint8_t file[SENDER_MAX];
	size_t size = machine_sender(file, packets, TEA_OP_EXIT);
	struct teavmx_slice slice;

	ASSERT_EQ(0, teavmx_slot_set(self->teavmx, self->vm, 5, program_show,
				     sizeof(program_show), TEA_STACK_DEFAULT));
	ASSERT_EQ(0, start_slice(self, file, size, &vcpu, &slice));
	EXPECT_EQ(2, machine_await(self->teavmx, self->vm,
				   TEAVMX_EVENT_TYPE_TEA_EXIT, records, 2));
	EXPECT_EQ(1, machine_records(self->teavmx, self->vm,
				     TEAVMX_EVENT_TYPE_TEA_REPLY, records, 8));
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(tea, a_debugged_process_stops_in_a_slice)
{
	const struct teavmx_program program = {
		.backend = self->backend,
		.program = program_show,
		.program_size = sizeof(program_show),
		.debug = true,
	};
	const struct teavmx_run step = { .steps = 1 };
	struct teavmx_vcpu vcpu = { 0 };
	struct teavmx_slice slice;
	int steps;

	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, self->vm, &program, &vcpu));
	for (steps = 0; steps < 100; steps++) {
		ASSERT_EQ(0, run_slice(self, &vcpu, &step, &slice));
		ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
					  TEAVMX_VCPU_STATE_PAUSED));
		if (slice.state == TEAVMX_VCPU_STATE_PAUSED)
			EXPECT_EQ(vcpu.stop, slice.stop);
		if (vcpu.stop == TEAVMX_STOP_ENDED)
			break;
		ASSERT_EQ(TEAVMX_STOP_STEPS, vcpu.stop);
		ASSERT_EQ(steps + 1, (int)vcpu.steps);
	}
	ASSERT_EQ(TEAVMX_STOP_ENDED, vcpu.stop);
	ASSERT_EQ(0, run_slice(self, &vcpu, NULL, &slice));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(0, machine_code(&vcpu));
	teavmx_vcpu_clear(&vcpu);
}

/* Without a thread it would pause wherever the slice ended. */
TEST_F(tea, a_debugged_process_needs_a_thread)
{
	const struct teavmx_program program = {
		.backend = self->backend,
		.program = program_loop,
		.program_size = sizeof(program_loop),
		.debug = true,
	};
	const struct teavmx_run steps = { .steps = 10 };
	struct teavmx_vcpu vcpu = { 0 };
	struct teavmx_slice slice;
	int usual, none = 1, err;

	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, self->vm, &program, &vcpu));
	ASSERT_EQ(0, machine_threads_max("r", &usual));
	ASSERT_EQ(0, machine_threads_max("w", &none));
	err = teavmx_vcpu_run_slice(self->teavmx, self->vm, vcpu.id, NULL, &slice);
	ASSERT_EQ(0, machine_threads_max("w", &usual));
	ASSERT_EQ(-1, err);
	EXPECT_REFUSED(EAGAIN, self->teavmx, "kernel.threads-max");
	ASSERT_EQ(0, teavmx_vcpu_get(self->teavmx, self->vm, vcpu.id, &vcpu));
	EXPECT_EQ(TEAVMX_VCPU_STATE_READY, vcpu.state);
	EXPECT_EQ(0, vcpu.steps);
	ASSERT_EQ(0, run_slice(self, &vcpu, &steps, &slice));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_PAUSED));
	EXPECT_EQ(TEAVMX_STOP_STEPS, vcpu.stop);
	EXPECT_EQ(10, vcpu.steps);
	teavmx_vcpu_clear(&vcpu);
}

struct killer {
	struct teavmx *teavmx;
	uint32_t vm;
	uint32_t vcpu;
};

static void *kill_soon(void *data)
{
	struct killer *killer = data;

	while (!teavmx_vcpu_kill(killer->teavmx, killer->vm, killer->vcpu) ||
	       teavmx_error(killer->teavmx)->error == ENOENT)
		usleep(50);
	return NULL;
}

/* Each has one exit message, whether it is killed before, in or after the slice. */
TEST_F(tea, kills_by_another_client)
{
	struct killer killer = { .teavmx = machine_open(), .vm = self->vm };
	struct machine_record record;
	struct teavmx_vcpu vcpu = { 0 };
	struct teavmx_slice slice;
	pthread_t thread;
	int i;

	for (i = 1; i <= 30; i++) {
		teavmx_vcpu_clear(&vcpu);
		ASSERT_EQ(0, machine_new(self->teavmx, self->vm, self->backend,
					 program_loop, sizeof(program_loop),
					 &vcpu));
		killer.vcpu = vcpu.id;
		ASSERT_EQ(0, pthread_create(&thread, NULL, kill_soon, &killer));
		if (teavmx_vcpu_run_slice(self->teavmx, self->vm, vcpu.id, NULL,
					  &slice))
			EXPECT_EQ(EBUSY, teavmx_error(self->teavmx)->error);
		pthread_join(thread, NULL);
		ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
					  TEAVMX_VCPU_STATE_EXITED));
		EXPECT_EQ(TEA_EXIT_KILL, machine_code(&vcpu));
		EXPECT_EQ(i, machine_records(self->teavmx, self->vm,
					     TEAVMX_EVENT_TYPE_TEA_EXIT,
					     &record, 1));
	}
	teavmx_vcpu_clear(&vcpu);
	teavmx_close(killer.teavmx);
}

TEST_HARNESS_MAIN
