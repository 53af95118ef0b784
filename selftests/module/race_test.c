// SPDX-License-Identifier: GPL-2.0-only
/* Requests that meet each other, or the thread of a vCPU, at a bad moment. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "raw_fixture.h"

#define ROUNDS	200

/* Counts in AX, and writes each number. */
GUEST_PAYLOAD(code_count,
	".code16\n"
	"	xor	%ax, %ax\n"
	"1:	inc	%ax\n"
	"	out	%ax, $0x80\n"
	"	jmp	1b");

/* Counts in EAX without end. */
GUEST_PAYLOAD(code_busy,
	".code16\n"
	"	xor	%eax, %eax\n"
	"1:	inc	%eax\n"
	"	jmp	1b");

static const struct teavmx_run answer = { .answered = true };

/**
 * struct counted - what the records of code_count have shown
 * @value: the last number that it has written
 * @seq: the last record
 * @begun: how many runs have begun
 * @wrong: a number was missing, or was there twice
 */
struct counted {
	uint64_t value;
	uint64_t seq;
	unsigned int begun;
	bool wrong;
};

static void count(const struct teavmx_record *record, void *data)
{
	struct counted *counted = data;

	if (record->type == TEAVMX_EVENT_TYPE_LOST ||
	    (counted->seq && record->seq != counted->seq + 1))
		counted->wrong = true;
	counted->seq = record->seq;
	if (record->type == TEAVMX_EVENT_TYPE_STATE)
		counted->begun += record->state == TEAVMX_VCPU_STATE_RUNNING;
	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    record->reason != VMX_EXIT_IO_INSTRUCTION)
		return;
	if (record->value != counted->value + 1)
		counted->wrong = true;
	counted->value = record->value;
}

static int wait_counted(struct raw_data *self, struct counted *counted)
{
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, RAW_PATIENCE_MS,
				count, counted, NULL);
}

/* Runs a slice as soon as the vCPU lets itself be run. */
static int slice_as_soon_as_possible(struct raw_data *self)
{
	struct teavmx_slice slice;

	while (teavmx_vcpu_run_slice(self->teavmx, self->vm.id, self->vcpu.id,
				     &answer, &slice)) {
		if (teavmx_error(self->teavmx)->error != EBUSY)
			return raw_say(self, -1);
	}
	return 0;
}

/*
 * A client that does not wait for the event that the vCPU has stopped. Its thread
 * may be putting the records before that into the log then.
 */
TEST_F(raw, a_slice_follows_the_thread_at_once)
{
	struct counted counted = { 0 };
	int i;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_count)));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	ASSERT_STOP(EXIT, wait_counted(self, &counted));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, teavmx_vcpu_run_with(self->teavmx, self->vm.id,
						  self->vcpu.id, &answer));
		ASSERT_EQ(0, slice_as_soon_as_possible(self));
		ASSERT_STOP(EXIT, wait_counted(self, &counted));
		ASSERT_STOP(EXIT, wait_counted(self, &counted));
		ASSERT_FALSE(counted.wrong);
	}
	EXPECT_EQ(1 + 2 * ROUNDS, counted.value);
	EXPECT_EQ(1 + 2 * ROUNDS, counted.begun);
}

/**
 * struct deleter - a client that deletes VMs before their creator knows them
 * @teavmx: its handle
 * @next: number of the next VM
 * @deleted: how many it has deleted
 * @stop: it has to end
 */
struct deleter {
	struct teavmx *teavmx;
	uint32_t next;
	unsigned int deleted;
	bool stop;
};

static void *delete_next(void *data)
{
	struct deleter *deleter = data;
	uint32_t next;

	while (!__atomic_load_n(&deleter->stop, __ATOMIC_RELAXED)) {
		next = __atomic_load_n(&deleter->next, __ATOMIC_RELAXED);
		if (!teavmx_vm_del(deleter->teavmx, next))
			deleter->deleted++;
	}
	teavmx_close(deleter->teavmx);
	return NULL;
}

/* A VM that another client can find has its vCPU. */
TEST_F(raw, a_new_vm_is_deleted_with_its_vcpu)
{
	const struct teavmx_program program = {
		.backend = TEAVMX_BACKEND_VMX,
		.program = program_loop,
		.program_size = sizeof(program_loop),
		.run = true,
	};
	struct deleter deleter = {
		.teavmx = machine_open(),
		.next = self->vm.id + 1,
	};
	struct teavmx_vcpu vcpu;
	pthread_t thread;
	int i;

	ASSERT_EQ(0, pthread_create(&thread, NULL, delete_next, &deleter));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, 0, &program,
					     &vcpu)) {
			TH_LOG("%d: %s", i, teavmx_error(self->teavmx)->message);
		}
		__atomic_store_n(&deleter.next, vcpu.vm + 1, __ATOMIC_RELAXED);
		if (teavmx_vm_del(self->teavmx, vcpu.vm))
			EXPECT_ERROR(ENOENT, self->teavmx);
		teavmx_vcpu_clear(&vcpu);
	}
	__atomic_store_n(&deleter.stop, true, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	printf("# %u of %d were deleted before their creator knew them\n",
	       deleter.deleted, ROUNDS);
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vm.id));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

/* Kills this process after some time. */
static int end_after(long ns)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGKILL,
	};
	const struct itimerspec once = { .it_value.tv_nsec = ns };
	timer_t timer;

	return timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	       timer_settime(timer, 0, &once, NULL);
}

static void child_slices(uint32_t vm, uint32_t vcpu, long ns)
{
	struct teavmx *teavmx = machine_open();
	struct teavmx_slice slice;

	if (end_after(ns))
		_exit(1);
	for (;;)
		if (teavmx_vcpu_run_slice(teavmx, vm, vcpu, NULL, &slice) &&
		    teavmx_error(teavmx)->error != EBUSY)
			_exit(2);
}

/*
 * A process that is killed in its slice cannot make a thread for the vCPU. That is
 * paused then, and the next run goes on where the guest was. If the slice has left an exit
 * to that thread, the registers can only be read until the next run has handled it.
 */
TEST_F(raw, the_guest_of_a_killed_caller_goes_on)
{
	const struct teavmx_run steps = { .steps = 8 };
	uint32_t state, stop, alone = 0, ran = 0;
	int i, status;
	uint64_t rax;
	pid_t child;

	for (i = 0; i < 40; i++) {
		teavmx_vcpu_clear(&self->vcpu);
		ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id,
						 &self->vcpu));
		ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL,
				      PAYLOAD(code_busy)));
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			child_slices(self->vm.id, self->vcpu.id,
				     1000000 + 200000 * i);
		ASSERT_EQ(child, waitpid(child, &status, 0));
		ASSERT_TRUE(WIFSIGNALED(status));
		ASSERT_EQ(0, teavmx_vcpu_state(self->teavmx, self->vm.id,
					       self->vcpu.id, &state, &stop));
		if (state == TEAVMX_VCPU_STATE_PAUSED) {
			if (raw_set(self, TEAVMX_REG_RAX, 0))
				EXPECT_REFUSED(EBUSY, self->teavmx,
					       "was not handled");
			else
				EXPECT_EQ(0, raw_get(self, TEAVMX_REG_RAX));
			alone++;
		}
		if (state == TEAVMX_VCPU_STATE_RUNNING)
			EXPECT_EQ(0, teavmx_vcpu_pause(self->teavmx,
						       self->vm.id,
						       self->vcpu.id));
		if (state != TEAVMX_VCPU_STATE_READY) {
			ASSERT_STOP(REQUEST, raw_wait(self));
			rax = raw_get(self, TEAVMX_REG_RAX);
			ASSERT_STOP(STEPS, raw_run(self, &steps));
			EXPECT_EQ(rax + 4, raw_get(self, TEAVMX_REG_RAX));
			ran++;
		}
		ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm.id,
					      self->vcpu.id));
	}
	EXPECT_LT(0, ran);
	printf("# %u of 40 callers were killed in their slice\n", alone);
}

/*
 * Two processes share a short of the scratch pad. The fast path of one enters the
 * gate while the other holds the ports' lock, as the soft back end always does.
 */
TEST_F(raw, no_half_of_an_access_to_a_port)
{
	static const uint8_t bytes[] = { 0x00, 0xff };
	struct teavmx_program program = {
		.program = program_mirror,
		.program_size = sizeof(program_mirror),
		.argument_size = 1,
	};
	const enum teavmx_backend other[] = {
		TEAVMX_BACKEND_VMX, TEAVMX_BACKEND_SOFT,
	};
	struct teavmx_vcpu vcpus[2];
	struct teavmx_vm vm;
	unsigned int i, n;

	for (n = 0; n < COUNT(other); n++) {
		ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
		for (i = 0; i < COUNT(vcpus); i++) {
			program.backend = i ? other[n] : TEAVMX_BACKEND_VMX;
			program.arguments = &bytes[i];
			ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, vm.id,
						     &program, &vcpus[i]));
		}
		for (i = 0; i < COUNT(vcpus); i++)
			ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, vm.id,
						     vcpus[i].id));
		for (i = 0; i < COUNT(vcpus); i++) {
			ASSERT_EQ(0, machine_wait(self->teavmx, &vcpus[i],
						  TEAVMX_VCPU_STATE_EXITED));
			EXPECT_EQ(0, machine_code(&vcpus[i]));
			EXPECT_EQ(0, vcpus[i].message[4]);
			teavmx_vcpu_clear(&vcpus[i]);
		}
		ASSERT_EQ(0, teavmx_vm_del(self->teavmx, vm.id));
	}
}

TEST_HARNESS_MAIN
