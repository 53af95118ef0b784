// SPDX-License-Identifier: GPL-2.0-only
/* Bounds of VCPU_RUN: a vCPU pauses and goes on, and nothing else changes. */
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "raw_fixture.h"

#define COUNT_STEPS	(1 + 2 * 100 + 6)

static int run_with(struct teavmx *teavmx, const struct teavmx_vcpu *vcpu,
		    const struct teavmx_run *run, struct teavmx_record *exit)
{
	if (teavmx_vcpu_run_with(teavmx, vcpu->vm, vcpu->id, run)) {
		printf("# %s\n", teavmx_error(teavmx)->message);
		return -1;
	}
	return teavmx_wait_stop(teavmx, vcpu->id, RAW_PATIENCE_MS, NULL, NULL,
				exit);
}

FIXTURE(tea)
{
	struct teavmx *teavmx;
	struct teavmx_vm vm;
	struct teavmx_vcpu vcpu;
	int pauses;
};

FIXTURE_SETUP(tea)
{
	self->teavmx = machine_open();
	ASSERT_EQ(0, teavmx_event_open(self->teavmx, 0));
}

FIXTURE_TEARDOWN(tea)
{
	teavmx_vcpu_clear(&self->vcpu);
	teavmx_close(self->teavmx);
}

/* Run the program to its end in pieces; each has to end as the bound says. */
static int in_pieces(FIXTURE_DATA(tea) *self, enum teavmx_backend backend,
		     const struct teavmx_run *run, int expected)
{
	int stop;

	teavmx_vcpu_clear(&self->vcpu);
	self->pauses = 0;
	if (teavmx_vm_new(self->teavmx, 0, &self->vm) ||
	    teavmx_event_watch(self->teavmx, self->vm.id, 0) ||
	    machine_new(self->teavmx, self->vm.id, backend, program_countdown,
			sizeof(program_countdown), &self->vcpu))
		return -1;
	for (;;) {
		stop = run_with(self->teavmx, &self->vcpu, run, NULL);
		if (stop != expected)
			break;
		self->pauses++;
	}
	if (stop != TEAVMX_STOP_NONE) {
		printf("# %s after %d pauses\n", expect_stop(stop),
		       self->pauses);
		return -1;
	}
	return machine_wait(self->teavmx, &self->vcpu,
			    TEAVMX_VCPU_STATE_EXITED) ||
	       teavmx_vm_del(self->teavmx, self->vm.id);
}

#define EXPECT_THE_SAME()						\
	do {								\
		EXPECT_EQ(5, self->vcpu.message_size);			\
		EXPECT_TEA_EXIT(NORMAL, machine_code(&self->vcpu));	\
		EXPECT_EQ(7, self->vcpu.message[4]);			\
		EXPECT_EQ(COUNT_STEPS, self->vcpu.steps);		\
	} while (0)

TEST_F(tea, soft_steps_are_instructions)
{
	static const int pieces[] = { 1, 7, 50, COUNT_STEPS - 1, COUNT_STEPS };
	struct teavmx_run run = { 0 };
	size_t i;

	for (i = 0; i < COUNT(pieces); i++) {
		run.steps = pieces[i];
		ASSERT_EQ(0, in_pieces(self, TEAVMX_BACKEND_SOFT, &run,
				       TEAVMX_STOP_STEPS));
		EXPECT_THE_SAME();
		EXPECT_EQ((COUNT_STEPS - 1) / pieces[i], self->pauses);
	}
}

TEST_F(tea, soft_time)
{
	struct teavmx_run run = { .time = 1000 };

	if (machine_clock_ticks())
		SKIP(return, "the clock of this kernel counts ticks");
	ASSERT_EQ(0, in_pieces(self, TEAVMX_BACKEND_SOFT, &run,
			       TEAVMX_STOP_TIME));
	EXPECT_THE_SAME();
	EXPECT_LT(0, self->pauses);
	run.time = 10000000000;
	ASSERT_EQ(0, in_pieces(self, TEAVMX_BACKEND_SOFT, &run,
			       TEAVMX_STOP_TIME));
	EXPECT_THE_SAME();
	EXPECT_EQ(0, self->pauses);
}

TEST_F(tea, soft_has_no_exits)
{
	const struct teavmx_run run = { .exits = 1 };

	ASSERT_EQ(0, machine_new(self->teavmx, 0, TEAVMX_BACKEND_SOFT,
				 program_countdown, sizeof(program_countdown),
				 &self->vcpu));
	EXPECT_EQ(-1, teavmx_vcpu_run_with(self->teavmx, self->vcpu.vm,
					   self->vcpu.id, &run));
	EXPECT_ERROR(EOPNOTSUPP, self->teavmx);
	EXPECT_NE(NULL, strstr(teavmx_error(self->teavmx)->message,
			       "no exits"));
}

TEST_F(tea, exits)
{
	struct teavmx_run run = { .exits = 1 };

	NEED_VMX(self->teavmx);
	ASSERT_EQ(0, in_pieces(self, TEAVMX_BACKEND_VMX, &run,
			       TEAVMX_STOP_EXITS));
	EXPECT_THE_SAME();
	/* One for the port; the other one is the end. */
	EXPECT_LE(1, self->pauses);
}

TEST_F(tea, time)
{
	static const int times[] = { 3000, 20000, 50000 };
	struct teavmx_run run = { 0 };
	int before = 1 << 30;
	size_t i;

	NEED_VMX(self->teavmx);
	for (i = 0; i < COUNT(times); i++) {
		run.time = times[i];
		ASSERT_EQ(0, in_pieces(self, TEAVMX_BACKEND_VMX, &run,
				       TEAVMX_STOP_TIME));
		EXPECT_THE_SAME();
		EXPECT_GE(before, self->pauses);
		before = self->pauses;
		printf("# %d ns: %d pauses\n", times[i], self->pauses);
		/* A fast processor has ended the program before the longer times. */
		if (!i)
			EXPECT_LT(0, self->pauses);
	}
}

TEST_F(tea, steps)
{
	static const int pieces[] = { 97, 1000 };
	struct teavmx_run run = { 0 };
	int total[2];
	size_t i;

	NEED_VMX(self->teavmx);
	for (i = 0; i < COUNT(pieces); i++) {
		run.steps = pieces[i];
		ASSERT_EQ(0, in_pieces(self, TEAVMX_BACKEND_VMX, &run,
				       TEAVMX_STOP_STEPS));
		EXPECT_THE_SAME();
		total[i] = self->pauses * pieces[i];
		printf("# %d steps: %d pauses\n", pieces[i], self->pauses);
	}
	/* The program is as long each time. */
	EXPECT_LT(1000, total[0]);
	EXPECT_EQ(self->pauses, total[0] / 1000);
}

TEST_F(tea, killed_while_paused)
{
	const struct teavmx_run run = { .steps = 10 };

	NEED_VMX(self->teavmx);
	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &self->vm));
	ASSERT_EQ(0, teavmx_event_watch(self->teavmx, self->vm.id, 0));
	ASSERT_EQ(0, machine_new(self->teavmx, self->vm.id, TEAVMX_BACKEND_VMX,
				 program_loop, sizeof(program_loop),
				 &self->vcpu));
	ASSERT_STOP(STEPS, run_with(self->teavmx, &self->vcpu, &run, NULL));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm.id,
				      self->vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TEA_EXIT(KILL, machine_code(&self->vcpu));
}

#define CODE	RAW_CODE
#define STACK	RAW_STACK
#define TABLES	RAW_TABLES

static const enum teavmx_mode modes[] = {
	TEAVMX_MODE_REAL, TEAVMX_MODE_PROTECTED, TEAVMX_MODE_LONG,
};

/* The same bytes in every mode */
GUEST_PAYLOAD(code_incs,
	"\tinc\t%eax\n"
	"\tinc\t%eax\n"
	"\tinc\t%eax\n"
	"\tcpuid\n"
	"\tinc\t%eax\n"
	"\thlt");

TEST_F(raw, one_instruction_a_step_in_each_mode)
{
	static const int sizes[] = { 2, 2, 2, 2, 2 };
	uint64_t rip;
	size_t i, j;

	for (i = 0; i < COUNT(modes); i++) {
		ASSERT_EQ(0, raw_load(self, modes[i], PAYLOAD(code_incs)));
		ASSERT_EQ(0, raw_set(self, TEAVMX_REG_RAX, 0));
		rip = CODE;
		for (j = 0; j < COUNT(sizes); j++) {
			ASSERT_STOP(STEPS, raw_steps(self, 1));
			rip += sizes[j];
			ASSERT_REG(RIP, rip);
			if (j < 3)
				ASSERT_REG(RAX, j + 1);
			ASSERT_EQ(0x202,
				  raw_get(self, TEAVMX_REG_RFLAGS) & ~0xd5);
		}
		ASSERT_STOP(EXIT, raw_steps(self, 1));
		EXPECT_REASON(HLT, self->exit.reason);
	}
}

GUEST_PAYLOAD(code_checksum,
	".code16\n"
	"\tmov\t$100, %cx\n"
	"\txor\t%bx, %bx\n"
	"1:\tadd\t%cx, %bx\n"
	"\trol\t$3, %bx\n"
	"\txor\t%cx, 0x4000\n"
	"\tloop\t1b\n"
	"\thlt");

#define CHECKSUM_STEPS	(2 + 4 * 100)

static int checksum_in_pieces(struct raw_data *self,
			      const struct teavmx_run *run, int expected,
			      uint64_t result[3])
{
	uint16_t word = 0;
	int pauses = 0;
	int stop;

	if (raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_checksum)) ||
	    teavmx_mem_write(self->teavmx, self->vm.id, 0x4000, &word,
			     sizeof(word)))
		return -1;
	while ((stop = raw_run(self, run)) == expected)
		pauses++;
	if (stop != TEAVMX_STOP_EXIT || self->exit.reason != VMX_EXIT_HLT) {
		printf("# stop: %s, exit: %s, after %d pauses\n",
		       expect_stop(stop), expect_reason(self->exit.reason),
		       pauses);
		return -1;
	}
	teavmx_mem_read(self->teavmx, self->vm.id, 0x4000, &word,
			sizeof(word));
	result[0] = raw_get(self, TEAVMX_REG_RBX) & 0xffff;
	result[1] = raw_get(self, TEAVMX_REG_RFLAGS);
	result[2] = word;
	return pauses;
}

TEST_F(raw, bounds_change_nothing)
{
	static const struct teavmx_run none;
	static const int counts[] = { 1, 3, 40, CHECKSUM_STEPS - 1 };
	static const int times[] = { 2000, 20000 };
	uint64_t result[3], expected[3];
	struct teavmx_run run;
	size_t i;

	ASSERT_EQ(0, checksum_in_pieces(self, &none, TEAVMX_STOP_STEPS,
					expected));
	for (i = 0; i < COUNT(counts); i++) {
		run = (struct teavmx_run){ .steps = counts[i] };
		EXPECT_EQ(CHECKSUM_STEPS / counts[i],
			  checksum_in_pieces(self, &run, TEAVMX_STOP_STEPS,
					     result));
		EXPECT_EQ(0, memcmp(result, expected, sizeof(result)));
	}
	for (i = 0; i < COUNT(times); i++) {
		run = (struct teavmx_run){ .time = times[i] };
		EXPECT_LE(0, checksum_in_pieces(self, &run, TEAVMX_STOP_TIME,
						result));
		EXPECT_EQ(0, memcmp(result, expected, sizeof(result)));
	}
	run = (struct teavmx_run){ .exits = 1 };
	EXPECT_LE(0, checksum_in_pieces(self, &run, TEAVMX_STOP_EXITS, result));
	EXPECT_EQ(0, memcmp(result, expected, sizeof(result)));
}

GUEST_PAYLOAD(code_inc_loop,
	"1:\tinc\t%eax\n"
	"\tjmp\t1b");

/* A process that runs on a CPU whenever nothing else does, so it never halts. */
static pid_t spin_on(int cpu)
{
	const struct sched_param param = { 0 };
	cpu_set_t cpus;
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			;
	}
	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(pid, sizeof(cpus), &cpus) ||
	    sched_setscheduler(pid, SCHED_IDLE, &param))
		return -1;
	return pid;
}

/* How far a loop gets in so many ms; 0 if it is stopped earlier */
static uint64_t rounds_in(struct raw_data *self, unsigned int ms)
{
	const struct teavmx_run run = { .time = ms * 1000000ULL };
	long long began;

	if (raw_load(self, TEAVMX_MODE_LONG, PAYLOAD(code_inc_loop)) ||
	    raw_set(self, TEAVMX_REG_RAX, 0))
		return 0;
	began = machine_ms();
	if (raw_run(self, &run) != TEAVMX_STOP_TIME ||
	    machine_ms() - began < ms)
		return 0;
	return raw_get(self, TEAVMX_REG_RAX);
}

#define BUDGETS	3
#define TRIES	3

/*
 * A loop gets as much further as it was given more time. The TSC counts at a
 * constant rate, but Bochs executes so many instructions of each CPU in turn as there
 * are up to the next branch, and lets their mean pass as time. So this loop gets further
 * while another CPU is halted, and none halts; and it gets less far while another CPU
 * executes code with fewer branches than spin_on() has. So the best of the tries is exact.
 */
TEST_F(raw, time_is_a_budget)
{
	const int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t rounds, best[BUDGETS] = { 0 };
	pid_t spinners[cpus];
	int i, try;

	ASSERT_EQ(0, machine_pin(self->vm.id, self->vcpu.id, 0));
	for (i = 1; i < cpus; i++) {
		spinners[i] = spin_on(i);
		ASSERT_LT(0, spinners[i]);
	}
	for (i = 0; i < BUDGETS; i++)
		for (try = 0; try < TRIES; try++) {
			rounds = rounds_in(self, 40 << i);
			EXPECT_LT(0, rounds);
			if (rounds > best[i])
				best[i] = rounds;
		}
	for (i = 0; i < BUDGETS; i++) {
		printf("# %d ms: %llu rounds\n", 40 << i,
		       (unsigned long long)best[i]);
		EXPECT_LT((best[0] << i) * 95, best[i] * 100);
		EXPECT_GT((best[0] << i) * 105, best[i] * 100);
	}
	for (i = 1; i < cpus; i++) {
		kill(spinners[i], SIGKILL);
		waitpid(spinners[i], NULL, 0);
	}
}

GUEST_PAYLOAD(code_cpuid_loop,
	"1:\tcpuid\n"
	"\tjmp\t1b");

TEST_F(raw, exits_are_counted)
{
	const struct teavmx_run run = { .exits = 25 };
	struct teavmx_vcpu vcpu;
	uint64_t sum = 0;
	size_t i;

	ASSERT_EQ(0,
		  raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_cpuid_loop)));
	ASSERT_STOP(EXITS, raw_run(self, &run));
	ASSERT_STOP(EXITS, raw_run(self, &run));
	ASSERT_EQ(0, teavmx_vcpu_get(self->teavmx, self->vm.id, self->vcpu.id,
				     &vcpu));
	for (i = 0; i < vcpu.exit_count; i++)
		sum += vcpu.exits[i].count;
	EXPECT_EQ(50, sum);
	teavmx_vcpu_clear(&vcpu);
}

TEST_HARNESS_MAIN
