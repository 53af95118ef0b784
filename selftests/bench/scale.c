// SPDX-License-Identifier: GPL-2.0-only
/*
 * How costs grow with vCPUs that sleep, up to 1,000 in 64 VMs, while three readers
 * receive the events of all VMs: one is slow, one has stopped, and one dies.
 */
#include <error.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "payloads.h"
#include "raw.h"
#include "tea_vm.h"

/* Limit of the module; one of them is the VM that is measured. */
#define VMS		64
#define REPEATS		8
/* Ticks in which the work of vCPUs that sleep is measured */
#define QUIET		20000000
#define SLOW_US		20000

/* Numbers of vCPUs; the first time leaves memory in caches of the kernel. */
static const unsigned int counts[] = { 1, 1, 10, 100, 1000 };

struct scale {
	struct teavmx *teavmx;
	unsigned int vcpus;
	uint32_t vms[VMS - 1];
	unsigned int vm_count;
	pid_t slow;
	pid_t stopped;
	pid_t dying;
};

static void scale_print(const struct scale *scale, const char *row,
			uint64_t figure)
{
	printf("%s %u %llu\n", row, scale->vcpus, (unsigned long long)figure);
	fflush(stdout);
}

static void scale_sleepers(struct scale *scale)
{
	struct teavmx *teavmx = scale->teavmx;
	uint64_t memory = memory_free(teavmx, 0);
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;
	uint64_t begin, work;
	unsigned int i;

	begin = busy_begin();
	for (i = 0; i < scale->vcpus; i++) {
		if (i < VMS - 1) {
			bench_check(teavmx, teavmx_vm_new(teavmx, 0, &vm));
			scale->vms[scale->vm_count++] = vm.id;
		}
		tea_vcpu_start(teavmx, scale->vms[i % scale->vm_count],
			       &tea_asleep, &vcpu);
		teavmx_vcpu_clear(&vcpu);
	}
	work = busy_end(begin);
	memory -= memory_free(teavmx, scale->vm_count);
	scale_print(scale, "created", work / scale->vcpus);
	scale_print(scale, "memory", memory / scale->vcpus);
	begin = busy_begin();
	scale_print(scale, "asleep", busy_end_after(begin, QUIET) / scale->vcpus);
}

/* In a child: receives the events of all VMs. */
static void be_reader(int ready)
{
	struct teavmx *teavmx = bench_open();
	struct teavmx_record record;
	char byte = 0;

	bench_check(teavmx, teavmx_event_open(teavmx, 0));
	bench_check(teavmx, teavmx_event_watch_all(teavmx));
	if (write(ready, &byte, 1) != 1)
		_exit(1);
	for (;;) {
		while (bench_check(teavmx, teavmx_event_next(teavmx, &record)))
			;
		usleep(SLOW_US);
	}
}

static pid_t begin_reader(void)
{
	int ready[2];
	pid_t child;
	char byte;

	if (pipe(ready))
		error(1, 0, "no pipe");
	child = fork();
	if (!child)
		be_reader(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		error(1, 0, "a reader does not begin");
	close(ready[0]);
	close(ready[1]);
	return child;
}

static void end_reader(pid_t reader)
{
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
}

/* What SUBSCRIBE for all VMs takes that changes nothing */
static uint64_t subscribe_ticks(struct teavmx *teavmx)
{
	uint64_t begin = __rdtsc();

	bench_check(teavmx, teavmx_event_sync(teavmx));
	return __rdtsc() - begin;
}

static void scale_subscribe(const struct scale *scale)
{
	struct teavmx *teavmx = bench_open();
	static struct series series;
	unsigned int i;

	bench_check(teavmx, teavmx_event_open(teavmx, 0));
	bench_check(teavmx, teavmx_event_watch_all(teavmx));
	series.count = 0;
	for (i = 0; i < REPEATS; i++)
		series_add(&series, subscribe_ticks(teavmx));
	scale_print(scale, "subscribe", series_minimum(&series));
	teavmx_close(teavmx);
}

static void scale_exits(struct scale *scale)
{
	static struct series series;
	struct teavmx *teavmx = bench_open();
	uint64_t least = UINT64_MAX;
	unsigned int i;

	/* The slow reader is not active in each of these. */
	for (i = 0; i < REPEATS; i++) {
		/* Until the VM of before has been freed, it counts. */
		memory_free(scale->teavmx, scale->vm_count);
		raw_cpuid(teavmx, &series);
		if (series_minimum(&series) < least)
			least = series_minimum(&series);
	}
	memory_free(scale->teavmx, scale->vm_count);
	scale_print(scale, "exit", least);
	end_reader(scale->dying);
	bench_check(teavmx, teavmx_event_open(teavmx, 0));
	raw_read(teavmx, &series);
	scale_print(scale, "record", series_minimum(&series));
	teavmx_close(teavmx);
}

static void scale_measure(unsigned int vcpus)
{
	struct scale scale = { .teavmx = bench_open(), .vcpus = vcpus };
	unsigned int i;

	scale_sleepers(&scale);
	scale.slow = begin_reader();
	scale.stopped = begin_reader();
	scale.dying = begin_reader();
	kill(scale.stopped, SIGSTOP);
	kill(scale.dying, SIGSTOP);
	scale_subscribe(&scale);
	scale_exits(&scale);
	end_reader(scale.stopped);
	end_reader(scale.slow);
	for (i = 0; i < scale.vm_count; i++)
		bench_check(scale.teavmx, teavmx_vm_del(scale.teavmx,
							scale.vms[i]));
	memory_free(scale.teavmx, 0);
	teavmx_close(scale.teavmx);
}

void scale_bench(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		scale_measure(counts[i]);
}
