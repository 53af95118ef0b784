// SPDX-License-Identifier: GPL-2.0-only
/*
 * How vCPUs wait: what wakes them, what they wait for as VCPU_GET shows it, and
 * how long a sleep takes.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tea_fixture.h"

#define IDLE_EACH	15
#define WRITES		2000
#define SLEEPS		20

/* Writes a semaphore that no process reads, so many times */
static const uint8_t program_writes[] =
	FILE_OF(0, 0, TEA_OP_PUSHLS, SHORT(WRITES),
		TEA_OP_PUSHLB, 1,
		TEA_OP_POPBM, SHORT(TEA_PORT_SEMAPHORE + 9),
		TEA_OP_DECS, 2, TEA_OP_BRNZ, SHORT(3),
		TEA_OP_POPS, TEA_OP_EXIT);

/* Sleeps 1 ms so many times */
static const uint8_t program_naps[] =
	FILE_OF(0, 0, TEA_OP_PUSHLB, SLEEPS,
		TEA_OP_PUSHLS, SHORT(10), TEA_OP_POPSM, SHORT(TEA_PORT_TIMER),
		TEA_OP_DECB, 1, TEA_OP_BRNZ, SHORT(2),
		TEA_OP_POPB, TEA_OP_EXIT);

/* How often the thread of a vCPU has gone to sleep, -1 on failure */
static long long sleeps_of(uint32_t vm, uint32_t vcpu)
{
	long long voluntary = -1;
	char path[64], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status",
		 machine_thread(vm, vcpu));
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "voluntary_ctxt_switches: %lld", &voluntary);
	if (file)
		fclose(file);
	return voluntary;
}

/* IDLE_EACH vCPUs that are ready, paused, waiting for another semaphore */
static int make_idle(FIXTURE_DATA(tea) *self, struct teavmx_vcpu *idle)
{
	int i;

	for (i = 0; i < IDLE_EACH; i++) {
		if (machine_new(self->teavmx, self->vm, self->backend,
				program_exit, sizeof(program_exit), &idle[0]) ||
		    machine_start(self->teavmx, self->vm, self->backend,
				  program_loop, sizeof(program_loop),
				  &idle[1]) ||
		    teavmx_vcpu_pause(self->teavmx, self->vm, idle[1].id) ||
		    machine_wait(self->teavmx, &idle[1],
				 TEAVMX_VCPU_STATE_PAUSED) ||
		    machine_start(self->teavmx, self->vm, self->backend,
				  program_wait, sizeof(program_wait),
				  &idle[2]) ||
		    machine_wait(self->teavmx, &idle[2],
				 TEAVMX_VCPU_STATE_WAITING))
			return -1;
		idle += 3;
	}
	return 0;
}

/* Reading the state of a vCPU takes its thread nothing. */
static long long sum_of_sleeps(const struct teavmx_vcpu *idle)
{
	long long sum = 0;
	long long one;
	int i;

	for (i = 0; i < 3 * IDLE_EACH; i++) {
		/* Those that are ready have no thread. */
		if (i % 3 == 0)
			continue;
		one = sleeps_of(idle[i].vm, idle[i].id);
		if (one < 0)
			return -1;
		sum += one;
	}
	return sum;
}

TEST_F_TIMEOUT(tea, a_write_wakes_only_who_waits_for_it, 200)
{
	struct teavmx_vcpu idle[3 * IDLE_EACH];
	struct teavmx_vcpu writer;
	long long before;
	size_t i;

	ASSERT_EQ(0, make_idle(self, idle));
	/* They may just be on their way to sleep. Those that are ready have no thread. */
	for (i = 0; i < 3 * IDLE_EACH; i++)
		while (i % 3 && machine_thread_state(self->vm, idle[i].id) != 'S')
			usleep(1000);
	before = sum_of_sleeps(idle);
	ASSERT_LE(0, before);
	ASSERT_EQ(0, machine_start(self->teavmx, self->vm, self->backend,
				   program_writes, sizeof(program_writes),
				   &writer));
	ASSERT_EQ(0, machine_wait(self->teavmx, &writer,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TEA_EXIT(NORMAL, machine_code(&writer));
	EXPECT_LT(4 * WRITES, writer.steps);
	EXPECT_EQ(before, sum_of_sleeps(idle));
	teavmx_vcpu_clear(&writer);
	for (i = 0; i < 3 * IDLE_EACH; i++)
		teavmx_vcpu_clear(&idle[i]);
}

/* Each of several gets its value: none is forgotten, none takes two. */
TEST_F(tea, all_who_wait_for_it_get_a_value)
{
	struct teavmx_vcpu readers[4], writer, now;
	int i, j, exited;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0,
			  machine_start(self->teavmx, self->vm, self->backend,
					program_take, sizeof(program_take),
					&readers[i]));
		ASSERT_EQ(0, machine_wait(self->teavmx, &readers[i],
					  TEAVMX_VCPU_STATE_WAITING));
	}
	/* One that is killed while it waits takes no value with it. */
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm, readers[3].id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &readers[3],
				  TEAVMX_VCPU_STATE_EXITED));
	teavmx_vcpu_clear(&readers[3]);
	for (i = 1; i <= 3; i++) {
		ASSERT_EQ(0,
			  machine_start(self->teavmx, self->vm, self->backend,
					program_fill, sizeof(program_fill),
					&writer));
		ASSERT_EQ(0, machine_wait(self->teavmx, &writer,
					  TEAVMX_VCPU_STATE_EXITED));
		teavmx_vcpu_clear(&writer);
		for (exited = 0; exited != i; usleep(1000)) {
			for (j = 0, exited = 0; j < 3; j++) {
				ASSERT_EQ(0, teavmx_vcpu_get(self->teavmx,
							     self->vm,
							     readers[j].id,
							     &now));
				exited += now.state == TEAVMX_VCPU_STATE_EXITED;
				teavmx_vcpu_clear(&now);
			}
			ASSERT_GE(i, exited);
		}
	}
}

TEST_F(tea, a_sleeper_shows_its_port)
{
	struct teavmx_vcpu vcpu, *vcpus;

	ASSERT_EQ(0, machine_start(self->teavmx, self->vm, self->backend,
				   program_sleep, sizeof(program_sleep),
				   &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_SLEEPING));
	EXPECT_EQ(TEA_PORT_TIMER, vcpu.port);
	ASSERT_EQ(1, teavmx_vcpu_list(self->teavmx, self->vm, &vcpus));
	EXPECT_EQ(TEA_PORT_TIMER, vcpus[0].port);
	teavmx_vcpu_free(vcpus, 1);
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm, vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(TEAVMX_NO_PORT, vcpu.port);
	teavmx_vcpu_clear(&vcpu);
}

struct naps {
	uint64_t begin;
	uint64_t shortest;
	uint64_t longest;
	int count;
};

static void measure_nap(const struct teavmx_record *record, void *data)
{
	struct naps *naps = data;
	uint64_t time;

	if (record->type != TEAVMX_EVENT_TYPE_STATE)
		return;
	if (record->state == TEAVMX_VCPU_STATE_SLEEPING) {
		naps->begin = record->time;
	} else if (naps->begin) {
		time = record->time - naps->begin;
		if (time < naps->shortest)
			naps->shortest = time;
		if (time > naps->longest)
			naps->longest = time;
		naps->begin = 0;
		naps->count++;
	}
}

/*
 * A timer that counts in ticks of 4 ms never ends after less than 4. However
 * busy the machine is, one of 20 sleeps of 1 ms is done within 3.
 */
TEST_F(tea, a_short_sleep_is_short)
{
	struct naps naps = { .shortest = UINT64_MAX };
	struct teavmx_vcpu vcpu;
	uint64_t seq = 0;
	int got;

	if (machine_clock_ticks())
		SKIP(return, "the clock of this kernel counts ticks");
	ASSERT_EQ(0, machine_start(self->teavmx, self->vm, self->backend,
				   program_naps, sizeof(program_naps), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TEA_EXIT(NORMAL, machine_code(&vcpu));
	do {
		got = teavmx_event_get(self->teavmx, self->vm, &seq,
				       measure_nap, &naps);
	} while (got > 0);
	TH_LOG("%d sleeps of 1 ms: %llu to %llu us", naps.count,
	       (unsigned long long)naps.shortest / 1000,
	       (unsigned long long)naps.longest / 1000);
	EXPECT_EQ(SLEEPS, naps.count);
	/* The first of the two records is made before the sleep begins. */
	EXPECT_LE(1000000, naps.shortest);
	EXPECT_GT(3000000, naps.shortest);
	teavmx_vcpu_clear(&vcpu);
}

TEST_HARNESS_MAIN
