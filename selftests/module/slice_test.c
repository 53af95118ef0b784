// SPDX-License-Identifier: GPL-2.0-only
/* Guests that a VCPU_RUN request runs itself before a thread takes over. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw_fixture.h"

#define COUNTS	300

/* Counts in AL, and writes each number. */
GUEST_PAYLOAD(code_count,
	".code16\n"
	"	xor	%ax, %ax\n"
	"1:	inc	%ax\n"
	"	out	%ax, $0x80\n"
	"	jmp	1b");

GUEST_PAYLOAD(code_loop,
	".code16\n"
	"1:	jmp	1b");

GUEST_PAYLOAD(code_halt,
	".code16\n"
	"	hlt");

static int slice_run(struct raw_data *self, const struct teavmx_run *run,
		     struct teavmx_slice *slice)
{
	return raw_say(self, teavmx_vcpu_run_slice(self->teavmx, self->vm.id,
						   self->vcpu.id, run, slice));
}

/*
 * Runs the vCPU to its next stop, wherever that comes: the host's scheduler may
 * end a slice at any time.
 */
static int slice_to_stop(struct raw_data *self, const struct teavmx_run *run,
			 struct teavmx_slice *slice)
{
	int stop;

	if (slice_run(self, run, slice))
		return -1;
	stop = raw_wait(self);
	if (slice->state == TEAVMX_VCPU_STATE_PAUSED && (int)slice->stop != stop)
		printf("# the reply says %u, the event %d\n", slice->stop, stop);
	return slice->state == TEAVMX_VCPU_STATE_PAUSED ? (int)slice->stop :
							  stop;
}

/* Repeats a run until the request itself has seen the stop. */
static int slice_until_seen(struct raw_data *self, struct teavmx_slice *slice)
{
	static const struct teavmx_run answer = { .answered = true };
	int tries;

	if (slice_to_stop(self, NULL, slice) != TEAVMX_STOP_EXIT)
		return -1;
	for (tries = 0; tries < 100 && !slice->has_exit; tries++)
		if (slice_to_stop(self, &answer, slice) != TEAVMX_STOP_EXIT)
			return -1;
	return slice->has_exit ? 0 : -1;
}

TEST_F(raw, the_reply_has_the_stop_and_the_exit)
{
	struct teavmx_slice slice;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_count)));
	ASSERT_EQ(0, slice_until_seen(self, &slice));
	EXPECT_STATE(PAUSED, slice.state);
	EXPECT_STOP(EXIT, slice.stop);
	/* It is the exit of the event. */
	EXPECT_REASON(IO_INSTRUCTION, slice.exit.reason);
	EXPECT_EQ(self->exit.reason, slice.exit.reason);
	EXPECT_EQ(self->exit.qualification, slice.exit.qualification);
	EXPECT_EQ(self->exit.value, slice.exit.value);
	EXPECT_EQ(self->exit.rip, slice.exit.rip);
	EXPECT_EQ(self->exit.instruction_length, slice.exit.instruction_length);
	EXPECT_EQ(self->vm.id, slice.exit.vm);
	EXPECT_EQ(self->vcpu.id, slice.exit.vcpu);
	EXPECT_TRUE(TEAVMX_RECORD_HAS(&slice.exit, VALUE));
	EXPECT_FALSE(TEAVMX_RECORD_HAS(&slice.exit, SEQ));
	EXPECT_EQ(slice.exit.value, raw_get(self, TEAVMX_REG_RAX));
}

TEST_F(raw, a_guest_that_stops_at_once_has_no_thread)
{
	struct teavmx_slice slice;
	bool seen = false;
	int tries;

	/* The host's scheduler may end one slice, not each. */
	for (tries = 0; tries < 20 && !seen; tries++) {
		ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id,
						 &self->vcpu));
		ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL,
				      PAYLOAD(code_halt)));
		ASSERT_STOP(EXIT, slice_to_stop(self, NULL, &slice));
		seen = slice.has_exit &&
		       machine_thread(self->vm.id, self->vcpu.id) <= 0;
		ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm.id,
					      self->vcpu.id));
		teavmx_vcpu_clear(&self->vcpu);
	}
	EXPECT_TRUE(seen);
}

TEST_F(raw, each_answer_is_given_once)
{
	const struct teavmx_run answer = { .answered = true };
	struct teavmx_slice slice;
	int i;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_count)));
	ASSERT_STOP(EXIT, slice_to_stop(self, NULL, &slice));
	for (i = 1; i <= COUNTS; i++) {
		ASSERT_EQ(i, self->exit.value);
		if (slice.has_exit)
			ASSERT_EQ(i, slice.exit.value);
		/* Threads and requests run the guest in turn. */
		if (i % 3)
			ASSERT_STOP(EXIT, slice_to_stop(self, &answer, &slice));
		else
			ASSERT_STOP(EXIT, raw_run(self, &answer));
		if (!(i % 3))
			slice.has_exit = false;
	}
}

struct port {
	unsigned int calls;
	uint32_t last;
};

static bool port_out(void *data, uint32_t vcpu, uint16_t number,
		     unsigned int size, uint32_t value)
{
	struct port *port = data;

	(void)vcpu;
	(void)number;
	(void)size;
	port->calls++;
	port->last = value;
	return true;
}

TEST_F(raw, teavmx_answer_runs_a_slice)
{
	struct teavmx_slice slice;
	const struct teavmx_answers answers = {
		.out = port_out,
		.slice = &slice,
	};
	struct teavmx_record exit;
	struct port port = { 0 };
	int i;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_count)));
	ASSERT_STOP(EXIT, slice_to_stop(self, NULL, &slice));
	for (i = 1; i <= COUNTS; i++) {
		exit = slice.has_exit ? slice.exit : self->exit;
		ASSERT_EQ(1, teavmx_answer(self->teavmx, &exit, &answers,
					   &port));
		ASSERT_STOP(EXIT, raw_wait(self));
	}
	EXPECT_EQ(COUNTS, port.calls);
	EXPECT_EQ(COUNTS, port.last);
}

#define TRACE_MAX	64

struct trace {
	unsigned int count;
	uint32_t what[TRACE_MAX];
};

/* Types, reasons and states, without the exits of the host */
static void trace_add(const struct teavmx_record *record, void *data)
{
	struct trace *trace = data;
	uint32_t what = record->type << 16;

	if (record->type == TEAVMX_EVENT_TYPE_VMX_EXIT) {
		if (record->reason == VMX_EXIT_EXTERNAL_INTERRUPT ||
		    record->reason == VMX_EXIT_PREEMPTION_TIMER)
			return;
		what |= record->reason;
	} else if (record->type == TEAVMX_EVENT_TYPE_STATE) {
		what |= record->state << 8 | record->stop;
	}
	if (trace->count < TRACE_MAX)
		trace->what[trace->count++] = what;
}

static int trace_run(struct raw_data *self, bool sliced, struct trace *trace)
{
	struct teavmx_slice slice;
	int err;

	memset(trace, 0, sizeof(*trace));
	if (teavmx_mode_enter(self->teavmx, self->vm.id, self->vcpu.id,
			      TEAVMX_MODE_REAL, RAW_CODE, RAW_STACK,
			      RAW_TABLES))
		return -1;
	err = sliced ? slice_run(self, NULL, &slice) :
		       teavmx_vcpu_run(self->teavmx, self->vm.id,
				       self->vcpu.id);
	return err ? -1 : teavmx_wait_stop(self->teavmx, self->vcpu.id,
					   RAW_PATIENCE_MS, trace_add, trace,
					   &self->exit);
}

GUEST_PAYLOAD(code_few,
	".code16\n"
	"	cpuid\n"
	"	invd\n"
	"	mov	$0x1b, %cx\n"
	"	rdmsr\n"
	"	hlt");

TEST_F(raw, events_are_those_of_a_run_without_a_slice)
{
	struct trace with, without;
	unsigned int i;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_few)));
	/* The first run touches the pages. */
	ASSERT_STOP(EXIT, trace_run(self, false, &without));
	ASSERT_STOP(EXIT, trace_run(self, true, &with));
	ASSERT_STOP(EXIT, trace_run(self, false, &without));
	EXPECT_EQ(without.count, with.count);
	for (i = 0; i < without.count && i < with.count; i++)
		EXPECT_EQ(without.what[i], with.what[i]);
	/* RUNNING, at least one exit, PAUSED */
	EXPECT_LE(3, with.count);
}

struct states {
	unsigned int running;
	unsigned int paused;
	unsigned int exited;
};

static void count_states(const struct teavmx_record *record, void *data)
{
	struct states *states = data;

	if (record->type != TEAVMX_EVENT_TYPE_STATE)
		return;
	states->running += record->state == TEAVMX_VCPU_STATE_RUNNING;
	states->paused += record->state == TEAVMX_VCPU_STATE_PAUSED;
	states->exited += record->state == TEAVMX_VCPU_STATE_EXITED;
}

static int states_to_stop(struct raw_data *self, struct states *states)
{
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, RAW_PATIENCE_MS,
				count_states, states, NULL);
}

TEST_F(raw, a_guest_that_does_not_stop_goes_on_in_its_thread)
{
	struct states states = { 0 };
	struct teavmx_slice slice;
	uint32_t state, stop;
	int i;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_loop)));
	/* The first time without a thread, then with one */
	for (i = 1; i <= 3; i++) {
		ASSERT_EQ(0, slice_run(self, NULL, &slice));
		EXPECT_STATE(RUNNING, slice.state);
		EXPECT_FALSE(slice.has_exit);
		EXPECT_LT(0, machine_thread(self->vm.id, self->vcpu.id));
		ASSERT_EQ(0, teavmx_vcpu_state(self->teavmx, self->vm.id,
					       self->vcpu.id, &state, &stop));
		EXPECT_STATE(RUNNING, state);
		ASSERT_EQ(-1, slice_run(self, NULL, &slice));
		EXPECT_ERROR(EBUSY, self->teavmx);
		ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vm.id,
					       self->vcpu.id));
		EXPECT_STOP(REQUEST, states_to_stop(self, &states));
		/* Who goes on with a run does not begin it again. */
		EXPECT_EQ(i, states.running);
		EXPECT_EQ(i, states.paused);
	}
	ASSERT_EQ(0, slice_run(self, NULL, &slice));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm.id,
				      self->vcpu.id));
	EXPECT_STOP(NONE, states_to_stop(self, &states));
	EXPECT_EQ(1, states.exited);
}

TEST_F(raw, bounds_hold_in_a_slice)
{
	const struct teavmx_run steps = { .steps = 3 };
	const struct teavmx_run exits = { .exits = 1, .answered = true };
	const struct teavmx_run time = { .time = 1000000 };
	struct teavmx_slice slice;
	int stop;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_count)));
	/* XOR, INC, OUT */
	ASSERT_STOP(EXIT, slice_to_stop(self, &steps, &slice));
	EXPECT_EQ(RAW_CODE + 3, raw_get(self, TEAVMX_REG_RIP));
	/* An interrupt of the host is an exit, too, and can come first. */
	stop = slice_to_stop(self, &exits, &slice);
	if (stop != TEAVMX_STOP_EXITS)
		ASSERT_STOP(EXIT, stop);
	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_loop)));
	ASSERT_STOP(TIME, slice_to_stop(self, &time, &slice));
	ASSERT_STOP(STEPS, slice_to_stop(self, &steps, &slice));
}

/* The exit of a guest run changes segment registers that the host must keep. */
TEST_F(raw, a_process_with_segments_is_not_changed)
{
	uint16_t ds = 0x2b, es = 0x2b, seen_ds, seen_es;
	struct teavmx_slice slice;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_halt)));
	asm volatile("mov %0, %%ds\n\tmov %1, %%es" : : "r" (ds), "r" (es));
	ASSERT_EQ(0, slice_run(self, NULL, &slice));
	asm volatile("mov %%ds, %0\n\tmov %%es, %1" : "=r" (seen_ds),
		     "=r" (seen_es));
	asm volatile("mov %0, %%ds\n\tmov %0, %%es" : : "r" (0));
	EXPECT_EQ(ds, seen_ds);
	EXPECT_EQ(es, seen_es);
	/* Its thread ran the guest. */
	EXPECT_STATE(RUNNING, slice.state);
	EXPECT_STOP(EXIT, raw_wait(self));
}

static int alarms;

static void on_alarm(int number)
{
	(void)number;
	__atomic_fetch_add(&alarms, 1, __ATOMIC_RELAXED);
}

TEST_F(raw, signals_to_the_caller_lose_nothing)
{
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
	const struct teavmx_run answer = { .answered = true };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = on_alarm,
				    .sa_flags = SA_RESTART };
	struct teavmx_slice slice;
	int i, err = 0;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_count)));
	ASSERT_STOP(EXIT, slice_to_stop(self, NULL, &slice));
	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &often, NULL));
	for (i = 1; i <= COUNTS && !err; i++) {
		err = self->exit.value != (uint64_t)i || slice_run(self, &answer, &slice);
		while (!err && raw_wait(self) != TEAVMX_STOP_EXIT)
			err = teavmx_error(self->teavmx)->error != EINTR;
	}
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &never, NULL));
	EXPECT_EQ(0, err) {
		TH_LOG("at %d: %s", i, teavmx_error(self->teavmx)->message);
	}
	EXPECT_LT(0, __atomic_load_n(&alarms, __ATOMIC_RELAXED));
}

/* Another client, which acts on the vCPU while slices run it */
struct other {
	struct teavmx *teavmx;
	uint32_t vm;
	uint32_t vcpu;
	int (*act)(struct other *other);
	unsigned int done;
	bool stop;
	bool failed;
};

static void *other_acts(void *data)
{
	struct other *other = data;

	while (!__atomic_load_n(&other->stop, __ATOMIC_RELAXED)) {
		if (other->act(other)) {
			other->failed = true;
			break;
		}
		__atomic_fetch_add(&other->done, 1, __ATOMIC_RELAXED);
		usleep(50);
	}
	return NULL;
}

static int other_start(struct raw_data *self, struct other *other,
		       int (*act)(struct other *other), pthread_t *thread)
{
	memset(other, 0, sizeof(*other));
	other->teavmx = machine_open();
	other->vm = self->vm.id;
	other->vcpu = self->vcpu.id;
	other->act = act;
	return pthread_create(thread, NULL, other_acts, other);
}

static void other_end(struct other *other, pthread_t thread)
{
	__atomic_store_n(&other->stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	teavmx_close(other->teavmx);
}

static int act_pause(struct other *other)
{
	return teavmx_vcpu_pause(other->teavmx, other->vm, other->vcpu) &&
	       teavmx_error(other->teavmx)->error != EBUSY;
}

TEST_F(raw, pauses_by_another_client)
{
	struct teavmx_slice slice;
	struct other other;
	pthread_t thread;
	int i;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_loop)));
	ASSERT_EQ(0, other_start(self, &other, act_pause, &thread));
	for (i = 0; i < COUNTS; i++)
		ASSERT_STOP(REQUEST, slice_to_stop(self, NULL, &slice));
	other_end(&other, thread);
	EXPECT_FALSE(other.failed);
	EXPECT_LE(COUNTS / 2, other.done);
}

static int act_run(struct other *other)
{
	const struct teavmx_run answer = { .answered = true };
	struct teavmx_slice slice;
	int error;

	if (!teavmx_vcpu_run_slice(other->teavmx, other->vm, other->vcpu,
				   &answer, &slice))
		return 0;
	/* It runs, or is not paused for an exit. */
	error = teavmx_error(other->teavmx)->error;
	return error != EBUSY && error != EINVAL;
}

/* The log has each number once, whichever of the two has run the guest. */
static void check_count(const struct teavmx_record *record, void *data)
{
	uint64_t *next = data;

	if (record->type == TEAVMX_EVENT_TYPE_LOST)
		*next = 0;
	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    record->reason != VMX_EXIT_IO_INSTRUCTION || !*next)
		return;
	*next = record->value == *next ? *next + 1 : 0;
}

TEST_F(raw, two_callers)
{
	const struct teavmx_run answer = { .answered = true };
	struct teavmx_slice slice;
	uint64_t next = 1;
	struct other other;
	pthread_t thread;
	int i;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_count)));
	ASSERT_EQ(0, slice_run(self, NULL, &slice));
	ASSERT_STOP(EXIT, teavmx_wait_stop(self->teavmx, self->vcpu.id,
					   RAW_PATIENCE_MS, check_count, &next,
					   NULL));
	ASSERT_EQ(0, other_start(self, &other, act_run, &thread));
	for (i = 0; i < COUNTS; i++) {
		if (slice_run(self, &answer, &slice))
			ASSERT_EQ(EBUSY, teavmx_error(self->teavmx)->error);
		ASSERT_STOP(EXIT, teavmx_wait_stop(self->teavmx, self->vcpu.id,
						   RAW_PATIENCE_MS, check_count,
						   &next, NULL));
		ASSERT_NE(0, next);
	}
	other_end(&other, thread);
	EXPECT_FALSE(other.failed);
}

static int act_kill(struct other *other)
{
	return teavmx_vcpu_kill(other->teavmx, other->vm, other->vcpu) &&
	       teavmx_error(other->teavmx)->error != ESRCH &&
	       teavmx_error(other->teavmx)->error != ENOENT;
}

/* Answers OUTs by slices until the vCPU has gone. */
static int count_until_gone(struct raw_data *self)
{
	const struct teavmx_run answer = { .answered = true };
	struct teavmx_slice slice;
	int error;

	for (;;) {
		if (!teavmx_vcpu_run_slice(self->teavmx, self->vm.id,
					   self->vcpu.id, &answer, &slice)) {
			if (slice.state == TEAVMX_VCPU_STATE_EXITED)
				return 0;
			continue;
		}
		error = teavmx_error(self->teavmx)->error;
		/* A thread runs it just now. */
		if (error == EBUSY &&
		    !strstr(teavmx_error(self->teavmx)->message, "exited"))
			continue;
		return error;
	}
}

TEST_F(raw, kills_by_another_client)
{
	struct states states;
	struct teavmx_slice slice;
	struct other other;
	pthread_t thread;
	int i, error;

	for (i = 0; i < 30; i++) {
		teavmx_vcpu_clear(&self->vcpu);
		ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id,
						 &self->vcpu));
		ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL,
				      PAYLOAD(code_count)));
		ASSERT_STOP(EXIT, slice_to_stop(self, NULL, &slice));
		ASSERT_EQ(0, other_start(self, &other, act_kill, &thread));
		error = count_until_gone(self);
		EXPECT_TRUE(!error || error == EBUSY);
		memset(&states, 0, sizeof(states));
		while (!states.exited)
			ASSERT_LE(0, states_to_stop(self, &states));
		other_end(&other, thread);
		EXPECT_FALSE(other.failed);
		EXPECT_EQ(1, states.exited);
	}
}

static int act_delete(struct other *other)
{
	return teavmx_vm_del(other->teavmx, other->vm) &&
	       teavmx_error(other->teavmx)->error != ENOENT;
}

TEST_F(raw, deletion_by_another_client)
{
	const struct teavmx_run answer = { .answered = true };
	struct teavmx_slice slice;
	struct other other;
	pthread_t thread;
	int i, error;

	for (i = 0; i < 30; i++) {
		if (i) {
			ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, RAW_MEMORY,
						    &self->vm));
			teavmx_vcpu_clear(&self->vcpu);
			ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx,
							 self->vm.id,
							 &self->vcpu));
		}
		ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL,
				      i % 2 ? code_count : code_loop,
				      i % 2 ? code_count_end - code_count :
					      code_loop_end - code_loop));
		ASSERT_EQ(0, slice_run(self, NULL, &slice));
		ASSERT_EQ(0, other_start(self, &other, act_delete, &thread));
		do {
			error = teavmx_vcpu_run_slice(self->teavmx, self->vm.id,
						      self->vcpu.id, &answer,
						      &slice) ?
				teavmx_error(self->teavmx)->error : 0;
		} while (!error || error == EBUSY);
		other_end(&other, thread);
		EXPECT_EQ(ENOENT, error);
		EXPECT_FALSE(other.failed);
	}
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

/* Runs slices of a VM of its own until it is killed. */
static void child_runs(const void *code, size_t size)
{
	const struct teavmx_run answer = { .answered = true };
	struct teavmx *teavmx = machine_open();
	struct teavmx_slice slice;
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	if (teavmx_raw_new(teavmx, 0, RAW_MEMORY, &vm) ||
	    teavmx_raw_vcpu_new(teavmx, vm.id, &vcpu) ||
	    teavmx_mem_write(teavmx, vm.id, RAW_CODE, code, size) ||
	    teavmx_mode_enter(teavmx, vm.id, vcpu.id, TEAVMX_MODE_REAL,
			      RAW_CODE, 0, 0) ||
	    teavmx_vcpu_run_slice(teavmx, vm.id, vcpu.id, NULL, &slice))
		_exit(1);
	for (;;)
		teavmx_vcpu_run_slice(teavmx, vm.id, vcpu.id, &answer, &slice);
}

TEST_F(raw, the_caller_is_killed)
{
	int i, status;
	pid_t child;

	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vm.id));
	for (i = 0; i < 20; i++) {
		ASSERT_TRUE(machine_vms(self->teavmx, 0));
		child = fork();
		ASSERT_LE(0, child);
		if (!child && i % 2)
			child_runs(PAYLOAD(code_count));
		else if (!child)
			child_runs(PAYLOAD(code_loop));
		usleep(20000 + 700 * i);
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(child, waitpid(child, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
	}
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

TEST_HARNESS_MAIN
