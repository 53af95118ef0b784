// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs go offline and online in a loop under running guests: no guest is lost,
 * each has exactly one exit message, and it is the right one.
 */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "machine.h"

/* Some end by themselves, one is killed each round, 20 run until the end. */
#define FINITE		10
#define ROUNDS		10
#define LASTING		20
#define GUESTS		(FINITE + ROUNDS + LASTING)
#define ONLINE		"/sys/devices/system/cpu/cpu1/online"
/* Which CPUs are there: id is the number of a bit */
#define CPU_1		2u

FIXTURE(hotplug)
{
	struct teavmx *teavmx;
	bool own;
	unsigned int cpus;
	uint32_t vm;
	struct teavmx_vcpu vcpus[GUESTS];
	unsigned int messages[GUESTS];
	unsigned int ended;
	uint64_t lost;
};

static int set_online(bool online)
{
	FILE *file = fopen(ONLINE, "w");

	if (!file)
		return -1;
	fputc(online ? '1' : '0', file);
	return fclose(file);
}

FIXTURE_SETUP(hotplug)
{
	struct teavmx_info info;

	self->teavmx = machine_open();
	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &info));
	self->own = !strcmp(info.vmx_mode, "own");
	if (!info.vmx)
		SKIP(return, "%s", info.vmx_missing);
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "one CPU, which cannot go offline");
	if (access(ONLINE, W_OK))
		SKIP(return, "CPU 1 cannot go offline");
	self->cpus = (1u << sysconf(_SC_NPROCESSORS_ONLN)) - 1;
}

FIXTURE_TEARDOWN(hotplug)
{
	int i;

	set_online(true);
	for (i = 0; i < GUESTS; i++)
		teavmx_vcpu_clear(&self->vcpus[i]);
	teavmx_close(self->teavmx);
}

/* The online CPUs as bits; 0 unless @holder holds VMX on all. */
static unsigned int cpus_of(struct teavmx *teavmx, uint32_t holder)
{
	struct teavmx_cpu *cpus;
	unsigned int bits = 0;
	int count = teavmx_cpu_list(teavmx, &cpus);
	int i;

	for (i = 0; i < count; i++) {
		bits |= 1u << cpus[i].id;
		if (cpus[i].vmx_holder == holder)
			continue;
		printf("# CPU %u is held by %s\n", cpus[i].id,
		       teavmx_holder_name(cpus[i].vmx_holder));
		bits = 0;
		break;
	}
	free(cpus);
	return bits;
}

static int start(FIXTURE_DATA(hotplug) *self)
{
	const struct sched_param param = { .sched_priority = 1 };
	struct teavmx_vm vm;
	int i;

	if (teavmx_event_open(self->teavmx, 8 << 20) ||
	    teavmx_vm_new(self->teavmx, 0, &vm) ||
	    teavmx_event_watch(self->teavmx, vm.id, 1))
		return -1;
	self->vm = vm.id;
	for (i = 0; i < GUESTS; i++) {
		bool finite = i < FINITE;

		if (machine_start(self->teavmx, vm.id, TEAVMX_BACKEND_VMX,
				  finite ? program_count : program_loop,
				  finite ? sizeof(program_count) :
					   sizeof(program_loop),
				  &self->vcpus[i]))
			return -1;
	}
	/*
	 * Beside so many threads a process that shares the CPUs with them does
	 * not read as fast as they write, whatever its nice value is.
	 */
	return sched_setscheduler(0, SCHED_RR, &param);
}

static void take(FIXTURE_DATA(hotplug) *self,
		 const struct teavmx_record *record)
{
	int i;

	if (record->type == TEAVMX_EVENT_TYPE_LOST)
		self->lost += record->lost;
	if (record->type != TEAVMX_EVENT_TYPE_TEA_EXIT)
		return;
	for (i = 0; i < GUESTS; i++)
		if (self->vcpus[i].id == record->vcpu)
			self->messages[i]++;
	self->ended++;
}

/* Takes what has arrived, or all until so many guests have ended. */
static int follow(FIXTURE_DATA(hotplug) *self, unsigned int ended)
{
	long long end = machine_ms() + 120000;
	struct teavmx_record record;
	int err;

	for (;;) {
		err = teavmx_event_next(self->teavmx, &record);
		if (err < 0)
			return -1;
		if (err)
			take(self, &record);
		else if (self->ended >= ended)
			return 0;
		else if (machine_ms() > end)
			break;
		else if (usleep(20000) || teavmx_event_sync(self->teavmx))
			return -1;
	}
	printf("# %u of %u guests have ended\n", self->ended, ended);
	return -1;
}

TEST_F_TIMEOUT(hotplug, no_exit_message_is_lost, 400)
{
	const uint32_t holder = self->own ? TEAVMX_VMX_HOLDER_TEAVMX :
					    TEAVMX_VMX_HOLDER_NONE;
	int i;

	ASSERT_EQ(0, start(self));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, set_online(false));
		EXPECT_EQ(self->cpus & ~CPU_1, cpus_of(self->teavmx, holder));
		/* One ends while the other CPU is away. */
		ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm,
					      self->vcpus[FINITE + i].id));
		ASSERT_EQ(0, set_online(true));
		EXPECT_EQ(self->cpus, cpus_of(self->teavmx, holder));
		ASSERT_EQ(0, follow(self, 0));
	}
	EXPECT_GE(FINITE + ROUNDS, self->ended);
	for (i = FINITE + ROUNDS; i < GUESTS; i++)
		ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm,
					      self->vcpus[i].id));
	ASSERT_EQ(0, follow(self, GUESTS));
	EXPECT_EQ(0, self->lost);
	for (i = 0; i < GUESTS; i++) {
		EXPECT_EQ(1, self->messages[i]);
		ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpus[i],
					  TEAVMX_VCPU_STATE_EXITED));
		EXPECT_EQ(i < FINITE ? TEA_EXIT_NORMAL : TEA_EXIT_KILL,
			  machine_code(&self->vcpus[i]));
		if (i < FINITE)
			EXPECT_EQ(42, self->vcpus[i].message[4]);
	}
}

TEST_F(hotplug, nobody_holds_a_cpu_afterwards)
{
	EXPECT_EQ(0, machine_vms(self->teavmx, 0) ? 0 : -1);
	EXPECT_EQ(self->cpus, cpus_of(self->teavmx, TEAVMX_VMX_HOLDER_NONE));
}

TEST_HARNESS_MAIN
