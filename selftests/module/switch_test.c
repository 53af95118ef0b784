// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel around it sees of a guest that runs: its time is a guest's
 * time, the scheduler's switches come with barriers, and nothing can be traced
 * or probed while the CPU holds registers of a guest.
 */
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "probe.h"

#define BLACKLIST	"/sys/kernel/debug/kprobes/blacklist"
#define MILLISECOND	1000
#define PATIENCE	20000

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
	cpu_set_t cpus;

	self->teavmx = machine_open();
	NEED_VMX(self->teavmx);
	/* The vCPU's thread takes over the CPU, so that both switch there. */
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(cpus), &cpus));
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

/* A field of /proc/PID/stat: 14 user time, 15 system time, 43 guest time */
static long stat_field(int task, int number)
{
	char path[64], line[1024], *at = NULL;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", task);
	file = fopen(path, "r");
	if (!file)
		return -1;
	if (fgets(line, sizeof(line), file))
		at = strrchr(line, ')');
	fclose(file);
	/* Field 2 ends here. */
	for (; at && number > 2; number--)
		at = strchr(at + 1, ' ');
	return at ? atol(at) : -1;
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

/* The name in a line of either file: "0xBEGIN-0xEND\tNAME", or "NAME" and more */
static bool line_name(const char *line, char *name)
{
	return sscanf(line, "0x%*x-0x%*x %255s", name) == 1 ||
	       sscanf(line, "%255s", name) == 1;
}

/*
 * Bits of the names that a file has, or -1. The kernel takes long to write such a file,
 * so it is read once for all of them.
 */
static int names_in(const char *path, const char *const *names, size_t count)
{
	char line[512], name[256];
	FILE *file = fopen(path, "r");
	int found = 0;
	size_t i;

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		for (i = 0; i < count; i++)
			if (strstr(line, names[i]) && line_name(line, name) &&
			    !strcmp(name, names[i]))
				found |= 1 << i;
	fclose(file);
	return found;
}

TEST_F_TIMEOUT(switching, time_of_a_guest_is_guest_time, 120)
{
	long guest = 0, i;

	for (i = 0; i < PATIENCE && guest < 5; i += 100) {
		usleep(100 * MILLISECOND);
		guest = stat_field(self->task, 43);
	}
	printf("# ticks: user %ld, system %ld, guest %ld\n",
	       stat_field(self->task, 14), stat_field(self->task, 15), guest);
	EXPECT_LE(5, guest);
	/*
	 * Guest time is a part of user time, which the kernel scales, and most of
	 * what such a thread has.
	 */
	EXPECT_LT(guest / 2, stat_field(self->task, 14));
	EXPECT_LT(stat_field(self->task, 15), stat_field(self->task, 43));
}

TEST_F_TIMEOUT(switching, barriers_come_with_the_switches_of_the_thread, 120)
{
	unsigned long before, began, least, most;
	long hits, i;

	before = switches(self->task);
	ASSERT_TRUE(probe_set("speculation_barrier"));
	began = switches(self->task);
	/* Each of these wakes up this process, which takes the CPU. */
	for (i = 0; i < 100; i++)
		usleep(10 * MILLISECOND);
	least = switches(self->task) - began;
	hits = probe_calls();
	most = switches(self->task) - before;
	EXPECT_TRUE(probe_clear());
	printf("# %lu to %lu switches, %ld barriers\n", least, most, hits);
	/*
	 * One when the thread leaves and one when it comes back, unless it left
	 * again before it entered the guest; no more, so not one for each exit.
	 */
	EXPECT_LT(10, least);
	EXPECT_LE(least, hits);
	EXPECT_GE(2 * most + 2, hits);
}

TEST_F_TIMEOUT(switching, nothing_is_traced_or_probed_around_an_entry, 120)
{
	/* The last one shows that the files name what may be traced. */
	static const char *const names[] = {
		"vmx_enter", "vmx_exit_label", "vmx_guest_load",
		"vmx_guest_store", "vmx_host_restore", "switch_noinstr",
		"vmx_switch",
	};
	const size_t window = sizeof(names) / sizeof(*names) - 1;
	const struct sched_param param = { .sched_priority = 1 };
	char probe[128];
	size_t i;

	/* The guest would take half of the CPU from reading long files. */
	ASSERT_EQ(0, sched_setscheduler(0, SCHED_RR, &param));
	EXPECT_EQ(1 << window, names_in(TRACING "available_filter_functions",
					names, window + 1));
	EXPECT_EQ((1 << window) - 1, names_in(BLACKLIST, names, window));
	for (i = 0; i < window; i++) {
		snprintf(probe, sizeof(probe), "p:teavmx_test/window %s",
			 names[i]);
		EXPECT_FALSE(probe_write(TRACING "kprobe_events", probe));
	}
}

TEST_HARNESS_MAIN
