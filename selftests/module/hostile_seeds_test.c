// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile raw guests of all modes that are generated from seeds. HOSTILE_SEED and
 * HOSTILE_GUESTS in the environment choose others; HOSTILE_SHOW=1 prints a line with
 * the end of each one. HOSTILE_TIME=NS is the bound of guest time between two stops,
 * HOSTILE_VCPUS=1 makes guests with one vCPU only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "hostile_run.h"

/*
 * Each of the two tests runs half of them. Emulated CPUs share a processor, so a machine
 * with two runs half as many, which have other seeds.
 */
#define GUESTS		1400
#define SEED(cpus)	(((cpus) - 1) * 1000 + 1)
/* Each so many guests, one is run a second time. */
#define AGAIN		8
/* Each so many guests, an ordinary program must still run. */
#define BATCH		100

FIXTURE(hostile)
{
	struct teavmx *teavmx;
	struct hostile_guest *guest;
	uint64_t seed;
	uint64_t guests;
	unsigned int vcpus;
	bool show;
	bool compare;
	int log;
};

FIXTURE_SETUP(hostile)
{
	long cpus;

	self->teavmx = machine_open();
	NEED_VMX(self->teavmx);
	self->guest = malloc(sizeof(*self->guest));
	ASSERT_NE(NULL, self->guest);
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	self->seed = machine_setting("HOSTILE_SEED", SEED(cpus));
	self->guests = machine_setting("HOSTILE_GUESTS", GUESTS / cpus) / 2;
	self->vcpus = machine_setting("HOSTILE_VCPUS", HOSTILE_VCPUS);
	self->show = machine_setting("HOSTILE_SHOW", 0);
	/* It does not note the RIP of a handler then (Documentation/testing.rst). */
	self->compare = cpus == 1 || !machine_is_bochs();
	self->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, self->log);
	lseek(self->log, 0, SEEK_END);
}

FIXTURE_TEARDOWN(hostile)
{
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
	close(self->log);
	free(self->guest);
	teavmx_close(self->teavmx);
}

/* What the kernel logs while a guest runs is about the guest. */
static bool log_is_empty(FIXTURE_DATA(hostile) *self)
{
	bool empty = true;
	char line[512];
	ssize_t size;

	for (;;) {
		size = read(self->log, line, sizeof(line) - 1);
		if (size <= 0 && errno != EPIPE)
			return empty;
		line[size < 0 ? 0 : size] = '\0';
		printf("# kernel: %s\n", line);
		empty = false;
	}
}

static bool tea_works(struct teavmx *teavmx)
{
	struct teavmx_vcpu vcpu = { };
	bool works;

	works = !machine_run(teavmx, TEAVMX_BACKEND_VMX, program_show,
			     sizeof(program_show), &vcpu) &&
		machine_code(&vcpu) == 0 && vcpu.steps == 8;
	teavmx_vcpu_clear(&vcpu);
	return works;
}

/* Two runs of the same seed, between which other guests have run */
static bool is_same(const struct hostile_end *one, const struct hostile_end *two)
{
	return one->timed || two->timed ||
	       (one->path == two->path && one->registers == two->registers &&
		one->ram == two->ram && one->stops == two->stops);
}

static void show(uint64_t seed, const struct hostile_guest *guest,
		 const struct hostile_end *end)
{
	printf("# seed %llu: mode %d, %u vCPUs, %u stops, %llu exits, %s, %s,",
	       (unsigned long long)seed, guest->mode, guest->vcpus, end->stops,
	       (unsigned long long)end->exits, expect_stop(end->stop),
	       end->reason ? expect_reason(end->reason & 0xffff) : "-");
	if (end->timed)
		printf(" timed\n");
	else
		printf(" %016llx %016llx %016llx\n",
		       (unsigned long long)end->path,
		       (unsigned long long)end->registers,
		       (unsigned long long)end->ram);
}

static bool run_seed(FIXTURE_DATA(hostile) *self, uint64_t seed,
		     unsigned int how, struct hostile_end *end)
{
	if (self->show)
		how |= HOSTILE_LOOK;
	hostile_make(self->guest, seed, self->vcpus);
	hostile_run(self->teavmx, self->guest, how, end);
	if (self->show)
		show(seed, self->guest, end);
	if (!log_is_empty(self))
		snprintf(end->fault, sizeof(end->fault), "the kernel's log");
	if (end->fault[0])
		printf("# seed %llu: %s\n", (unsigned long long)seed,
		       end->fault);
	return !end->fault[0];
}

/* Runs all guests; returns how many had an end that must not be. */
static unsigned int run_seeds(FIXTURE_DATA(hostile) *self, unsigned int how)
{
	uint64_t seed = self->seed, last = seed + self->guests;
	unsigned int bad = 0, ends[TEAVMX_STOP_PROGRAM + 1] = { };
	struct hostile_end end, again, first = { .timed = true };
	long long begin = machine_ms();
	uint64_t exits = 0, timed = 0, compared = 0;

	for (; seed < last; seed++) {
		bad += !run_seed(self, seed,
				 seed % AGAIN ? how : how | HOSTILE_LOOK, &end);
		ends[end.stop]++;
		exits += end.exits;
		timed += end.timed;
		if (seed % AGAIN == 0)
			first = end;
		if (self->compare && seed % AGAIN == AGAIN - 1 &&
		    seed - self->seed >= AGAIN - 1) {
			bad += !run_seed(self, seed - AGAIN + 1,
					 how | HOSTILE_LOOK, &again);
			compared += !first.timed && !again.timed;
			if (!is_same(&first, &again)) {
				printf("# seed %llu: another end than before\n",
				       (unsigned long long)seed - AGAIN + 1);
				bad++;
			}
		}
		if (seed % BATCH == 0 && !tea_works(self->teavmx)) {
			printf("# no program runs after seed %llu\n",
			       (unsigned long long)seed);
			bad++;
		}
	}
	printf("# %llu guests from seed %llu in %lld ms, %llu exits\n",
	       (unsigned long long)self->guests,
	       (unsigned long long)self->seed, machine_ms() - begin,
	       (unsigned long long)exits);
	printf("# paused for an exit %u, after a time %u, after exits %u\n",
	       ends[TEAVMX_STOP_EXIT], ends[TEAVMX_STOP_TIME],
	       ends[TEAVMX_STOP_EXITS]);
	printf("# entries failed %u, ends that depend on the time %llu, compared %llu\n",
	       ends[TEAVMX_STOP_FAIL], (unsigned long long)timed,
	       (unsigned long long)compared);
	/* About half of those that ran twice can be compared. */
	return bad + (self->compare && compared < self->guests / AGAIN / 4);
}

TEST_F_TIMEOUT(hostile, code_alone, 100000)
{
	EXPECT_EQ(0, run_seeds(self, 0));
}

TEST_F_TIMEOUT(hostile, code_with_events, 100000)
{
	EXPECT_EQ(0, run_seeds(self, HOSTILE_EVENTS));
}

/* Each of them has failed once: the page on testing says why. */
TEST_F(hostile, seeds_that_failed)
{
	static const struct {
		uint64_t seed;
		unsigned int how;
	} kept[] = {
		{ 503491, 0 }, { 512307, 0 }, { 520141, 0 }, { 526008, 0 },
		{ 532456, 0 }, { 544231, 0 }, { 500032, HOSTILE_EVENTS },
		{ 500088, HOSTILE_EVENTS }, { 500640, HOSTILE_EVENTS },
	};
	struct hostile_end end, again;
	size_t i;

	for (i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		unsigned int how = kept[i].how | HOSTILE_LOOK;

		EXPECT_TRUE(run_seed(self, kept[i].seed, how, &end));
		EXPECT_TRUE(run_seed(self, kept[i].seed, how, &again));
		if (self->compare && !is_same(&end, &again))
			TH_LOG("seed %llu: another end than before",
			       (unsigned long long)kept[i].seed);
		EXPECT_TRUE(!self->compare || is_same(&end, &again));
	}
}

TEST_HARNESS_MAIN
