// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel around it sees of a guest that runs: the scheduler's switches
 * come with barriers.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "machine.h"

#define TRACING		"/sys/kernel/tracing/"
#define BARRIER_PROBE	"p:teavmx_test/barrier speculation_barrier"
#define MILLISECOND	1000

FIXTURE(switching)
{
	struct teavmx *teavmx;
	struct teavmx_vcpu vcpu;
	int task;
};

/* The thread of a vCPU, or -1 */
static int thread_of(const struct teavmx_vcpu *vcpu)
{
	char path[64], comm[64], wanted[64];
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int found = -1;
	FILE *file;

	snprintf(wanted, sizeof(wanted), "teavmx/%u.%u\n", vcpu->vm, vcpu->id);
	while (proc && found < 0 && (entry = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%.20s/comm", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fgets(comm, sizeof(comm), file) && !strcmp(comm, wanted))
			found = atoi(entry->d_name);
		fclose(file);
	}
	if (proc)
		closedir(proc);
	return found;
}

FIXTURE_SETUP(switching)
{
	struct teavmx_info info;

	self->teavmx = machine_open();
	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &info));
	if (!info.vmx)
		SKIP(return, "%s", info.vmx_missing);
	ASSERT_EQ(0, machine_start(self->teavmx, 0, TEAVMX_BACKEND_VMX,
				   program_loop, sizeof(program_loop),
				   &self->vcpu));
	self->task = thread_of(&self->vcpu);
	ASSERT_LT(0, self->task);
}

FIXTURE_TEARDOWN(switching)
{
	teavmx_close(self->teavmx);
}

/* How often a thread has left a CPU */
static unsigned long switches(int task)
{
	unsigned long sum = 0, count;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", task);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "voluntary_ctxt_switches: %lu", &count) == 1 ||
		    sscanf(line, "nonvoluntary_ctxt_switches: %lu", &count) == 1)
			sum += count;
	if (file)
		fclose(file);
	return sum;
}

static bool write_file(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	bool good = file >= 0 &&
		    write(file, text, strlen(text)) == (ssize_t)strlen(text);

	if (file >= 0)
		close(file);
	return good;
}

static long barriers(void)
{
	char line[256], name[128];
	long hits, found = -1;
	FILE *file = fopen(TRACING "kprobe_profile", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%127s %ld", name, &hits) == 2 &&
		    !strcmp(name, "barrier"))
			found = hits;
	if (file)
		fclose(file);
	return found;
}

TEST_F_TIMEOUT(switching, barriers_come_with_the_switches_of_the_thread, 120)
{
	unsigned long before, least, most;
	long hits, i;

	ASSERT_TRUE(write_file(TRACING "kprobe_events", BARRIER_PROBE));
	ASSERT_TRUE(write_file(TRACING "events/teavmx_test/enable", "1"));
	before = switches(self->task);
	/* Each of these wakes up this process, which takes the CPU. */
	for (i = 0; i < 100; i++)
		usleep(10 * MILLISECOND);
	least = switches(self->task) - before;
	hits = barriers();
	most = switches(self->task) - before;
	EXPECT_TRUE(write_file(TRACING "events/teavmx_test/enable", "0"));
	EXPECT_TRUE(write_file(TRACING "kprobe_events", "-:teavmx_test/barrier"));
	printf("# %lu to %lu switches, %ld barriers\n", least, most, hits);
	/*
	 * One when the thread leaves and one when it comes back, unless it left
	 * again before it entered the guest; no more, so not one for each exit.
	 */
	EXPECT_LT(10, least);
	EXPECT_LE(least, hits);
	EXPECT_GE(2 * most + 2, hits);
}

TEST_HARNESS_MAIN
