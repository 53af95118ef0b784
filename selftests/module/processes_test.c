// SPDX-License-Identifier: GPL-2.0-only
/* Many processes in a VM: numbers, limits, all at once; and how they rest */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tea_fixture.h"

#define RUN		TEA_CMD_VM_RUN
#define BOTH		(TEA_RUN_FIRST | TEA_RUN_LAST)

static int send_run(FIXTURE_DATA(tea) *self, uint8_t slot,
		    struct teavmx_launched *launched)
{
	const uint8_t packet[] = { TEA_ADDRESS_DEFAULT, 3, RUN, BOTH, slot };

	return teavmx_packet_send(self->teavmx, self->vm, self->backend,
				  TEAVMX_ENGINE_INTERP, packet, sizeof(packet),
				  launched);
}

/* Processes that are in a state; with EXITED those of a pid that is its value */
static int count_in(FIXTURE_DATA(tea) *self, uint32_t state)
{
	struct teavmx_vcpu *vcpus;
	int count = teavmx_vcpu_list(self->teavmx, self->vm, &vcpus);
	int found = 0;
	int i;

	for (i = 0; i < count; i++)
		found += vcpus[i].state == state &&
			 (state != TEAVMX_VCPU_STATE_EXITED ||
			  (vcpus[i].message_size == 5 &&
			   vcpus[i].message[4] == vcpus[i].pid));
	if (count > 0)
		teavmx_vcpu_free(vcpus, (size_t)count);
	return found;
}

static bool come_to(FIXTURE_DATA(tea) *self, uint32_t state, int count)
{
	long long end = machine_ms() + 120000;

	while (count_in(self, state) != count && machine_ms() < end)
		usleep(50000);
	if (count_in(self, state) == count)
		return true;
	printf("# %d of %d processes are %s\n", count_in(self, state), count,
	       teavmx_state_name(state));
	return false;
}

/* The module's default is enough; no process number may stay untried. */
static bool all_numbers_fit(FIXTURE_DATA(tea) *self)
{
	struct teavmx_info info;

	return !teavmx_get_info(self->teavmx, NULL, &info) &&
	       info.max_vcpus >= TEA_PID_MAX;
}

/* All wait for one semaphore, and hand it on from one to the next. */
TEST_F_TIMEOUT(tea, as_many_as_there_are_numbers, 400)
{
	struct teavmx_launched launched;
	int i;

	ASSERT_TRUE(all_numbers_fit(self));
	ASSERT_EQ(0, teavmx_slot_set(self->teavmx, self->vm, 0, program_relay,
				     sizeof(program_relay), 0));
	ASSERT_EQ(0, teavmx_slot_set(self->teavmx, self->vm, 1, program_fill,
				     sizeof(program_fill), 0));
	for (i = 1; i < TEA_PID_MAX; i++) {
		ASSERT_EQ(0, send_run(self, 0, &launched))
			TH_LOG("%d: %s", i, teavmx_error(self->teavmx)->message);
		ASSERT_EQ(i, launched.message[1]);
	}
	EXPECT_TRUE(come_to(self, TEAVMX_VCPU_STATE_WAITING, TEA_PID_MAX - 1));
	ASSERT_EQ(0, send_run(self, 1, &launched));
	EXPECT_EQ(TEA_PID_MAX, launched.message[1]);
	EXPECT_TRUE(come_to(self, TEAVMX_VCPU_STATE_EXITED, TEA_PID_MAX - 1));
}

TEST_F_TIMEOUT(tea, one_too_many, 400)
{
	struct teavmx_launched launched;
	struct teavmx_vcpu vcpu;
	int i;

	ASSERT_TRUE(all_numbers_fit(self));
	ASSERT_EQ(0, teavmx_slot_set(self->teavmx, self->vm, 0, program_wait,
				     sizeof(program_wait), 0));
	for (i = 1; i <= TEA_PID_MAX; i++)
		ASSERT_EQ(0, send_run(self, 0, &launched))
			TH_LOG("%d: %s", i, teavmx_error(self->teavmx)->message);
	EXPECT_EQ(-1, send_run(self, 0, &launched));
	EXPECT_ERROR(EBUSY, self->teavmx);
	EXPECT_EQ(-1, machine_new(self->teavmx, self->vm, self->backend,
				  program_wait, sizeof(program_wait), &vcpu));
	EXPECT_ERROR(EBUSY, self->teavmx);
	/* One makes room, and its number is the lowest free one. */
	vcpu = (struct teavmx_vcpu){ .vm = self->vm, .id = 77 };
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm, 77));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(0, send_run(self, 0, &launched));
	EXPECT_EQ(77, launched.message[1]);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(tea, a_number_in_use)
{
	struct teavmx_program program = {
		.backend = self->backend,
		.pid = 40,
		.program = program_wait,
		.program_size = sizeof(program_wait),
	};
	struct machine_record record;
	struct teavmx_vcpu first, second;

	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, self->vm, &program, &first));
	EXPECT_EQ(-1, teavmx_vcpu_new(self->teavmx, self->vm, &program,
				      &second));
	EXPECT_ERROR(EBUSY, self->teavmx);
	EXPECT_STREQ("pid", teavmx_error(self->teavmx)->attribute);
	/* Nothing is sent for it. */
	EXPECT_EQ(0, machine_records(self->teavmx, self->vm,
				     TEAVMX_EVENT_TYPE_TEA_EXIT, &record, 1));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm, first.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &first,
				  TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, self->vm, &program,
				     &second));
	EXPECT_EQ(40, second.pid);
	teavmx_vcpu_clear(&first);
	teavmx_vcpu_clear(&second);
}

TEST_F(tea, kill_while_paused)
{
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, machine_start(self->teavmx, self->vm, self->backend,
				   program_loop, sizeof(program_loop), &vcpu));
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vm, vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_PAUSED));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm, vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TEA_EXIT(KILL, machine_code(&vcpu));
	EXPECT_EQ(4, vcpu.message_size);
	EXPECT_EQ(0, vcpu.stack_used);
	teavmx_vcpu_clear(&vcpu);
}

/* Ends one of a full VM. */
static bool ends_at(FIXTURE_DATA(tea) *self, uint32_t id)
{
	struct teavmx_vcpu vcpu = { .vm = self->vm, .id = id };
	bool ended = !teavmx_vcpu_kill(self->teavmx, self->vm, id) &&
		     !machine_wait(self->teavmx, &vcpu,
				   TEAVMX_VCPU_STATE_EXITED);

	teavmx_vcpu_clear(&vcpu);
	return ended;
}

/* In a VM without a free number, each one that ends leaves its own. */
TEST_F_TIMEOUT(tea, numbers_are_used_again_from_the_lowest_on, 400)
{
	static const uint8_t ended[] = { 200, 7, 255 };
	static const uint8_t again[] = { 7, 200, 255 };
	uint32_t ids[TEA_PID_MAX + 1];
	struct teavmx_launched launched;
	unsigned int i;

	ASSERT_TRUE(all_numbers_fit(self));
	ASSERT_EQ(0, teavmx_slot_set(self->teavmx, self->vm, 0, program_wait,
				     sizeof(program_wait), 0));
	for (i = 1; i <= TEA_PID_MAX; i++) {
		ASSERT_EQ(0, send_run(self, 0, &launched));
		ids[launched.message[1]] = launched.vcpu;
	}
	EXPECT_EQ(-1, send_run(self, 0, &launched));
	EXPECT_EQ(EBUSY, teavmx_error(self->teavmx)->error);
	for (i = 0; i < sizeof(ended); i++)
		ASSERT_TRUE(ends_at(self, ids[ended[i]]));
	for (i = 0; i < sizeof(again); i++) {
		ASSERT_EQ(0, send_run(self, 0, &launched));
		EXPECT_EQ(again[i], launched.message[1]);
	}
	EXPECT_EQ(-1, send_run(self, 0, &launched));
	EXPECT_EQ(EBUSY, teavmx_error(self->teavmx)->error);
}

/* Ticks of CPU time that a thread has used, -1 when it is gone */
static long ticks_of(pid_t thread)
{
	char path[64], line[512] = "";
	unsigned long user, system;
	const char *rest;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", thread);
	file = fopen(path, "r");
	if (!file)
		return -1;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	rest = strrchr(line, ')');
	if (!rest || sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			    &user, &system) != 2)
		return -1;
	return (long)(user + system);
}

/* A clock of 250 Hz has 125 ticks in this time. */
TEST_F(tea, a_sleeper_uses_no_cpu)
{
	struct teavmx_vcpu vcpu;
	pid_t thread;
	long before;

	ASSERT_EQ(0, machine_start(self->teavmx, self->vm, self->backend,
				   program_sleep, sizeof(program_sleep),
				   &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_SLEEPING));
	thread = machine_thread(self->vm, vcpu.id);
	ASSERT_LT(0, thread);
	before = ticks_of(thread);
	ASSERT_LE(0, before);
	usleep(500000);
	EXPECT_GE(before + 2, ticks_of(thread));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_SLEEPING));
	teavmx_vcpu_clear(&vcpu);
}

/* The crash of one touches no other. */
TEST_F(tea, a_crash_stays_alone)
{
	static const uint8_t crash[] = FILE_OF(0, 0, TEA_OP_POPB, 0, 0, 0, 0);
	struct teavmx_vcpu loops, crashes;
	uint64_t steps;
	int i;

	ASSERT_EQ(0, machine_start(self->teavmx, self->vm, self->backend,
				   program_loop, sizeof(program_loop),
				   &loops));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, machine_start(self->teavmx, self->vm,
					   self->backend, crash, sizeof(crash),
					   &crashes));
		ASSERT_EQ(0, machine_wait(self->teavmx, &crashes,
					  TEAVMX_VCPU_STATE_EXITED));
		EXPECT_TEA_EXIT(STACK_UNDERFLOW, machine_code(&crashes));
		EXPECT_EQ(2, crashes.pid);
		teavmx_vcpu_clear(&crashes);
	}
	ASSERT_EQ(0, machine_wait(self->teavmx, &loops,
				  TEAVMX_VCPU_STATE_RUNNING));
	steps = loops.steps;
	do {
		ASSERT_EQ(0, machine_wait(self->teavmx, &loops,
					  TEAVMX_VCPU_STATE_RUNNING));
	} while (loops.steps == steps);
	EXPECT_LT(steps, loops.steps);
	teavmx_vcpu_clear(&loops);
}

TEST_HARNESS_MAIN
