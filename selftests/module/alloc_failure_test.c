// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each allocation of the module in a vCPU's thread fails once, while a subscriber
 * receives the events. The process ends all the same, and its next run is as ever. In
 * requests selftests/debug/inject/requests.c lets allocations fail.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tea_fixture.h"

/* selftests/debug/inject/inside sets it. */
#define FILTER	"/sys/kernel/debug/failslab/require-start"
/* Where a program allocates without end, so many are enough. */
#define NTH_MAX	60

static bool filter_is_set(void)
{
	FILE *file = fopen(FILTER, "r");
	unsigned long long start = 0;
	bool set = file && fscanf(file, "%lli", (long long *)&start) == 1 && start;

	if (file)
		fclose(file);
	return set;
}

static int nth_set(pid_t thread, int nth)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", thread);
	file = fopen(path, "w");
	if (!file)
		return -1;
	fprintf(file, "%d", nth);
	return fclose(file);
}

/* Returns -1 for a thread that has ended. */
static int nth_left(pid_t thread)
{
	char path[64];
	int left = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", thread);
	file = fopen(path, "r");
	if (file && fscanf(file, "%d", &left) != 1)
		left = -1;
	if (file)
		fclose(file);
	return left;
}

/*
 * A process whose memory is kept: its thread stays when it has ended, so it is known
 * before the run in which something fails.
 */
struct threaded {
	struct teavmx *teavmx;
	uint32_t vm;
	uint32_t id;
	uint32_t next_child;
	pid_t thread;
};

/* Waits for the end of what the process has launched. The numbers have no gap. */
static void await_children(struct threaded *process)
{
	struct teavmx_vcpu child;

	while (!teavmx_vcpu_get(process->teavmx, process->vm,
				process->next_child, &child) &&
	       !machine_wait(process->teavmx, &child,
			     TEAVMX_VCPU_STATE_EXITED)) {
		teavmx_vcpu_clear(&child);
		process->next_child++;
	}
}

static int await_code(struct threaded *process)
{
	struct teavmx_vcpu vcpu = { .vm = process->vm, .id = process->id };
	int code = -1;

	if (!machine_wait(process->teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED))
		code = machine_code(&vcpu);
	teavmx_vcpu_clear(&vcpu);
	await_children(process);
	return code;
}

/* Returns the exit code of the first run. */
static int begin(FIXTURE_DATA(tea) *self, const void *program, size_t size,
		 struct threaded *process)
{
	const struct teavmx_program how = {
		.backend = self->backend,
		.program = program,
		.program_size = size,
		.run = true,
		.keep = true,
	};
	struct teavmx_vcpu vcpu;
	int code;

	if (teavmx_vcpu_new(self->teavmx, self->vm, &how, &vcpu))
		return -1;
	*process = (struct threaded){
		.teavmx = self->teavmx,
		.vm = vcpu.vm,
		.id = vcpu.id,
		.next_child = vcpu.id + 1,
	};
	teavmx_vcpu_clear(&vcpu);
	code = await_code(process);
	process->thread = machine_thread(process->vm, process->id);
	return code;
}

/* Returns the exit code of a further run; @left: what nth is at its end. */
static int rerun(struct threaded *process, int nth, int *left)
{
	static const struct teavmx_run reset = { .reset = true };
	struct teavmx_record record;
	int code;

	/* A stream without room needs no memory. */
	while (teavmx_event_next(process->teavmx, &record) > 0)
		;
	if (nth_set(process->thread, nth) ||
	    teavmx_vcpu_run_with(process->teavmx, process->vm, process->id,
				 &reset)) {
		printf("# %s\n", teavmx_error(process->teavmx)->message);
		return -1;
	}
	code = await_code(process);
	*left = nth_left(process->thread);
	return code;
}

static void each_fails(struct __test_metadata *_metadata,
		       FIXTURE_DATA(tea) *self, const void *program, size_t size)
{
	struct threaded process;
	int nth, code, left = 0, ended = 0;

	ASSERT_EQ(0, teavmx_event_open(self->teavmx, 0));
	ASSERT_EQ(0, teavmx_event_watch(self->teavmx, self->vm, 0));
	ASSERT_TEA_EXIT(NORMAL, begin(self, program, size, &process));
	ASSERT_NE(0, process.thread);
	for (nth = 1; nth <= NTH_MAX && !left; nth++) {
		code = rerun(&process, nth, &left);
		EXPECT_LE(0, code) {
			TH_LOG("allocation %d", nth);
		}
		ended += code != TEA_EXIT_NORMAL;
		ASSERT_TEA_EXIT(NORMAL, rerun(&process, 0, &code));
	}
	EXPECT_LE(0, left);
	/* The first allocation of a run, at least, can fail. */
	EXPECT_LT(0, nth - 1 - !!left);
	printf("# %d allocations failed, which ended %d processes%s\n",
	       nth - 1 - !!left, ended, left ? "" : "; there are more");
}

/*
 * Why nothing can fail here, or NULL. A machine with VMX is emulated, where a program of the
 * soft backend in a debug kernel runs for minutes.
 */
static const char *injection_missing(FIXTURE_DATA(tea) *self)
{
	struct teavmx_info info;

	if (!filter_is_set())
		return "fault injection has no filter here";
	if (self->backend == TEAVMX_BACKEND_SOFT &&
	    !teavmx_get_info(self->teavmx, NULL, &info) && info.vmx)
		return "the stage inject has the soft back end";
	return NULL;
}

TEST_F_TIMEOUT(tea, each_allocation_of_a_thread_fails_once, 300)
{
	if (injection_missing(self))
		SKIP(return, "%s", injection_missing(self));
	each_fails(_metadata, self, program_chatter, sizeof(program_chatter));
}

TEST_F_TIMEOUT(tea, each_allocation_of_a_launch_from_inside_fails_once, 300)
{
	static const uint8_t packets[] = {
		5, TEA_ADDRESS_DEFAULT, 3, TEA_CMD_VM_RUN,
		TEA_RUN_FIRST | TEA_RUN_LAST, 0, 0 };
	uint8_t file[SENDER_MAX];
	size_t size = machine_sender(file, packets, TEA_OP_EXIT);

	if (injection_missing(self))
		SKIP(return, "%s", injection_missing(self));
	ASSERT_EQ(0, teavmx_slot_set(self->teavmx, self->vm, 0, program_show,
				     sizeof(program_show), 0));
	each_fails(_metadata, self, file, size);
}

TEST_HARNESS_MAIN
